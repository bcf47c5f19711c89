"""Where somebody looks at a recording: at its present, at a time, or playing on from one. Pure: it is told the time."""

from __future__ import annotations

from dataclasses import dataclass

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
