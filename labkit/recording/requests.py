"""The steady client's requests, in the order in which each was over: answered, or lost."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import deque
from statistics import quantiles
from typing import TYPE_CHECKING

from labkit.recording.request import Request, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Request", "Requests"]

#: How many requests are kept; the oldest go first.
KEPT = 100_000
#: Of how many the latencies are told.
RECENT = 2_000
#: The longest that a request can take, in seconds: the steady client gives up earlier.
LONGEST = 60.0


class Requests:
    """What became of a steady client's requests. Safe for threads.

    Parameters
    ----------
    limit
        How many requests to keep; the oldest go first.

    Attributes
    ----------
    version
        Goes up with every request that is over.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self.version = 0
        self._lock = threading.Lock()
        self._over: deque[float] = deque(maxlen=limit)
        self._kept: deque[Request] = deque(maxlen=limit)

    def add(self, request: Request) -> None:
        """Add a request that is over."""
        over = request.at + request.latency
        with self._lock:
            # two threads may be a moment apart: the order in which they tell it is the order
            self._over.append(max(over, self._over[-1]) if self._over else over)
            self._kept.append(request)
            self.version += 1

    def until(self, at: float, most: int = 12_000) -> tuple[Request, ...]:
        """Return the requests that were over at a time (the last `most`), in the order in which they were due."""
        with self._lock:
            end = bisect_right(self._over, at)
            found = [self._kept[i] for i in range(max(0, end - most), end)]
        return tuple(sorted(found, key=lambda request: request.at))

    def between(self, begin: float, end: float) -> tuple[Request, ...]:
        """Return the requests that were due from `begin` to `end`, both included, in that order."""
        with self._lock:
            first, last = bisect_left(self._over, begin), bisect_right(self._over, end + LONGEST)
            found = [self._kept[i] for i in range(first, last) if begin <= self._kept[i].at <= end]
        return tuple(sorted(found, key=lambda request: request.at))

    def under_way(self, at: float) -> tuple[float, ...]:
        """Return when each request was due that waited for its answer at a time, as it was found out later."""
        return tuple(each.at for each in self.between(at - LONGEST, at) if each.at + each.latency > at)

    def counts(self, at: float = float("inf")) -> Summary:
        """Return what had become of all requests at a time."""
        with self._lock:
            done = [self._kept[i] for i in range(bisect_right(self._over, at))]
        by_version: dict[str, int] = {}
        retried: dict[str, int] = {}
        for request in done:
            if request.version is not None:
                by_version[request.version] = by_version.get(request.version, 0) + 1
                if request.outcome == "retried":
                    retried[request.version] = retried.get(request.version, 0) + 1
        latencies = [request.latency for request in done[-RECENT:] if request.version is not None]
        cuts = quantiles(latencies, n=20) if len(latencies) > 1 else None
        return Summary(
            first_try=sum(by_version.values()) - sum(retried.values()),
            retried=sum(retried.values()),
            lost=len(done) - sum(by_version.values()),
            by_version=by_version,
            retried_by_version=retried,
            p50=cuts[9] if cuts else None,
            p95=cuts[18] if cuts else None,
        )

    def __iter__(self) -> Iterator[Request]:
        """Iterate over the requests that are kept now, in the order in which they were over."""
        with self._lock:
            return iter(tuple(self._kept))

    def __len__(self) -> int:
        """Return how many requests are kept."""
        return len(self._kept)
