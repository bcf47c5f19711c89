"""Where somebody looks at a recording: at its present, at a time, or playing on from one. Pure: it is told the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How fast a recording can be played: times as fast as it happened.
SPEEDS = (0.25, 0.5, 1.0, 4.0)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a recording.

    Attributes
    ----------
    at
        Seconds since the epoch; None: at the present, wherever that is.
    speed
        How fast it moves on; 0 while it stands still.
    since
        When it began to move on from `at`, by the clock of whoever plays it.
    played
        How fast it moved when it last did.
    """

    at: float | None = None
    speed: float = 0.0
    since: float = 0.0
    played: float = 1.0

    def where(self, clock: float, first: float, last: float) -> float:
        """Return where it stands when the clock says so, in a recording that goes from `first` to `last`."""
        if self.at is None:
            return last
        return max(first, min(last, self.at + (clock - self.since) * self.speed))


def further(times: Iterable[float], at: float, by: int, first: float) -> float | None:
    """Return the time that is so many of some times further on than another, or back where `by` is negative.

    Parameters
    ----------
    times
        Seconds since the epoch, in any order.
    at
        Where to go on from.
    by
        How many times to pass; not 0.
    first
        Where to go when there is none before.

    Returns
    -------
    float | None
        The earliest one at most, on the way back; on the way on None, where there are not so many.
    """
    if by > 0:
        ahead = sorted({each for each in times if each > at})
        return ahead[by - 1] if len(ahead) >= by else None
    behind = sorted({each for each in times if each < at})
    return behind[max(0, len(behind) + by)] if behind else first
