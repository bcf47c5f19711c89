"""Puts the picture together: where cards, nodes and strips go at a given width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.board.picture import (
    cards,
    events,
    failing_line,
    heading,
    legend,
    links,
    nodes,
    requests_strip,
    stage,
    tiles,
    waiting_line,
    words,
)
from labkit.board.picture.arrangement import Arrangement, arrange
from labkit.board.picture.backing import backing_of
from labkit.board.picture.blocks import block
from labkit.board.picture.describe import sentences, told
from labkit.board.picture.same import Same
from labkit.board.picture.scene import LINES, Canvas, Scene, path, text
from labkit.board.picture.small_tiles import SmallTiles
from labkit.board.picture.text import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Snapshot

#: From this width on the cards stand at the side of the nodes, below it above them.
SIDE = 740
NARROWEST = 320
#: From this height on there are more events, one for each 80 pixels, up to so many more.
_TALL, _MORE_EVENTS = 620, 9
_MARGIN = 14
_GAP = 10
#: Room for the longest of the lesson's own names, "frontend", at any width.
_PILL = 70.0


def scene(
    snapshot: Snapshot,
    *,
    width: float = 960,
    height: float | None = None,
    focus: str | None = None,
    traffic: Sequence[requests_strip.Tick] | None = None,
    counts: requests_strip.Counts | None = None,
    now: float | None = None,
    waiting: Sequence[float] = (),
    url: str = "",
    live: bool = False,
    caption: str = "",
) -> Scene:
    """Lay out one moment of the cluster.

    Parameters
    ----------
    snapshot
        The moment.
    width
        In pixels.
    height
        In pixels, how much room there is: where that is more than needed, pods are larger and there are more events.
        What does not fit makes the picture taller. By default as tall as it needs to be.
    focus
        The Deployment to show large, with what else stands behind its Services; all of them when None, or while there
        is none of that name.
    traffic
        The requests of a steady client, oldest first; None leaves their strip away.
    counts
        What became of all requests, where `traffic` is not all of them.
    now
        The time on the picture, in seconds since the epoch: the right end of the strip of requests, and, where it is
        not live, the time in the heading. By default when the last answer came, or the last change.
    waiting
        When each request was due that still waits for its answer, in seconds since the epoch.
    url
        Where these requests go.
    live
        Whether this is the present: the board says so, a still says the time.
    caption
        What the picture shows, in one sentence; it is its title for those who do not see it.
    """
    width = max(width, NARROWEST)
    box = _Box(_MARGIN, width - 2 * _MARGIN, side=width >= SIDE)
    canvas = Canvas(width, (width, focus))
    same = (Same(snapshot),)
    found = block(canvas, ("arranged",), same, lambda _: _arranged(snapshot, box, focus))
    seen, said = found.seen, found.said
    y = float(_MARGIN)
    heading.draw(canvas, seen, _MARGIN, y, box.inner, said, live=live, now=now)
    y += heading.height(box.inner)
    if traffic is not None:
        where = (_MARGIN, y, box.inner)
        until = words.clock(now) if now is not None and not live else "now"
        requests_strip.draw(canvas, seen, where, traffic, url=url, counts=counts, now=now, waiting=waiting, until=until)
        y += requests_strip.height(box.inner) + 4
    # While requests go by, the cluster most often stands still: then all that is below their strip is as it was.
    y = block(canvas, ("below",), (*same, y, height), lambda own: _below(own, found, box, y, height))
    title = caption or (f"Deployment {seen.focus} in the cluster" if seen.focus else "Deployments in the cluster")
    return Scene(
        width, round(y + _MARGIN / 2, 1), canvas.elements, title, told(snapshot, said), stale=snapshot.stale is not None
    )


@dataclass(frozen=True, slots=True)
class _Arranged:
    """What is to be drawn of a moment, what is said of it, and where the nodes begin."""

    seen: Arrangement
    said: list[tuple[bool, str]]
    pill: float
    nodes_x: float


def _arranged(snapshot: Snapshot, box: _Box, focus: str | None) -> _Arranged:
    """Choose what to draw."""
    backing = backing_of(snapshot)
    pill, nodes_x = _nodes(box, pill=focus is None or snapshot.deployment(focus) is None)
    seen = arrange(backing, focus, stage.max_columns(box.inner + _MARGIN - nodes_x))
    if seen.tiled:
        pill, nodes_x = _nodes(box, pill=bool(seen.services))
    return _Arranged(seen, sentences(backing, focus), pill, nodes_x)


def _below(canvas: Canvas, found: _Arranged, box: _Box, y: float, height: float | None) -> float:
    """Draw all that is below the heading and the strip of requests; return where it ends."""
    seen = found.seen
    if not box.side:
        y = _cards_above(canvas, seen, y, box.inner)
    below = (seen.focus is not None and not seen.tiled) or not box.side
    count = events.USUAL if height is None else events.USUAL + max(0, min(_MORE_EVENTS, int(height - _TALL) // 80))
    foot = 14 + (legend.height(box.inner) + 4 if below else 0) + events.height(count) + _MARGIN / 2
    end = 0.0 if height is None else height - foot
    where = (found.nodes_x, box.inner + _MARGIN - found.nodes_x, found.pill)
    y = (_tiled if seen.tiled else _one if seen.focus is not None else _all)(canvas, seen, box, (y, end), where)
    fits = y <= end + 1
    y += 14
    if below:
        y += legend.draw(canvas, _MARGIN, y - 4, box.inner) + 4
    return y + events.draw(canvas, seen, (_MARGIN, y, box.inner), count if fits else events.USUAL)


def _nodes(box: _Box, *, pill: bool) -> tuple[float, float]:
    """Return how wide a Service beside the nodes is (0.0: it stands elsewhere), and where the nodes begin."""
    wide = min(104.0, max(_PILL, (box.inner + 2 * _MARGIN) * 0.1)) if pill else 0.0
    return wide, _MARGIN + (box.panel + _GAP if box.side else 0) + (wide + _GAP if wide else 0)


@dataclass(frozen=True, slots=True)
class _Box:
    """The room inside the margins."""

    x: float
    inner: float
    side: bool

    @property
    def panel(self) -> float:
        """How wide the cards at the side are."""
        return min(250.0, max(206.0, self.inner * 0.23)) if self.side else 0.0


def _all(
    canvas: Canvas, seen: Arrangement, box: _Box, span: tuple[float, float], where: tuple[float, float, float]
) -> float:
    """Draw all Deployments, one lane each, their card beside them; return where they end, not above the span's end."""
    nodes_x, room, pill = where
    y, end = span
    legend_h = legend.draw(canvas, box.x, y, box.panel) if box.side else 0.0
    plan = stage.plan(seen, nodes_x, y + _lines(canvas, seen, (nodes_x, y, room)), room)
    y = max(plan.y + nodes.header(seen, plan), y + legend_h + _GAP)
    tall = {lane.name: stage.lane_height(seen, plan, lane) for lane in seen.lanes}
    if box.side:
        tall = {lane.name: max(tall[lane.name], cards.height(canvas, seen, lane, box.panel)) for lane in seen.lanes}
    more = max(0.0, end - y - sum(h + _GAP for h in tall.values()) + _GAP - 8) / max(1, len(tall))
    tall = {name: h + more for name, h in tall.items()}
    plan = stage.larger(seen, plan, tall)
    tops: dict[str, float] = {}
    spots: dict[str, links.Spot] = {}
    for lane in seen.lanes:
        tops[lane.name], h = y, tall[lane.name]
        if box.side:
            cards.draw(canvas, seen, lane, box.x, y, box.panel, h)
        if lane is not seen.lanes[0]:
            canvas.put(f"lane:{lane.name}", nodes_x, y - _GAP / 2, [path(f"M0 0H{room:.1f}", "rule")], layer=LINES)
        spots |= stage.draw_lane(canvas, seen, plan, lane, y, down=stage.shift(plan, lane, h))
        y += h + _GAP
    links.rails(canvas, seen, tops, (nodes_x - pill - _GAP, pill), spots, plan.tier)
    if not seen.lanes:
        if box.side:
            cards.nothing(canvas, box.x, y, box.panel)
        y += 60 + _GAP
    nodes.draw(canvas, seen, plan, y - _GAP + 8 - plan.y, foot=False)
    return y - _GAP + 8


