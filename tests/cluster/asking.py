"""What tests of the lesson's claims ask the cluster by, and what they make in it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.kubectl import Kubectl

Seen = TypeVar("Seen")

#: A program that does nothing, in an image that every node has.
IDLE = ["python3", "-c", "import time; time.sleep(600)"]


def got(kubectl: Kubectl, *args: str) -> Any:
    """Return what ``kubectl get`` knows of something."""
    return json.loads(kubectl.run("get", *args, "-o", "json"))


def made(kubectl: Kubectl, body: dict[str, Any], *flags: str) -> Any:
    """Create an object and return it as the API server completed it."""
    return json.loads(kubectl.run("create", *flags, "-o", "json", "-f", "-", stdin=json.dumps(body)))


def manifest(kubectl: Kubectl, path: str) -> Any:
    """Return one manifest of the lesson."""
    return yaml.safe_load((kubectl.cwd / path).read_text(encoding="utf-8"))


def minimal(name: str, **spec: Any) -> dict[str, Any]:
    """Return a Deployment that says nothing it need not say."""
    labels = {"app": name}
    container = {"name": name, "image": "localhost/hello:1.0.0", "imagePullPolicy": "Never"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def pod(name: str, *, labels: dict[str, str] | None = None, **container: Any) -> dict[str, Any]:
    """Return a Pod that does nothing, and ends at once when it is told to."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "idle", "image": "localhost/hello:1.0.0", "command": IDLE, **container}],
        },
    }


def eventually(look: Callable[[], Seen | None], *, timeout: float = 60.0) -> Seen:
    """Return the first thing that `look` sees, which must come within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.25)
    return seen


def ready(kubectl: Kubectl, deployment: str) -> None:
    """Wait until a Deployment is available."""
    kubectl.run("rollout", "status", f"deployment/{deployment}", "--timeout=60s")


def python_in(kubectl: Kubectl, deployment: str, code: str) -> str:
    """Run Python code in a Pod of a Deployment and return what it printed."""
    return kubectl.run("exec", f"deployment/{deployment}", "--", "python3", "-c", code)


def having(found: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Return `found` if it says anything of `key`."""
    return found if found.get(key) else None
