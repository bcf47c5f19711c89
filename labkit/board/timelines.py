"""What each view of a board knows of the recording: how long it is, where its cursor is, and what happened in it."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.board.phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from labkit.recording.moment import Moment
    from labkit.recording.source import Source

#: Seconds by which the cursor may be elsewhere than it was reckoned to be before this is a jump.
JUMP = 0.3
#: Seconds between two messages that tell of nothing but new moments.
MOMENTS_INTERVAL = 0.25


@dataclass(frozen=True, slots=True)
class Where:
    """Where a recording and its cursor are; times in seconds since the epoch.

    Attributes
    ----------
    begin, end
        From when to when the recording goes.
    at
        Where the cursor is.
    live
        Whether that is the present of a recording that grows.
    growing
        Whether there is more to come.
    playing
        Whether the cursor moves on by itself through what is past.
    speed
        How many times as fast as it happened.
    when
        When all this was so, on a clock that is never put back.
    """

    begin: float
    end: float
    at: float
    live: bool
    growing: bool
    playing: bool
    speed: float
    when: float = 0.0

    @classmethod
    def of(cls, source: Source) -> Where:
        """Return where a source is now."""
        begin, end = source.span
        live = source.live_now
        at, when = end if live else source.at, time.monotonic()
        return cls(begin, end, at, live, source.growing, source.playing, source.speed, when)

    @property
    def rate(self) -> float:
        """Seconds by which the cursor moves on in a second."""
        return 1.0 if self.live else self.speed if self.playing else 0.0

    def follows(self, before: Where) -> bool:
        """Return whether a cursor that was there before has come here by itself."""
        reckoned = min(self.end, before.at + before.rate * (self.when - before.when))
        return abs(reckoned - self.at) < JUMP * max(1.0, before.rate)

    def same_way(self, other: Where) -> bool:
        """Return whether a page that knows the one can reckon the other, but for the cursor's place."""
        return (self.begin, self.live, self.growing, self.playing, self.speed) == (
            other.begin, other.live, other.growing, other.playing, other.speed,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Return it as the page's timeline gets it; ``offset``: seconds that this machine's clock is ahead of UTC."""
        return {
            "begin": round(self.begin, 3),
            "end": round(self.end, 3),
            "at": self.at,  # to the last digit: it is compared with the moments'
            "live": self.live,
            "growing": self.growing,
            "playing": self.playing,
            "speed": self.speed,
            "offset": time.localtime(self.at).tm_gmtoff,
        }


@dataclass(frozen=True, slots=True)
class _Told:
    where: Where
    moments: Sequence[Moment]
    phrases: int


class Timelines:
    """What each view has been told. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, _Told] = {}
        self._phrases = Phrases()
        #: whether there are new moments that are told a little later, with those that come until then
        self.waiting = False

    def counts(self) -> dict[str, int]:
        """Return of how many moments each view has been told."""
        with self._lock:
            return {view: len(told.moments) for view, told in self._told.items()}

    def lacks(self, view: str) -> None:
        """Note that a view has missed something: it is told everything again."""
        with self._lock:
            self._told.pop(view, None)

    def messages(self, where: Where, moments: Sequence[Moment], views: Collection[str]) -> list[dict[str, Any]]:
        """Return what the views must be told: what a page cannot reckon by itself, and the moments that are new.

        Parameters
        ----------
        where
            Where the source is.
        moments
            All so far, oldest first. One that was heard late may stand before some that have been told.
        views
            The names of the views that there are; others are forgotten.
        """
        found = []
        with self._lock:
            self.waiting = False
            for gone in self._told.keys() - set(views):
                del self._told[gone]
            for view in views:
                told = self._told.get(view)
                known = _common(told.moments, moments) if told else 0
                if told and where.same_way(told.where) and where.follows(told.where):
                    if len(moments) == known == len(told.moments):
                        continue
                    if where.when - told.where.when < MOMENTS_INTERVAL:
                        self.waiting = True
                        continue
                found.append({"type": "timeline", "view": view, **where.as_json(), "from": known})
                if len(moments) > known:
                    new, first = moments[known:], told.phrases if told else 0
                    since = math.floor(new[0].at)
                    packed = self._phrases.packed(new, since)
                    phrases = {"from": first, "all": self._phrases.all[first:]}
                    found[-1] |= {"since": since, "moments": packed, "phrases": phrases}
                self._told[view] = _Told(where, moments, len(self._phrases.all))
        return found


def _common(told: Sequence[Moment], moments: Sequence[Moment]) -> int:
    """Return how many moments, from the first on, are the same ones; those that differ are among the last."""
    count = min(len(told), len(moments))
    while count and told[count - 1] is not moments[count - 1]:
        count -= 1
    return count
