"""Very many nodes: a small tile each, with a bar and counts in place of its pods."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import nodes, waffle, words
from labkit.board.picture.blocks import block
from labkit.board.picture.links import Spot
from labkit.board.picture.pods import colour
from labkit.board.picture.scene import BACK, rect, text
from labkit.board.picture.stage import columns
from labkit.board.picture.text import first_that_fits, fit_end, width
from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.board.picture.arrangement import Arrangement, Column, Lane
    from labkit.board.picture.scene import Canvas, Part
    from labkit.state.placement import Cell, Sort

#: Between two tiles side by side, and above each row of them: there run the lines of the Services.
_BESIDE, _ABOVE = 6, 12
#: As tall as this all tiles may be, in pixels, before they are smaller ones.
_TALL = 700.0
#: So many lanes have a bar of their own; of more, all pods are in one.
_BARS = 4
_BETWEEN = 3
#: Room for "99/99" beside the name, with a sign before it.
_FRACTION = width("99/99", "tiny") + 5
#: What is less wide, in pixels, would not be seen: a single pod among hundreds.
_NARROWEST_SHARE = 3.0
#: How many pods a bar has room for: of these numbers the first that leaves some room beside an even share.
_ROOMS = tuple(int(n * 10**k) for k in range(5) for n in (5, 10, 15, 20, 30, 40))
_SPARE = 1.4


class Form(NamedTuple):
    """How tiles look: narrowest width, margin, where the name stands, where the counts do (None: beside it), bars."""

    narrowest: float
    pad: float
    name: float
    counts: float | None
    bars: float
    bar: float


#: The name, below it the counts in kubectl's words, and the bars.
CARD = Form(92, 8, 16, 29, 36, 9)
#: All of it in two lines.
CHIP = Form(64, 5, 12, None, 17, 7)


class SmallTiles:
    """All nodes as small tiles.

    Parameters
    ----------
    seen
        What is to be drawn.
    x, y, room
        Left edge, top, and how wide all of it may be.
    """

    def __init__(self, seen: Arrangement, x: float, y: float, room: float) -> None:
        self._seen, self._x, self._y, self._room = seen, x, y, room
        lanes = [lane for lane in seen.lanes if lane.owners]
        #: What has a bar: a lane each, or all together (nameless).
        self._bars: list[tuple[str, list[Lane]]] = [(lane.name, [lane]) for lane in lanes]
        if len(lanes) > _BARS:
            self._bars = [("", lanes)]
        self._cap = _cap(lanes, len(seen.nodes))
        self._take(CARD)
        if self.end - y > _TALL:
            self._take(CHIP)

    def _take(self, form: Form) -> None:
        self.form = form
        self._columns, self.w = columns(self._room, form.narrowest, _BESIDE)
        self.h = form.bars + max(1, len(self._bars)) * (form.bar + _BETWEEN) + form.pad - _BETWEEN

    @property
    def end(self) -> float:
        """Where the last row of tiles ends."""
        rows = -(-len(self._seen.nodes) // self._columns)
        return self._y + rows * (self.h + _ABOVE) - _ABOVE

    def draw(self, canvas: Canvas) -> dict[str, Spot]:
        """Draw them, and return where each stands that has pods, by its name."""
        spots: dict[str, Spot] = {}
        for i, column in enumerate(self._seen.nodes):
            x = self._x + i % self._columns * (self.w + _BESIDE)
            y = self._y + i // self._columns * (self.h + _ABOVE)
            bars = [
                (name, tuple(c for lane in lanes if (c := lane.cell(column.name)).count)) for name, lanes in self._bars
            ]
            self._box(canvas, column, (x, y))
            self._counts(canvas, column, tuple(cell for _, cells in bars for cell in cells), (x, y))
            for number, (name, cells) in enumerate(bars):
                if cells:
                    self._bar(canvas, f"{column.name}/{name}", cells, (x, y), number)
                if cells and name:
                    # the line of a Service runs above the tiles, and down to each
                    spots[f"{column.name}/{name}"] = Spot(x + self.w / 2, y, 0, y - 28, cells[0])
        return spots

    def _box(self, canvas: Canvas, column: Column, at: tuple[float, float]) -> None:
        said = words.node(self._seen.snapshot, column.name)
        silent = words.silent(self._seen.snapshot, column.name)
        form, w, h = self.form, self.w, self.h

        def draw(own: Canvas) -> None:
            style = "strong" if form.counts is not None else "small"
            free = w - 2 * form.pad
            well = said.words in {"", "Ready"}
            # One that is well needs no word for it; beside its name there is room for what is not.
            aside = () if well or form.counts is None else (said.words, _short(said))
            word = first_that_fits((*aside, ""), "tiny", free - width(column.label, style) - 22)
            marked = form.counts is not None or not well
            taken = (width(word, "tiny") + 4 if word else 0) + (14 if marked and said.words else 0)
            taken += 0 if form.counts is not None else _FRACTION
            parts = [rect(0, 0, w, h, "box", 6)]
            parts.append(text(form.pad, form.name, fit_end(column.label, style, free - taken), style))
            if word:
                parts.append(text(w - form.pad - 14, form.name, word, "tiny", said.tone, "end"))
            if marked and said.words:
                left = 0 if form.counts is not None else _FRACTION
                parts.append(nodes.mark(w - form.pad - 5 - left, form.name - 4, said))
            title = f"node {column.name}{': ' if said.words else ''}{said.words}"
            own.put(f"node:{column.name}", *at, parts, "node lost" if silent else "node", layer=BACK, title=title)

        block(canvas, ("small tile", column.name), (column.label, said, silent, form, at, w, h), draw)

    def _counts(self, canvas: Canvas, column: Column, cells: tuple[Cell, ...], at: tuple[float, float]) -> None:
        """Write how many pods of all lanes do what."""
        form, w = self.form, self.w

        def draw(own: Canvas) -> None:
            said = counts(_tally(cells))
            if form.counts is None:
                line, tone = said[-1]
                own.put(f"counts:{column.name}", *at, [text(w - form.pad, form.name, line, "tiny", tone, "end")])
                return
            line = first_that_fits(tuple(each for each, _ in said), "tiny", w - 2 * form.pad)
            tone = said[0][1]
            own.put(f"counts:{column.name}", *at, [text(form.pad, form.counts, line, "tiny", tone)])

        block(canvas, ("counts", column.name), (*cells, form, at, w), draw)

    def _bar(self, canvas: Canvas, name: str, cells: tuple[Cell, ...], at: tuple[float, float], number: int) -> None:
        form, cap, paint = self.form, self._cap, self._seen.paint
        x, y = at[0] + form.pad, at[1] + form.bars + number * (form.bar + _BETWEEN)
        room = self.w - 2 * form.pad

        def draw(own: Canvas) -> None:
            tally = _tally(cells)
            parts = [rect(0, 0, room, form.bar, "track", 2), *bar(tally, dict(paint), cap, (room, form.bar))]
            own.put(f"cell:{name}", x, y, parts, title=waffle.counts(tally)[0][0])

        block(canvas, ("bar", name), (*cells, paint, cap, x, y, room, form), draw)


def _tally(cells: tuple[Cell, ...]) -> Counter[Sort]:
    """Return how many pods of each sort there are in all of these."""
    found: Counter[Sort] = Counter()
    for cell in cells:
        found.update(dict(cell.tally.items()))
    return found


def _short(said: words.Said) -> str:
    """Return what is wrong with a node in one word, or two."""
    short = {"cordoned": "cordoned", "tainted": "tainted", "again": "coming back"}
    return short.get(words.node_sign(said), said.words.partition(",")[0])


def _cap(lanes: list[Lane], nodes_there: int) -> int:
    """Return how many pods a bar has room for.

    It follows from what is desired and how many nodes there are, not from the fullest node: no bar is drawn anew
    because of another one. A bar with more pods than that is full.
    """
    even = max((lane.deployment.desired if lane.deployment else lane.count for lane in lanes), default=0)
    wanted = even / max(1, nodes_there) * _SPARE
    return next((room for room in _ROOMS if room >= wanted), _ROOMS[-1])


#: What is Ready stands first; what goes, last.
_KINDS = ("ready", "open", "failing", "leaving")


def bar(tally: Mapping[Sort, int], colours: Mapping[str, int], cap: int, size: tuple[float, float]) -> list[Part]:
    """Return a bar of pods by what they do and by the colour of their revision: filled, outlined, red, dashed.

    Parameters
    ----------
    tally
        How many pods there are of each sort.
    colours
        The owner's uid → its colour.
    cap
        How many pods the bar has room for; where there are more, they fill it.
    size
        Width and height, in pixels.
    """
    found: Counter[tuple[int, int]] = Counter()
    for sort, n in tally.items():
        failing = sort.state is PodState.FAILING
        kind = "leaving" if sort.terminating else "failing" if failing else "ready" if sort.ready else "open"
        found[_KINDS.index(kind), colours.get(sort.owner, -1)] += n
    total, (w, tall) = sum(found.values()), size
    unit = w / max(cap, total)
    wide = {key: max(_NARROWEST_SHARE, n * unit) for key, n in found.items()}
    if (over := sum(wide.values()) - w) > 0:
        largest = max(wide, key=lambda key: (wide[key], key))
        wide[largest] -= over
    parts, x = [], 0.0
    for (number, index), share in sorted(wide.items()):
        cls = f"share {_KINDS[number]} {colour(index)}"
        parts.append(rect(x + 0.75, 0.75, max(0.5, share - 1.5), tall - 1.5, cls, 1.5))
        x += share
    return parts


def counts(tally: Mapping[Sort, int]) -> list[tuple[str, words.Tone]]:
    """Return how many pods do what, in words, ever shorter: with each STATUS, by kind, and only how many are Ready."""
    if not tally:
        return [("no Pods", "dim"), ("0", "dim")]
    (full, tone), *_, (short, _) = waffle.counts(tally)
    failing = sum(n for sort, n in tally.items() if sort.state is PodState.FAILING and not sort.terminating)
    leaving = sum(n for sort, n in tally.items() if sort.terminating)
    kinds = [f"{short} Ready"]
    kinds += [f"{leaving} Terminating"] if leaving else []
    kinds += [f"{failing} failing"] if failing else []
    few = f"{short} · {failing} failing" if failing else f"{short} Ready"
    return [(line, tone) for line in (full, " · ".join(kinds), few, short)]