def _one(
    canvas: Canvas, seen: Arrangement, box: _Box, span: tuple[float, float], where: tuple[float, float, float]
) -> float:
    """Draw one Deployment large, its Services above the nodes, and what else is behind them; return where it ends."""
    nodes_x, room, _ = where
    y, end = span
    top, lane = y, seen.rows[0]
    above = links.PILL + _GAP
    plan = stage.plan(seen, nodes_x, y + above + _lines(canvas, seen, (nodes_x, y + above, room)), room)
    y = plan.y  # the nodes' names are below: here lines come from above
    foot = nodes.header(seen, plan)
    h = max(stage.lane_height(seen, plan, lane) + foot, end - y)
    rest = _others(seen, box.panel - 12) if box.side else []
    if box.side:
        footer = 10 + 13 * len(rest) if rest else 0
        tall = [cards.height(canvas, seen, each, box.panel) for each in seen.lanes]
        h = max(h, top + sum(tall) + _GAP * (len(tall) - 1) + footer - y)
        tall[-1] = y + h - footer - top - sum(tall[:-1]) - _GAP * (len(tall) - 1)
        card_y = top
        for each, each_h in zip(seen.lanes, tall, strict=True):
            cards.draw(canvas, seen, each, box.x, card_y, box.panel, each_h)
            card_y += each_h + _GAP
        _draw_others(canvas, rest, box.x + 12, card_y + 6)
    plan = stage.larger(seen, plan, {lane.name: h - foot})
    spots = stage.draw_lane(canvas, seen, plan, lane, y + stage.shift(plan, lane, h - foot))
    links.curves(canvas, seen, top, (nodes_x, room), spots, plan.tier)
    nodes.draw(canvas, seen, plan, y + h - plan.y, foot=True)
    return y + h


