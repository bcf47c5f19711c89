"""A Deployment that is ready at once and does nothing, and the words in which the tests of the watch speak of it."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.connection import Connection
    from labkit.state import Snapshot

#: Every node has it, because every pod is made with it.
IMAGE = "registry.k8s.io/pause:3.10"


def deployment(replicas: int, image: str = IMAGE) -> dict[str, Any]:
    """Return the manifest of a Deployment whose pods are ready as soon as they run."""
    labels = {"app": "still"}
    container = {"name": "still", "image": image, "imagePullPolicy": "IfNotPresent"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "still"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def kubectl(connection: Connection, *arguments: str, stdin: object = None) -> str:
    """Run kubectl on the test's namespace."""
    command = [connection.kubectl, "--kubeconfig", connection.kubeconfig, "--context", connection.context]
    return subprocess.run(
        [*map(str, command), "-n", connection.namespace, *arguments],
        input=json.dumps(stdin) if stdin is not None else None,
        text=True,
        capture_output=True,
        check=True,
    ).stdout


def ready(count: int) -> Callable[[Snapshot], bool]:
    """Return a predicate: so many pods are ready."""
    return lambda snapshot: sum(snapshot.state_of(p) is PodState.READY for p in snapshot.pods("app=still")) == count


def wait_until(test: Callable[[], bool], timeout: float) -> float:
    """Wait for something that no snapshot tells, and return how long it took."""
    began = time.monotonic()
    while not test():
        assert time.monotonic() - began < timeout
        time.sleep(0.02)
    return time.monotonic() - began
