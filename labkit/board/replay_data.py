"""A recording laid out for the replay page: each frame as what differs from the one before. Pure.

What the page reads (``browser/frames.js``), as JSON:

story
    ``begin`` in seconds since the epoch, and the ``offset`` of its clock from UTC in seconds. ``times``: when each
    frame begins, in milliseconds since ``begin``. ``quiet``: the numbers of those frames in which nothing but the strip
    of requests and the time of day differs. ``moments``: ``[at, kind, words, app, key]`` each, in milliseconds since
    ``begin``. ``head`` and ``rows``: the table's head, and every row that it ever has. ``tables``: ``[frame, numbers of
    the rows]``, wherever the table differs.
layout
    ``width`` in pixels, and ``frames``: ``{i, p, r, h, t, d, s}`` each, of which only ``i``, the frame's number, is
    always there. ``p``: elements that are new or differ, ``[key, x, y, cls, layer, title, parts]``, or ``[key, x, y]``
    where one was only moved. ``r``: keys of those that go. Height, title, description and staleness where they differ.
details
    By an element's key: ``[frame, what is behind it]`` wherever that differs, null while there is no such thing. Of the
    Pods in a Node (``inside``), 0 stands for one that is as it was before.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labkit.board import picture
from labkit.board.details import details
from labkit.board.picture.requests_strip import WINDOW
from labkit.board.table import HEAD, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from labkit.board.facts import Details
    from labkit.board.picture import Element, Scene
    from labkit.state import Snapshot

#: What goes on while nothing happens: the strip of requests, and the time of day.
GOES_ON = frozenset({"requests", "live"})
#: Ticks of requests: strokes upwards from one line.
_TICKS = re.compile(r"(?:M-?[\d.]+ -?[\d.]+v-?[\d.]+)+")
_TICK = re.compile(r"M(-?[\d.]+) (-?[\d.]+)v(-?[\d.]+)")
_FRAME = (("height", "h"), ("title", "t"), ("description", "d"), ("stale", "s"))


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to draw at a time.

    Attributes
    ----------
    at
        Seconds since the epoch.
    snapshot
        The cluster.
    requests
        What :func:`labkit.board.picture.scene` is told of a steady client's requests; nothing where there was none.
    """

    at: float
    snapshot: Snapshot
    requests: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A moment, as the page tells it.

    Attributes
    ----------
    at
        Seconds since the epoch.
    kind
        What happened.
    words
        The same as a sentence.
    app
        The Deployment that it is about, or nothing.
    key
        The key of the element on the picture that it is about, or nothing.
    """

    at: float
    kind: str
    words: str
    app: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording, laid out.

    Attributes
    ----------
    story, layouts, details
        See this module.
    """

    story: Mapping[str, Any]
    layouts: tuple[Mapping[str, Any], ...]
    details: Mapping[str, Any]


def lay_out(shown: Sequence[Shown], told: Iterable[Told], widths: Iterable[float], focus: str | None = None) -> Replay:
    """Return a recording as the page reads it.

    Parameters
    ----------
    shown
        What there is to draw, oldest first, at least one.
    told
        The moments, oldest first.
    widths
        For how wide pages to lay it out, in pixels.
    focus
        The Deployment to show alone and large; all of them when None.
    """
    begin = shown[0].at
    layouts = [_layout(shown, width, focus) for width in widths]
    told_of = [[round((m.at - begin) * 1000), m.kind, m.words, m.app, m.key] for m in told]
    story = {
        "begin": begin,
        "offset": time.localtime(begin).tm_gmtoff,
        "times": [round((s.at - begin) * 1000) for s in shown],
        "quiet": _quiet(len(shown), layouts),
        "moments": told_of,
        **_tables(shown, focus),
    }
    return Replay(story, tuple(layouts), _details(shown, layouts))


def scene(shown: Shown, width: float, focus: str | None = None) -> Scene:
    """Lay out one frame.

    The right end of the strip of requests is put on a whole tenth of a pixel (some 2 ms), as the places of the ticks
    are: so they keep their distances from frame to frame, and a row of them is told in few bytes.
    """
    known = dict(shown.requests)
    if known.get("now") is not None:
        grid = WINDOW / (max(width, 320) - 28) / 10
        known["now"] = math.ceil(known["now"] / grid) * grid
    return picture.scene(shown.snapshot, width=width, focus=focus, **known)


# -- the picture -------------------------------------------------------------------------------------------------------


