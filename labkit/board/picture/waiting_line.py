"""The line of those without a Node: Pods that the scheduler has not placed yet, and Pods that are only desired."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import pods, words
from labkit.board.picture.scene import BACK, FRONT, path, rect, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.text import fit, width
from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement
    from labkit.board.picture.scene import Canvas, Part
    from labkit.board.picture.words import Tone
    from labkit.state import Pod

#: Its height, whether somebody waits or not: in a rollout a Pod waits for a tenth of a second, and what stands below
#: must not move for that.
HEIGHT = 34
_LABEL = "no Node yet"
_SIZE = 20
#: Room for one with its words beside it, and without them.
_CELL, _SMALL_CELL = 116, 27
#: More than this do not fit into the widest line.
_MOST = 60


class _Waiting(NamedTuple):
    """One that has no Node: how it is drawn, and the words beside it."""

    key: str
    cls: str
    marks: list[Part]
    name: str
    word: str
    tone: Tone
    title: str


def draw(canvas: Canvas, seen: Arrangement, x: float, y: float, w: float) -> None:
    """Draw the line: with words beside each where there is room for them, and a number for those that do not fit."""
    found = _all(seen)
    total = sum(lane.waiting().count + lane.absent for lane in seen.lanes)
    calm = "every Pod has its Node" if any(lane.count for lane in seen.lanes) else "no Pods"
    said = _LABEL if found else calm
    box = rect(0, 0, w, HEIGHT, "waiting", 8)
    canvas.put("waiting", x, y, [box, text(10, HEIGHT / 2 + 3.5, said, "tiny", "dim")], layer=BACK)
    left = x + 10 + width(_LABEL, "tiny") + 14
    room = x + w - left - 4
    beside = total * _CELL <= room
    cell = _CELL if beside else _SMALL_CELL
    fits = max(1, int(room // cell))
    shown = found if total <= fits else found[: fits - 1]
    for i, each in enumerate(shown):
        parts = list(each.marks)
        if beside:
            space = _CELL - _SIZE - 12
            parts.append(text(_SIZE / 2 + 6, -2, fit(each.name, "pod", space), "pod"))
            parts.append(text(_SIZE / 2 + 6, 9, fit(each.word, "tiny", space), "tiny", each.tone))
        canvas.put(
            each.key, left + i * cell + _SIZE / 2, y + HEIGHT / 2, parts, each.cls, layer=FRONT, title=each.title
        )
    if len(shown) < total:
        more = text(0, 3.5, f"+{total - len(shown)}", "strong", "dim", "middle")
        canvas.put("waiting:more", left + len(shown) * cell + _SIZE / 2, y + HEIGHT / 2, [more])


def _all(seen: Arrangement) -> list[_Waiting]:
    """Return the first that have no Node: Pods in the order of their slots, then what is only desired."""
    found = [_pod(seen, lane.name, pod) for lane in seen.lanes for _, pod in islice(lane.waiting(), _MOST)]
    for lane in seen.lanes:
        for key, name, colour in lane.ghosts:
            body = [path(shape(colour, _SIZE), "body")]
            cls = f"pod ghost {pods.colour(colour)}"
            found.append(_Waiting(key, cls, body, name, "desired", "dim", f"{name}: desired, not there yet"))
    return found


def _pod(seen: Arrangement, name: str, pod: Pod) -> _Waiting:
    state, index = pod_state(pod), seen.colour(pod)
    marks = [path(shape(index, _SIZE), "body"), path(glyph(state, _SIZE), "glyph thin")]
    title = f"{pod.name}: {words.status(pod)}." + (f" {pod.waiting}" if pod.waiting else "")
    tone: Tone = "bad" if state is PodState.FAILING else "dim"
    return _Waiting(
        f"pod:{pod.uid}", f"pod s-{state.value} {pods.colour(index)}", marks, name, words.status(pod), tone, title
    )
