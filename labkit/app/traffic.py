"""A steady client: it keeps asking through the front door, so that a lost request would show."""

from __future__ import annotations

import asyncio
import math
import ssl
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from labkit.app.tally import Summary, Tally, Tick, met
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx2

#: Requests a second that one client may send: more measures the client rather than the app.
FASTEST = 200.0
#: Seconds after which a client stops by itself, so that one that was forgotten does not ask for ever.
FOR_AT_MOST = 900.0
#: Requests that may be open at once. nginx takes 1,024 connections, two for each request; what is due beyond that waits
#: here, and is seen to wait.
MOST_OPEN = 500
#: Seconds that requests under way still have for their answer once the client is to stop.
GRACE = 1.0


class SteadyClient:
    """Sends requests at a fixed rate, on a thread of its own, until it is stopped.

    The rate is kept whether answers come or not (an open loop): a client that waited for each answer would ask less
    just when the service is in trouble, and hide what it should show. For the same reason a request counts from the
    moment at which it was due, even if this machine was too busy to send it then.

    Parameters
    ----------
    url
        Where to ask; the answer must be JSON with ``version`` and ``pod``.
    certificate
        The front door's own certificate, which is checked.
    rate
        Requests a second: more than 0, at most 200.
    timeout
        Seconds after which a request counts as lost.
    for_at_most
        Seconds after which the client stops by itself; its summary says so.
    over
        Is told of each request that is over, on the client's own thread.

    Raises
    ------
    LabError
        If `rate` or `for_at_most` is no number that makes sense.
    """

    def __init__(
        self,
        url: str,
        certificate: Path,
        *,
        rate: float = 20.0,
        timeout: float = 10.0,
        for_at_most: float = FOR_AT_MOST,
        over: Callable[[Tick], None] | None = None,
    ) -> None:
        if not (_is_number(rate) and 0 < rate <= FASTEST):
            raise LabError(
                f"The steady client can't send {rate!r} requests a second, only more than 0 and up to {FASTEST:.0f}.",
                remedy="lab.traffic(rate=20)",
            )
        if not (_is_number(for_at_most) and for_at_most > 0):
            raise LabError(
                f"The steady client can't run for {for_at_most!r} seconds.", remedy="lab.traffic(for_at_most=900)"
            )
        self.url = url
        self.rate = rate
        self._timeout = timeout
        self._for_at_most = for_at_most
        self._tally = Tally()
        self._tell = over
        self._under_way: dict[asyncio.Task[None], float] = {}
        self._unanswered = 0
        self._ended = ""
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._verify = ssl.create_default_context(cafile=certificate)
        self._thread = threading.Thread(target=self._run, name="labkit steady client", daemon=True)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The requests that are over (the last 12,000), in the order in which they were due."""
        with self._lock:
            return self._tally.ticks

    @property
    def under_way(self) -> tuple[float, ...]:
        """When each request that waits for its answer was due, in seconds since the epoch, oldest first."""
        with self._lock:
            return tuple(sorted(self._under_way.values()))

    @property
    def waiting(self) -> int:
        """How many requests wait for their answer now."""
        with self._lock:
            return len(self._under_way)

    @property
    def summary(self) -> Summary:
        """The count of all requests so far."""
        with self._lock:
            return self._tally.summary(unanswered=self._unanswered, ended=self._ended)

    @property
    def losses(self) -> str:
        """What became of each lost request, a line each: when, how long, why, and what each try met.

        Times are in seconds since the first request.
        """
        with self._lock:
            return self._tally.told("lost")

    @property
    def retries(self) -> str:
        """What became of each request that took more than one try, a line each, as in :attr:`losses`."""
        with self._lock:
            return self._tally.told("retried")

    @property
    def running(self) -> bool:
        """Whether it is still asking."""
        return self._thread.is_alive() and not self._stopping.is_set()

    def start(self) -> Self:
        """Start asking."""
        self._thread.start()
        return self

    def stop(self) -> Summary:
        """Stop asking, and return the count. May be called twice.

        Requests under way have a second for their answer. Those that have none by then are given up, and counted as
        unanswered: they were neither answered nor lost.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        return self.summary

    def __enter__(self) -> Self:
        """Start asking."""
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        """Stop asking."""
        self.stop()

    # --- on its own thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._ask_on())
        self._stopping.set()

    async def _ask_on(self) -> None:
        # not at the top: it takes longer to import than all the rest, and most notebooks have no client
        import httpx2  # noqa: PLC0415

        room = asyncio.Semaphore(MOST_OPEN)
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            verify=self._verify, timeout=self._timeout, trust_env=False, limits=limits
        ) as http:
            await self._keep_asking(http, room)
            tasks = set(self._under_way)
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=GRACE)
                self._unanswered = len(late)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _keep_asking(self, http: httpx2.AsyncClient, room: asyncio.Semaphore) -> None:
        start, wall = time.monotonic(), time.time()
        sent = 0
        while True:
            due = start + sent / self.rate
            # stop() comes from another thread: short naps, so that it is heard at a slow rate too
            while not self._stopping.is_set() and (left := due - time.monotonic()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(left, 0.1))
            if self._stopping.is_set():
                return
            if due - start >= self._for_at_most:
                self._ended = f"it stopped by itself after {_duration(self._for_at_most)}"
                return
            task = asyncio.create_task(self._ask(http, room, due, wall + due - start))
            with self._lock:
                self._under_way[task] = wall + due - start
            task.add_done_callback(self._over)
            sent += 1
            await asyncio.sleep(0)  # also when requests are overdue, others get their turn

    async def _ask(self, http: httpx2.AsyncClient, room: asyncio.Semaphore, due: float, at: float) -> None:
        version: str | None = None
        tries = 0
        each: tuple[str, ...] = ()
        try:
            async with room, asyncio.timeout(self._timeout):
                answer = await http.get(self.url)
            each = met(answer.headers)
            tries = max(1, len(each))
            if answer.status_code == HTTPStatus.OK:
                body = answer.json()
                version, pod = str(body["version"]), str(body["pod"])
            else:
                pod = f"{answer.status_code} {answer.reason_phrase}"
        except TimeoutError:
            pod = f"no answer within {self._timeout:g} s"
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with a request, it is counted
            pod = f"{type(error).__name__}: {error}".splitlines()[0]
        tick = Tick(at, version, time.monotonic() - due, pod, tries, each)
        with self._lock:
            self._tally.add(tick)
        if self._tell is not None:
            self._tell(tick)

    def _over(self, task: asyncio.Task[None]) -> None:
        with self._lock:
            self._under_way.pop(task, None)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"  # noqa: PLR2004 - a minute
