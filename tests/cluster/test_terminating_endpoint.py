"""What a Pod that was deleted goes through: its endpoint and its ``preStop`` begin at once, and side by side."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster


class Heard(NamedTuple):
    """One thing that the watch told: when (monotonic seconds), and of what."""

    at: float
    kind: str
    event: str
    object: dict[str, Any]


class Listener:
    """``kubectl get --watch`` of one kind, kept with the time of each change."""

    def __init__(self, kubectl: Kubectl, kind: str, heard: list[Heard]) -> None:
        arguments = ("get", kind, "-l", "app=hello", "--watch", "--output-watch-events", "-o", "json")
        self.process = subprocess.Popen(
            kubectl.command(arguments),
            stdout=subprocess.PIPE,
            text=True,
            env=kubectl.connection.environment(),
        )
        self.thread = threading.Thread(target=self._listen, args=(kind, heard), daemon=True)
        self.thread.start()

    def _listen(self, kind: str, heard: list[Heard]) -> None:
        text = ""
        for line in self.process.stdout or ():
            text += line
            try:
                found = json.loads(text)
            except ValueError:
                continue  # an object stands on many lines
            heard.append(Heard(time.monotonic(), kind, found["type"], found["object"]))
            text = ""

    def stop(self) -> None:
        """End kubectl."""
        self.process.terminate()
        self.process.wait()
        self.thread.join()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def heard(kubectl: Kubectl) -> Iterator[list[Heard]]:
    """Have one Pod of hello with its Service, and return what two watches tell from now on."""
    kubectl.run("create", "-f", "manifests/hello.yaml", "-f", "manifests/services/hello.yaml")
    kubectl.run("rollout", "status", "deployment/hello", "--timeout=90s")
    said: list[Heard] = []
    listeners = [Listener(kubectl, kind, said) for kind in ("pods", "endpointslices")]
    _until(lambda: {each.kind for each in said} == {"pods", "endpointslices"})
    yield said
    for listener in listeners:
        listener.stop()


def conditions(heard: list[Heard], pod: str) -> list[tuple[float, dict[str, bool] | None]]:
    """Return each state of a Pod's endpoint; None once it is not in the slice any more."""
    found: list[tuple[float, dict[str, bool] | None]] = []
    for each in heard:
        if each.kind == "endpointslices":
            mine = [e for e in each.object.get("endpoints") or () if e.get("targetRef", {}).get("name") == pod]
            found.append((each.at, mine[0]["conditions"] if mine else None))
    return found


def test_the_endpoint_is_terminating_at_once_while_prestop_waits(kubectl: Kubectl, heard: list[Heard]) -> None:
    """Both begin with the deletion: no waits for the other, and the grace period runs from there, too."""
    first = next(each.object for each in heard if each.kind == "pods")
    pod, spec = first["metadata"]["name"], first["spec"]
    pause = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause < spec["terminationGracePeriodSeconds"]
    assert conditions(heard, pod)[-1][1] == {"ready": True, "serving": True, "terminating": False}

    kubectl.run("delete", "pod", pod, "--wait=false")
    _until(lambda: any(each.event == "DELETED" and each.object["metadata"]["name"] == pod for each in heard))
    _until(lambda: conditions(heard, pod)[-1][1] is None)

    mine = [each for each in heard if each.kind == "pods" and each.object["metadata"]["name"] == pod]
    marked = next(each for each in mine if "deletionTimestamp" in each.object["metadata"])
    gone = next(each for each in mine if each.event == "DELETED")
    # The endpoint stays in the slice, as terminating and not ready: whoever reads `ready` sends nothing new ...
    left_at, left = next((at, c) for at, c in conditions(heard, pod) if c is None or not c["ready"])
    assert left is not None, "the endpoint was taken out of the slice at once"
    assert left["terminating"] is True
    # ... and that at once, not after the pause (it still serves: its readiness probe goes on during preStop)
    assert left["serving"] is True
    assert left_at - marked.at < 1.0
    # Only the process waits: it was still running when the pause began, and ended after it.
    assert gone.at - marked.at >= pause
    # The pause is part of the grace period, not before it.
    assert marked.object["metadata"]["deletionGracePeriodSeconds"] == spec["terminationGracePeriodSeconds"]
    assert gone.at - marked.at < spec["terminationGracePeriodSeconds"] + 1
    removed = next(at for at, c in conditions(heard, pod) if c is None)
    assert removed - marked.at >= pause - 0.5


def _hello(kubectl: Kubectl, pre_stop: dict[str, Any]) -> str:
    """Return hello's manifest with 3 seconds of grace and this hook."""
    changed = {
        "terminationGracePeriodSeconds": 3,
        "containers": [{"name": "hello", "lifecycle": {"preStop": {"sleep": None, **pre_stop}}}],
    }
    patch = json.dumps({"spec": {"template": {"spec": changed}}})
    return kubectl.run("patch", "-f", "manifests/hello.yaml", "--local", "-o", "json", "--type=strategic", "-p", patch)


def test_a_pause_has_to_be_shorter_than_the_grace_period(kubectl: Kubectl) -> None:
    """The API server knows that the one includes the other."""
    said = kubectl.try_run("create", "-f", "-", stdin=_hello(kubectl, {"sleep": {"seconds": 60}}))
    assert said.code != 0
    assert "must be non-negative and less than terminationGracePeriodSeconds (3)" in said.stderr


def test_a_hook_longer_than_the_grace_period_is_cut_off(kubectl: Kubectl) -> None:
    """Of a hook that takes a minute, 3 seconds are left (and the 2 that Kubernetes adds once)."""
    hook = {"exec": {"command": ["python3", "-c", "import time; time.sleep(60)"]}}
    kubectl.run("create", "-f", "-", stdin=_hello(kubectl, hook))
    kubectl.run("rollout", "status", "deployment/hello", "--timeout=90s")
    name = kubectl.run("get", "pods", "-l", "app=hello", "-o", "name").strip()
    began = time.monotonic()
    kubectl.run("delete", name, "--timeout=60s")
    assert 3.0 <= time.monotonic() - began < 20


def _until(there: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    assert callable(there)
    while not there():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
