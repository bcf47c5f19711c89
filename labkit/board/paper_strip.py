"""A filmstrip for paper: each of its pictures small, and its requests as one strip below one axis of time. Pure.

On the screen a picture of a filmstrip is what the board shows of a time. Paper has half of that width, and letters of
at least 8 points: so here the same Nodes, Pods, Services and lines are laid out anew, without the words that the board
has beside them. Sentences and times are the page's own text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture import links, nodes, stage, waiting_line
from labkit.board.picture.arrangement import Arrangement, arrange
from labkit.board.picture.backing import backing_of
from labkit.board.picture.scene import Canvas, Scene, path, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.text import STYLES, width
from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Snapshot

#: How wide a picture is laid out, in pixels: three Nodes side by side, their names whole.
WIDTH = 249.0
#: The smallest letters on it, in pixels: what a page needs to know to print none below 8 points.
SMALLEST = min(STYLES[name].size for name in ("podsmall", "tiny", "strong"))

#: Two Pods with their names stand side by side on a Node.
_TIER = stage.Tier(size=30, cell=36, top=22, above=14, below=13, lines=1)
_PILL, _GAP = 22.0, 5.0
_MOST_NODES = 99
#: The Nodes' names stand this much higher than on the board: below them comes nothing.
_HIGHER = 6.0


def lane_room(snapshots: Sequence[Snapshot], app: str) -> float:
    """Return how tall the Pods of the fullest of some pictures are: the same in all, so that eyes can compare them."""
    return max(_lane_room(_arranged(each, app)) for each in snapshots)


def frame(snapshot: Snapshot, app: str, room: float, sentence: str) -> Scene:
    """Return one time as a small picture.

    Parameters
    ----------
    snapshot
        The time.
    app
        The Deployment that it is about.
    room
        What :func:`lane_room` returns for all pictures of the strip.
    sentence
        What it shows.
    """
    seen = _arranged(snapshot, app)
    canvas = Canvas(WIDTH, (WIDTH, app))
    y = 1.0
    # what has no Node is drawn where there is something; no line is kept free for it
    if any(lane.absent or lane.waiting().count for lane in seen.lanes):
        waiting_line.draw(canvas, seen, 0.5, y, WIDTH - 1)
        y += waiting_line.HEIGHT + _GAP
    top = y
    y += _PILL + _GAP
    plan = _plan(seen, y)
    spots: dict[str, links.Spot] = {}
    for lane in seen.rows:
        spots |= stage.draw_lane(canvas, seen, plan, lane, y)
    links.curves(canvas, seen, top, (0.0, WIDTH), spots, _TIER, tall=_PILL)
    tall = room + nodes.header(seen, plan) - _HIGHER
    nodes.draw(canvas, seen, plan, tall, foot=True)
    return Scene(WIDTH, round(y + tall + 1, 1), canvas.elements, sentence, placed(snapshot, app))


def placed(snapshot: Snapshot, app: str) -> str:
    """Return who is where, in words."""
    seen = _arranged(snapshot, app)
    receiving = frozenset().union(*(each.receiving for each in seen.services))
    said = []
    for column in seen.nodes:
        there = [pod for lane in seen.rows for _, pod in lane.cell(column.name)]
        each = [
            f"{seen.label(p)} {pod_state(p).value}{', receives requests' if p.uid in receiving else ''}" for p in there
        ]
        said.append(f"{column.label}: {'; '.join(each) or 'no Pod'}.")
    return " ".join(said)


def key(snapshots: Sequence[Snapshot], across: float) -> Scene:
    """Return what signs and lines mean: of those states that are seen in some pictures.

    Parameters
    ----------
    snapshots
        The pictures.
    across
        Its width, in pixels.
    """
    states = {pod_state(pod) for each in snapshots for pod in each.pods()}
    canvas = Canvas(across)
    entries = [
        (state.value, [path(shape(0, 14), "body"), path(glyph(state, 14), "glyph thin")], said, f"s-{state.value}")
        for state, said in _STATES.items()
        if state in states
    ]
    entries.append(("desired", [path(shape(0, 14), "body")], "desired, not there yet", "ghost"))
    x, y = 9.0, 10.0
    for name, parts, said, cls in entries:
        wide = 24 + width(said, "small") + 12
        if x > 9.0 and x + wide - 12 > across:  # noqa: PLR2004 - where a line begins
            x, y = 9.0, y + 18
        canvas.put(name, x, y, [*parts, text(14, 3.5, said, "small", "fg")], f"pod legend {cls} r0")
        x += wide
    line, said = [path("M-8 -4C-2 6 2 -6 10 4", "link")], "a line: this Pod gets requests"
    canvas.put("line", x, y, [*line, text(16, 3.5, said, "small", "fg")], "links")
    return Scene(across, y + 10, canvas.elements, "What the signs mean", ", ".join(said for *_, said, _ in entries))


#: What the glyphs mean, in the order in which a Pod goes through them.
_STATES = {
    PodState.PENDING: "Pending",
    PodState.STARTING: "ContainerCreating",
    PodState.RUNNING: "Running, not Ready",
    PodState.READY: "Ready",
    PodState.TERMINATING: "Terminating",
    PodState.FAILING: "Error, BackOff",
    PodState.UNKNOWN: "Unknown",
}


def _arranged(snapshot: Snapshot, app: str) -> Arrangement:
    return arrange(backing_of(snapshot), app or None, _MOST_NODES)


def _plan(seen: Arrangement, y: float) -> stage.Stage:
    count = max(1, len(seen.nodes))
    return stage.Stage(0.5, y, (WIDTH - 1 - stage.GAP * (count - 1)) / count, _TIER, seen.nodes)


def _lane_room(seen: Arrangement) -> float:
    plan = _plan(seen, 0.0)
    return max((stage.lane_height(seen, plan, lane) for lane in seen.rows), default=_TIER.top)
