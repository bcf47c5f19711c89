"""What stands in the way of a Deployment, each from what the API says of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from labkit.explain import diagnosis
from labkit.state import Change, Snapshot, Store
from tests.unit import recording

QUOTA = (
    'pods "hello-558f444666-rctkg" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'
)


class Cluster:
    """The recorded cluster with hello at rest, to be spoilt."""

    def __init__(self) -> None:
        moment = next(s for s in recording.moments() if (d := s.deployment("hello")) and d.available == d.desired == 3)
        self.raw: dict[tuple[str, str], dict[str, Any]] = {}
        for change in recording.changes():
            key = change.kind, change.object["metadata"]["name"]
            if change.at <= moment.at and change.type != "DELETED":
                self.raw[key] = copy.deepcopy(change.object)
            elif change.at <= moment.at:
                self.raw.pop(key, None)

    def one(self, kind: str, part: str = "hello") -> dict[str, Any]:
        """Return an object whose name begins with a word."""
        return next(raw for (k, name), raw in self.raw.items() if k == kind and name.startswith(part))

    def snapshot(self) -> Snapshot:
        """Return what the kit makes of it."""
        filled = Store()
        for (kind, _), raw in self.raw.items():
            filled.apply(Change(kind, "ADDED", raw, 1.0))
        return filled.snapshot


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_nothing_stands_in_the_way(cluster: Cluster) -> None:
    assert diagnosis.why(cluster.snapshot(), "hello") == "hello: 3 of 3 ready, 3 updated."


def test_a_quota_is_said_by_the_replica_set_as_long_as_it_is_short(cluster: Cluster) -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": QUOTA}
    replica_set = cluster.one("ReplicaSet")
    replica_set["status"]["conditions"] = [failure]
    cluster.one("Deployment")["status"]["conditions"].append(failure)
    assert "FailedCreate" not in diagnosis.why(cluster.snapshot(), "hello"), "it is over"
    replica_set["spec"]["replicas"] = 4
    cluster.one("Deployment")["spec"]["replicas"] = 4
    assert f"FailedCreate: {QUOTA} (%kubectl describe quota)" in diagnosis.why(cluster.snapshot(), "hello")
    assert " · FailedCreate" in diagnosis.progress(cluster.snapshot(), "hello")


def test_paused(cluster: Cluster) -> None:
    cluster.one("Deployment")["spec"]["paused"] = True
    assert "%kubectl rollout resume deployment hello" in diagnosis.why(cluster.snapshot(), "hello")
    assert diagnosis.progress(cluster.snapshot(), "hello").endswith(" · paused")


def test_a_deadline_that_is_over(cluster: Cluster) -> None:
    hello = cluster.one("Deployment")
    message = 'ReplicaSet "hello-558f444666" has timed out progressing.'
    hello["status"]["conditions"] = [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": message}
    ]
    assert "ProgressDeadlineExceeded" not in diagnosis.why(cluster.snapshot(), "hello"), "it got there after all"
    hello["status"]["updatedReplicas"] = 1
    text = diagnosis.why(cluster.snapshot(), "hello")
    assert f"ProgressDeadlineExceeded: {message} Kubernetes only reports this" in text
    assert "%kubectl rollout undo deployment hello" in text


def test_a_pod_without_a_node_and_the_nodes_that_are_closed(cluster: Cluster) -> None:
    message = "0/4 nodes are available: 3 node(s) were unschedulable."
    pod = cluster.one("Pod")
    del pod["spec"]["nodeName"]
    pod["status"] = {
        "phase": "Pending",
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message},
        ],
    }
    workers = [raw for (kind, name), raw in cluster.raw.items() if kind == "Node" and "worker" in name]
    workers[0]["spec"] |= {
        "unschedulable": True,
        "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}],
    }
    workers[1]["spec"]["taints"] = [
        {"key": "disk", "value": "slow", "effect": "NoSchedule"},
        {"key": "fan", "value": "loud", "effect": "PreferNoSchedule"},
    ]
    workers[2]["status"]["conditions"] = [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting"}
    ]
    names = [raw["metadata"]["name"] for raw in workers]
    text = diagnosis.why(cluster.snapshot(), "hello")
    assert f"Pod {pod['metadata']['name']} is Pending, because Unschedulable: {message}" in text
    assert f"Node {names[0]} is cordoned, and takes no new Pod (%kubectl uncordon {names[0]})." in text
    assert f"Node {names[1]} has the taint disk=slow:NoSchedule." in text
    assert f"Node {names[2]} is NotReady (NodeStatusUnknown)." in text
    assert "fan" not in text
    assert "node.kubernetes.io/unschedulable" not in text


@pytest.mark.parametrize("deleted", [False, True])
def test_a_pod_on_a_node_that_is_lost(cluster: Cluster, *, deleted: bool) -> None:
    pod = cluster.one("Pod")
    node = pod["spec"]["nodeName"]
    if deleted:
        del cluster.raw["Node", node]
    else:
        cluster.raw["Node", node]["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    words = "the cluster does not have any more" if deleted else "does not answer"
    line = f"Pod {pod['metadata']['name']} is Running as far as the cluster knows; it was on Node {node}, which {words}"
    assert line in diagnosis.why(cluster.snapshot(), "hello")


def test_what_is_missing_is_named_whole() -> None:
    texts = [diagnosis.why(each, "frontend") for each in recording.moments()]
    assert any('configmap "nginx-frontend-conf" not found' in text for text in texts)
