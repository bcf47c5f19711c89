"""A steady client: it keeps asking through the front door, so that a lost request would show."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import quantiles
from typing import TYPE_CHECKING, NamedTuple, Self

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

#: How many ticks are kept: at 20 a second, the last 10 minutes.
KEPT_TICKS = 12_000


class Tick(NamedTuple):
    """One request.

    Attributes
    ----------
    at
        When it was sent, in seconds since the epoch.
    version
        The version that answered, or None when the request was lost.
    latency
        Seconds until the answer was there (or until it was given up).
    pod
        The name of the pod that answered, or what went wrong.
    """

    at: float
    version: str | None
    latency: float
    pod: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a steady client has seen so far.

    Attributes
    ----------
    answered, lost
        Requests with and without a good answer.
    by_version
        Version → answers.
    p50, p95
        Latency in seconds: half, and 95 of 100 requests, were faster. None before the second answer.
    """

    answered: int
    lost: int
    by_version: dict[str, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None

    def __str__(self) -> str:
        """Return it as one line."""
        versions = ", ".join(f"{count} by {version}" for version, count in sorted(self.by_version.items()))
        return f"{self.answered} answered ({versions or 'none yet'}), {self.lost} lost"


def summarise(ticks: Iterable[Tick]) -> Summary:
    """Count `ticks` (pure)."""
    by_version: Counter[str] = Counter()
    lost = 0
    latencies: list[float] = []
    for tick in ticks:
        if tick.version is None:
            lost += 1
        else:
            by_version[tick.version] += 1
            latencies.append(tick.latency)
    cuts = quantiles(latencies, n=20) if len(latencies) > 1 else None
    return Summary(
        sum(by_version.values()), lost, dict(by_version), cuts[9] if cuts else None, cuts[18] if cuts else None
    )


class SteadyClient:
    """Sends requests at a fixed rate, on threads of its own, until it is stopped.

    The rate is kept whether answers come or not (an open loop): a client that waited for each answer would ask less
    just when the service is in trouble, and hide what it should show.

    Parameters
    ----------
    url
        Where to ask; the answer must be JSON with ``version`` and ``pod``.
    certificate
        The front door's own certificate, which is checked.
    rate
        Requests a second.
    timeout
        Seconds after which a request counts as lost.
    on_tick
        Called after each request, on the client's threads.
    """

    def __init__(
        self,
        url: str,
        certificate: Path,
        *,
        rate: float = 20.0,
        timeout: float = 10.0,
        on_tick: Callable[[Tick], None] | None = None,
    ) -> None:
        self.url = url
        self.rate = rate
        self._on_tick = on_tick
        self._ticks: deque[Tick] = deque(maxlen=KEPT_TICKS)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._http = httpx2.Client(
            verify=ssl.create_default_context(cafile=certificate), timeout=timeout, trust_env=False
        )
        self._thread = threading.Thread(target=self._run, name="labkit steady client", daemon=True)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """All requests so far (the last 12,000), oldest first."""
        with self._lock:
            return tuple(sorted(self._ticks))

    @property
    def summary(self) -> Summary:
        """The count so far."""
        return summarise(self.ticks)

    @property
    def losses(self) -> str:
        """What became of each lost request, a line each: seconds since the first request, how long, and why."""
        ticks = self.ticks
        start = ticks[0].at if ticks else 0.0
        return "\n".join(
            f"{tick.at - start:.2f} s: given up after {tick.latency:.2f} s, {tick.pod}"
            for tick in ticks
            if tick.version is None
        )

    @property
    def running(self) -> bool:
        """Whether it is still asking."""
        return self._thread.is_alive() and not self._stopping.is_set()

    def start(self) -> Self:
        """Start asking."""
        self._thread.start()
        return self

    def stop(self) -> Summary:
        """Stop asking, wait for the answers that are under way, and return the count. May be called twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._http.close()
        return self.summary

    def __enter__(self) -> Self:
        """Start asking."""
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        """Stop asking."""
        self.stop()

    def _run(self) -> None:
        interval = 1.0 / self.rate
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="labkit request") as pool:
            due = time.monotonic()
            while not self._stopping.is_set():
                # the pool is shut down only by this thread, but the interpreter's end may come first
                with contextlib.suppress(RuntimeError):
                    pool.submit(self._ask)
                due += interval
                self._stopping.wait(max(0.0, due - time.monotonic()))

    def _ask(self) -> None:
        at = time.time()
        start = time.perf_counter()
        version: str | None = None
        try:
            answer = self._http.get(self.url)
            answer.raise_for_status()
            body = answer.json()
            version, pod = str(body["version"]), str(body["pod"])
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            pod = f"{type(error).__name__}: {error}".splitlines()[0]
        tick = Tick(at, version, time.perf_counter() - start, pod)
        with self._lock:
            self._ticks.append(tick)
        if self._on_tick is not None:
            self._on_tick(tick)
