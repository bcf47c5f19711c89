"""The line of those that can't start, where pods are drawn as squares: each large, with its name and its STATUS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture import pods
from labkit.board.picture.scene import BACK, FRONT, path, rect, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.stage import columns
from labkit.board.picture.text import fit, fit_end, width, wrap_name
from labkit.board.picture.words import status
from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement
    from labkit.board.picture.scene import Canvas
    from labkit.state import Pod

#: Its height, whether a pod fails or not: what stands below must not move for that.
HEIGHT = 46
_LABEL = "can't start"
_SIZE = 26
_CELL = 138
#: Where the first one stands.
_LEFT = 10 + width(_LABEL, "tiny") + 14
#: Of those for which the line has no room: size, how tall a row is, how wide each is at least, and how many are named.
_SMALL, _ROW, _NARROW, _MOST_NAMED = 12, 16.0, 138.0, 120


def draw(canvas: Canvas, seen: Arrangement, x: float, y: float, w: float) -> None:
    """Draw the line, the oldest pod first, and a number for those that do not fit."""
    found = _found(seen)
    said = _LABEL if found else "no Pod is kept from starting"
    box = rect(0, 0, w, HEIGHT, "waiting", 8)
    canvas.put("failing", x, y, [box, text(10, HEIGHT / 2 + 3.5, said, "tiny", "dim")], layer=BACK)
    left, fits = x + _LEFT, _fits(w)
    for i, pod in enumerate(found[:fits]):
        _one(canvas, seen, pod, left + i * _CELL + _SIZE / 2, y + HEIGHT / 2)
    if len(found) > fits:
        more = text(0, 3.5, f"+{len(found) - fits}", "strong", "bad", "end")
        canvas.put("failing:more", x + w - 8, y + HEIGHT / 2, [more])


def rest(canvas: Canvas, seen: Arrangement, where: tuple[float, float, float]) -> float:
    """Name those that the line has no room for, small, side by side below each other; return how tall that is.

    It stands below all Nodes, so that nothing moves because it grows.

    Parameters
    ----------
    canvas, seen
        Where to, and what.
    where
        Left edge, top and width.
    """
    x, y, w = where
    found = _found(seen)[_fits(w) :]
    if not found:
        return 0.0
    count, wide = columns(w, _NARROW, 0)
    for i, pod in enumerate(found[:_MOST_NAMED]):
        _small(canvas, seen, pod, (x + i % count * wide, y + i // count * _ROW + _ROW / 2), wide)
    rows = -(-len(found[:_MOST_NAMED]) // count)
    if len(found) > _MOST_NAMED:
        line = f"and {len(found) - _MOST_NAMED} more that can't start"
        canvas.put("failing:rest", x, y + rows * _ROW, [text(0, 11, line, "tiny", "bad")])
        rows += 1
    return 10 + rows * _ROW


def _found(seen: Arrangement) -> list[Pod]:
    """Return the pods on the nodes that can't start, the oldest first."""
    owners = frozenset().union(*(lane.owners for lane in seen.lanes))
    found = [p for p in seen.snapshot.index.failing.values() if p.node and (p.owner_uid or "") in owners]
    return sorted(found, key=lambda pod: (pod.created, pod.name))


def _fits(w: float) -> int:
    """Return how many fit on the line."""
    return max(1, int((w - _LEFT - 30) // _CELL))


def _small(canvas: Canvas, seen: Arrangement, pod: Pod, at: tuple[float, float], room: float) -> None:
    index, beside = seen.colour(pod), _SMALL + 5
    parts = [path(shape(index, _SMALL), "body"), path(glyph(PodState.FAILING, _SMALL), "glyph thin")]
    label = fit_end(seen.label(pod), "podsmall", room * 0.5)
    after = beside - _SMALL / 2 + width(label, "podsmall") + 5
    parts.append(text(beside - _SMALL / 2, 3, label, "podsmall"))
    parts.append(text(after, 3, fit(status(pod), "tiny", room - after - _SMALL / 2 - 6), "tiny", "bad"))
    canvas.put(
        f"pod:{pod.uid}", at[0] + _SMALL / 2, at[1], parts, f"pod s-failing {pods.colour(index)}", title=_told(pod)
    )


def _told(pod: Pod) -> str:
    return f"{pod.name}: {status(pod)} on {pod.node}." + (f" {pod.waiting}" if pod.waiting else "")


def _one(canvas: Canvas, seen: Arrangement, pod: Pod, x: float, y: float) -> None:
    index, beside, room = seen.colour(pod), _SIZE / 2 + 6, _CELL - _SIZE - 12
    parts = [path(shape(index, _SIZE), "body"), path(glyph(PodState.FAILING, _SIZE), "glyph")]
    lines = wrap_name(status(pod), "tiny", room, 2)
    first = -8 if len(lines) > 1 else -2
    parts.append(text(beside, first, fit_end(seen.label(pod), "pod", room), "pod"))
    parts += [text(beside, first + 11 * (i + 1), line, "tiny", "bad") for i, line in enumerate(lines)]
    cls = f"pod s-failing {pods.colour(index)}"
    canvas.put(f"pod:{pod.uid}", x, y, parts, cls, layer=FRONT, title=_told(pod))
