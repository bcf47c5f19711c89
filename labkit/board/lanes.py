"""Ways to replace an app's Pods, one below the other on one axis of time: each Pod a bar, each request a tick. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import pods, shapes
from labkit.board.picture.scene import Canvas, Part, Scene, path, rect, text
from labkit.board.picture.signs import sign
from labkit.board.picture.text import width, wrap
from labkit.recording.replacement import Being

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.recording.replacement import PodLife, Replacement

#: Seconds before the change that are drawn: how it was.
BEFORE = 1.0
#: The colour and shape of the Pods that go, and of those that come: the board's first and second revision.
OLD, NEW = 0, 1

_MARGIN = 14.0
_WORDS = 196.0
_HEADING = 46.0
_LINE = 14.5
#: A Pod's row, and its bar.
_ROW, _BAR = 10.0, 6.5
_PAD = 10.0
#: How far a request's tick reaches above its line, and a lost one below.
_UP, _DOWN = 13.0, 9.0
_AXIS = 18.0
#: Distances of the axis' marks in seconds, and how far apart in pixels they have to be.
_STEPS, _APART = (1, 2, 5, 10, 20, 30, 60), 34.0


class Lane(NamedTuple):
    """One way: what was recorded, its name, and what is another in it."""

    found: Replacement
    title: str
    what: str


class Words(NamedTuple):
    """What stands on the picture beside the ways' own words; ``{…}`` is filled in."""

    title: str
    axis: str
    lost: str
    complete: str
    never: str
    key_old: str
    key_new: str
    key_beings: tuple[str, str, str, str]
    key_answered: str
    key_retried: str
    key_lost: str
    key_complete: str


class _Scale(NamedTuple):
    """Seconds since the change → pixels."""

    left: float
    right: float
    last: float

    def x(self, seconds: float) -> float:
        share = (min(max(seconds, -BEFORE), self.last) + BEFORE) / (self.last + BEFORE)
        return round(self.left + share * (self.right - self.left), 1)


def draw(lanes: Sequence[Lane], across: float, words: Words) -> tuple[Scene, list[float]]:
    """Return the picture, and where each lane but the first begins (pixels from the top): there it may be cut.

    Parameters
    ----------
    lanes
        The ways, in order.
    across
        The width in pixels.
    words
        What stands on it.
    """
    canvas = Canvas(across)
    last = max(lane.found.end - lane.found.begin for lane in lanes)
    scale = _Scale(_MARGIN + _WORDS + 12, across - _MARGIN - 6, last)
    canvas.put("title", _MARGIN + 2, 26, [text(0, 0, words.title, "name")])
    y = _HEADING
    rows = []
    told = [_told(lane, words) for lane in lanes]
    heights = [_height(lane, len(lines)) for lane, lines in zip(lanes, told, strict=True)]
    bottom = y + _AXIS + sum(heights)
    _axis(canvas, scale, (y, bottom), words.axis)
    y += _AXIS
    for i, lane in enumerate(lanes):
        rows.append(y)
        _lane(canvas, i, (lane, told[i]), scale, (y, heights[i]))
        y += heights[i]
    canvas.put("floor", 0, 0, [path(f"M{_MARGIN} {y:.1f}H{across - _MARGIN:.1f}", "rule")])
    y = key(canvas, y + 12, across, words)
    description = "\n".join(f"{lane.title}: {'; '.join(facts(lane, words))}." for lane in lanes)
    return Scene(across, round(y + _MARGIN, 1), canvas.elements, words.title, description), rows[1:]


def facts(lane: Lane, words: Words) -> list[str]:
    """Return what the picture says of a way besides its name, line by line."""
    return [line for line, *_ in _facts(lane, words)]


def _facts(lane: Lane, words: Words) -> list[tuple[str, str, str]]:
    """Return lines with their style and tone: what became of the requests, and how long it took."""
    found = lane.found
    took = words.never if found.seconds is None else words.complete.format(seconds=f"{found.seconds:.1f}")
    lost = words.lost.format(lost=found.lost, retried=found.retried)
    return [(lost, "strong", "bad" if found.lost else "fg"), (took, "body", "dim")]


