"""A waffle: many pods of one app on one node as small squares, in tens; colour is the revision, pattern the state."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import words
from labkit.board.picture.blocks import block
from labkit.board.picture.pods import colour
from labkit.board.picture.scene import path, text
from labkit.board.picture.text import first_that_fits
from labkit.state import PodState
from labkit.state.placement import TEN
from labkit.state.states import pod_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.board.picture.scene import Canvas, Part
    from labkit.state.placement import Cell, Sort, Ten

#: Room for the words above the squares.
WORDS = 15
#: Sides of a square and the gaps beside them, in pixels, the largest first. The style sheet knows them by the side.
SIZES = ((11, 3), (9, 2), (7, 2), (5, 1))
#: Between two tens that stand side by side.
_BETWEEN = 4


class Grid(NamedTuple):
    """How squares stand: their side, the gap, how many of a ten are in one row, and how many tens are side by side."""

    side: int
    gap: int
    row: int
    beside: int

    @property
    def step(self) -> int:
        """From one square to the next."""
        return self.side + self.gap

    @property
    def wide(self) -> int:
        """From one ten to the next."""
        return self.row * self.step + _BETWEEN

    @property
    def ten(self) -> int:
        """How tall a ten is, with the gap below it."""
        return TEN // self.row * self.step + (0 if self.row == TEN else self.gap)

    def height(self, tens: int) -> int:
        """Return how tall so many tens are."""
        return -(-tens // self.beside) * self.ten


def grid(room: float, tens: int, tall: float) -> Grid:
    """Return the largest squares with which so many tens are no wider and no taller than that; else the smallest."""
    found = []
    for side, gap in SIZES:
        step = side + gap
        row = TEN if TEN * step - gap <= room else TEN // 2
        beside = max(1, int((room + _BETWEEN + gap) // (row * step + _BETWEEN)))
        found.append(Grid(side, gap, row, beside))
    return next((g for g in found if g.row * g.step - g.gap <= room and g.height(tens) <= tall), found[-1])


def draw(
    canvas: Canvas, name: str, cell: Cell, paint: tuple[tuple[str, int], ...], where: tuple[float, float, float, Grid]
) -> None:
    """Draw a cell's pods as squares, with how many they are in words.

    Parameters
    ----------
    canvas
        Where to.
    name
        The cell's own name: part of the keys.
    cell
        The pods.
    paint
        The owner's uid and its colour, of all owners.
    where
        Left edge, top, width, and how the squares stand.
    """

    def all_of_it(own: Canvas) -> None:
        x, y, w, squares = where
        colours = dict(paint)
        said = counts(cell.tally)
        line, tone = said[0]
        line = first_that_fits(tuple(each for each, _ in said), "tiny", w)
        own.put(f"cell:{name}", x, y, [text(0, 9, line, "tiny", tone)], title=said[0][0])
        for number, ten in enumerate(cell.tens):
            at = (x + number % squares.beside * squares.wide, y + WORDS + number // squares.beside * squares.ten)
            draw_ten = partial(_ten, key=f"ten:{name}:{number}", ten=ten, colours=colours, at=at, squares=squares)
            block(own, ("ten", name, number), (ten, at, squares, paint), draw_ten)

    block(canvas, ("waffle", name), (cell, paint, where), all_of_it)


def _ten(
    canvas: Canvas, key: str, ten: Ten, colours: Mapping[str, int], at: tuple[float, float], squares: Grid
) -> None:
    """Draw ten slots: one part for each colour and state, in which neighbours of one row are one dashed line."""
    runs: dict[tuple[str, PodState], list[list[int]]] = {}
    for slot, pod in enumerate(ten):
        if pod is None:
            continue
        kind = (colour(colours.get(pod.owner_uid or "", -1)), pod_state(pod))
        mine = runs.setdefault(kind, [])
        if mine and mine[-1][1] == slot - 1 and slot % squares.row:
            mine[-1][1] = slot
        else:
            mine.append([slot, slot])
    parts = [part for (cls, state), mine in sorted(runs.items()) for part in _squares(mine, cls, state, squares)]
    if parts:
        canvas.put(key, *at, parts, "ten")


def _squares(runs: list[list[int]], cls: str, state: PodState, squares: Grid) -> list[Part]:
    """Return runs of squares (first and last slot of each): dashed lines as thick as the dashes are long."""
    side, step = squares.side, squares.step
    lines, holes = "", ""
    for first, last in runs:
        row, place = divmod(first, squares.row)
        x, y, long = place * step, row * step + side / 2, (last - first) * step + side
        lines += f"M{x} {y:g}h{long}"
        holes += f"M{x + _rim(side):g} {y:g}h{long - 2 * _rim(side):g}"
    parts = [path(lines, f"sq q{side} {cls} s-{state.value}")]
    if state in _HOLLOW:
        parts.append(path(holes, f"hole q{side} s-{state.value}"))
    return parts


#: States whose squares have a hole: they are not there yet, or not Ready.
_HOLLOW = frozenset({PodState.PENDING, PodState.STARTING, PodState.RUNNING})


def _rim(side: int) -> float:
    """Return how thick the rim around a hole is."""
    return 2 if side > 9 else 1.5 if side > 5 else 1  # noqa: PLR2004 - pixels


def rules() -> str:
    """Return the style sheet's rules for squares of each size: dashes as long as the line is thick."""
    lines = []
    for side, gap in SIZES:
        rim, step = _rim(side), side + gap
        hole = side - 2 * rim
        stripe = side / 5
        stripes = " ".join(f"{stripe:g}" for _ in range(5))
        lines += [
            f".lk-pic .q{side} {{ stroke-width: {side}; stroke-dasharray: {side} {gap}; }}",
            f".lk-pic .hole.q{side} {{ stroke-width: {hole:g}; stroke-dasharray: {hole:g} {step - hole:g}; }}",
            f".lk-pic .hole.q{side}.s-running {{ stroke-width: {hole / 2:g}; }}",
            f".lk-pic .sq.q{side}.s-terminating {{ stroke-dasharray: {stripes} {gap}; }}",
            f".lk-pic .sq.q{side}.s-unknown {{ stroke-width: {side / 3:.1f}; }}",
        ]
    return "\n".join(lines)


def counts(tally: Mapping[Sort, int]) -> list[tuple[str, words.Tone]]:
    """Return how many pods do what, in words: all of it, and shorter."""
    by: Counter[str] = Counter()
    failing = False
    for sort, n in tally.items():
        by[words.status(sort)] += n
        failing = failing or sort.state is PodState.FAILING
    total = sum(by.values())
    ready = by.pop("Ready", 0)
    parts = [f"{ready} Ready"] if ready or not by else []
    parts += [f"{n} {word}" for word, n in sorted(by.items())]
    tone: words.Tone = "bad" if failing else "dim"
    return [(" · ".join(parts), tone), (f"{ready} of {total} Ready", tone), (f"{ready}/{total}", tone)]
