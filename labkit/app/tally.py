"""What became of a steady client's requests: one by one, and counted. Pure: no clock, no network."""

from __future__ import annotations

import bisect
import re
from collections import Counter, deque
from operator import attrgetter
from statistics import quantiles
from typing import TYPE_CHECKING

from labkit.recording.request import Outcome, Request, Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEPT", "STATUS_HEADER", "Outcome", "Summary", "Tally", "Tick", "met"]

#: How many requests are kept one by one: at 20 a second, the last 10 minutes. The counts forget none.
KEPT = 12_000
#: Of how many the latencies are told: a picture asks for them ten times a second.
RECENT = 2_000

#: One request: a recording keeps the same.
Tick = Request

#: The front door says which tries it made in this header (``nginx/frontend.conf``).
STATUS_HEADER = "x-upstream-status"


def met(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what each try of the front door met: ``("504", "200")``; nothing if it does not say.

    nginx separates tries by commas, and by colons where it went on to another group of servers
    (https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_status).
    """
    return tuple(re.findall(r"[^\s,:]+", headers.get(STATUS_HEADER, "")))


class Tally:
    """Counts requests: exactly, for as long as it takes, and in bounded memory.

    Not safe for threads by itself.
    """

    def __init__(self) -> None:
        self._outcomes: Counter[Outcome] = Counter()
        self._by_version: Counter[str] = Counter()
        self._retried_by_version: Counter[str] = Counter()
        self._ticks: list[Tick] = []
        self._not_first: deque[Tick] = deque(maxlen=KEPT)
        self._start: float | None = None

    def add(self, tick: Tick) -> None:
        """Count one request."""
        self._outcomes[tick.outcome] += 1
        if tick.version is not None:
            self._by_version[tick.version] += 1
            self._retried_by_version[tick.version] += tick.outcome == "retried"
        if tick.outcome != "first":
            self._not_first.append(tick)
        self._start = tick.at if self._start is None else min(self._start, tick.at)
        # Answers come in another order than their requests; only `at` counts, because a Tick may hold None.
        bisect.insort(self._ticks, tick, key=attrgetter("at"))
        if len(self._ticks) >= 2 * KEPT:
            del self._ticks[:-KEPT]

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The last 12,000 requests, in the order in which they were due."""
        return tuple(self._ticks[-KEPT:])

    def summary(self, *, unanswered: int = 0, ended: str = "") -> Summary:
        """Return the counts so far.

        Parameters
        ----------
        unanswered
            Requests that had no answer yet when the client was stopped.
        ended
            Why the client stopped by itself, if it did.
        """
        latencies = [tick.latency for tick in self._ticks[-RECENT:] if tick.version is not None]
        cuts = quantiles(latencies, n=20) if len(latencies) > 1 else None
        return Summary(
            first_try=self._outcomes["first"],
            retried=self._outcomes["retried"],
            lost=self._outcomes["lost"],
            unanswered=unanswered,
            by_version=dict(self._by_version),
            retried_by_version={version: n for version, n in self._retried_by_version.items() if n},
            p50=cuts[9] if cuts else None,
            p95=cuts[18] if cuts else None,
            ended=ended,
        )

    def told(self, outcome: Outcome) -> str:
        """Return a line for each request that was ``lost`` or ``retried``: when, how long, and what each try met."""
        found = sorted((tick for tick in self._not_first if tick.outcome == outcome), key=attrgetter("at"))
        return "\n".join(self._line(tick) for tick in found)

    def _line(self, tick: Tick) -> str:
        when = f"{tick.at - (self._start or 0.0):.2f} s"
        what = (
            f"given up after {tick.latency:.2f} s, {tick.pod}"
            if tick.version is None
            else f"answered after {tick.latency:.2f} s by {tick.pod} ({tick.version})"
        )
        return f"{when}: {what}" + (f", {tick.tried}" if tick.tried else "")
