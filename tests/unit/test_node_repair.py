"""What has to be taken back on a Node, and what is Kubernetes' own business."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.cluster.node_repair import patch_for

BASE = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": "labkit-worker",
    "kubernetes.io/os": "linux",
}
CONTROL_PLANE = {
    **BASE,
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
}
OURS = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


def node(labels: dict[str, str] = BASE, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "labkit-worker", "resourceVersion": "7", "labels": labels},
        "spec": spec,
        "status": {"nodeInfo": {"architecture": "amd64", "operatingSystem": "linux"}},
    }


def patch(of: dict[str, Any], *, control_plane: bool = False, workers: bool = True) -> dict[str, Any] | None:
    return patch_for(of, control_plane=control_plane, workers=workers)


def test_nodes_that_are_right_stay() -> None:
    assert patch(node()) is None
    assert patch(node(CONTROL_PLANE, taints=[OURS]), control_plane=True) is None
    assert patch(node(CONTROL_PLANE), control_plane=True, workers=False) is None


def test_a_cordon() -> None:
    """Its taint goes by itself once the Node may be used again."""
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    assert patch(node(unschedulable=True, taints=[taint])) == {
        "metadata": {"resourceVersion": "7", "labels": {}},
        "spec": {"unschedulable": None},
    }


@pytest.mark.parametrize(
    "taint",
    [
        {"key": "example.com/x", "effect": "NoExecute"},
        {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"},
        {"key": "node.kubernetes.io/memory-pressure", "effect": "NoExecute"},
        OURS,
    ],
)
def test_a_taint(taint: dict[str, Any]) -> None:
    """Also one that looks like Kubernetes' own, and the control plane's on a worker."""
    kept = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    found = patch(node(taints=[taint, kept]))
    assert found is not None
    assert found["spec"] == {"taints": [kept]}


def test_the_control_planes_own_taint_comes_back() -> None:
    found = patch(node(CONTROL_PLANE), control_plane=True)
    assert found is not None
    assert found["spec"] == {"taints": [OURS]}


def test_labels() -> None:
    """What does not belong there goes, what belongs there comes back."""
    found = patch(node({**BASE, "disk": "ssd", "kubernetes.io/hostname": "x"} | {"kubernetes.io/os": "windows"}))
    assert found is not None
    assert found["metadata"]["labels"] == {
        "disk": None,
        "kubernetes.io/hostname": "labkit-worker",
        "kubernetes.io/os": "linux",
    }
