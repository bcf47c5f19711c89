"""The stage: nodes as columns, Deployments as lanes, and pods where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from labkit.board.picture import links, pods
from labkit.board.picture.links import Spot

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Column, Lane
    from labkit.board.picture.scene import Canvas
    from labkit.state import Pod

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


_TIERS = (Tier(44, 68, 36, 22, 41, 2), Tier(30, 44, 34, 16, 15, 1), Tier(18, 24, 32, 10, 5, 0))
_FOCUS_TIERS = (Tier(52, 112, 40, 26, 43, 2), *_TIERS)
#: Rows that a lane may have in one node before its pods are drawn smaller.
_ROWS = 2
_FULL_LABEL = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things are: the nodes' columns from ``x`` on, and the size of the pods."""

    x: float
    y: float
    column: float  # width of one column
    tier: Tier
    columns: tuple[Column, ...]

    def left(self, index: int) -> float:
        """Return the left edge of a column."""
        return self.x + index * (self.column + GAP)

    def per_row(self) -> int:
        """Return how many pods stand side by side on a node."""
        return max(1, int((self.column - 4) // self.tier.cell))

    def by_column(self, lane: Lane) -> list[list[Pod]]:
        """Return a lane's pods that have a node, by column; those of other nodes stand in the last one."""
        index = {column.name: i for i, column in enumerate(self.columns)}
        found: list[list[Pod]] = [[] for _ in self.columns]
        for pod in lane.pods:
            if pod.node:
                found[index.get(pod.node, len(found) - 1)].append(pod)
        return found


def max_columns(room: float) -> int:
    """Return how many nodes there is room for side by side."""
    return max(1, int((room + GAP) // (_NARROWEST_NODE + GAP)))


def plan(seen: Arrangement, x: float, y: float, room: float) -> Stage:
    """Choose the size of the pods, the same for all, so that no node overflows."""
    count = max(1, len(seen.nodes))
    column = (room - GAP * (count - 1)) / count
    stages = [Stage(x, y, column, tier, seen.nodes) for tier in (_FOCUS_TIERS if seen.focus else _TIERS)]
    most = {s.tier: max((_rows(s, lane) for lane in seen.rows), default=0) for s in stages}
    # Side by side, while there is room for their names and states; else in a few rows; else smaller.
    for stage in stages:
        if seen.focus and stage.tier.lines == _FULL_LABEL and most[stage.tier] <= 1:
            return stage
    return next((s for s in stages if most[s.tier] <= _ROWS), stages[-1])


def lane_height(seen: Arrangement, stage: Stage, lane: Lane) -> float:
    """Return how tall a lane is."""
    tier, rows = stage.tier, max(1, _rows(stage, lane))
    tall = tier.top + rows * (tier.size + tier.below) + (rows - 1) * tier.above + 4
    if tier.lines > 1 and any(pods.status_lines(p, min(tier.cell, stage.column)) > tier.lines for p in lane.pods):
        tall += 11
    return tall if seen.focus else max(tall, links.room(seen, lane))


def _rows(stage: Stage, lane: Lane) -> int:
    """Return how many rows of pods the fullest node has in a lane."""
    return ceil(max(map(len, stage.by_column(lane)), default=0) / stage.per_row())


def draw_lane(canvas: Canvas, seen: Arrangement, stage: Stage, lane: Lane, y: float) -> dict[str, Spot]:
    """Draw a lane's pods, and return where each stands, by uid."""
    tier, per_row = stage.tier, stage.per_row()
    spots: dict[str, Spot] = {}
    for i, here in enumerate(stage.by_column(lane)):
        for row in range(ceil(len(here) / per_row)):
            part = here[row * per_row : (row + 1) * per_row]
            top = y + tier.top + row * (tier.size + tier.below + tier.above)
            cell = min(stage.column / max(1, len(part)), tier.cell * 1.3)
            look = pods.Look(tier.size, tier.lines, min(cell, stage.column / len(part)))
            for j, pod in enumerate(part):
                cx = stage.left(i) + stage.column / 2 + (j - (len(part) - 1) / 2) * cell
                pods.draw(canvas, seen, pod, cx, top + tier.size / 2, look)
                spots[pod.uid] = Spot(cx, top, row, y)
    return spots
