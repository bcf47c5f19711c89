"""A node that is an object and no machine: what the kit says of the pods on it, and of those that wait for it.

It takes nobody else's pods, because it is cordoned and tainted from the start.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from labkit.explain import diagnosis
from labkit.state import PodState
from tests.cluster.still import deployment, kubectl, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.connection import Connection
    from labkit.api.watch import Watch

pytestmark = [pytest.mark.cluster, pytest.mark.alone]


def condition() -> dict[str, str]:
    """Return a condition Ready that is True from now on."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    return {"type": "Ready", "status": "True", "reason": "KubeletReady", **times}


@pytest.fixture
def no_machine(connection: Connection) -> Iterator[str]:
    """Make a node and say that it is Ready, which the cluster believes for some 40 s; return its name."""
    name = f"no-machine-{connection.namespace}"
    taint = {"key": "labkit-test", "value": "no-machine", "effect": "NoSchedule"}
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {"unschedulable": True, "taints": [taint]},
    }
    kubectl(connection, "create", "-f", "-", stdin=node)
    try:
        status = json.dumps({"status": {"conditions": [condition()]}})
        kubectl(connection, "patch", "node", name, "--subresource=status", "-p", status)
        yield name
    finally:
        kubectl(connection, "delete", "node", name, "--ignore-not-found")


def test_pods_of_a_deleted_node_are_not_ready_any_more(connection: Connection, watch: Watch, no_machine: str) -> None:
    """The API leaves them as they are for a minute, and so does kubectl."""
    pod = deployment(1)["spec"]["template"] | {"apiVersion": "v1", "kind": "Pod"}
    pod["metadata"] = {"name": "still", "labels": {"app": "still"}}
    pod["spec"] = {**pod["spec"], "nodeName": no_machine}
    kubectl(connection, "create", "-f", "-", stdin=pod)
    true = condition()
    del true["lastHeartbeatTime"]  # only a node's condition has it
    status = {"phase": "Running", "podIP": "192.0.2.9", "podIPs": [{"ip": "192.0.2.9"}], "conditions": [true]}
    kubectl(connection, "create", "service", "clusterip", "still", "--tcp=80")
    kubectl(connection, "patch", "pod", "still", "--subresource=status", "-p", json.dumps({"status": status}))
    watch.wait_for(lambda s: ready(1)(s) and len(s.reached("still")) == 1, timeout=20)
    kubectl(connection, "delete", "node", no_machine)
    after = watch.wait_for(lambda s: no_machine in s.gone_nodes, timeout=10)
    known = after.pods()[0]
    assert known.ready, "as the API says, and kubectl get pods"
    assert after.state_of(known) is PodState.UNKNOWN
    assert after.reached("still") == frozenset()


def test_a_node_that_is_cordoned(connection: Connection, watch: Watch, no_machine: str) -> None:
    """The scheduler says how many nodes would not do, and the kit says which."""
    body = deployment(1)
    body["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": no_machine}
    kubectl(connection, "apply", "-f", "-", stdin=body)
    words = ("is Pending, because Unschedulable: ", f"Node {no_machine} is cordoned", "taint labkit-test=no-machine")
    found = watch.wait_for(lambda s: all(word in diagnosis.why(s, "still") for word in words), timeout=30)
    assert f"%kubectl uncordon {no_machine}" in diagnosis.why(found, "still")
