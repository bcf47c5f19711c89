"""The stage: nodes as columns, Deployments as lanes, pods where they stand, and lines to those that get traffic."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from labkit.picture.scene import BACK, FRONT, LINES, Canvas, Part, path, rect, text
from labkit.picture.shapes import COLOURS, glyph, shape
from labkit.picture.text import first_that_fits, fit, width
from labkit.picture.view import OTHER_NODES
from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.picture.view import Column, Lane, View
    from labkit.state import Pod

GAP = 10
WAITING = 70
HEADER = 30
PILL = 34
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


_TIERS = (Tier(44, 68, 36, 22, 30, 2), Tier(30, 44, 34, 16, 15, 1), Tier(18, 24, 32, 10, 5, 0))
_FOCUS_TIERS = (Tier(52, 112, 40, 26, 36, 2), *_TIERS)
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


def plan(view: View, x: float, y: float, room: float) -> Stage:
    """Choose the size of the pods, the same for all, so that no node overflows."""
    count = max(1, len(view.nodes))
    column = (room - GAP * (count - 1)) / count
    stages = [Stage(x, y, column, tier, view.nodes) for tier in (_FOCUS_TIERS if view.focus else _TIERS)]
    most = {s.tier: max((_rows(s, lane) for lane in view.lanes), default=0) for s in stages}
    # Side by side, while there is room for their names and states; else in a few rows; else smaller.
    for stage in stages:
        if view.focus and stage.tier.lines == _FULL_LABEL and most[stage.tier] <= 1:
            return stage
    return next((s for s in stages if most[s.tier] <= _ROWS), stages[-1])


def lane_height(stage: Stage, lane: Lane) -> float:
    """Return how tall a lane is."""
    tier, rows = stage.tier, max(1, _rows(stage, lane))
    return tier.top + rows * (tier.size + tier.below) + (rows - 1) * tier.above + 4


def _rows(stage: Stage, lane: Lane) -> int:
    """Return how many rows of pods the fullest node has in a lane."""
    return ceil(max(map(len, stage.by_column(lane)), default=0) / stage.per_row())


def draw_waiting(canvas: Canvas, view: View, x: float, y: float, w: float) -> None:
    """Draw the row of those without a node: pods that the scheduler has not placed, and pods only wanted."""
    canvas.put(
        "waiting", x, y, [rect(0, 0, w, WAITING, "waiting", 8), text(10, 14, "no node yet", "tiny", "dim")], layer=BACK
    )
    pods = [(lane, p) for lane in view.lanes for p in lane.pods if p.node is None]
    ghosts = [(lane, g) for lane in view.lanes for g in lane.ghosts]
    cell, size = 70, 30
    fits = max(1, int((w - 90) // cell))
    spots = [x + 90 + i * cell + cell / 2 for i in range(fits)]
    total = len(pods) + len(ghosts)
    if not total:
        calm = "every pod has its node" if view.lanes else "no pods"
        canvas.put("waiting:none", x + 10, y + 30, [text(0, 0, calm, "small", "dim")])
    if total > fits:
        more = f"+{total - fits + 1}"
        canvas.put("waiting:more", spots[-1], y + 34, [text(0, 0, more, "strong", "dim", "middle")])
        spots = spots[:-1]
    middle = y + 26
    for spot, (lane, pod) in zip(spots, pods, strict=False):
        tier = Tier(size, cell, 0, 0, 0, 2)
        _pod(canvas, view, pod, spot, middle, tier, name=lane.name)
    for spot, (lane, (key, colour)) in zip(spots[len(pods) :], ghosts, strict=False):
        parts = [
            path(shape(colour, size), "body"),
            text(0, size / 2 + 13, fit(lane.name, "small", cell - 4), "small", "dim", "middle"),
            text(0, size / 2 + 24, "wanted", "tiny", "dim", "middle"),
        ]
        canvas.put(
            key, spot, middle, parts, f"pod ghost r{colour % COLOURS}", title=f"{lane.name}: wanted, not there yet"
        )


def draw_nodes(canvas: Canvas, stage: Stage, h: float, *, foot: bool) -> None:
    """Draw the nodes' boxes and their headings."""
    for i, column in enumerate(stage.columns):
        node = column.node
        lost = node is not None and not node.ready
        if node is None:
            said, tone = "", "dim"
        elif lost:
            said, tone = "not Ready", "bad"
        else:
            said, tone = ("Ready", "good") if node.schedulable else ("cordoned", "warn")
        box = rect(0, 0, stage.column, h, "box", 8)
        # Where there is no room for the word, the mark alone says it, and the node's title.
        tight = width(column.label, "strong") + width(said, "strong") + 20 > stage.column - 20
        word = "" if tight else said
        pad = 6 if tight else 10
        mark = (width(word, "strong") + 14 if word else 10) if said else 0
        line = h - 12 if foot else 20
        named = fit(column.label, "strong", stage.column - 2 * pad - mark - 1)
        parts = [box, text(pad, line, named, "strong")]
        right = stage.column - pad
        if said:
            if word:
                parts.append(text(right - width(word, "strong"), line, word, "strong", tone))
            cx = right - mark + 5
            dot = Part("circle", {"cx": round(cx, 1), "cy": round(line - 4, 1), "r": 4, "class": f"f-{tone}"})
            cross = path(f"M{cx - 4:.1f} {line - 8:.1f}l8 8m0-8l-8 8", f"k-{tone}")
            parts.append(cross if lost else dot)
        if column.name == OTHER_NODES:
            title = "nodes that do not fit on the picture, together"
        else:
            title = f"node {column.name}{' is not Ready: nobody knows what its pods do' if lost else ''}"
        canvas.put(
            f"node:{column.name}",
            stage.left(i),
            stage.y,
            parts,
            "node lost" if lost else "node",
            layer=BACK,
            title=title,
        )


