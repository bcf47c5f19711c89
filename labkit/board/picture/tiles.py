"""Many nodes: a tile each, in a grid, with the pods of all lanes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import nodes, pods, waffle, words
from labkit.board.picture.blocks import block
from labkit.board.picture.links import Spot
from labkit.board.picture.scene import BACK, rect, text
from labkit.board.picture.stage import GAP, GLYPHS, MANY, columns
from labkit.board.picture.text import fit, fit_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.picture.arrangement import Arrangement, Column, Lane
    from labkit.board.picture.scene import Canvas
    from labkit.state.placement import Cell

_PAD = 8
_HEAD = 24
#: Room for ten of the squares that a tile has.
_NARROWEST = 2 * _PAD + 10 * 9
#: Above each row of tiles, for the lines of the Services.
_ABOVE = 16
#: So many rows of glyphs may stand in a tile.
_ROWS = 2
#: The name of a lane, where there are several.
_NAME = 11
#: The most that the squares of one lane may take in a tile, in pixels, while there are smaller ones.
_TALL = 60.0


#: More rows of tiles than these make a picture of many screens: then the tiles are small ones.
_MOST = 13


def too_many(seen: Arrangement, room: float) -> bool:
    """Return whether there are more nodes than can stand as tiles with their pods in them.

    It depends on how many nodes there are, and on no pod: in a rollout nothing leaps to another size.
    """
    return len(seen.nodes) > _MOST * columns(room, _NARROWEST, GAP)[0]


class _Part(NamedTuple):
    """A lane as the tiles show it: from where on in each tile, and how."""

    lane: Lane
    cells: list[Cell]
    top: float
    named: bool
    squares: waffle.Grid | None  # None: as glyphs


class Tiles:
    """All nodes as tiles.

    Parameters
    ----------
    seen
        What is to be drawn.
    x, y, room
        Left edge, top, and how wide all of it may be.
    """

    def __init__(self, seen: Arrangement, x: float, y: float, room: float) -> None:
        self._seen, self._x, self._y = seen, x, y
        self._columns, self.w = columns(room, _NARROWEST, GAP)
        self._parts: list[_Part] = []
        top = float(_HEAD)
        there = [(lane, [lane.cell(c.name) for c in seen.nodes]) for lane in seen.lanes]
        there = [(lane, cells) for lane, cells in there if any(cell.count for cell in cells)]
        inner = self.w - 2 * _PAD
        for lane, cells in there:
            named = len(there) > 1
            squares = self._squares(lane, cells, inner)
            self._parts.append(_Part(lane, cells, top, named, squares))
            top += _NAME if named else 0
            if squares is not None:
                top += waffle.WORDS + squares.height(max(len(cell.tens) for cell in cells)) + 4
            else:
                rows = -(-max(cell.end for cell in cells) // self._per_row())
                top += rows * GLYPHS.cell + 4
        self.h = max(top, _HEAD + 26.0)
        self._step = self.h + (_ABOVE if seen.services else GAP)

    @property
    def end(self) -> float:
        """Where the last row of tiles ends."""
        rows = -(-len(self._seen.nodes) // self._columns)
        return self._y + max(0, rows - 1) * self._step + self.h

    def draw(self, canvas: Canvas) -> dict[str, Spot]:
        """Draw them, and return where each stands that has pods, by its name."""
        spots: dict[str, Spot] = {}
        for i, column in enumerate(self._seen.nodes):
            x = self._x + i % self._columns * (self.w + GAP)
            y = self._y + i // self._columns * self._step
            self._box(canvas, column, x, y)
            here = [(part, part.cells[i]) for part in self._parts if part.cells[i].count]
            for part, cell in here:
                self._lane(canvas, column, part, cell, (x, y))
            for part, cell in here:
                # the line of a Service runs above the tiles, and down to each
                spots[f"{column.name}/{part.lane.name}"] = Spot(x + self.w / 2, y, 0, y - 29, cell)
        return spots

    def _per_row(self) -> int:
        return max(1, int((self.w - 2 * _PAD + 6) // GLYPHS.cell))

    def _squares(self, lane: Lane, cells: Sequence[Cell], inner: float) -> waffle.Grid | None:
        fullest = max(cell.end for cell in cells)
        if lane.count <= MANY and fullest <= _ROWS * self._per_row():
            return None
        return waffle.grid(inner, max(len(cell.tens) for cell in cells), _TALL)

    def _box(self, canvas: Canvas, column: Column, x: float, y: float) -> None:
        said = words.node(self._seen.snapshot, column.name)
        silent = words.silent(self._seen.snapshot, column.name)
        w, h = self.w, self.h

        def draw(own: Canvas) -> None:
            parts = [rect(0, 0, w, h, "box", 8), text(_PAD, 16, fit_end(column.label, "strong", w - 30), "strong")]
            if said.words:
                parts.append(nodes.mark(w - 12, 12, said))
            title = f"node {column.name}{': ' if said.words else ''}{said.words}"
            own.put(f"node:{column.name}", x, y, parts, "node lost" if silent else "node", layer=BACK, title=title)

        block(canvas, ("tile", column.name), (column.label, said, silent, x, y, w, h), draw)

    def _lane(self, canvas: Canvas, column: Column, part: _Part, cell: Cell, at: tuple[float, float]) -> None:
        lane, (x, y) = part.lane, at
        left, top = x + _PAD, y + part.top
        if part.named:
            line = fit(lane.name, "tiny", self.w - 2 * _PAD)
            canvas.put(f"lane:{lane.name}:{column.name}", left, top, [text(0, 8, line, "tiny", "fg")], title=lane.name)
            top += _NAME
        if part.squares is not None:
            where = (left, top, self.w - 2 * _PAD, part.squares)
            waffle.draw(canvas, f"{column.name}/{lane.name}", cell, self._seen.paint, where)
            return
        look = pods.Look(GLYPHS.size, 0, GLYPHS.cell)
        for slot, pod in cell:
            row, place = divmod(slot, self._per_row())
            cx, cy = left + GLYPHS.size / 2 + place * GLYPHS.cell, top + GLYPHS.size / 2 + 1 + row * GLYPHS.cell
            pods.draw(canvas, self._seen, pod, cx, cy, look)
