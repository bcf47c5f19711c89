"""A Deployment's revisions on its card, newest first: those with Pods in full, the older ones as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture import pods, words
from labkit.board.picture.scene import Part, text
from labkit.board.picture.shapes import shape
from labkit.board.picture.text import first_that_fits, fit, fit_end, width, wrap

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Lane
    from labkit.board.picture.scene import Canvas
    from labkit.state import ReplicaSet

_LINE = 13
#: How many lines the cause of a revision takes at most.
_CAUSE = 2


def height(seen: Arrangement, lane: Lane, w: float, *, wide: bool) -> float:
    """Return how tall the revisions are that must be seen, and one line for the older ones where there are any."""
    tall = sum(_row(seen, replica_set, w, wide=wide) for replica_set in lane.sets)
    return tall + (_LINE if older(seen, lane) else 0)


def older(seen: Arrangement, lane: Lane) -> list[ReplicaSet]:
    """Return a Deployment's ReplicaSets that have no row of their own, newest revision first."""
    shown = {r.uid for r in lane.sets}
    return [r for r in seen.snapshot.replica_sets_of(lane.deployment) if r.uid not in shown] if lane.deployment else []


def draw(canvas: Canvas, seen: Arrangement, lane: Lane, box: tuple[float, float, float, float], *, wide: bool) -> None:
    """Draw the revisions into a box (left edge, top, width, height)."""
    x, y, w, h = box
    end = y + h
    for replica_set in lane.sets:
        cls = f"rs {pods.colour(seen.colours[replica_set.uid])}"
        idle = "" if replica_set.desired or len(seen.snapshot.owned(replica_set.uid).pods) else " idle"
        parts = _parts(seen, replica_set, w, wide=wide)
        canvas.put(f"rs:{replica_set.uid}", x, y, parts, cls + idle, title=_title(replica_set))
        y += _row(seen, replica_set, w, wide=wide)
    before = older(seen, lane)
    if not before or lane.deployment is None:
        return
    fits = int((end - y) // _LINE)
    key = f"history:{lane.deployment.uid}"
    title = "; ".join(_title(r) for r in before)
    rows = before if len(before) <= fits else before[: max(0, fits - 1)]
    parts = [part for i, each in enumerate(rows) for part in _line(each, w, i * _LINE + 10)]
    if len(rows) < len(before):
        parts.append(text(0, len(rows) * _LINE + 10, _folded(before[len(rows) :], w), "tiny", "dim"))
    canvas.put(key, x, y, parts, title=title)


def _row(seen: Arrangement, replica_set: ReplicaSet, w: float, *, wide: bool) -> float:
    return (36 if wide else 46) + _LINE * (seen.focus is not None and wide) + 11 * len(_cause(replica_set, w))


def _cause(replica_set: ReplicaSet, w: float) -> list[str]:
    """Return why a revision was made, folded to two lines; the whole of it is in the row's title."""
    lines = wrap(replica_set.cause, "tiny", w - 18)
    return lines if len(lines) <= _CAUSE else [lines[0], fit(" ".join(lines[1:]), "tiny", w - 18)]


def _image(replica_set: ReplicaSet) -> str:
    return ", ".join(i.rpartition("/")[2] for i in replica_set.images)


def _title(replica_set: ReplicaSet) -> str:
    made = words.clock(replica_set.created) if replica_set.created else ""
    said = f"revision {replica_set.revision}: ReplicaSet {replica_set.name}, image {_image(replica_set)}"
    return said + (f", made {made}" if made else "") + (f", cause: {replica_set.cause}" if replica_set.cause else "")


def _parts(seen: Arrangement, replica_set: ReplicaSet, w: float, *, wide: bool) -> list[Part]:
    """Return one revision: colour and shape, number, how many Ready; its name, image, when, and why."""
    index = seen.colours[replica_set.uid]
    left = 18.0
    parts = [
        Part("path", {"d": shape(index, 12), "class": "swatch", "transform": "translate(6 13)"}),
        text(left, 17, f"{'revision' if wide else 'rev'} {replica_set.revision}", "strong"),
        text(w, 17, f"{replica_set.ready}/{replica_set.desired}{' ready' if wide else ''}", "small", "dim", "end"),
    ]
    made = f"made {words.clock(replica_set.created)}" if replica_set.created else ""
    y = 30.0
    if wide:
        if seen.focus:
            parts.append(text(left, y, fit_end(replica_set.name, "mono", w - left), "mono", "dim"))
            y += _LINE
        beside = made if width(_image(replica_set), "mono") + width(made, "tiny") + 8 <= w - left else ""
        room = w - left - (width(beside, "tiny") + 8 if beside else 0)
        parts.append(text(left, y, fit_end(_image(replica_set), "mono", room), "mono", "dim"))
        parts += [text(w, y, beside, "tiny", "dim", "end")] if beside else []
    else:
        parts.append(text(0, y, fit_end(_image(replica_set), "podsmall", w), "podsmall", "dim"))
        y += 11
        parts += [text(0, y, fit(made, "tiny", w), "tiny", "dim")] if made else []
    for i, line in enumerate(_cause(replica_set, w)):
        parts.append(text(left if wide else 0, y + 11 * (i + 1), line, "tiny", "dim"))
    return parts


def _line(replica_set: ReplicaSet, w: float, y: float) -> list[Part]:
    """Return an older revision in one line: number, image, when."""
    said = f"revision {replica_set.revision} · {_image(replica_set)}"
    made = f"made {words.clock(replica_set.created)}" if replica_set.created else ""
    short = f"{replica_set.revision} · {_image(replica_set)}"
    tail = made if width(said, "tiny") + width(made, "tiny") + 8 <= w else ""
    parts = [text(0, y, first_that_fits((said, short, f"revision {replica_set.revision}"), "tiny", w), "tiny", "dim")]
    return parts + ([text(w, y, tail, "tiny", "dim", "end")] if tail else [])


def _folded(rest: list[ReplicaSet], w: float) -> str:
    """Return several older revisions in one line."""
    tags = ", ".join(f"{r.revision} ({_image(r).rpartition(':')[2]})" for r in rest)
    numbers = ", ".join(str(r.revision) for r in rest)
    revisions = "revision" if len(rest) == 1 else "revisions"
    return first_that_fits(
        (f"before: {revisions} {tags}", f"before: {revisions} {numbers}", f"{len(rest)} older {revisions}"), "tiny", w
    )
