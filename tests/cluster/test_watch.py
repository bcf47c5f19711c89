"""The watch on the real cluster: it follows, it waits, it stops, and it says when it cannot see."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import yaml

from labkit import tables
from labkit.errors import ClusterError
from labkit.reflector import HEAD_TIMEOUT
from labkit.state import PodState, Snapshot
from labkit.waiting import wait
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
    """A TCP proxy on loopback that can be cut, closed to the world, and mended.

    ``held`` tells requests that it does not pass on, where they are not encrypted.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.held: re.Pattern[bytes] | None = None
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
                while self.silent.is_set() or (self.held and self.held.search(data)):
                    time.sleep(0.05)
                target.sendall(data)
        _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def through(connection: Connection, path: Path, address: str) -> Path:
    """Write a kubeconfig like the test's, with another address of the API server."""
    config = yaml.safe_load(connection.kubeconfig.read_text())
    name = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == connection.context)
    next(c["cluster"] for c in config["clusters"] if c["name"] == name)["server"] = address
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def proxied(connection: Connection, tmp_path: Path) -> Iterator[tuple[Proxy, Watch]]:
    """Return a watch that reads through a proxy."""
    config = yaml.safe_load(connection.kubeconfig.read_text())
    name = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == connection.context)
    where = urlsplit(next(c["cluster"] for c in config["clusters"] if c["name"] == name)["server"])
    assert where.hostname
    proxy = Proxy((where.hostname, where.port or 443))
    path = through(connection, tmp_path / "kubeconfig", f"https://127.0.0.1:{proxy.port}")
    with closing(proxy.server), Watch(path, connection.context, connection.namespace) as started:
        started.synced(timeout=10)
        yield proxy, started


@pytest.fixture
def in_the_clear(connection: Connection, tmp_path: Path) -> Iterator[tuple[Proxy, Watch]]:
    """Return a watch that reads through a proxy which sees the requests: behind it, `kubectl proxy` encrypts them."""
    command = [connection.kubectl, "--kubeconfig", connection.kubeconfig, "--context", connection.context]
    with subprocess.Popen([*map(str, command), "proxy", "--port=0"], stdout=subprocess.PIPE, text=True) as encrypting:
        assert encrypting.stdout
        port = int(encrypting.stdout.readline().rpartition(":")[2])
        proxy = Proxy(("127.0.0.1", port))
        path = through(connection, tmp_path / "kubeconfig", f"http://127.0.0.1:{proxy.port}")
        with closing(proxy.server), Watch(path, connection.context, connection.namespace) as started:
            started.synced(timeout=10)
            yield proxy, started
        encrypting.terminate()


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


def test_a_kind_stays_stale_until_it_was_read_anew_however_well_the_pulse_goes(
    connection: Connection, in_the_clear: tuple[Proxy, Watch]
) -> None:
    """The API server answers again, and only the reading of pods is held up: nothing may be said of pods."""
    proxy, watch = in_the_clear
    proxy.cut()
    wait_until(lambda: "API server" in watch.snapshot.stale_kinds, 10)
    proxy.held = re.compile(rb"^GET /api/v1/namespaces/[^/]+/pods\?")
    proxy.mend()
    wait_until(lambda: set(watch.snapshot.stale_kinds) == {"Pod"}, 15)
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    with pytest.raises(ClusterError) as caught:
        wait(watch, lambda _: True, what="anything", timeout=6, explain=lambda _: "", remedy="")
    assert "Pod: " in caught.value.problem, "it says which kind is not the present"
    assert watch.snapshot.deployment("still"), "the others are read"
    assert watch.snapshot.stale
    assert watch.snapshot.pods() == []
    proxy.held = None
    assert watch.wait_for(ready(1), timeout=30).stale is None


def test_the_head_of_a_watch_is_held_back(in_the_clear: tuple[Proxy, Watch]) -> None:
    """The list of pods comes, and the watch after it does not begin: noticed in seconds, not in forty."""
    proxy, watch = in_the_clear
    proxy.held = re.compile(rb"^GET /api/v1/namespaces/[^/]+/pods\?.*watch=1")
    next(t for t in watch._threads if t.kind == "Pod").hurry()
    wait_until(lambda: "Pod" in watch.snapshot.stale_kinds, 8)
    assert watch.snapshot.stale == "Pod: no answer in time"
    proxy.held = None
    wait_until(lambda: watch.snapshot.stale is None, 12)


def test_a_quiet_watch_is_not_mistaken_for_a_dead_one(watch: Watch) -> None:
    """Nothing happens for longer than the head of a watch may take, and than the pulse's own pause."""
    stale: list[str] = []
    watch.subscribe(lambda s: stale.append(s.stale) if s.stale else None)
    time.sleep(HEAD_TIMEOUT + 3)
    assert stale == []


