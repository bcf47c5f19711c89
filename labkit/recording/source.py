"""A recording with a cursor: live on a watch, or from a file. Whoever draws, tells or checks asks one of these."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from labkit.errors import LabError
from labkit.recording.cursor import SPEEDS, Cursor, further
from labkit.recording.facts import Facts
from labkit.recording.listeners import Listeners
from labkit.recording.log import Log
from labkit.recording.player import Player
from labkit.recording.requests import Requests
from labkit.recording.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from labkit.recording.moments import Moment
    from labkit.state import Snapshot, Step

#: Seconds between two signs of a cursor that moves, at most.
FRAME = 0.1


class Heard(Protocol):
    """What a recording is made of: a watch, as far as this room needs it (:class:`labkit.api.watch.Watch`)."""

    def hear(self, callback: Callable[[Step, Snapshot], None]) -> Callable[[], None]: ...  # noqa: D102 - see there


class Source:
    """One recording, and one place in it. Safe for threads.

    Parameters
    ----------
    timeline, requests, facts
        What was recorded.
    end
        When the recording ended, in seconds since the epoch; None while it grows.
    clock
        Returns the seconds since the epoch.
    """

    def __init__(
        self,
        timeline: Timeline,
        requests: Requests | None = None,
        facts: Facts | None = None,
        *,
        end: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.timeline = timeline
        self.requests = requests if requests is not None else Requests()
        self._log = Log(timeline, self.requests)
        #: what is wrong with the file that it came from, in words; empty where nothing is
        self.damage = ""
        self._facts = facts if facts is not None else Facts()
        self._clock = clock
        self._end = end
        self._cursor = Cursor()
        self._lock = threading.RLock()
        self._listeners = Listeners()
        self._player = Player(self._lock, self._rest, self._listeners.tell)
        self._unhear: Callable[[], None] = _nothing
        self._shown: tuple[int, Snapshot] | None = None

    # -- what was recorded ---------------------------------------------------------------------------------------------

    @property
    def facts(self) -> Facts:
        """Where the recording comes from."""
        if self._facts.kubernetes:
            return self._facts
        nodes = self.timeline.latest.nodes()
        return replace(self._facts, kubernetes=nodes[0].kubernetes if nodes else "")

    @property
    def growing(self) -> bool:
        """Whether there is more to come: not in a replay, and not once the watch has ended."""
        return self._end is None

    @property
    def span(self) -> tuple[float, float]:
        """From when to when it goes, in seconds since the epoch; while it grows, to now."""
        last = self._clock() if self._end is None else self._end
        first = self.timeline.first or last
        return first, max(first, last)

    @property
    def moments(self) -> Sequence[Moment]:
        """What happened in it so far that means something, in order."""
        return self._log.moments

    def lines(self) -> Iterator[bytes]:
        """Iterate over all that is kept now, as lines of JSON, in order (see :mod:`labkit.recording.file`)."""
        return self._log.lines()

    def write_to(self, write: Callable[[bytes], None]) -> tuple[Iterator[bytes], Callable[[], None]]:
        """Return the lines that there are, have those to come passed to a function, and return what ends that too."""
        return self._log.write_to(write)

    def save(self, path: str | Path) -> None:
        """Write all that there is so far into a file; :meth:`labkit.Lab.replay` plays it.

        Raises
        ------
        LabError
            If the file holds something that is no recording, or cannot be written.
        """
        from labkit.recording import file  # noqa: PLC0415 - it makes sources

        file.save(self, path)

    # -- where one looks -----------------------------------------------------------------------------------------------

    @property
    def live_now(self) -> bool:
        """Whether the cursor is at the present of a recording that grows."""
        return self._end is None and self._cursor.at is None

    @property
    def playing(self) -> bool:
        """Whether the cursor moves on by itself through what is past."""
        return self._cursor.speed > 0

    @property
    def speed(self) -> float:
        """How many times as fast as it happened the cursor moves, or moved when it was last played."""
        return self._cursor.speed or self._cursor.played

    @property
    def at(self) -> float:
        """Where the cursor is, in seconds since the epoch."""
        with self._lock:
            return self._cursor.where(self._clock(), *self.span)

    @property
    def snapshot(self) -> Snapshot:
        """What was the present at the cursor; the same object as long as it is the same."""
        with self._lock:
            if self._cursor.at is None:
                return self.timeline.latest
            number = self.timeline.index(self.at)
            if self._shown is None or self._shown[0] != number:
                self._shown = (number, self.timeline.number(number))
            return self._shown[1]

    # -- moving it -----------------------------------------------------------------------------------------------------

    def seek(self, at: float) -> None:
        """Go to a time and stand still there; at or after the end of a recording that grows, go to its present.

        Parameters
        ----------
        at
            Seconds since the epoch.
        """
        with self._lock:
            first, last = self.span
            self._cursor = Cursor(None if at >= last else max(first, at), played=self.speed)
        self._moved()

    def now(self) -> None:
        """Go to the present; where there is none, to the end."""
        with self._lock:
            self._cursor = Cursor(played=self.speed)
        self._moved()

    def play(self, speed: float = 1.0) -> None:
        """Move on by itself, up to the present or the end.

        At the end of a replay it begins anew; at the present there is nothing to play.

        Parameters
        ----------
        speed
            One of :data:`labkit.recording.cursor.SPEEDS`: times as fast as it happened.

        Raises
        ------
        LabError
            If it is none of those.
        """
        if speed not in SPEEDS:
            raise LabError(
                f"A recording can't be played {speed!r} times as fast as it happened.",
                remedy=f"one of: {', '.join(f'{each:g}' for each in SPEEDS)}",
            )
        with self._lock:
            at, (first, last) = self.at, self.span
            if self.live_now:
                return
            if at >= last:
                at = first
            self._cursor = Cursor(at, speed, self._clock(), played=speed)
            self._player.start()
        self._moved()

    def pause(self) -> None:
        """Stand still where it is, also at the present."""
        with self._lock:
            self._cursor = Cursor(self.at, played=self.speed)
        self._moved()

    def step(self, by: int = 1) -> None:
        """Go to the next moment, or so many further on; to an earlier one, where `by` is negative.

        Past the last one it goes to the present, or the end.
        """
        if not by:
            return
        to = further((moment.at for moment in self.moments), self.at, by, self.span[0])
        if to is None:
            self.now()
        else:
            self.seek(to)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have a function called whenever there is something to draw anew: a change at the cursor, or the cursor moved.

        It is called on the thread that changed it and must return quickly. The function that is returned ends this.
        """
        return self._listeners.add(callback)

    def close(self) -> None:
        """End playing, and hear no more. May be called twice; what was recorded can be looked at afterwards."""
        unhear, self._unhear = self._unhear, _nothing
        unhear()
        self._log.close()
        with self._lock:
            if self._end is None:
                self._end = max(self._clock(), self.timeline.last)
            if self.playing:
                self._cursor = Cursor(self.at, played=self.speed)
        self._player.join()

    def end(self, at: float) -> None:
        """Take in no more, and end at a time, in seconds since the epoch: what was read from a file is whole."""
        self._log.close()
        with self._lock:
            self._end = at

    # -- inside --------------------------------------------------------------------------------------------------------

    def take(self, step: Step, snapshot: Snapshot, line: bytes | None = None) -> None:
        """Take in what is heard: a step, the snapshot after it, and how it is written where that is known."""
        self._log.step(step, snapshot, line)
        if self.live_now:
            self._listeners.tell()

    def _moved(self) -> None:
        """Tell whoever looks; nothing is locked meanwhile, so that they may look."""
        self._player.wake()
        self._listeners.tell()

    def _rest(self) -> float | None:
        """Return the seconds until there is something else at the cursor; None when it does not move any more."""
        at, (_, last) = self.at, self.span
        if self.playing and at >= last:
            self._cursor = Cursor(played=self.speed)
        if not self.playing:
            return None
        then = self.timeline.next_after(at)
        return FRAME if then is None else min(FRAME, (then - at) / self.speed)


def live(
    watch: Heard,
    requests: Requests | None = None,
    facts: Facts | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> Source:
    """Return a recording of all that a watch hears from now on; before it is started, of all that it ever hears.

    Parameters
    ----------
    watch
        What to record; it is neither started nor stopped.
    requests
        Where the steady client's requests are put.
    facts
        Where it comes from.
    clock
        Returns the seconds since the epoch.
    """
    source = Source(Timeline(), requests, facts, clock=clock)
    source._unhear = watch.hear(source.take)  # noqa: SLF001 - it is made here
    return source


def _nothing() -> None:
    """Do nothing."""
