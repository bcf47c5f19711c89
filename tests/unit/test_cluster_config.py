"""The cluster's shape: what kind is told, and what must be found in the running cluster."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import yaml

from labkit.cluster import verify
from labkit.cluster.config import Config, free_port, port_is_free, workers
from labkit.cluster.kind import with_namespace
from labkit.errors import ClusterError

THREE = Config(workers=3, front_door_port=30443, cgroup_version=1)


def patches(config: Config) -> dict[str, Any]:
    rendered = yaml.safe_load(config.render())
    found = [yaml.safe_load(patch) for patch in rendered["kubeadmConfigPatches"]]
    return {patch.get("apiVersion", patch["kind"]): patch for patch in found}


def test_nodes_and_front_door() -> None:
    rendered = yaml.safe_load(THREE.render())
    assert [node["role"] for node in rendered["nodes"]] == ["control-plane", "worker", "worker", "worker"]
    (mapping,) = rendered["nodes"][0]["extraPortMappings"]
    assert mapping == {"containerPort": 30443, "hostPort": 30443, "listenAddress": "127.0.0.1", "protocol": "TCP"}
    assert rendered["networking"]["apiServerAddress"] == "127.0.0.1"


def test_each_version_of_kubeadms_configuration_is_patched_once() -> None:
    # kind drops a patch whose apiVersion is not its own in silence
    assert set(patches(THREE)) == {"KubeletConfiguration", "kubeadm.k8s.io/v1beta4", "kubeadm.k8s.io/v1beta3"}


def test_a_dead_node_is_seen_in_twenty_seconds() -> None:
    found = patches(THREE)
    assert found["KubeletConfiguration"]["nodeLeaseDurationSeconds"] == 20
    flags = {version: found[f"kubeadm.k8s.io/{version}"]["controllerManager"] for version in ("v1beta4", "v1beta3")}
    # a list of flags, and before that a map, in which no flag could stand twice
    assert flags == {
        "v1beta4": {"extraArgs": [{"name": "node-monitor-grace-period", "value": "20s"}]},
        "v1beta3": {"extraArgs": {"node-monitor-grace-period": "20s"}},
    }


@pytest.mark.parametrize(("version", "told"), [(1, True), (2, False)])
def test_cgroup_v1_is_accepted_only_where_it_is_there(version: int, *, told: bool) -> None:
    kubelet = patches(Config(0, 30443, version))["KubeletConfiguration"]
    assert ("failCgroupV1" in kubelet) is told
    assert kubelet.get("failCgroupV1", False) is False


def test_the_shape_does_not_depend_on_the_port() -> None:
    other = Config(3, 40000, 1)
    assert other.shape == THREE.shape
    assert Config(2, 30443, 1).shape != THREE.shape


def test_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_WORKERS", raising=False)
    assert workers() == 3
    monkeypatch.setenv("LABKIT_WORKERS", "0")
    assert workers() == 0
    monkeypatch.setenv("LABKIT_WORKERS", "many")
    with pytest.raises(ClusterError, match="LABKIT_WORKERS='many'"):
        workers()


def test_a_taken_port_is_seen_and_another_one_found() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not port_is_free(taken)
        assert free_port(taken) not in {taken, 0}
    assert free_port(taken) == taken
    assert free_port(0) > 0


def test_a_setting_that_did_not_take_effect_is_named() -> None:
    right = {"kubeletconfig": {"nodeLeaseDurationSeconds": 20, "failCgroupV1": False}}
    assert verify.wrong_kubelet(right, THREE) == []
    wrong = {"kubeletconfig": {"nodeLeaseDurationSeconds": 40, "failCgroupV1": True}}
    assert verify.wrong_kubelet(wrong, THREE) == [
        "nodeLeaseDurationSeconds is 40 instead of 20",
        "failCgroupV1 is True instead of False",
    ]
    pods = {"items": [{"spec": {"containers": [{"command": ["kube-controller-manager"]}]}}]}
    assert verify.wrong_controller_manager(pods, THREE) == [
        "the controller manager was started without --node-monitor-grace-period=20s"
    ]
    pods["items"][0]["spec"]["containers"][0]["command"].append("--node-monitor-grace-period=20s")
    assert verify.wrong_controller_manager(pods, THREE) == []


def test_nodes_of() -> None:
    def node(name: str, ready: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}

    listed = {"items": [node("b", "Unknown"), node("a", "True"), {"metadata": {"name": "c"}}]}
    assert verify.nodes_of(listed) == [("a", True), ("b", False), ("c", False)]


def test_the_kubeconfig_gets_the_learners_namespace() -> None:
    given = {"contexts": [{"name": "kind-labkit", "context": {"cluster": "kind-labkit", "user": "kind-labkit"}}]}
    found = yaml.safe_load(with_namespace(yaml.safe_dump(given), "lab"))
    assert found["contexts"][0]["context"]["namespace"] == "lab"
    assert found["contexts"][0]["context"]["user"] == "kind-labkit"