def _told(lane: Lane, words: Words) -> list[tuple[str, str, str]]:
    """Return all lines beside a lane, below its name."""
    return [(line, "body", "dim") for line in wrap(lane.what, "body", _WORDS - 4)] + _facts(lane, words)


def _height(lane: Lane, lines: int) -> float:
    """Return how tall a lane is: as its Pods and requests need it, or its words."""
    bars = len(lane.found.lives) * _ROW + 6 + _UP + _DOWN
    return round(max(bars, 16 + lines * _LINE) + 2 * _PAD, 1)


def _axis(canvas: Canvas, scale: _Scale, where: tuple[float, float], said: str) -> None:
    """Draw the axis of time with its marks, which run through all lanes."""
    y, bottom = where
    pixels = (scale.right - scale.left) / (scale.last + BEFORE)
    step = next((each for each in _STEPS if each * pixels >= _APART), _STEPS[-1])
    parts: list[Part] = []
    for second in range(0, int(scale.last) + 1, step):
        x = scale.x(second)
        parts.append(path(f"M{x} {y + 4}V{bottom:.1f}", "desired" if second == 0 else "rule"))
        parts.append(text(x, y, str(second), "body", "fg" if second == 0 else "dim", "middle"))
    parts.append(text(scale.right, y - 17, said, "body", "dim", "end"))
    canvas.put("axis", 0, 0, parts, layer=0)


def _lane(
    canvas: Canvas,
    number: int,
    what: tuple[Lane, list[tuple[str, str, str]]],
    scale: _Scale,
    where: tuple[float, float],
) -> None:
    """Draw one way: its words on the left, on the right its Pods and below them the requests."""
    (lane, told), (y, tall) = what, where
    words = [path(f"M{_MARGIN} 0H{scale.right + 6:.1f}", "rule"), text(_MARGIN + 2, _PAD + 12, lane.title, "name")]
    for i, (line, style, tone) in enumerate(told):
        words.append(text(_MARGIN + 2, _PAD + 12 + 16 + i * _LINE, line, style, tone))
    canvas.put(f"lane:{number}", 0, y, words)
    for i, life in enumerate(lane.found.lives):
        parts = _bar(life, lane.found.begin, scale)
        colour = pods.colour(NEW if life.new else OLD)
        canvas.put(f"life:{number}:{i}", 0, y + _PAD + (i + 0.5) * _ROW, parts, f"bar {colour}", title=life.name)
    rows = len(lane.found.lives) * _ROW
    if lane.found.complete is not None:
        x = scale.x(lane.found.complete - lane.found.begin)
        mark = [path(f"M{x} {_PAD - 2:.1f}V{_PAD + rows:.1f}", "bound"), sign("check", x + 8, _PAD + 1, "good")]
        canvas.put(f"complete:{number}", 0, y, mark, "bar")
    base = y + tall - _PAD - _DOWN
    canvas.put(f"requests:{number}", 0, base, _requests(lane.found, scale), "requests")


def _bar(life: PodLife, begin: float, scale: _Scale) -> list[Part]:
    """Return a Pod's life as one bar, around y = 0, with the shape of its revision where it begins."""
    index = NEW if life.new else OLD
    colour = pods.colour(index)
    parts: list[Part] = []
    for being, since, until in life.stretches:
        if until - begin < -BEFORE:
            continue
        left, right = scale.x(since - begin), scale.x(until - begin)
        wide = max(0.8, right - left)
        if being is Being.STARTING:
            parts.append(
                Part("path", {"d": f"M{left} 0H{left + wide:.1f}", "class": f"ticks {colour}", "stroke-width": 2.0})
            )
            continue
        kind = {Being.RECEIVING: "ready", Being.RUNNING: "open"}.get(being, "leaving")
        parts.append(rect(left, -_BAR / 2, wide, _BAR, f"share {kind} {colour}", 1.5))
    start = scale.x(life.begin - begin)
    place = f"translate({start:.1f} 0)"
    mark = Part("path", {"d": shapes.shape(index, 9), "class": f"share ready {colour}", "transform": place})
    return [*parts, mark]


