"""The lens: a Node opened, with each of its Pods large and by name. Pure.

However small a Node is drawn (a waffle, or a tile with a bar), its details have its Pods: each in its slot, with the
glyph of what it does, in the shape and colour of its revision. They come with the details, so that a live board and a
replay page open a Node in the same way, and all else on the picture stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from labkit.board.picture import words
from labkit.board.picture.backing import backing_of
from labkit.board.picture.pods import colour
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.workloads import workload
from labkit.state import pod_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Pod, Snapshot

#: Width and height of a Pod's body, in pixels.
SIZE = 40


class Inside(NamedTuple):
    """One Pod in the lens: its key on the picture, its names, its STATUS, style classes, body and glyph (SVG paths)."""

    key: str
    label: str
    name: str
    status: str
    cls: str
    body: str
    glyph: str


#: What stands in a lens, in its order: the name of an app before its Pods, a Pod, or a slot that is free.
Entry: TypeAlias = "str | Inside | None"


def inside(snapshot: Snapshot, node: str, app: str | None = None) -> tuple[Entry, ...]:
    """Return the Pods on a Node, each in the slot that it keeps while it lives.

    Parameters
    ----------
    snapshot
        The moment.
    node
        The Node's name.
    app
        Only those of this app (:func:`labkit.state.placement.app_of`), without its name.
    """
    there = snapshot.index.placement.on(node)
    apps = sorted(there) if app is None else [app] * (app in there)
    if not apps:
        return ()
    paint = backing_of(snapshot).colours
    silent = words.silent(snapshot, node)
    found: list[Entry] = []
    for each in apps:
        pods = [_pod(snapshot, pod, paint, silent=silent) if pod else None for pod in there[each].slots()]
        if len(apps) > 1:
            first = next(pod for _, pod in there[each])
            found.append(workload(first).title if not each or each.startswith("uid:") else each)
        found += pods
    return tuple(found)


def _pod(snapshot: Snapshot, pod: Pod, paint: dict[str, int], *, silent: bool) -> Inside:
    index, state = paint.get(pod.owner_uid or "", -1), pod_state(pod)
    owner = snapshot.replica_set_of(pod)
    label = pod.name.removeprefix(owner.name + "-") if owner else workload(pod).label(pod)
    cls = f"pod s-{state.value} {colour(index)}" + (" dimmed" if silent else "")
    return Inside(f"pod:{pod.uid}", label, pod.name, words.status(pod), cls, shape(index, SIZE), glyph(state, SIZE))


def as_json(now: Sequence[Entry], before: Sequence[Entry] = ()) -> list[Any]:
    """Return a lens as the page gets it: 0 stands for what is as it was in the one before, at the same place."""
    was = dict(enumerate(before))
    return [
        0 if each is not None and was.get(i) == each else list(each) if isinstance(each, Inside) else each
        for i, each in enumerate(now)
    ]