def draw_lane(canvas: Canvas, view: View, stage: Stage, lane: Lane, y: float) -> dict[str, tuple[float, float, int]]:
    """Draw a lane's pods, and return where each stands: uid → x, top, row."""
    tier, per_row = stage.tier, stage.per_row()
    spots: dict[str, tuple[float, float, int]] = {}
    for i, here in enumerate(stage.by_column(lane)):
        for row in range(ceil(len(here) / per_row)):
            part = here[row * per_row : (row + 1) * per_row]
            top = y + tier.top + row * (tier.size + tier.below + tier.above)
            cell = min(stage.column / max(1, len(part)), tier.cell * 1.3)
            for j, pod in enumerate(part):
                cx = stage.left(i) + stage.column / 2 + (j - (len(part) - 1) / 2) * cell
                _pod(canvas, view, pod, cx, top + tier.size / 2, tier, room=min(cell, stage.column / len(part)))
                spots[pod.uid] = (cx, top, row)
    return spots


def draw_rails(
    canvas: Canvas,
    view: View,
    stage: Stage,
    lane: Lane,
    y: float,
    pill: tuple[float, float],
    spots: dict[str, tuple[float, float, int]],
) -> None:
    """Draw a lane's Services at its left, each with a line along the lane to every pod that it sends traffic to."""
    px, pw = pill
    for service in lane.services[:1]:
        parts = [
            rect(0, 0, pw, PILL, "pill", PILL / 2),
            text(pw / 2, 14, "Service", "tiny", "dim", "middle"),
            text(pw / 2, 26, fit(service.name, "strong", pw - 14), "strong", "fg", "middle"),
        ]
        canvas.put(f"service:{service.uid}", px, y + 3, parts, "service", title=f"Service {service.name}")
        start, rail = px + pw, y + 3 + PILL / 2
        for uid in sorted(view.snapshot.receiving(service.name) & spots.keys()):
            x, top, row = spots[uid]
            tier = stage.tier
            own = rail if row == 0 else top - min(10, tier.above - 4)
            turn = min(8, top - own)
            down = "" if row == 0 else f"H{start + 4:.1f}V{own:.1f}"
            d = f"M{start:.1f} {rail:.1f}{down}H{x - turn:.1f}Q{x:.1f} {own:.1f} {x:.1f} {own + turn:.1f}V{top - 2:.1f}"
            canvas.put(f"link:{service.uid}:{uid}", 0, 0, [path(d, "link")], "links", layer=LINES)


def draw_curves(
    canvas: Canvas, view: View, lane: Lane, y: float, middle: float, spots: dict[str, tuple[float, float, int]]
) -> None:
    """Draw the one Service of a focused lane at the top, with a curve to every pod that it sends traffic to."""
    for service in lane.services[:1]:
        name = f"Service {service.name}"
        pw = min(240, width(name, "strong") + 48)
        parts = [
            rect(-pw / 2, 0, pw, PILL, "pill", PILL / 2),
            text(0, 21, fit(name, "strong", pw - 24), "strong", "fg", "middle"),
        ]
        canvas.put(f"service:{service.uid}", middle, y, parts, "service", title=name)
        start = y + PILL
        for uid in sorted(view.snapshot.receiving(service.name) & spots.keys()):
            x, top, _ = spots[uid]
            reach = (top - start) * 0.55
            ends = f"{middle:.1f} {start + reach:.1f} {x:.1f} {top - reach:.1f} {x:.1f} {top - 3:.1f}"
            d = f"M{middle:.1f} {start:.1f}C{ends}"
            canvas.put(f"link:{service.uid}:{uid}", 0, 0, [path(d, "link")], "links", layer=LINES)


def _pod(
    canvas: Canvas,
    view: View,
    pod: Pod,
    x: float,
    y: float,
    tier: Tier,
    *,
    name: str | None = None,
    room: float | None = None,
) -> None:
    """Draw one pod with its middle at (x, y)."""
    state = view.snapshot.state_of(pod)
    colour = view.colour(pod)
    room = (room if room is not None else tier.cell) - 4
    half = tier.size / 2
    parts = [
        path(shape(colour, tier.size), "body"),
        path(glyph(state, tier.size), "glyph" if tier.lines else "glyph thin"),  # strokes clog a small one
    ]
    if tier.lines:
        style = "pod" if tier.lines > 1 else "podsmall"
        parts.append(
            text(
                0,
                half + (13 if tier.lines > 1 else 11),
                fit(name or view.label(pod), style, room),
                style,
                "fg",
                "middle",
            )
        )
    if tier.lines > 1:
        tone = {PodState.FAILING: "bad", PodState.UNKNOWN: "dim"}.get(state, "dim")
        words = ("Pending",) if state is PodState.PENDING else view.words(pod)
        parts.append(text(0, half + 25, first_that_fits(words, "tiny", room), "tiny", tone, "middle"))
    about = (
        f"{pod.name}: {view.words(pod)[0]}"
        + (f" on {pod.node}" if pod.node else "")
        + (f". {pod.waiting}" if pod.waiting else "")
    )
    canvas.put(f"pod:{pod.uid}", x, y, parts, f"pod s-{state.value} r{colour % COLOURS}", layer=FRONT, title=about)
