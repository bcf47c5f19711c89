"""The watch on the real cluster: it follows, it waits, it stops, and what it shows is what kubectl shows."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from labkit.api.watch import NotReachedError, Watch
from labkit.notebook import tables
from labkit.recording.source import live
from labkit.state import PodState, Snapshot
from tests.cluster.still import deployment, kubectl, ready, wait_until

if TYPE_CHECKING:
    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster


def test_it_follows_a_scale_up_and_keeps_every_state(connection: Connection, watch: Watch) -> None:
    seen: list[Snapshot] = []
    recording = live(watch)
    unsubscribe = watch.subscribe(seen.append)
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    watch.wait_for(ready(1), timeout=60)
    kubectl(connection, "scale", "deployment/still", "--replicas=3")
    done = watch.wait_for(lambda s: ready(3)(s) and bool((d := s.deployment("still")) and d.complete), timeout=60)
    unsubscribe()
    recording.close()
    found = done.deployment("still")
    assert found is not None
    assert (found.desired, found.ready, found.available) == (3, 3, 3)
    assert {p.owner_uid for p in done.pods()} == {done.replica_sets_of(found)[0].uid}
    states = {s.state_of(p) for s in seen for p in s.pods("app=still")}
    assert {PodState.PENDING, PodState.STARTING, PodState.READY} <= states
    recorded = list(recording.timeline.since(seen[0].at))
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
    """They count to the moment of asking, however long nothing has changed."""
    kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
    quiet = watch.wait_for(ready(2), timeout=60)
    time.sleep(6)  # longer than the comparison takes: what counts to the last change never catches up

    def agree() -> bool:
        """Compare once; between the two a second may go by."""
        ours = tables.pods(quiet, now=time.time())
        theirs = [line.split() for line in kubectl(connection, "get", "pods", "--no-headers").splitlines()]
        return [[name, *ours.loc[name, ["READY", "STATUS", "RESTARTS", "AGE"]]] for name in ours.index] == theirs

    wait_until(agree, 5)
