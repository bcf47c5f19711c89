"""The steady client's requests, in the order in which each was over: answered, or lost."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from operator import attrgetter
from statistics import quantiles
from typing import TYPE_CHECKING

from labkit.recording.request import Request, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Request", "Requests"]

#: How many requests are kept, at least; the oldest go first. Four hours at 20 a second, some 40 bytes each.
KEPT = 300_000
#: Of how many the latencies are told.
RECENT = 2_000
#: The longest that a request can take, in seconds: the steady client gives up earlier.
LONGEST = 60.0
#: How many requests there are between two sums, and how many go at once.
_STRIDE = 1_024

#: What is the same of many requests: version, pod, tries, met.
_Same = tuple["str | None", str, int, tuple[str, ...]]


class Requests:
    """What became of a steady client's requests, in bounded memory. Safe for threads.

    Parameters
    ----------
    limit
        How many requests to keep, at least.

    Attributes
    ----------
    version
        Goes up with every request that is over.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self.version = 0
        self._limit = limit
        self._lock = threading.Lock()
        self._hearers: list[Callable[[Request], None]] = []
        self._over, self._due, self._latency = array("d"), array("d"), array("d")
        self._kinds: dict[_Same, int] = {}
        self._which = array("L")
        #: what had become of all requests before every 1,024th, from the first that is kept
        self._sums: list[Counter[_Same]] = [Counter()]

    def add(self, request: Request) -> None:
        """Add a request that is over."""
        over = request.at + request.latency
        with self._lock:
            # Two threads may be a moment apart: the order in which they tell it is the order.
            self._over.append(max(over, self._over[-1]) if self._over else over)
            self._due.append(request.at)
            self._latency.append(request.latency)
            self._which.append(self._kinds.setdefault(request[1:2] + request[3:], len(self._kinds)))
            self.version += 1
            if len(self._over) % _STRIDE == 0:
                self._sums.append(self._sums[-1] + self._sum(len(self._over) - _STRIDE, len(self._over)))
            if len(self._over) >= self._limit + _STRIDE:
                self._forget()
            hearers = tuple(self._hearers)
        for hear in hearers:
            hear(request)

    def hear(self, callback: Callable[[Request], None]) -> Callable[[], None]:
        """Have every request that comes passed to a function, and return the function that ends this."""
        with self._lock:
            self._hearers.append(callback)

        def end() -> None:
            with self._lock:
                if callback in self._hearers:
                    self._hearers.remove(callback)

        return end

    # -- what is asked -------------------------------------------------------------------------------------------------

    def until(self, at: float, most: int = 12_000) -> tuple[Request, ...]:
        """Return the requests that were over at a time (the last `most`), in the order in which they were due."""
        with self._lock:
            end = bisect_right(self._over, at)
            return self._read(max(0, end - most), end)

    def between(self, begin: float, end: float) -> tuple[Request, ...]:
        """Return the requests that were due from `begin` to `end`, both included, in that order."""
        with self._lock:
            first, last = bisect_left(self._over, begin), bisect_right(self._over, end + LONGEST)
            return self._made(i for i, due in enumerate(self._due[first:last], first) if begin <= due <= end)

    def under_way(self, at: float) -> tuple[float, ...]:
        """Return when each request was due that waited for its answer at a time, as it was found out later."""
        with self._lock:
            first, last = bisect_right(self._over, at), bisect_right(self._over, at + LONGEST)
            found = zip(self._due[first:last], self._latency[first:last], strict=True)
            return tuple(sorted(due for due, latency in found if at - LONGEST <= due <= at < due + latency))

    def counts(self, at: float = float("inf")) -> Summary:
        """Return what had become of all requests at a time."""
        with self._lock:
            end = bisect_right(self._over, at)
            whole = end // _STRIDE
            sums = self._sums[whole] + self._sum(whole * _STRIDE, end)
            answered = [version is not None for version, *_ in self._kinds]
            begin = max(0, end - RECENT)
            recent = zip(self._latency[begin:end], self._which[begin:end], strict=True)
        outcomes: Counter[str] = Counter()
        by_version: Counter[str] = Counter()
        retried: Counter[str] = Counter()
        for same, number in sums.items():
            request = _request(0.0, 0.0, same)
            outcomes[request.outcome] += number
            if request.version is not None:
                by_version[request.version] += number
                if request.outcome == "retried":
                    retried[request.version] += number
        latencies = [latency for latency, which in recent if answered[which]]
        cuts = quantiles(latencies, n=20) if len(latencies) > 1 else None
        return Summary(
            first_try=outcomes["first"],
            retried=outcomes["retried"],
            lost=outcomes["lost"],
            by_version=dict(by_version),
            retried_by_version=dict(retried),
            p50=cuts[9] if cuts else None,
            p95=cuts[18] if cuts else None,
        )

    @property
    def last(self) -> float:
        """When the last of them was over, in seconds since the epoch; 0.0 without one."""
        with self._lock:
            return self._over[-1] if self._over else 0.0

    def __iter__(self) -> Iterator[Request]:
        """Iterate over the requests that are kept now, in the order in which they were over."""
        with self._lock:
            kept = list(zip(self._due, self._latency, self._which, strict=True))
            kinds = list(self._kinds)
        return (_request(due, latency, kinds[which]) for due, latency, which in kept)

    def __len__(self) -> int:
        """Return how many requests are kept."""
        with self._lock:
            return len(self._over)

    # -- inside: the lock is held --------------------------------------------------------------------------------------

    def _read(self, first: int, last: int) -> tuple[Request, ...]:
        return self._made(range(first, last))

    def _made(self, which: Iterable[int]) -> tuple[Request, ...]:
        """Return the requests of these places, in the order in which they were due."""
        kinds = list(self._kinds)
        found = [_request(self._due[i], self._latency[i], kinds[self._which[i]]) for i in which]
        return tuple(sorted(found, key=attrgetter("at")))

    def _sum(self, first: int, last: int) -> Counter[_Same]:
        kinds = list(self._kinds)
        return Counter({kinds[which]: number for which, number in Counter(self._which[first:last]).items()})

    def _forget(self) -> None:
        """Let go of the oldest, and of what only they said; the sums go on counting them."""
        for column in (self._over, self._due, self._latency, self._which):
            del column[:_STRIDE]
        del self._sums[0]
        kinds = list(self._kinds)
        self._kinds = {}
        self._which = array("L", [self._kinds.setdefault(kinds[which], len(self._kinds)) for which in self._which])


def _request(at: float, latency: float, same: _Same) -> Request:
    version, pod, tries, met = same
    return Request(at, version, latency, pod, tries, met)
