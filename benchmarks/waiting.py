"""What benchmarks on the cluster have in common: a namespace of their own, and waiting, said aloud."""

from __future__ import annotations

import secrets
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks import samples
from labkit import cluster
from labkit.api.kubectl import Kubectl
from labkit.errors import WaitTimeoutError
from labkit.lesson import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labkit.api.client import Api
    from labkit.api.connection import Connection

_T = TypeVar("_T")


def end_in_order() -> None:
    """Have a SIGTERM end us as Ctrl-C does: what was set up is put away."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # a program that is started in the background by a script ignores Ctrl-C otherwise
    signal.signal(signal.SIGINT, signal.default_int_handler)


def say(what: str) -> None:
    """Say what is waited for."""
    print(f"  {what} …", file=sys.stderr, flush=True)


@contextmanager
def namespace() -> Iterator[tuple[Connection, Api]]:
    """Have a namespace of one's own as long as the block lasts."""
    connection = replace(cluster.connection(), namespace=f"bench-{secrets.token_hex(4)}")
    kubectl = Kubectl(connection)
    notebooks.ensure_namespace(kubectl)
    try:
        yield connection, kubectl.api
    finally:
        kubectl.api.send("DELETE", f"/api/v1/namespaces/{connection.namespace}")


def pods(api: Api, name: str) -> list[dict[str, Any]]:
    """Return a namespace's Pods."""
    found: list[dict[str, Any]] = api.get(f"/api/v1/namespaces/{name}/pods")["items"]
    return found


def settled(api: Api, name: str, count: int, seconds: float = 180.0) -> list[dict[str, Any]]:
    """Wait until a namespace has so many Pods, all Ready and none Terminating, and return them."""

    def there() -> list[dict[str, Any]] | None:
        found = pods(api, name)
        calm = all(samples.is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in found)
        return found if calm and len(found) == count else None

    return until(there, f"{count} Pods that are Ready, and no others, in namespace {name}", seconds)


def until(there: Callable[[], _T | None], what: str, seconds: float, pause: float = 0.3) -> _T:
    """Ask until there is an answer.

    Raises
    ------
    WaitTimeoutError
        If there is none in time.
    """
    end = time.monotonic() + seconds
    while (found := there()) is None:
        if time.monotonic() > end:
            raise WaitTimeoutError(f"{what}: not within {seconds:.0f} s.", remedy="kubectl get nodes,pods,events -A")
        time.sleep(pause)
    return found
