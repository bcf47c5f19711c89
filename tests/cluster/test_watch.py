"""The watch on the real cluster: it follows, it waits, it stops, and it says when it cannot see."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml

from labkit.state import PodState, Snapshot
from labkit.watch import NotReachedError, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from labkit.cluster import Connection

pytestmark = pytest.mark.cluster

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


@pytest.fixture
def watch(connection: Connection) -> Iterator[Watch]:
    """Return a watch that has seen everything once."""
    with Watch(connection.kubeconfig, connection.context, connection.namespace) as started:
        started.synced(timeout=10)
        yield started


def ready(count: int) -> Callable[[Snapshot], bool]:
    """Return a predicate: so many pods are ready."""
    return lambda snapshot: sum(snapshot.state_of(p) is PodState.READY for p in snapshot.pods("app=still")) == count


def test_it_follows_a_scale_up_and_keeps_every_state(connection: Connection, watch: Watch) -> None:
    seen: list[Snapshot] = []
    unsubscribe = watch.subscribe(seen.append)
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    watch.wait_for(ready(1), timeout=60)
    kubectl(connection, "scale", "deployment/still", "--replicas=3")
    done = watch.wait_for(lambda s: ready(3)(s) and bool((d := s.deployment("still")) and d.complete), timeout=60)
    unsubscribe()
    found = done.deployment("still")
    assert found is not None
    assert (found.desired, found.ready, found.available) == (3, 3, 3)
    assert {p.owner_uid for p in done.pods()} == {done.replica_sets_of(found)[0].uid}
    states = {s.state_of(p) for s in seen for p in s.pods("app=still")}
    assert {PodState.PENDING, PodState.STARTING, PodState.READY} <= states
    recorded = watch.timeline.since(seen[0].at)
    assert all(s in recorded for s in seen)
    kubectl(connection, "delete", "deployment", "still")
    watch.wait_for(lambda s: s.deployment("still") is None, timeout=60)


def test_a_wait_that_runs_out_has_the_last_snapshot(watch: Watch) -> None:
    with pytest.raises(NotReachedError) as caught:
        watch.wait_for(lambda s: bool(s.deployments()), timeout=0.3)
    assert caught.value.snapshot is watch.snapshot


def test_it_stops_at_once_and_leaves_no_thread(connection: Connection, capfd: pytest.CaptureFixture[str]) -> None:
    watch = Watch(connection.kubeconfig, connection.context, connection.namespace).start()
    watch.synced(timeout=10)
    time.sleep(0.5)
    began = time.monotonic()
    watch.stop()
    watch.stop()
    assert time.monotonic() - began < 2
    time.sleep(0.2)
    assert not [t.name for t in threading.enumerate() if t.name.startswith("labkit-watch")]
    assert watch.snapshot.stale == "watch: stopped"
    assert capfd.readouterr() == ("", "")


def test_it_can_be_started_again(connection: Connection) -> None:
    watch = Watch(connection.kubeconfig, connection.context, connection.namespace)
    for _ in range(2):
        watch.start()
        assert watch.synced(timeout=10).stale is None
        watch.stop()


def test_a_place_too_old_to_watch_from_is_listed_anew(connection: Connection, watch: Watch) -> None:
    """The server answers 410 Gone to a resourceVersion that it has forgotten: no failure, and nothing is missed."""
    stale: list[str] = []
    watch.subscribe(lambda s: stale.append(s.stale) if s.stale else None)
    pods = next(t for t in watch._threads if t.name.endswith("-Pod"))
    pods._version = "1"
    pods.hurry()
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    watch.wait_for(ready(1), timeout=60)
    assert int(pods._version) > 1
    assert stale == []


class Proxy:
    """A TCP proxy on loopback that can be cut, closed to the world, and mended."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.open = True
        self.silent = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        self.open = False
        for pair in self.pairs:
            for end in pair:
                _hang_up(end)
        self.pairs.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.open = True
        self.silent.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
            server = socket.create_connection(self.target)
            self.pairs.append((client, server))
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                while self.silent.is_set():
                    time.sleep(0.05)
                target.sendall(data)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@pytest.fixture
def proxied(connection: Connection, tmp_path: Path) -> Iterator[tuple[Proxy, Watch]]:
    """Return a watch that reads through a proxy."""
    config = yaml.safe_load(connection.kubeconfig.read_text())
    name = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == connection.context)
    entry = next(c["cluster"] for c in config["clusters"] if c["name"] == name)
    where = urlsplit(entry["server"])
    assert where.hostname
    proxy = Proxy((where.hostname, where.port or 443))
    entry["server"] = f"https://127.0.0.1:{proxy.port}"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    with closing(proxy.server), Watch(path, connection.context, connection.namespace) as started:
        started.synced(timeout=10)
        yield proxy, started


def wait_until(test: Callable[[], bool], timeout: float) -> float:
    """Wait for something that no snapshot tells, and return how long it took."""
    began = time.monotonic()
    while not test():
        assert time.monotonic() - began < timeout
        time.sleep(0.02)
    return time.monotonic() - began


def test_when_the_api_is_cut_off_it_says_so_and_then_catches_up(
    connection: Connection, proxied: tuple[Proxy, Watch]
) -> None:
    proxy, watch = proxied
    proxy.cut()
    assert wait_until(lambda: watch.snapshot.stale is not None, 2) < 2
    assert watch.snapshot.stale_since is not None
    kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
    with pytest.raises(NotReachedError):
        watch.wait_for(lambda _: True, timeout=0.5)
    proxy.mend()
    snapshot = watch.wait_for(ready(2), timeout=60)
    assert snapshot.stale is None


def test_when_the_api_falls_silent_the_pulse_notices(proxied: tuple[Proxy, Watch]) -> None:
    """Connections that stay open and carry nothing look like a quiet cluster: only a question finds out."""
    proxy, watch = proxied
    proxy.silent.set()
    wait_until(lambda: watch.snapshot.stale is not None, 12)
    assert "API server" in (watch.snapshot.stale or "")
    proxy.mend()
    wait_until(lambda: watch.snapshot.stale is None, 12)


def test_without_the_right_to_see_nodes_it_goes_on(connection: Connection, tmp_path: Path) -> None:
    """In a class on one shared cluster a learner may read their own namespace only."""
    kubectl(connection, "create", "serviceaccount", "learner")
    kubectl(connection, "create", "rolebinding", "learner", "--clusterrole=view",
            f"--serviceaccount={connection.namespace}:learner")  # fmt: skip
    token = kubectl(connection, "create", "token", "learner").strip()
    config = yaml.safe_load(connection.kubeconfig.read_text())
    context = next(c for c in config["contexts"] if c["name"] == connection.context)["context"]
    config["users"] = [{"name": context["user"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    with Watch(path, connection.context, connection.namespace) as watch:
        snapshot = watch.synced(timeout=10)
        assert set(snapshot.denied) == {"Namespace", "Node"}
        assert snapshot.stale is None
        kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
        assert watch.wait_for(ready(1), timeout=60).pods()[0].node
