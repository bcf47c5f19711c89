"""What the lesson says of Deployments, Pods and events, asked of Kubernetes itself."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cluster.asking import eventually, got, having, made, manifest, minimal, pod, ready

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster

APPS = ("auth", "hello", "frontend")
#: What the manifests of all apps tolerate for a while only.
LOST = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}
#: A probe that always says no.
NO = {"exec": {"command": ["python3", "-c", "raise SystemExit(1)"]}}


def test_defaults_of_a_deployment(kubectl: Kubectl) -> None:
    """The numbers that the lesson calls the default."""
    spec = made(kubectl, minimal("plain"), "--dry-run=server")["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }
    assert spec["revisionHistoryLimit"] == 10
    assert spec["progressDeadlineSeconds"] == 600
    assert spec.get("minReadySeconds", 0) == 0
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_defaults_of_a_pod(kubectl: Kubectl) -> None:
    """A Pod stays five minutes on a Node that is lost, and a probe says no three times before anything is done."""
    spec = made(kubectl, pod("plain", livenessProbe=NO), "--dry-run=server")["spec"]
    assert {each["key"]: each["tolerationSeconds"] for each in spec["tolerations"]} == dict.fromkeys(LOST, 300)
    assert spec["containers"][0]["livenessProbe"]["failureThreshold"] == 3


@pytest.mark.parametrize("app", APPS)
def test_the_manifests_say_what_the_lesson_says_of_them(kubectl: Kubectl, app: str) -> None:
    """One and one, five seconds, readiness asked each second, no startup probe, a pause within the grace period."""
    whole = json.loads(kubectl.run("create", "--dry-run=server", "-o", "json", "-f", f"manifests/{app}.yaml"))
    spec = whole["spec"]
    template = spec["template"]["spec"]
    container = template["containers"][0]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 1}
    assert "minReadySeconds" not in spec
    assert {each["key"]: each["tolerationSeconds"] for each in template["tolerations"]} == dict.fromkeys(LOST, 5)
    assert container["readinessProbe"]["periodSeconds"] == 1
    assert container["livenessProbe"]["failureThreshold"] == 3
    assert "startupProbe" not in container
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] < template["terminationGracePeriodSeconds"]
    assert ("topologySpreadConstraints" in template) == (app == "hello")


def test_a_quarter_of_three(kubectl: Kubectl) -> None:
    """The default's 25 % of three Pods: one in addition (rounded up), none unavailable (rounded down)."""
    body = manifest(kubectl, "manifests/hello.yaml")
    body["spec"]["replicas"] = 3
    del body["spec"]["strategy"]
    made(kubectl, body)
    ready(kubectl, "hello")
    kubectl.run("set", "image", "deployment/hello", "hello=localhost/hello:9.9.9")

    def scales() -> set[int] | None:
        status = got(kubectl, "deployment", "hello")["status"]
        sets = got(kubectl, "replicasets", "-l", "app=hello")["items"]
        assert all(each["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "4" for each in sets)
        return {each["spec"]["replicas"] for each in sets} if status.get("unavailableReplicas") else None

    assert eventually(scales) == {3, 1}
    time.sleep(3)  # were one allowed to be missing, the controller would have taken it by now
    assert scales() == {3, 1}


def test_available_is_ready_for_some_time(kubectl: Kubectl) -> None:
    """``minReadySeconds`` stands between Ready and available."""
    body = manifest(kubectl, "manifests/auth.yaml")
    body["spec"]["minReadySeconds"] = 300
    made(kubectl, body)
    status = eventually(lambda: having(got(kubectl, "deployment", "auth")["status"], "readyReplicas"))
    assert status["readyReplicas"] == 1
    assert status.get("availableReplicas", 0) == 0


def test_a_replicaset_adopts_orphans_only(kubectl: Kubectl) -> None:
    """Labels find candidates; ``ownerReferences`` say whose a Pod is."""
    for name in ("orphan", "taken"):
        labels = {"app": name}
        body = pod("first-" + name, labels=labels)
        if name == "taken":
            other = made(kubectl, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}})["metadata"]
            owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "uid": other["uid"], "controller": True}
            body["metadata"]["ownerReferences"] = [owner]
        made(kubectl, body)
        replicaset = minimal(name, replicas=1) | {"kind": "ReplicaSet"}
        made(kubectl, replicaset)
        eventually(lambda n=name: having(got(kubectl, "replicaset", n)["status"], "replicas"))  # type: ignore[misc]
    owners = {
        each["metadata"]["name"]: each["metadata"]["ownerReferences"][0]["name"]
        for each in got(kubectl, "pods")["items"]
    }
    assert owners.pop("first-orphan") == "orphan"
    assert owners.pop("first-taken") == "other"
    assert list(owners.values()) == ["taken"]


def test_a_deployment_does_not_give_up(kubectl: Kubectl) -> None:
    """Past its deadline it is *reported* not to progress; the same Pod goes on as soon as what is missing is there."""
    body = manifest(kubectl, "manifests/frontend.yaml")
    body["spec"]["progressDeadlineSeconds"] = 4
    made(kubectl, body)

    def reported() -> bool:
        conditions = got(kubectl, "deployment", "frontend")["status"].get("conditions", [])
        return any(each["reason"] == "ProgressDeadlineExceeded" for each in conditions)

    assert eventually(reported)
    (before,) = got(kubectl, "pods")["items"]
    kubectl.run("create", "configmap", "nginx-frontend-conf", "--from-literal=frontend.conf=")
    kubectl.run("wait", "--for=condition=Available", "deployment/frontend", "--timeout=90s")
    (after,) = got(kubectl, "pods")["items"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"]["containerStatuses"][0]["restartCount"] == 0


def test_what_each_probe_does(kubectl: Kubectl) -> None:
    """Readiness keeps traffic away, liveness restarts the container of the same Pod, startup holds both back."""
    often = {**NO, "periodSeconds": 1}
    bodies = [
        pod("unready", readinessProbe=often),
        pod("dead", livenessProbe=often),
        pod("slow", livenessProbe={**often, "failureThreshold": 1}, startupProbe={**often, "failureThreshold": 600}),
    ]
    uids = {body["metadata"]["name"]: made(kubectl, body)["metadata"]["uid"] for body in bodies}

    def restarted() -> dict[str, Any] | None:
        pods = {each["metadata"]["name"]: each for each in got(kubectl, "pods")["items"]}
        states = {name: each["status"].get("containerStatuses", [{}])[0] for name, each in pods.items()}
        running = all("running" in states[name].get("state", {}) for name in ("unready", "slow"))
        return pods if running and states["dead"].get("restartCount") else None

    pods = eventually(restarted)
    assert {name: each["metadata"]["uid"] for name, each in pods.items()} == uids
    for name in ("unready", "slow"):
        container = pods[name]["status"]["containerStatuses"][0]
        assert (container["restartCount"], container["ready"]) == (0, False)


def test_events_are_kept_for_an_hour(kubectl: Kubectl) -> None:
    """Nobody told the lab's API server otherwise, and an hour is its default."""
    servers = got(kubectl, "pods", "--namespace=kube-system", "-l", "component=kube-apiserver")["items"]
    name = servers[0]["metadata"]["name"]
    assert not any("--event-ttl" in word for word in servers[0]["spec"]["containers"][0]["command"])
    help_text = kubectl.run("exec", "--namespace=kube-system", name, "--", "kube-apiserver", "--help")
    assert re.search(r"--event-ttl duration .*default 1h0m0s", help_text)