def _tiled(
    canvas: Canvas, seen: Arrangement, box: _Box, span: tuple[float, float], where: tuple[float, float, float]
) -> float:
    """Draw the nodes as tiles, the cards and the Services beside them; return where they end."""
    nodes_x, room, pill = where
    y, end = span
    above = 6 if seen.services else 0
    small = tiles.too_many(seen, room)
    lines = _lines(canvas, seen, (nodes_x, y, room), unnamed=small)
    grid = (SmallTiles if small else tiles.Tiles)(seen, nodes_x, y + lines + above, room)
    spots = grid.draw(canvas)
    tall = failing_line.rest(canvas, seen, (nodes_x, grid.end + _GAP, room)) if small else 0.0
    card_y = y
    if box.side:
        card_y += legend.draw(canvas, box.x, y, box.panel) + _GAP
        for lane in seen.lanes:
            h = cards.height(canvas, seen, lane, box.panel)
            cards.draw(canvas, seen, lane, box.x, card_y, box.panel, h)
            card_y += h + _GAP
        if not seen.lanes:
            cards.nothing(canvas, box.x, card_y, box.panel)
            card_y += 60 + _GAP
        rest = _others(seen, box.panel - 12)
        _draw_others(canvas, rest, box.x + 12, card_y + 6)
        card_y += 13 * len(rest)
    # the Services one below the other, from where the tiles begin
    tops: dict[str, float] = {}
    below = y + lines
    for lane in seen.lanes:
        tops[lane.name] = below
        below += sum(s.home == lane.name for s in seen.services) * (links.PILL + 6)
    links.rails(canvas, seen, tops, (nodes_x - pill - _GAP, pill), spots, stage.GLYPHS)
    return max(grid.end + tall, card_y - _GAP, below, end)


def _lines(canvas: Canvas, seen: Arrangement, where: tuple[float, float, float], *, unnamed: bool = False) -> float:
    """Draw the lines above the nodes; return their height. That of the failing is there where pods have no name."""
    x, y, room = where
    waiting_line.draw(canvas, seen, x, y, room)
    tall = waiting_line.HEIGHT + _GAP
    if unnamed or any(lane.count > stage.MANY for lane in seen.lanes):
        failing_line.draw(canvas, seen, x, y + tall, room)
        tall += failing_line.HEIGHT + _GAP
    return tall


def _others(seen: Arrangement, room: float) -> list[str]:
    """Return the lines about the Deployments that are out of focus."""
    rest = [f"{d.name} {d.ready}/{d.desired}" for d in seen.others]
    return wrap("also here: " + " · ".join(rest), "small", room) if rest else []


def _draw_others(canvas: Canvas, lines: list[str], x: float, y: float) -> None:
    if lines:
        canvas.put("others", x, y, [text(0, 13 * i, line, "small", "dim") for i, line in enumerate(lines)])


def _cards_above(canvas: Canvas, seen: Arrangement, y: float, inner: float) -> float:
    """Draw the cards side by side above the nodes, and return where they end."""
    lanes = seen.lanes
    if not lanes:
        cards.nothing(canvas, _MARGIN, y, inner)
        return y + 60 + _GAP
    per_row = min(len(lanes), max(1, int((inner + _GAP) // (140 + _GAP))))
    w = (inner - _GAP * (per_row - 1)) / per_row
    for start in range(0, len(lanes), per_row):
        row = lanes[start : start + per_row]
        h = max(cards.height(canvas, seen, lane, w) for lane in row)
        for i, lane in enumerate(row):
            cards.draw(canvas, seen, lane, _MARGIN + i * (w + _GAP), y, w, h)
        y += h + _GAP
    rest = _others(seen, inner)
    _draw_others(canvas, rest, _MARGIN, y + 6)
    return y + 13 * len(rest) + (6 if rest else 0)
