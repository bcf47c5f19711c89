"""Whatever a learner did to a Node of the kit's own cluster, the first cell takes it back.

These tests disturb every other use of the cluster: they run alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from labkit import cluster
from labkit.api.kubectl import Kubectl
from labkit.cluster import nodes
from labkit.images import docker
from labkit.lesson import notebooks
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = [pytest.mark.cluster, pytest.mark.alone]


@pytest.fixture
def kubectl(lab_connection: Connection) -> Iterator[Kubectl]:
    """Return kubectl, and leave the Nodes as the kit's cluster has them, whatever a test did."""
    it = Kubectl(lab_connection)
    yield it
    cluster.put_nodes_right(it.api, lambda _: None)


@pytest.fixture
def worker() -> str:
    """Return a worker's name."""
    return next(place.name for place in nodes.places() if place.role == "worker")


@pytest.fixture
def control_plane() -> str:
    """Return the control plane's name."""
    return next(place.name for place in nodes.places() if place.role == "control-plane")


def as_it_is(kubectl: Kubectl, node: str) -> dict[str, Any]:
    """Return what is compared of a Node: labels, cordon, and the taints that Kubernetes does not set by itself."""
    found = json.loads(kubectl.run("get", "node", node, "-o", "json"))
    return {
        "labels": found["metadata"]["labels"],
        "unschedulable": found["spec"].get("unschedulable", False),
        "taints": [each for each in found["spec"].get("taints", []) if each["key"] not in _OF_CONTROLLERS],
    }


_OF_CONTROLLERS = {"node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}


def put_right(kubectl: Kubectl) -> list[str]:
    """Put all Nodes right and return what was said meanwhile."""
    said: list[str] = []
    cluster.put_nodes_right(kubectl.api, said.append)
    return said


def test_nothing_is_done_where_nothing_is_wrong(kubectl: Kubectl, worker: str) -> None:
    """The Nodes keep their versions, but for what they report of themselves."""
    put_right(kubectl)
    before = as_it_is(kubectl, worker)
    assert put_right(kubectl) == []
    assert as_it_is(kubectl, worker) == before
    assert before["taints"] == []


def is_put_right_after(command: tuple[str, ...], kubectl: Kubectl, node: str) -> None:
    """Change a Node by a command of kubectl, in which ``{}`` is its name, and see that it is put right again."""
    put_right(kubectl)
    before = as_it_is(kubectl, node)
    # the kubelet puts some labels right by itself, every ten seconds, and may just have been quicker than we look
    for _ in range(3):
        kubectl.run(*(word.format(node) for word in command))
        if (changed := as_it_is(kubectl, node)) != before:
            break
    assert changed != before
    put_right(kubectl)
    assert as_it_is(kubectl, node) == before


@pytest.mark.parametrize(
    "command",
    [
        ("cordon", "{}"),
        ("drain", "{}", "--ignore-daemonsets", "--delete-emptydir-data", "--pod-selector=labkit.test/none"),
        ("taint", "node", "{}", "labkit.test/a=b:NoSchedule"),
        ("taint", "node", "{}", "labkit.test/a:PreferNoSchedule"),
        ("taint", "node", "{}", "node.kubernetes.io/out-of-service=x:NoSchedule"),
        ("label", "node", "{}", "disk=ssd"),
        ("label", "node", "{}", "kubernetes.io/hostname=x", "--overwrite"),
        ("label", "node", "{}", "kubernetes.io/os-"),
    ],
    ids=lambda command: " ".join(command[:1] + command[2:3]),
)
def test_a_worker(kubectl: Kubectl, worker: str, command: tuple[str, ...]) -> None:
    is_put_right_after(command, kubectl, worker)


@pytest.mark.parametrize(
    "command",
    [
        ("taint", "node", "{}", "node-role.kubernetes.io/control-plane:NoSchedule-"),
        ("label", "node", "{}", "node-role.kubernetes.io/control-plane-"),
    ],
    ids=["its taint", "its role"],
)
def test_the_control_plane(kubectl: Kubectl, control_plane: str, command: tuple[str, ...]) -> None:
    """What keeps the lesson's Pods off it comes back."""
    is_put_right_after(command, kubectl, control_plane)


def test_a_paused_node_goes_on(kubectl: Kubectl, worker: str) -> None:
    docker.ask("pause", worker)
    try:
        said = put_right(kubectl)
        assert worker not in cluster.paused_nodes()
        assert any(f"node {worker} was paused" in line for line in said)
    finally:
        docker.try_ask("unpause", worker)


def test_a_node_that_was_deleted_comes_back(kubectl: Kubectl, worker: str, namespace: str) -> None:
    """Ready, as it was, and Pods run on it."""
    put_right(kubectl)
    before = as_it_is(kubectl, worker)
    uid = kubectl.run("get", "node", worker, "-o", "jsonpath={.metadata.uid}")
    kubectl.run("delete", "node", worker)
    said = put_right(kubectl)
    assert any(f"node {worker} was deleted" in line for line in said)
    assert kubectl.run("get", "node", worker, "-o", "jsonpath={.metadata.uid}") != uid
    assert as_it_is(kubectl, worker) == before
    there = Kubectl(replace(kubectl.connection, namespace=namespace))
    spec = {
        "nodeName": worker,
        "containers": [{"name": "c", "image": "localhost/hello:1.0.0", "command": ["sleep", "1000"]}],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": spec}
    there.run("create", "-f", "-", stdin=json.dumps(pod))
    there.run("wait", "--for=condition=Ready", "pod/x", "--timeout=60s")


def test_a_node_without_a_machine_goes(kubectl: Kubectl) -> None:
    """Somebody made it by hand; it would be on the board, NotReady for ever."""
    made = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "made-by-hand"}}
    kubectl.run("create", "-f", "-", stdin=json.dumps(made))
    put_right(kubectl)
    assert "made-by-hand" not in kubectl.run("get", "nodes", "-o", "name")


def test_nodes_of_others_are_left_alone(kubectl: Kubectl, worker: str, tmp_path: Path) -> None:
    """With a kubeconfig of one's own the Nodes are those of somebody who may have cordoned one on purpose."""
    kubectl.run("cordon", worker)
    named = Kubectl(replace(kubectl.connection, own=False), cwd=tmp_path)
    notebooks._put_nodes_right(named, lambda _: None)
    assert as_it_is(kubectl, worker)["unschedulable"]


def test_the_first_cell(kubectl: Kubectl, worker: str, namespace: str, tmp_path: Path) -> None:
    """All at once, as a learner meets it."""
    docker.ask("pause", worker)
    kubectl.run("cordon", worker)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from labkit import Lab\nLab('00-start-here')"],
        check=True,
        capture_output=True,
        text=True,
        cwd=REPO,
        env={**os.environ, "LABKIT_NAMESPACE": namespace, "LABKIT_WORK": str(tmp_path)},
        timeout=120,
    )
    assert "The lab is at the start of 00-start-here." in done.stdout
    assert worker not in cluster.paused_nodes()
    assert not as_it_is(kubectl, worker)["unschedulable"]
    assert time.monotonic() - start < 100
