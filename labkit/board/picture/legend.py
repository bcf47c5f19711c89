"""What the glyphs mean."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from labkit.board.picture.blocks import block
from labkit.board.picture.scene import path, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.text import width
from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.board.picture.scene import Canvas

_ROW = 17.0
#: What the glyphs mean, in two columns where there is room for no more.
_LEGEND = (
    (PodState.PENDING, "Pending"),
    (PodState.STARTING, "ContainerCreating"),
    (PodState.READY, "Ready"),
    (PodState.RUNNING, "Running, not Ready"),
    (PodState.TERMINATING, "Terminating"),
    (PodState.FAILING, "Error, BackOff"),
    (PodState.COMPLETED, "Completed"),
    (PodState.UNKNOWN, "Unknown"),
)


def draw(canvas: Canvas, x: float, y: float, w: float) -> float:
    """Draw what the glyphs mean, in as many columns as fit, and return the height."""
    return block(canvas, ("legend",), (x, y, w), lambda own: _draw(own, x, y, w))


def _draw(canvas: Canvas, x: float, y: float, w: float) -> float:
    row, columns = _ROW, _widths(w)
    for i, (state, word) in enumerate(_LEGEND):
        parts = [
            path(shape(0, 14), "body"),
            path(glyph(state, 14), "glyph thin"),
            text(13, 3.5, word, "tiny", "dim"),
        ]
        place = x + sum(columns[: i % len(columns)]) + 8, y + i // len(columns) * row + 9
        canvas.put(f"legend:{state.value}", *place, parts, f"pod legend s-{state.value} r0")
    return height(w)


def height(w: float) -> float:
    """Return how tall it is."""
    return -(-len(_LEGEND) // len(_widths(w))) * _ROW


@lru_cache(64)
def _widths(w: float) -> list[float]:
    """Return how wide each column is, of as many as fit."""
    return next(c for n in range(len(_LEGEND), 0, -1) if sum(c := _columns(n)) <= w + 8 or n == 1)


def _columns(count: int) -> list[float]:
    """Return how wide each of that many columns is."""
    return [max(22 + width(word, "tiny") + 8 for _, word in _LEGEND[i::count]) for i in range(count)]
