"""All that is heard, as it comes: kept, looked through for moments, and passed on to who writes it down."""

from __future__ import annotations

import heapq
import threading
from bisect import insort_right
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from labkit.recording import records
from labkit.recording.moments import Finder, Moment
from labkit.state import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from labkit.recording.requests import Request, Requests
    from labkit.recording.timeline import Timeline
    from labkit.state import Step


#: How many moments are kept: some 16 MB. An hour in which 1,000 Pods come and go has half as many.
KEPT = 100_000


class Log:
    """A timeline, requests, and the moments found in them. Safe for threads.

    Parameters
    ----------
    timeline, requests
        Where what is heard is kept; they may hold something already.
    limit
        How many moments to keep at most; of more, the oldest quarter goes at once: who follows them begins anew then.
    """

    def __init__(self, timeline: Timeline, requests: Requests, limit: int = KEPT) -> None:
        self.timeline, self.requests = timeline, requests
        self._limit = limit
        self._lock = threading.RLock()
        self._finder = Finder()
        self._moments: list[Moment] = []
        self._told: tuple[Moment, ...] | None = ()
        self._writers: list[Callable[[bytes], None]] = []
        self._catch_up()
        self.close = requests.hear(self._request)

    def step(self, step: Step, snapshot: Snapshot, line: bytes | None = None) -> None:
        """Take in a step, the snapshot after it, and how it is written where that is known."""
        line = records.written(step) if line is None else line
        with self._lock:
            before = self.timeline.version
            self.timeline.record(step, snapshot, line)
            if self.timeline.version == before:
                return
            self._found(self._finder.take(snapshot, step))
            self._write(line)

    def _request(self, request: Request) -> None:
        with self._lock:
            self._found(self._finder.request(request))
            self._write(request_line(request))

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments that are kept, oldest first; the same object as long as there is no new one."""
        with self._lock:
            if self._told is None:
                self._told = tuple(self._moments)
            return self._told

    def lines(self) -> Iterator[bytes]:
        """Iterate over all that is kept now, as lines of JSON, in order."""
        with self._lock:
            return self._lines()

    def write_to(self, write: Callable[[bytes], None]) -> tuple[Iterator[bytes], Callable[[], None]]:
        """Have every line that comes passed to a function.

        Returns
        -------
        tuple
            The lines that there are already, and the function that ends it.
        """
        with self._lock:
            self._writers.append(write)
            before = self._lines()

        def end() -> None:
            with self._lock:
                if write in self._writers:
                    self._writers.remove(write)

        return before, end

    # -- inside --------------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[bytes]:
        steps = self.timeline.lines()
        requests = ((each.at + each.latency, request_line(each)) for each in self.requests)
        return map(itemgetter(1), heapq.merge(steps, requests, key=itemgetter(0)))

    def _write(self, line: bytes) -> None:
        for write in tuple(self._writers):
            write(line)

    def _found(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            # requests and changes are heard on two threads: one may be a moment behind
            insort_right(self._moments, moment, key=attrgetter("at"))
            self._told = None
        if len(self._moments) > self._limit:
            del self._moments[: max(1, self._limit // 4)]

    def _catch_up(self) -> None:
        steps: Iterator[tuple[float, Snapshot | Request]] = ((each.at, each) for each in self.timeline)
        requests: Iterator[tuple[float, Snapshot | Request]] = (
            (each.at + each.latency, each) for each in self.requests
        )
        for _, what in heapq.merge(steps, requests, key=itemgetter(0)):
            self._found(self._finder.take(what) if isinstance(what, Snapshot) else self._finder.request(what))


def request_line(request: Request) -> bytes:
    """Return a request as a line of JSON."""
    return records.line({"request": request})