def _layout(shown: Sequence[Shown], width: float, focus: str | None) -> dict[str, Any]:
    frames: list[dict[str, Any]] = []
    before: Scene | None = None
    for i, each in enumerate(shown):
        now = scene(each, width, focus)
        if found := _frame(before, now):
            frames.append({"i": i, **found})
        before = now
    return {"width": before.width if before else width, "frames": frames}


def _frame(before: Scene | None, now: Scene) -> dict[str, Any]:
    """Return what leads from one scene to the next, or nothing where they are the same."""
    changes = picture.diff(before, now)
    found: dict[str, Any] = {}
    if changes.put:
        old = before.elements if before else {}
        found["p"] = [_element(old.get(e.key), e) for e in changes.put]
    if changes.remove:
        found["r"] = list(changes.remove)
    for name, short in _FRAME:
        if before is None or getattr(before, name) != getattr(now, name):
            found[short] = getattr(now, name)
    return found


def _element(before: Element | None, now: Element) -> list[Any]:
    moved = [now.key, now.x, now.y]
    if before is not None and (before.cls, before.layer, before.title, before.parts) == (
        now.cls,
        now.layer,
        now.title,
        now.parts,
    ):
        return moved
    parts = [[p.tag, {name: _shorter(value) for name, value in p.attributes.items()}, p.text] for p in now.parts]
    return [*moved, now.cls, now.layer, now.title, parts]


def _shorter(value: str | float) -> str | float:
    """Write a row of ticks by their distances, which stay from frame to frame: ``~42 8310,92,92,102,88``.

    That is the line that they stand on, then of each its distance from the one before, and its height: in tenths of a
    pixel. (``browser/frames.js`` writes it out again, to the letter.)
    """
    if not isinstance(value, str) or not _TICKS.fullmatch(value):
        return value
    ticks = _TICK.findall(value)
    if len({base for _, base, _ in ticks}) != 1:
        return value
    places = [round(float(x) * 10) for x, _, _ in ticks]
    heights = [-round(float(tall) * 10) for _, _, tall in ticks]
    steps = [b - a for a, b in zip([0, *places], places, strict=False)]
    short = f"~{ticks[0][1]} " + ",".join(f"{step},{tall}" for step, tall in zip(steps, heights, strict=True))
    return short if longer(short) == value else value


def longer(short: str) -> str:
    """Return what :func:`_shorter` has made short."""
    base, _, numbers = short.removeprefix("~").partition(" ")
    rest = [int(n) for n in numbers.split(",")]
    place, written = 0, []
    for step, tall in zip(rest[::2], rest[1::2], strict=True):
        place += step
        written.append(f"M{place / 10:.1f} {base}v{-tall / 10:.1f}")
    return "".join(written)


def _quiet(count: int, layouts: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the numbers of the frames in which nothing is new on any picture but what goes on always."""
    busy = {
        frame["i"]
        for layout in layouts
        for frame in layout["frames"]
        if set(frame) - {"i", "p"} or any(element[0] not in GOES_ON for element in frame["p"])
    }
    return [i for i in range(count) if i not in busy]


# -- the table ---------------------------------------------------------------------------------------------------------


def _tables(shown: Sequence[Shown], focus: str | None) -> dict[str, Any]:
    numbers: dict[tuple[str, ...], int] = {}
    tables: list[list[Any]] = []
    for i, each in enumerate(shown):
        rows = [numbers.setdefault(tuple(row), len(numbers)) for row in table(each.snapshot, focus)["rows"]]
        if not tables or tables[-1][1] != rows:
            tables.append([i, rows])
    return {"head": list(HEAD), "rows": [list(row) for row in numbers], "tables": tables}


# -- what is behind each element -------------------------------------------------------------------------------------


def _details(shown: Sequence[Shown], layouts: Sequence[Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    steps = [step for layout in layouts for step in layout["frames"]]
    keys = sorted({element[0] for step in steps for element in step.get("p", ())})
    found: dict[str, list[list[Any]]] = {}
    known: dict[str, Details | None] = dict.fromkeys(keys)
    before: Snapshot | None = None
    for i, each in enumerate(shown):
        if each.snapshot is before:
            continue
        before = each.snapshot
        for key in keys:
            now = details(before, key)
            if now != known[key]:
                told = now.as_json(known[key]) if now else None
                known[key] = now
                found.setdefault(key, []).append([i, told])
    return found