def _requests(found: Replacement, scale: _Scale) -> list[Part]:
    """Return the requests as ticks on a line at y = 0: answered ones above it, lost ones below."""
    new = {life.name: life.new for life in found.lives}
    series: dict[str, list[str]] = {}
    for request in (*found.earlier, *found.requests):
        if request.at < found.begin - BEFORE:
            continue
        x = scale.x(request.at - found.begin)
        if request.outcome == "lost":
            series.setdefault("lost", []).append(f"M{x} 1.5V{_DOWN}")
            continue
        # the height is the latency on a root scale, as on the board: 5 ms and 50 ms differ, and 500 ms still fits
        tall = min(_UP, 4 + (request.latency * 1000) ** 0.5 / 2)
        if request.outcome == "retried":
            tall = min(tall, _UP - 4)
            series.setdefault("retried", []).append(f"M{x - 2} {-tall - 2:.1f}a2 2 0 1 1 4 0a2 2 0 1 1 -4 0")
        key = f"ticks {pods.colour(NEW if new.get(request.pod) else OLD)}"
        series.setdefault(key, []).append(f"M{x} 0v{-tall:.1f}")
    parts = [path(f"M{scale.left} .8H{scale.right:.1f}", "rule")]
    for key in sorted(series, reverse=True):  # rings and losses on top of the ticks
        d = "".join(series[key])
        parts.append(
            Part("path", {"d": d, "class": key, "stroke-width": 1.1}) if key.startswith("ticks") else path(d, key)
        )
    return parts


def _strokes(d: str, cls: str, thick: float) -> Part:
    return Part("path", {"d": d, "class": cls, "stroke-width": thick})


def key(canvas: Canvas, y: float, across: float, words: Words) -> float:
    """Tell what colours, bars and ticks mean, in as many lines as it takes, and return where that ends."""
    entries: list[tuple[str, str, list[Part], str]] = [
        (name, said, [Part("path", {"d": shapes.shape(index, 9), "class": f"share ready {pods.colour(index)}"})], "bar")
        for name, said, index in (("old", words.key_old, OLD), ("new", words.key_new, NEW))
    ]
    grey = "rx"
    samples = {
        Being.STARTING: _strokes("M-9 0H9", f"ticks {grey}", 2.0),
        **{
            being: rect(-9, -_BAR / 2, 18, _BAR, f"share {kind} {grey}", 1.5)
            for being, kind in ((Being.RUNNING, "open"), (Being.RECEIVING, "ready"), (Being.TERMINATING, "leaving"))
        },
    }
    entries += [
        (being.value, said, [sample], "bar")
        for (being, sample), said in zip(samples.items(), words.key_beings, strict=True)
    ]
    tick = _strokes("M-3 4v-9M0 4v-9M3 4v-9", f"ticks {grey}", 1.1)
    ring = Part("path", {"d": "M-2 -6a2 2 0 1 1 4 0a2 2 0 1 1 -4 0", "class": "retried"})
    one = _strokes("M0 4v-8", f"ticks {grey}", 1.1)
    entries += [
        ("answered", words.key_answered, [tick], "requests"),
        ("retried", words.key_retried, [one, ring], "requests"),
        ("lost", words.key_lost, [path("M-3 -4v8M0 -4v8M3 -4v8", "lost")], "requests"),
        ("complete", words.key_complete, [path("M-4 -6v12", "bound"), sign("check", 4, -2, "good")], "bar"),
    ]
    x, y = _MARGIN + 12, y + 8
    for name, said, parts, cls in entries:
        wide = 16 + width(said, "body") + 26
        if x > _MARGIN + 12 and x + wide - 26 > across - _MARGIN:
            x, y = _MARGIN + 12, y + 19
        canvas.put(f"key:{name}", x, y, [*parts, text(16, 4, said, "body", "dim")], cls)
        x += wide
    return y + 8
