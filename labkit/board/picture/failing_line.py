"""The line of those that can't start, where pods are drawn as squares: each large, with its name and its STATUS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture import pods
from labkit.board.picture.scene import BACK, FRONT, path, rect, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.text import fit_end, width, wrap_name
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


def draw(canvas: Canvas, seen: Arrangement, x: float, y: float, w: float) -> None:
    """Draw the line, the oldest pod first, and a number for those that do not fit."""
    owners = frozenset().union(*(lane.owners for lane in seen.lanes))
    found = [p for p in seen.snapshot.index.failing.values() if p.node and (p.owner_uid or "") in owners]
    said = _LABEL if found else "no Pod is kept from starting"
    box = rect(0, 0, w, HEIGHT, "waiting", 8)
    canvas.put("failing", x, y, [box, text(10, HEIGHT / 2 + 3.5, said, "tiny", "dim")], layer=BACK)
    found.sort(key=lambda pod: (pod.created, pod.name))
    left = x + 10 + width(_LABEL, "tiny") + 14
    fits = max(1, int((x + w - left - 30) // _CELL))
    for i, pod in enumerate(found[:fits]):
        _one(canvas, seen, pod, left + i * _CELL + _SIZE / 2, y + HEIGHT / 2)
    if len(found) > fits:
        more = text(0, 3.5, f"+{len(found) - fits}", "strong", "bad", "end")
        canvas.put("failing:more", x + w - 8, y + HEIGHT / 2, [more])


def _one(canvas: Canvas, seen: Arrangement, pod: Pod, x: float, y: float) -> None:
    index, beside, room = seen.colour(pod), _SIZE / 2 + 6, _CELL - _SIZE - 12
    parts = [path(shape(index, _SIZE), "body"), path(glyph(PodState.FAILING, _SIZE), "glyph")]
    lines = wrap_name(status(pod), "tiny", room, 2)
    first = -8 if len(lines) > 1 else -2
    parts.append(text(beside, first, fit_end(seen.label(pod), "pod", room), "pod"))
    parts += [text(beside, first + 11 * (i + 1), line, "tiny", "bad") for i, line in enumerate(lines)]
    title = f"{pod.name}: {status(pod)} on {pod.node}." + (f" {pod.waiting}" if pod.waiting else "")
    cls = f"pod s-failing {pods.colour(index)}"
    canvas.put(f"pod:{pod.uid}", x, y, parts, cls, layer=FRONT, title=title)
