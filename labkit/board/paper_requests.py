"""The requests of a whole filmstrip on one axis of time, for paper: a row for each thing that became of them. Pure.

On the board a tick's colour says which version answered, a ring that it took another try. Paper may have no colours:
here the row says it, and the number at its end how many they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import pods
from labkit.board.picture.scene import Canvas, Part, Scene, path, text
from labkit.board.picture.shapes import shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labkit.board.picture.requests_strip import Tick

#: How wide it is laid out, in pixels: as two pictures of a filmstrip and what lies between them; and in large letters.
WIDTH, LARGE = 512.0, 300.0
_WORDS, _COUNT = 128.0, 30.0
#: Room for a version's shape before its words.
_MARK = 15.0
_LOST = -1
_ROW, _TICK = 14.0, 9.0
_BADGE, _APART = 6.5, 15.0
#: Seconds that are drawn before the first thing that happens, and after the last picture.
BEFORE, AFTER = 1.0, 1.0
#: So many seconds apart from the rest belongs to something else.
FAR = 40.0
_STEPS, _APART_MARKS = (1, 2, 5, 10, 20, 30, 60), 36.0


class Row(NamedTuple):
    """One thing that became of requests: its words, when these were due (seconds since the epoch), and how it looks.

    A version has the colour and the shape of its Pods; what was lost has none (-1).
    """

    said: str
    at: tuple[float, ...]
    colour: int


def rows(ticks: Sequence[Tick], colours: Mapping[str, int]) -> list[Row]:
    """Return what became of requests: by version where they are several, else by the tries; only what there was.

    Parameters
    ----------
    ticks
        The requests.
    colours
        The colour of each version, in the order in which they are told.
    """
    lost = tuple(each.at for each in ticks if each.outcome == "lost")
    answered = [each for each in ticks if each.outcome != "lost"]
    found = []
    for version, colour in colours.items():
        of_it = [each for each in answered if each.version == version]
        first = tuple(each.at for each in of_it if each.outcome == "first")
        again = tuple(each.at for each in of_it if each.outcome == "retried")
        found += [Row(f"{version} answered", first, colour), Row(f"{version}, 2nd or 3rd try", again, colour)]
    found.append(Row("lost", lost, _LOST))
    # that none was lost is worth a row
    return [each for each in found if each.at or each.said == "lost"]


def draw(
    ticks: Sequence[Tick],
    colours: Mapping[str, int],
    begin: float,
    pictures: Sequence[float],
    title: str,
    *,
    across: float = WIDTH,
) -> Scene | None:
    """Return the requests from the first trouble, or from the first picture, to the last one; None: there were none.

    Parameters
    ----------
    ticks
        All requests that may belong to it.
    colours
        The colour of each version.
    begin
        What times are counted from, in seconds since the epoch.
    pictures
        The time of each picture of the filmstrip.
    title
        What it is, for those who do not see it.
    across
        Its width, in pixels.
    """
    troubled = [each.at for each in ticks if each.outcome != "first" and pictures[0] - FAR < each.at < pictures[-1]]
    since, until = min([pictures[0], *troubled]) - BEFORE, pictures[-1] + AFTER
    shown = [each for each in ticks if since <= each.at <= until]
    if not shown:
        return None
    found = rows(shown, colours)
    canvas = Canvas(across)
    scale = _Scale(since, until, across)
    y = 2 * _BADGE + 10
    bottom = y + len(found) * _ROW
    canvas.put("requests", 0, 0, [text(0, _BADGE + 4, "Requests", "strong", "fg")])
    _badges(canvas, scale, pictures, bottom)
    for row in found:
        _row(canvas, row, scale, y)
        y += _ROW
    _axis(canvas, scale, begin, bottom)
    told = "; ".join(f"{row.said}: {len(row.at)}" for row in found)
    return Scene(across, bottom + 16, canvas.elements, title, f"{title}. {told}.")


class _Scale(NamedTuple):
    """From when to when is drawn, in seconds since the epoch, and how wide all of it is."""

    since: float
    until: float
    across: float

    @property
    def right(self) -> float:
        """Where the axis ends."""
        return self.across - _COUNT

    def x(self, at: float) -> float:
        """Return where a time is, in pixels."""
        share = (min(max(at, self.since), self.until) - self.since) / (self.until - self.since)
        return round(_WORDS + share * (self.right - _WORDS), 1)


def _row(canvas: Canvas, row: Row, scale: _Scale, y: float) -> None:
    base = y + _ROW - 2
    looks = "lost" if row.colour == _LOST else f"ticks {pods.colour(row.colour)}"
    d = "".join(f"M{scale.x(at)} {base - y:.1f}v{-_TICK}" for at in row.at)
    parts = [
        text(_MARK, base - y - 1, row.said, "small", "fg"),
        path(f"M{_WORDS} {base - y + 0.5:.1f}H{scale.right}", "rule"),
        text(scale.across, base - y - 1, str(len(row.at)), "strong", "fg", "end"),
    ]
    if d:
        parts.append(Part("path", {"d": d, "class": looks, "stroke-width": 0.7}))
    canvas.put(f"row:{row.said}", 0, y, parts, "requests")
    if row.colour != _LOST:
        mark = [path(shape(row.colour, 10), "swatch")]
        canvas.put(f"mark:{row.said}", 6, y + _ROW / 2, mark, pods.colour(row.colour))


def _badges(canvas: Canvas, scale: _Scale, pictures: Sequence[float], bottom: float) -> None:
    """Mark when each picture is: numbers too close to each other stand side by side, with a line to their time."""
    wanted = [scale.x(at) for at in pictures]
    last = scale.right + _COUNT / 2
    places = list(wanted)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + _APART)
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], last - (len(places) - 1 - i) * _APART)
    for i, (at, x) in enumerate(zip(wanted, places, strict=True), 1):
        line = path(f"M{x:.1f} {2 * _BADGE + 0.5}L{at:.1f} {2 * _BADGE + 7}V{bottom:.1f}", "desired")
        badge = Part("circle", {"cx": round(x, 1), "cy": _BADGE + 0.5, "r": _BADGE, "class": "badge"})
        said = Part(
            "text",
            {"x": round(x, 1), "y": _BADGE + 4, "class": "t-small badge-n", "text-anchor": "middle"},
            f"{i}",
        )
        canvas.put(f"badge:{i}", 0, 0, [line, badge, said])


def _axis(canvas: Canvas, scale: _Scale, begin: float, y: float) -> None:
    seconds = scale.until - scale.since
    step = next((each for each in _STEPS if seconds / each <= (scale.right - _WORDS) / _APART_MARKS), _STEPS[-1])
    parts = [text(_MARK, 12, "seconds", "small", "dim")]
    first = -int((begin - scale.since) // step) * step
    for second in range(first, int(scale.until - begin) + 1, step):
        x = scale.x(begin + second)
        parts += [path(f"M{x} 0v3", "rule"), text(x, 12, str(second), "small", "dim", "middle")]
    canvas.put("axis", 0, y, parts)
