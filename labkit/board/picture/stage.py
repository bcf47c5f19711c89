"""The stage: nodes as columns, Deployments as lanes, and pods where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from typing import TYPE_CHECKING

from labkit.board.picture import pods, waffle
from labkit.board.picture.links import Spot, room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.board.picture.arrangement import Arrangement, Column, Lane
    from labkit.board.picture.scene import Canvas
    from labkit.state.placement import Cell

GAP = 10
#: Room for "worker3" with its mark: so that three workers stand side by side in half of a window 800 pixels wide.
_NARROWEST_NODE = 74


@dataclass(frozen=True, slots=True)
class Tier:
    """How large pods are drawn.

    ``top`` is the room above the first row of a lane, ``above`` that above each further row, ``below`` that for labels.
    """

    size: float
    cell: float
    top: float
    above: float
    below: float
    lines: int  # lines of label


#: The smallest: glyphs only.
GLYPHS = Tier(18, 24, 32, 10, 5, 0)
_TIERS = (Tier(44, 68, 36, 22, 41, 2), Tier(30, 44, 34, 16, 15, 1), GLYPHS)
#: Where there is room for more, in a tall panel or beside tall cards.
_LARGE = (Tier(92, 132, 48, 30, 54, 2), Tier(76, 112, 44, 28, 54, 2), Tier(60, 92, 40, 26, 54, 2))
#: So many pods of a lane a node must have room for before they are drawn large: as many as a rollout may bring.
_ROLLING = 3
_FOCUS_TIERS = (Tier(52, 112, 40, 26, 43, 2), *_TIERS)
#: Rows that a lane may have in one node before its pods are drawn smaller.
_ROWS = 2
#: The same for the smallest pods: then they become squares.
_MOST_ROWS = 4
#: So many pods of a lane become squares, wherever they stand.
MANY = 150
#: The most that the squares of one node may take, in pixels, while there are smaller ones.
_TALL = 260.0
_FULL_LABEL = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things are: the nodes' columns from ``x`` on, the size of the pods, and which lanes are waffles."""

    x: float
    y: float
    column: float  # width of one column
    tier: Tier
    columns: tuple[Column, ...]
    waffles: frozenset[str] = frozenset()

    def left(self, index: int) -> float:
        """Return the left edge of a column."""
        return self.x + index * (self.column + GAP)

    def per_row(self) -> int:
        """Return how many pods stand side by side on a node."""
        return max(1, int((self.column - 4) // self.tier.cell))

    def by_column(self, lane: Lane) -> list[Cell]:
        """Return a lane's pods that have a node, by column."""
        return [lane.cell(column.name) for column in self.columns]


def max_columns(room: float) -> int:
    """Return how many nodes there is room for side by side."""
    return max(1, int((room + GAP) // (_NARROWEST_NODE + GAP)))


def plan(seen: Arrangement, x: float, y: float, room: float) -> Stage:
    """Choose the size of the pods, the same for all that are not too many, so that no node overflows."""
    count = max(1, len(seen.nodes))
    column = (room - GAP * (count - 1)) / count
    stages = [Stage(x, y, column, tier, seen.nodes) for tier in (_FOCUS_TIERS if seen.focus else _TIERS)]
    smallest = stages[-1]
    # By how many pods there are, not by their slots: a slot that is free between others must not make all smaller.
    fullest = {lane.name: max((cell.count for cell in stages[0].by_column(lane)), default=0) for lane in seen.rows}
    rows = {name: [ceil(n / s.per_row()) for s in stages] for name, n in fullest.items()}
    waffles = frozenset(lane.name for lane in seen.rows if lane.count > MANY or rows[lane.name][-1] > _MOST_ROWS)
    drawn = [found for name, found in rows.items() if name not in waffles]
    most = [max((found[i] for found in drawn), default=0) for i in range(len(stages))]
    # Side by side, while there is room for their names and states; else in a few rows; else smaller.
    chosen = next((s for s, n in zip(stages, most, strict=True) if n <= _ROWS), smallest)
    if seen.focus and chosen.tier.lines == _FULL_LABEL:
        chosen = _roomy(seen, [s for s in stages if s.tier.lines == _FULL_LABEL])
    return Stage(x, y, column, chosen.tier, seen.nodes, waffles)


def _roomy(seen: Arrangement, stages: list[Stage]) -> Stage:
    """Return the stage with the largest of the labelled pods among those with the fewest rows.

    Two side by side, wherever that can be: the second pod of a rollout then comes beside the first one, which stays
    where it is, and the second one stays when the first is gone.
    """
    ends = [max((cell.end for cell in stages[0].by_column(lane)), default=0) for lane in seen.rows]
    most = max((end for end in ends if end <= MANY), default=0)
    pairs = [stage for stage in stages if stage.per_row() > 1] or stages
    return min(pairs, key=lambda stage: ceil(most / stage.per_row()))


def larger(seen: Arrangement, plan: Stage, rooms: Mapping[str, float]) -> Stage:
    """Return the stage with larger pods where every lane has the room for them, also when a rollout brings more.

    Parameters
    ----------
    seen, plan
        What is to be drawn, and the stage as it would be.
    rooms
        How tall each lane is, by its name.
    """
    drawn = [lane for lane in seen.rows if lane.name not in plan.waffles]
    for tier in _LARGE:
        stage = replace(plan, tier=tier)
        if tier.size <= plan.tier.size or stage.column < tier.cell:
            continue
        if not stage.per_row() % 2:  # an odd number side by side, so that the first stands in the middle of its node
            stage = replace(plan, tier=replace(tier, cell=(plan.column - 4) / (stage.per_row() - 1)))
        most = {lane.name: max(_ROLLING, *(c.end for c in stage.by_column(lane)), 0) for lane in drawn}
        if drawn and all(_tall(tier, ceil(n / stage.per_row())) <= rooms[name] for name, n in most.items()):
            return stage
    return plan


def _tall(tier: Tier, rows: int) -> float:
    """Return how tall so many rows are, with room for a status of two lines."""
    return tier.top + rows * (tier.size + tier.below) + (rows - 1) * tier.above + 15


def shift(stage: Stage, lane: Lane, room: float) -> float:
    """Return how far down a lane's pods stand in a lane of that height, so that they are in its middle."""
    if lane.name in stage.waffles:
        return 0.0
    return max(0.0, (room - _tall(stage.tier, max(1, _rows(stage, lane)))) / 2)


def lane_height(seen: Arrangement, stage: Stage, lane: Lane) -> float:
    """Return how tall a lane is."""
    if lane.name in stage.waffles:
        tall = GLYPHS.top + waffle.WORDS + _grid(stage, lane).height(_tens(stage, lane)) + 6.0
    else:
        tier, rows = stage.tier, max(1, _rows(stage, lane))
        tall = tier.top + rows * (tier.size + tier.below) + (rows - 1) * tier.above + 4
        room_for_words = min(tier.cell, stage.column)
        if tier.lines > 1 and any(
            pods.status_lines(pod, room_for_words) > tier.lines for cell in stage.by_column(lane) for _, pod in cell
        ):
            tall += 11
    return tall if seen.focus else max(tall, room(seen, lane))


def _rows(stage: Stage, lane: Lane) -> int:
    """Return how many rows of pods the fullest node has in a lane: up to its last slot that is taken."""
    return ceil(max((cell.end for cell in stage.by_column(lane)), default=0) / stage.per_row())


def _tens(stage: Stage, lane: Lane) -> int:
    return max((len(cell.tens) for cell in stage.by_column(lane)), default=0)


def _grid(stage: Stage, lane: Lane) -> waffle.Grid:
    return waffle.grid(stage.column - 16, _tens(stage, lane), _TALL)


@cache
def _order(count: int) -> tuple[int, ...]:
    """Return in which order places side by side are taken: from the middle to both sides."""
    return tuple(sorted(range(count), key=lambda i: (abs(i - (count - 1) / 2), i)))


def draw_lane(
    canvas: Canvas, seen: Arrangement, stage: Stage, lane: Lane, y: float, *, down: float = 0.0
) -> dict[str, Spot]:
    """Draw a lane's pods, and return where each stands, by uid; of a waffle where the whole of it does, by its name.

    A pod's place follows from its slot on its node alone.
    """
    if lane.name in stage.waffles:
        return _draw_waffles(canvas, seen, stage, lane, y)
    tier, per_row = stage.tier, stage.per_row()
    spots: dict[str, Spot] = {}
    cell = min(stage.column / per_row, tier.cell * 1.3)
    look = pods.Look(tier.size, tier.lines, cell)
    places = _order(per_row) if tier.lines else tuple(range(per_row))
    for i, here in enumerate(stage.by_column(lane)):
        for slot, pod in here:
            row, place = divmod(slot, per_row)
            top = y + down + tier.top + row * (tier.size + tier.below + tier.above)
            cx = stage.left(i) + stage.column / 2 + (places[place] - (per_row - 1) / 2) * cell
            pods.draw(canvas, seen, pod, cx, top + tier.size / 2, look)
            spots[pod.uid] = Spot(cx, top, row, y)
    return spots


def _draw_waffles(canvas: Canvas, seen: Arrangement, stage: Stage, lane: Lane, y: float) -> dict[str, Spot]:
    spots: dict[str, Spot] = {}
    squares = _grid(stage, lane)
    top = y + GLYPHS.top
    for i, (column, here) in enumerate(zip(stage.columns, stage.by_column(lane), strict=True)):
        if here.count:
            name = f"{column.name}/{lane.name}"
            waffle.draw(canvas, name, here, seen.paint, (stage.left(i) + 8, top, stage.column - 16, squares))
            spots[name] = Spot(stage.left(i) + stage.column / 2, top, 0, y, here)
    return spots


def columns(room: float, narrowest: float, gap: float) -> tuple[int, float]:
    """Return how many of something stand side by side, one at least, and how wide each is then.

    Parameters
    ----------
    room, narrowest, gap
        The width for all of them, how wide each must be, and what lies between two, in pixels.
    """
    count = max(1, int((room + gap) // (narrowest + gap)))
    return count, (room - gap * (count - 1)) / count
