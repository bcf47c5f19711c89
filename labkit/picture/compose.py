"""Puts the picture together: where cards, nodes and strips go at a given width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.picture import cards, stage, strips
from labkit.picture.describe import describe
from labkit.picture.scene import BACK, LINES, Canvas, Scene, path, text
from labkit.picture.text import fit
from labkit.picture.view import View, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Snapshot

#: From this width on the cards stand at the side of the nodes, below it above them.
SIDE = 740
NARROWEST = 320
_MARGIN = 14
_GAP = 10
#: Room for the longest of the lesson's own names, "frontend", at any width.
_PILL = 70.0


def scene(
    snapshot: Snapshot,
    *,
    width: float = 960,
    focus: str | None = None,
    traffic: Sequence[strips.Tick] | None = None,
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
        In pixels; the height follows from what there is to show.
    focus
        The Deployment to show alone and large; all of them when None, or while there is none of that name.
    traffic
        The requests of a steady client, oldest first; None leaves their strip away.
    url
        Where these requests go.
    live
        Whether this is the present: the board says so, a still says the time.
    caption
        What the picture shows, in one sentence; it is its title for those who do not see it.
    """
    width = max(width, NARROWEST)
    box = _Box(_MARGIN, width - 2 * _MARGIN, side=width >= SIDE)
    alone = focus is not None and snapshot.deployment(focus) is not None
    pill = 0.0 if alone else min(104.0, max(_PILL, width * 0.1))
    nodes_x = _MARGIN + (box.panel + _GAP if box.side else 0) + (pill + _GAP if pill else 0)
    room = width - _MARGIN - nodes_x
    seen = view(snapshot, focus, stage.max_columns(room))
    canvas = Canvas(width)

    said = describe(snapshot, focus)
    y = float(_MARGIN)
    strips.heading(canvas, seen, _MARGIN, y, box.inner, said, live=live)
    y += strips.HEADING
    if traffic is not None:
        strips.requests(canvas, seen, _MARGIN, y, box.inner, traffic, url)
        y += strips.REQUESTS + 4
    if not box.side:
        y = _cards_above(canvas, seen, y, box.inner)
    y = (_one if alone else _all)(canvas, seen, box, y, (nodes_x, room, pill)) + 14
    if alone or not box.side:
        y += strips.legend(canvas, _MARGIN, y - 4, box.inner) + 4
    y += strips.events(canvas, seen, _MARGIN, y, box.inner)
    title = caption or (f"Deployment {seen.focus} in the cluster" if seen.focus else "Deployments in the cluster")
    return Scene(width, round(y + _MARGIN / 2, 1), canvas.elements, title, said, stale=snapshot.stale is not None)


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


def _all(canvas: Canvas, seen: View, box: _Box, y: float, where: tuple[float, float, float]) -> float:
    """Draw all Deployments, one lane each, their card beside them; return where they end."""
    nodes_x, room, pill = where
    if box.side:
        canvas.put("aside", box.x, y, [text(0, 13, "Deployments", "strong", "dim")], layer=BACK)
        strips.legend(canvas, box.x, y + 20, box.panel)
    stage.draw_waiting(canvas, seen, nodes_x, y, room)
    plan = stage.plan(seen, nodes_x, y + stage.WAITING + _GAP, room)
    y = plan.y + stage.HEADER
    for lane in seen.lanes:
        h = stage.lane_height(plan, lane)
        if box.side:
            h = max(h, cards.height(seen, lane, box.panel))
            cards.draw(canvas, seen, lane, box.x, y, box.panel, h)
        if lane is not seen.lanes[0]:
            canvas.put(f"lane:{lane.name}", nodes_x, y - _GAP / 2, [path(f"M0 0H{room:.1f}", "rule")], layer=LINES)
        spots = stage.draw_lane(canvas, seen, plan, lane, y)
        stage.draw_rails(canvas, seen, plan, lane, y, (nodes_x - pill - _GAP, pill), spots)
        y += h + _GAP
    if not seen.lanes:
        strips.nothing(canvas, box.x, y, box.panel or pill + room)
        y += 60 + _GAP
    stage.draw_nodes(canvas, plan, y - _GAP + 8 - plan.y, foot=False)
    return y - _GAP + 8


def _one(canvas: Canvas, seen: View, box: _Box, y: float, where: tuple[float, float, float]) -> float:
    """Draw one Deployment large, its Service above the nodes; return where it ends."""
    nodes_x, room, _ = where
    top, lane = y, seen.lanes[0]
    stage.draw_waiting(canvas, seen, nodes_x, y + stage.PILL + _GAP, room)
    plan = stage.plan(seen, nodes_x, y + stage.PILL + stage.WAITING + 2 * _GAP, room)
    y = plan.y  # the nodes' names are below: here lines come from above
    h = stage.lane_height(plan, lane) + stage.HEADER
    rest = [f"{o.name} {o.deployment.ready}/{o.deployment.desired}" for o in seen.others if o.deployment]
    footer = 22 if rest else 0
    if box.side:
        canvas.put("aside", box.x, top, [text(0, 13, "Deployment", "strong", "dim")], layer=BACK)
        h = max(h, top + 22 + cards.height(seen, lane, box.panel) + footer - y)
        cards.draw(canvas, seen, lane, box.x, top + 22, box.panel, y + h - footer - top - 22)
    if rest and box.side:
        said = fit("also here: " + " · ".join(rest), "small", box.panel - 12)
        canvas.put("others", box.x, y + h - 6, [text(12, 0, said, "small", "dim")])
    spots = stage.draw_lane(canvas, seen, plan, lane, y)
    stage.draw_curves(canvas, seen, lane, top, nodes_x + room / 2, spots)
    stage.draw_nodes(canvas, plan, y + h - plan.y, foot=True)
    return y + h


def _cards_above(canvas: Canvas, seen: View, y: float, inner: float) -> float:
    """Draw the cards side by side above the nodes, and return where they end."""
    lanes = [lane for lane in seen.lanes if lane.deployment]
    if not lanes:
        return y
    per_row = min(len(lanes), max(1, int((inner + _GAP) // (140 + _GAP))))
    w = (inner - _GAP * (per_row - 1)) / per_row
    for start in range(0, len(lanes), per_row):
        row = lanes[start : start + per_row]
        h = max(cards.height(seen, lane, w) for lane in row)
        for i, lane in enumerate(row):
            cards.draw(canvas, seen, lane, _MARGIN + i * (w + _GAP), y, w, h)
        y += h + _GAP
    return y
