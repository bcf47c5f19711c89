"""What became of a steady client's requests: one by one, and counted. Pure: no clock, no network."""

from __future__ import annotations

import bisect
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from operator import attrgetter
from statistics import quantiles
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How many requests are kept one by one: at 20 a second, the last 10 minutes. The counts forget none.
KEPT = 12_000
#: Of how many the latencies are told: a picture asks for them ten times a second.
RECENT = 2_000

Outcome = Literal["first", "retried", "lost"]

#: What nginx notes for a try that brought no answer (``$upstream_status``).
_NO_ANSWER = {"502": "no connection, or cut off", "504": "no answer in time"}


#: The front door says which tries it made in this header (``nginx/frontend.conf``).
STATUS_HEADER = "x-upstream-status"


def met(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what each try of the front door met: ``("504", "200")``; nothing if it does not say.

    nginx separates tries by commas, and by colons where it went on to another group of servers
    (https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_status).
    """
    return tuple(re.findall(r"[^\s,:]+", headers.get(STATUS_HEADER, "")))


class Tick(NamedTuple):
    """One request.

    Attributes
    ----------
    at
        When it was due, in seconds since the epoch.
    version
        The version that answered, or None when the request was lost.
    latency
        Seconds from when it was due until the answer was there (or until it was given up).
    pod
        The name of the Pod that answered, or what went wrong.
    tries
        How many tries the front door needed: 1 is an answer at the first try. 0 when that is not known, because a lost
        request brought no answer at all, not even an error page.
    met
        What each try met, as nginx's ``$upstream_status`` says it: ``("504", "200")``. Empty when nginx did not say.
    """

    at: float
    version: str | None
    latency: float
    pod: str
    tries: int = 1
    met: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Whether it was answered at the first try, after a retry, or never."""
        if self.version is None:
            return "lost"
        return "retried" if self.tries > 1 else "first"

    @property
    def tried(self) -> str:
        """What each try met, in words."""
        words = (_NO_ANSWER.get(status, "answered") for status in self.met)
        return "; ".join(
            f"try {n}: {word} ({status})" for n, (word, status) in enumerate(zip(words, self.met, strict=True), 1)
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a steady client has seen so far.

    Attributes
    ----------
    first_try
        Requests answered at the first try.
    retried
        Requests that the front door had to send more than once before they were answered.
    lost
        Requests without a good answer.
    unanswered
        Requests that still waited for their answer when the client was stopped: neither answered nor lost.
    by_version
        Version → answers, however many tries they took.
    retried_by_version
        Version → answers that took a retry.
    p50, p95
        Latency in seconds: half, and 95 of 100, of the last 2,000 requests were answered faster. None before the
        second answer.
    ended
        Why the client stopped by itself; empty while it runs, and when it was stopped.
    """

    first_try: int = 0
    retried: int = 0
    lost: int = 0
    unanswered: int = 0
    by_version: dict[str, int] = field(default_factory=dict)
    retried_by_version: dict[str, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    ended: str = ""

    @property
    def answered(self) -> int:
        """Requests with a good answer, however many tries it took."""
        return self.first_try + self.retried

    def __str__(self) -> str:
        """Return it as one line."""
        first = {version: n - self.retried_by_version.get(version, 0) for version, n in self.by_version.items()}
        parts = [
            f"{self.first_try} answered at the first try{_by(first)}",
            f"{self.retried} after a retry{_by(self.retried_by_version)}",
            f"{self.lost} lost",
        ]
        if self.unanswered:
            parts.append(f"{self.unanswered} still waiting when the client stopped")
        return ", ".join(parts) + (f" ({self.ended})" if self.ended else "")


def _by(versions: dict[str, int]) -> str:
    counts = ", ".join(f"{count} by {version}" for version, count in sorted(versions.items()) if count)
    return f" ({counts})" if counts else ""


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
