"""Run one service as Kubernetes wants it: the app on one port, its health on another, and a graceful end.

The order matters, so it is written out once, here, for both services:

1. The health port opens. ``/healthz`` is 200 from now on, ``/readiness`` is 503: the pod is *Running*, not *Ready*.
2. The service prepares itself (reads its keys, warms up).
3. The app's port opens and ``/readiness`` turns 200: *Ready*.
4. SIGTERM: ``/readiness`` is 503 again, no new connection is taken, **every request in flight is answered**, and only
   then does the process end, with exit code 0.

Until SIGTERM arrives, new connections are answered too. Being taken out of the Service and the manifests' ``preStop``
begin at the same moment, with the deletion of the pod; ``preStop`` is no more than a pause, long enough for the
kube-proxy of every node to have heard of the former. The grace period runs meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request

LOG = logging.getLogger("service")

#: Seconds that requests in flight may still take after SIGTERM. The manifests' terminationGracePeriodSeconds is longer.
GRACE_SECONDS = 8


class ConfigError(Exception):
    """A setting or a mounted file is missing or malformed: the service says which, and does not start."""


@dataclass(slots=True)
class Readiness:
    """Whether this process takes requests now, and if not, why."""

    ready: bool = False
    why: str = "starting"

    def health_app(self) -> Starlette:
        """Return the small app of the health port: ``/healthz`` (alive) and ``/readiness`` (takes requests)."""

        async def healthz(_: Request) -> JSONResponse:
            return JSONResponse({"alive": True})

        async def readiness(_: Request) -> JSONResponse:
            if self.ready:
                return JSONResponse({"ready": True})
            return JSONResponse({"ready": False, "why": self.why}, status_code=503)

        return Starlette(routes=[Route("/healthz", healthz), Route("/readiness", readiness)])


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the signals alone: one process runs two, and :func:`serve` ends them in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no handlers."""
        yield


def _not_a_probe(record: logging.LogRecord) -> bool:
    """Keep the kubelet's probes, one a second, out of the log that learners read."""
    return not any(path in record.getMessage() for path in (" /healthz ", " /readiness "))


def _server(app: Starlette, port: int) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            host="0.0.0.0",  # noqa: S104 - inside a pod; who may reach it is the Service's business
            port=port,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


async def serve(prepare: Callable[[], Awaitable[Starlette]], *, port: int, health_port: int) -> None:
    """Serve an app until SIGTERM or SIGINT, then answer what is in flight and return.

    Parameters
    ----------
    prepare
        Makes the app. While it runs, the process is alive but not ready.
    port, health_port
        TCP ports of the app and of its health.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    readiness = Readiness()
    health = _server(readiness.health_app(), health_port)
    health_task = asyncio.create_task(health.serve())
    preparing = asyncio.ensure_future(prepare())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({preparing, stopping, health_task}, return_when=asyncio.FIRST_COMPLETED)

    try:
        if preparing.done():
            app = _server(preparing.result(), port)
            app_task = asyncio.create_task(app.serve())
            while not app.started and not app_task.done():  # noqa: ASYNC110 - uvicorn has a flag, no event
                await asyncio.sleep(0.01)
            readiness.ready = app.started
            LOG.info("ready: requests on port %d, health on port %d", port, health_port)
            await asyncio.wait({stopping, app_task}, return_when=asyncio.FIRST_COMPLETED)
            readiness.ready, readiness.why = False, "ending"
            LOG.info("asked to end: answering what is in flight")
            app.should_exit = True
            await app_task
    finally:
        preparing.cancel()
        stopping.cancel()
        health.should_exit = True
        await health_task
    LOG.info("ended")


def setting(name: str, default: str) -> str:
    """Return an environment variable, or its default where it is unset or empty."""
    return os.environ.get(name) or default


def number(name: str, default: float) -> float:
    """Return an environment variable as a number.

    Raises
    ------
    ConfigError
        If it is not one, or is below zero.
    """
    text = setting(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigError(f"{name} is {text!r}: it must be a number, 0 or more")
    return value


def read(path: str, what: str) -> str:
    """Return a mounted file's text, stripped.

    Raises
    ------
    ConfigError
        If it cannot be read or is empty; the message says what the file is for.
    """
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {what} from {path}: {error}") from error
    if not text:
        raise ConfigError(f"cannot read {what} from {path}: the file is empty")
    return text


def main(prepare: Callable[[], Awaitable[Starlette]]) -> None:
    """Run a service with the ports from ``PORT`` (80) and ``HEALTH_PORT`` (81); a bad setting is one line on stderr."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").addFilter(_not_a_probe)
    try:
        asyncio.run(serve(prepare, port=int(number("PORT", 80)), health_port=int(number("HEALTH_PORT", 81))))
    except ConfigError as error:
        sys.exit(str(error))