def learner(connection: Connection, tmp_path: Path) -> Path:
    """Make a service account that may see its own namespace, and return its kubeconfig."""
    kubectl(connection, "create", "serviceaccount", "learner")
    kubectl(connection, "create", "rolebinding", "learner", "--clusterrole=view",
            f"--serviceaccount={connection.namespace}:learner")  # fmt: skip
    token = kubectl(connection, "create", "token", "learner").strip()
    config = yaml.safe_load(connection.kubeconfig.read_text())
    context = next(c for c in config["contexts"] if c["name"] == connection.context)["context"]
    config["users"] = [{"name": context["user"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def test_what_may_not_be_read_any_more_is_not_the_present(connection: Connection, tmp_path: Path) -> None:
    with Watch(learner(connection, tmp_path), connection.context, connection.namespace) as watch:
        kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
        watch.wait_for(ready(1), timeout=60)
        kubectl(connection, "delete", "rolebinding", "learner")
        # The server asks for our rights when a watch begins, not while it goes on.
        pods = next(t for t in watch._threads if t.kind == "Pod")
        wait_until(lambda: pods.hurry() or "Pod" in watch.snapshot.denied, 10)  # type: ignore[func-returns-value]
        assert watch.snapshot.pods() == []
        assert "Pod: may not be read any more" in watch.snapshot.outdated
        with pytest.raises(ClusterError) as caught:
            wait(watch, lambda s: s.pods() == [], what="the pods to go", timeout=3, explain=lambda _: "", remedy="")
        assert "may not be read any more" in caught.value.problem
        assert "%kubectl auth can-i list" in caught.value.remedy
        kubectl(connection, "create", "rolebinding", "learner", "--clusterrole=view",
                f"--serviceaccount={connection.namespace}:learner")  # fmt: skip
        assert watch.wait_for(ready(1), timeout=60).denied.keys() == {"Namespace", "Node"}


def test_a_slice_written_by_hand_does_not_stall_the_others(connection: Connection, watch: Watch) -> None:
    """It names a pod without its uid, a node, and an address outside the cluster."""
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    pod = watch.wait_for(ready(1), timeout=60).pods()[0]
    by_hand = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "by-hand", "labels": {"kubernetes.io/service-name": "outside"}},
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 80}],
        "endpoints": [
            {"addresses": [pod.ip], "targetRef": {"kind": "Pod", "name": pod.name}},
            {"addresses": ["192.0.2.1"]},
            {"addresses": ["192.0.2.2"], "targetRef": {"kind": "Node", "name": pod.node}},
        ],
    }
    kubectl(connection, "apply", "-f", "-", stdin=by_hand)
    snapshot = watch.wait_for(lambda s: s.receiving("outside") == {pod.uid}, timeout=10)
    assert len(snapshot.endpoint_slices()[0].others) == 3
    kubectl(connection, "expose", "deployment/still", "--port=80")
    assert watch.wait_for(lambda s: s.receiving("still") == {pod.uid}, timeout=20).unreadable.keys() == set()


def test_ages_are_those_that_kubectl_shows_beside_them(connection: Connection, watch: Watch) -> None:
    kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
    watch.wait_for(ready(2), timeout=60)
    time.sleep(3)  # quiet: nothing changes, and time goes on

    def agree() -> bool:
        """Compare once; between the two a second may go by."""
        ours = tables.pods(watch.snapshot, now=time.time())
        theirs = [line.split() for line in kubectl(connection, "get", "pods", "--no-headers").splitlines()]
        return [[name, *ours.loc[name, ["READY", "STATUS", "RESTARTS", "AGE"]]] for name in ours.index] == theirs

    wait_until(agree, 5)


def test_pods_of_a_deleted_node_are_not_ready_any_more(connection: Connection, watch: Watch) -> None:
    """On a node that is an object and no machine, so that nobody else is disturbed."""
    name = f"no-machine-{connection.namespace}"
    taint = {"key": "labkit-test", "value": "no-machine", "effect": "NoSchedule"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "spec": {"unschedulable": True, "taints": [taint]},
    }
    pod = deployment(1)["spec"]["template"] | {"apiVersion": "v1", "kind": "Pod"}
    pod = {**pod, "metadata": {"name": "still", "labels": {"app": "still"}}, "spec": {**pod["spec"], "nodeName": name}}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    condition = {"type": "Ready", "status": "True", "lastHeartbeatTime": now, "lastTransitionTime": now}
    try:
        kubectl(connection, "create", "-f", "-", stdin=node)
        kubectl(connection, "patch", "node", name, "--subresource=status",
                "-p", json.dumps({"status": {"conditions": [condition | {"reason": "KubeletReady"}]}}))  # fmt: skip
        kubectl(connection, "create", "-f", "-", stdin=pod)
        status = {"phase": "Running", "podIP": "192.0.2.9", "podIPs": [{"ip": "192.0.2.9"}], "conditions": [condition]}
        kubectl(connection, "create", "service", "clusterip", "still", "--tcp=80")
        kubectl(connection, "patch", "pod", "still", "--subresource=status", "-p", json.dumps({"status": status}))
        watch.wait_for(lambda s: ready(1)(s) and len(s.reached("still")) == 1, timeout=20)
    finally:
        kubectl(connection, "delete", "node", name)
    after = watch.wait_for(lambda s: name in s.gone_nodes, timeout=10)
    known = after.pods()[0]
    assert known.ready, "as the API says, and kubectl get pods"
    assert after.state_of(known) is PodState.UNKNOWN
    assert after.reached("still") == frozenset()


def test_without_the_right_to_see_nodes_it_goes_on(connection: Connection, tmp_path: Path) -> None:
    """In a class on one shared cluster a learner may read their own namespace only."""
    path = learner(connection, tmp_path)
    with Watch(path, connection.context, connection.namespace) as watch:
        snapshot = watch.synced(timeout=10)
        assert set(snapshot.denied) == {"Namespace", "Node"}
        assert snapshot.stale is None
        kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
        assert watch.wait_for(ready(1), timeout=60).pods()[0].node
