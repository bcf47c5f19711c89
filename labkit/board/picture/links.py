"""The Services: each drawn once, with a line to every pod that it sends traffic to, in whichever lane that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture.scene import LINES, Canvas, path, rect, text
from labkit.board.picture.text import fit, width

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Lane, Sending
    from labkit.board.picture.scene import Part
    from labkit.board.picture.stage import Tier
    from labkit.state.placement import Cell

PILL = 34
_GAP = 6
#: Lines of several Services run beside each other, this many before they share a track.
_TRACKS = 3


class Spot(NamedTuple):
    """Where a pod or a waffle stands: its middle, its top, its row on its node, and the top of its lane."""

    x: float
    top: float
    row: int
    lane: float
    cell: Cell | None = None  # of a waffle: its pods


def room(seen: Arrangement, lane: Lane) -> float:
    """Return how tall a lane must be for the Services that stand at its left."""
    here = sum(s.home == lane.name for s in seen.services)
    return 3 + here * (PILL + _GAP)


def rails(
    canvas: Canvas,
    seen: Arrangement,
    tops: dict[str, float],
    pill: tuple[float, float],
    spots: dict[str, Spot],
    tier: Tier,
) -> None:
    """Draw the Services at the left of their lanes, with lines along the lanes to the pods.

    Parameters
    ----------
    canvas, seen
        Where to, and what.
    tops
        Where each lane begins.
    pill
        Left edge and width of the Services.
    spots
        Where the pods stand, by uid.
    tier
        How large pods are drawn.
    """
    px, pw = pill
    below: dict[str, int] = {}
    lanes = _lanes(seen, tops, spots)
    for track, sending in enumerate(seen.services):
        nth = below[sending.home] = below.get(sending.home, -1) + 1
        y = tops[sending.home] + 3 + nth * (PILL + _GAP)
        parts = [
            rect(0, 0, pw, PILL, "pill", PILL / 2),
            text(pw / 2, 14, "Service", "tiny", "dim", "middle"),
            text(pw / 2, 26, *_named(sending.service.name, pw - 14), "fg", "middle"),
        ]
        _put(canvas, sending, px, y, parts)
        start, middle = px + pw, y + PILL / 2
        trunk = start + 3 + track % _TRACKS * 2
        for uid, spot in _reached(sending, spots):
            x = spot.x + _aside(seen, uid, spot, sending)
            before = sum(spot.lane in lanes[s.service.uid] for s in seen.services[:track])
            shift = min(before, _TRACKS - 1)
            rail = spot.lane + 3 + PILL / 2 + 5 * shift
            own = rail if spot.row == 0 else spot.top - min(10, tier.above - 4) + 2 * shift
            turn = min(8.0, spot.top - own)
            down = "" if own == middle else f"H{trunk:.1f}V{own:.1f}"
            bend = f"H{x - turn:.1f}Q{x:.1f} {own:.1f} {x:.1f} {own + turn:.1f}V{spot.top - 2:.1f}"
            _line(canvas, sending, uid, f"M{start:.1f} {middle:.1f}{down}{bend}")


def curves(
    canvas: Canvas,
    seen: Arrangement,
    y: float,
    across: tuple[float, float],
    spots: dict[str, Spot],
    tier: Tier,
    *,
    tall: float = PILL,
) -> None:
    """Draw the Services at the top, side by side, with a curve to every pod.

    Parameters
    ----------
    canvas, seen
        Where to, and what.
    y
        The top of the Services.
    across
        Left edge and width of the room above the nodes.
    spots
        Where the pods stand, by uid.
    tier
        How large pods are drawn.
    tall
        How tall a Service is.
    """
    left, wide = across
    for i, sending in enumerate(seen.services):
        step = wide / len(seen.services)
        middle = left + step * (i + 0.5)
        name = f"Service {sending.service.name}"
        pw = min(step - 8, width(name, "strong") + 48)
        named = name if width(name, "strong") <= pw - 16 else sending.service.name
        parts = [
            rect(-pw / 2, 0, pw, tall, "pill", tall / 2),
            text(0, tall / 2 + 4, fit(named, "strong", pw - 16), "strong", "fg", "middle"),
        ]
        _put(canvas, sending, middle, y, parts)
        start = y + tall
        for uid, spot in _reached(sending, spots):
            x = spot.x + _aside(seen, uid, spot, sending)
            top = min(spot.top, spot.lane + tier.top)  # of the first row; from there on straight down, past its pods
            past = _past(spot, spots, tier) if spot.row else x
            reach = (top - start) * 0.55
            ends = f"{middle:.1f} {start + reach:.1f} {past:.1f} {top - reach:.1f} {past:.1f} {top - 3:.1f}"
            turn = min(10.0, tier.above / 2)
            down = (
                f"V{spot.top - turn:.1f}Q{past:.1f} {spot.top - 3:.1f} {x:.1f} {spot.top - 3:.1f}" if spot.row else ""
            )
            _line(canvas, sending, uid, f"M{middle:.1f} {start:.1f}C{ends}{down}")


def _past(spot: Spot, spots: dict[str, Spot], tier: Tier) -> float:
    """Return where a line to a pod of a further row passes the pods above it: at its own place where that is free."""
    if not tier.lines:
        return spot.x  # small ones stand too close
    clear = tier.size / 2 + 5
    above = [s.x for s in spots.values() if s.row < spot.row]
    tries = (spot.x, spot.x + clear, spot.x - clear)
    return next((x for x in tries if all(abs(x - other) >= clear - 1 for other in above)), spot.x)


def _reached(sending: Sending, spots: dict[str, Spot]) -> list[tuple[str, Spot]]:
    return [(uid, spot) for uid, spot in sorted(spots.items()) if _takes(sending, uid, spot)]


def _takes(sending: Sending, uid: str, spot: Spot) -> bool:
    """Return whether a pod receives a Service's traffic; of a waffle, whether one of its pods does."""
    if spot.cell is None:
        return uid in sending.receiving
    return any(pod.uid in sending.receiving for _, pod in spot.cell)


def _aside(seen: Arrangement, uid: str, spot: Spot, sending: Sending) -> float:
    """Return how far beside a pod's middle a line ends, so that the lines of two Services do not cover each other."""
    all_of_them = [s for s in seen.services if _takes(s, uid, spot)]
    return (all_of_them.index(sending) - (len(all_of_them) - 1) / 2) * 6


def _lanes(seen: Arrangement, tops: dict[str, float], spots: dict[str, Spot]) -> dict[str, frozenset[float]]:
    """Return Service uid → the tops of the lanes that its lines run along."""
    return {
        s.service.uid: frozenset({tops[s.home], *(spot.lane for _, spot in _reached(s, spots))}) for s in seen.services
    }


def _named(name: str, room: float) -> tuple[str, str]:
    """Return a Service's name and the style for it: a long one is set smaller."""
    style = next((s for s in ("strong", "small", "tiny") if width(name, s) <= room), "tiny")
    return fit(name, style, room), style


def _put(canvas: Canvas, sending: Sending, x: float, y: float, parts: list[Part]) -> None:
    service = sending.service
    picks = ", ".join(f"{k}={v}" for k, v in service.selector.items()) or "no selector"
    title = f"Service {service.name} ({picks}), sends to {len(sending.receiving)}"
    canvas.put(f"service:{service.uid}", x, y, parts, "service", title=title)


def _line(canvas: Canvas, sending: Sending, uid: str, d: str) -> None:
    canvas.put(f"link:{sending.service.uid}:{uid}", 0, 0, [path(d, "link")], "links", layer=LINES)
