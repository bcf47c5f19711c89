"""What many learners would take, on paper: each thing grows by its own slope, as measured, up to a limit. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import linear_regression
from typing import TYPE_CHECKING

from benchmarks.samples import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Line:
    """What is there without learners, and what each one adds."""

    fixed: float
    each: float

    def at(self, learners: float) -> float:
        """Return it for so many learners."""
        return self.fixed + self.each * learners


def through(points: Sequence[tuple[float, float]]) -> Line:
    """Return the line through what was measured (least squares).

    Parameters
    ----------
    points
        So many learners, and the value.

    Raises
    ------
    NotMeasuredError
        If there are not two different numbers of learners.
    """
    if len({x for x, _ in points}) < 2:  # noqa: PLR2004 - a line has two points
        raise NotMeasuredError(f"no slope through {len(points)} points")
    each, fixed = linear_regression([x for x, _ in points], [y for _, y in points])
    return Line(fixed, each)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a class takes.

    Attributes
    ----------
    what
        Its name.
    line
        How much, by the number of learners.
    limit
        How much there can be; infinity where nobody names a limit.
    unit
        Of both; it stands behind the number.
    source
        Where the limit comes from.
    digits
        How many digits stand behind the point.
    """

    what: str
    line: Line
    limit: float
    unit: str
    source: str
    digits: int = 0

    @property
    def holds_for(self) -> float:
        """For how many learners there is enough; infinity where it never ends."""
        if self.line.each <= 0 or math.isinf(self.limit):
            return math.inf
        return max(0, math.floor((self.limit - self.line.fixed) / self.line.each))


def rows(needs: Iterable[Need], learners: int) -> list[str]:
    """Return a Markdown table of what so many learners need; what breaks first stands first."""
    head = ["| what | each learner | " + f"{learners} learners | there is | enough for |", "|---|---|---|---|---|"]
    ordered = sorted(needs, key=lambda need: need.holds_for)
    return [*head, *(_row(need, learners) for need in ordered)]


def _row(need: Need, learners: int) -> str:
    def said(value: float, more: int = 0) -> str:
        return f"{value:,.{need.digits + more}f} {need.unit}".rstrip()

    there = "no limit named" if math.isinf(need.limit) else said(need.limit)
    enough = "no end seen" if math.isinf(need.holds_for) else f"{need.holds_for:,} learners"
    at = said(need.line.at(learners))
    return f"| {need.what} | {said(need.line.each, 1)} | {at} | {there}: {need.source} | {enough} |"


def first(needs: Iterable[Need]) -> Need:
    """Return what breaks first."""
    return min(needs, key=lambda need: need.holds_for)
