"""A Deployment's bar: its Pods from the old revision to the new one, and the bounds that a rollout keeps to.

What is Ready stands first and is filled, what is not Ready follows and is only outlined. So the filled part must reach
the lower mark (desired less what may be unavailable), and the whole must not pass the upper one (desired and the
surge). Pods that are Terminating count for neither, and stand apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture.pods import colour
from labkit.board.picture.scene import Part, path, rect, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.signs import sign
from labkit.board.picture.text import width
from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement
    from labkit.board.picture.words import Tone
    from labkit.state import Deployment

#: Height of the bar with its marks above and below, in pixels.
HEIGHT = 28
LINE = 11
_TOP, _TALL = 7, 12
#: So narrow a cell is no longer drawn for each Pod.
_NARROWEST = 5
#: From this width on, a cell shows the shape of its revision.
_SHAPED = 13
_SHAPE = 9


@dataclass(frozen=True, slots=True)
class Share:
    """Some Pods of one revision that do the same: ``ready``, ``open`` (not Ready), ``failing`` or ``leaving``."""

    kind: str
    colour: int
    count: int


class Bound(NamedTuple):
    """One of the two bounds: in words, long and short, whether it holds, and what there is now where it does not."""

    sign: str
    words: tuple[str, str]
    holds: bool
    now: int


def shares(seen: Arrangement, deployment: Deployment) -> list[Share]:
    """Return a Deployment's Pods by revision, oldest first: Ready, not Ready, failing; then those Terminating."""
    counts: Counter[tuple[str, int]] = Counter()
    sets = list(reversed(seen.snapshot.replica_sets_of(deployment)))
    for i, replica_set in enumerate(sets):
        for sort, n in seen.snapshot.owned(replica_set.uid).tally.items():
            failing = sort.state is PodState.FAILING
            kind = "leaving" if sort.terminating else "ready" if sort.ready else "failing" if failing else "open"
            counts[kind, i] += n
    return [
        Share(kind, seen.colours[sets[i].uid], counts[kind, i])
        for kind in ("ready", "open", "failing", "leaving")
        for i in range(len(sets))
        if counts[kind, i]
    ]


def bounds(deployment: Deployment, staying: int) -> tuple[Bound, Bound]:
    """Return the bounds: how many must be available, and how many Pods there may be.

    Parameters
    ----------
    deployment
        With what it desires, and what its strategy allows.
    staying
        How many Pods it has that are not Terminating.
    """
    least, most = _limits(deployment)
    low, high = f"at least {least} available", f"at most {most} Pod{'' if most == 1 else 's'}"
    return (
        Bound(
            "up",
            (f"max unavailable {deployment.max_unavailable}: {low}", low),
            deployment.available >= least,
            deployment.available,
        ),
        Bound("down", (f"max surge {deployment.max_surge}: {high}", high), staying <= most, staying),
    )


def _limits(deployment: Deployment) -> tuple[int, int]:
    return max(0, deployment.desired - deployment.max_unavailable), deployment.desired + deployment.max_surge


def bar(found: list[Share], deployment: Deployment, w: float) -> list[Part]:
    """Return the bar with its marks, from (0, 0) on."""
    least, most = _limits(deployment)
    staying = [s for s in found if s.kind != "leaving"]
    total = sum(s.count for s in staying)
    unit = w / max(most, total, 1)
    parts = [rect(0, _TOP, w, _TALL, "track", 3)]
    place = 0
    for share in staying:
        parts += _cells(share, place * unit, unit)
        place += share.count
    low, wish, high = (n * unit for n in (least, deployment.desired, most))
    parts.append(path(f"M{wish:.1f} {_TOP - 3}V{_TOP + _TALL + 3}", "desired"))
    lower, upper = bounds(deployment, total)
    parts.append(path(f"M{high:.1f} {_TOP - 2}V{_TOP + _TALL}", "bound"))
    if least:
        parts.append(path(f"M{low:.1f} {_TOP}V{_TOP + _TALL + 2}", "bound"))
        parts.append(sign("up", min(w - 3, low), _TOP + _TALL + 4.5, tone(lower)))
    parts.append(sign("down", min(w - 3, max(3, high)), _TOP - 4, tone(upper)))
    return parts


def lines(deployment: Deployment, found: list[Share], y: float, room: float, *, long: bool) -> list[Part]:
    """Return the bounds in words, one below the other from `y` on, each with its mark and whether it holds."""
    staying = sum(s.count for s in found if s.kind != "leaving")
    parts = []
    for i, bound in enumerate(bounds(deployment, staying)):
        at = y + i * LINE
        whole, short = bound.words
        said = whole if long and width(whole, "tiny") <= room - 10 - _AFTER else short
        parts.append(sign(bound.sign, 3.5, at - 3, tone(bound)))
        parts.append(text(10, at, said, "tiny", "dim" if bound.holds else "warn"))
        after = 10 + width(said, "tiny")
        if bound.holds:
            parts.append(sign("check", after + 8, at - 3, "good"))
        else:
            parts.append(text(after, at, f", now {bound.now}", "tiny", "warn"))
    return parts


#: Room for ", now 100" after a bound.
_AFTER = 36


def tone(bound: Bound) -> Tone:
    """Return the colour of a mark."""
    return "dim" if bound.holds else "warn"


def leaving(found: list[Share], room: float, y: float) -> list[Part]:
    """Return the Pods that are Terminating as small cells that end at x = 0, as many as there is room for."""
    cell = _TALL + 2
    colours = [s.colour for s in found if s.kind == "leaving" for _ in range(min(s.count, 99))]
    colours = colours[: max(0, int(room // cell))]
    parts = []
    for i, index in enumerate(reversed(colours)):
        x = -(i + 0.5) * cell + 1
        place = f"translate({x:.1f} {y:.1f})"
        body = {"d": shape(index, _TALL - 2), "class": f"share leaving {colour(index)}", "transform": place}
        cross = {"d": glyph(PodState.TERMINATING, _TALL - 2), "class": f"shape {colour(index)}", "transform": place}
        parts += [Part("path", body), Part("path", cross)]
    return parts


def _cells(share: Share, x: float, unit: float) -> list[Part]:
    """Return one cell per Pod, or one for all of them where they would be too narrow."""
    cls = f"share {share.kind} {colour(share.colour)}"
    cells = [(x + i * unit, unit) for i in range(share.count)] if unit >= _NARROWEST else [(x, share.count * unit)]
    parts = []
    for left, wide in cells:
        parts.append(rect(left + 0.75, _TOP + 0.75, max(0.5, wide - 1.5), _TALL - 1.5, cls, 2))
        if wide >= _SHAPED:
            mark = glyph(PodState.FAILING, _TALL) if share.kind == "failing" else shape(share.colour, _SHAPE)
            place = f"translate({left + wide / 2:.1f} {_TOP + _TALL / 2})"
            attributes = {"d": mark, "class": f"shape {share.kind} {colour(share.colour)}", "transform": place}
            parts.append(Part("path", attributes))
    return parts
