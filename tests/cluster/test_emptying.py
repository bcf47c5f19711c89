"""A learner's namespace is brought back whatever was put into it: each kind, on the real API server."""

from __future__ import annotations

import base64
import functools
import json
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.api.kubectl import Kubectl
from labkit.errors import WaitTimeoutError
from labkit.lesson import notebooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster

#: What stands in a namespace that is clean.
CLEAN = ["configmap/kube-root-ca.crt", "secret/auth", "secret/tls-certs", "serviceaccount/default"]


@pytest.fixture(scope="module")
def lab(lab_connection: Connection) -> Iterator[Kubectl]:
    """Return kubectl on one namespace for all tests of this file: emptying it is what is tested."""
    kubectl = Kubectl(replace(lab_connection, namespace=f"test-{secrets.token_hex(4)}"))
    notebooks.ensure_namespace(kubectl)
    yield kubectl
    kubectl.run("delete", "namespace", kubectl.connection.namespace, "--wait=false")


def make(kubectl: Kubectl, *objects: dict[str, Any]) -> None:
    for each in objects:
        kubectl.run("create", "-f", "-", stdin=json.dumps(each))


@functools.cache
def kinds(kubectl: Kubectl) -> str:
    """Return every kind that kubectl finds by itself and can list, but events, which come and go."""
    found = kubectl.run("api-resources", "--namespaced", "--verbs=list,delete", "--output=name").split()
    return ",".join(kind for kind in found if not kind.startswith("events"))


def left(kubectl: Kubectl) -> list[str]:
    """Return all that is in the namespace."""
    return sorted(kubectl.run("get", kinds(kubectl), "--output=name").split())


POD: dict[str, Any] = {
    "terminationGracePeriodSeconds": 60,
    "containers": [{"name": "c", "image": "localhost/hello:1.0.0", "command": ["sleep", "1000"]}],
}
LABELS = {"app": "x"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD}
SELECTED = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
ONCE = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
BACKEND = {"service": {"name": "x", "port": {"number": 80}}}
REQUEST = {"requests": [{"name": "r", "exactly": {"deviceClassName": "x"}}]}

#: API version, kind, and what else an object of the kind takes.
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("v1", "ConfigMap", {"data": {"a": "b"}, "immutable": True}),
    ("v1", "Secret", {"stringData": {"a": "b"}}),
    ("v1", "ServiceAccount", {}),
    ("v1", "ResourceQuota", {"spec": {"hard": {"pods": "0", "count/configmaps": "1", "secrets": "2"}}}),
    ("v1", "LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"memory": "4Mi"}}]}}),
    (
        "v1",
        "PersistentVolumeClaim",
        {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}},
    ),
    ("v1", "Pod", {"spec": POD}),
    ("v1", "PodTemplate", {"template": TEMPLATE}),
    ("v1", "ReplicationController", {"spec": {"replicas": 1, "selector": LABELS, "template": TEMPLATE}}),
    ("v1", "Service", {"spec": {"selector": LABELS, "ports": [{"port": 80}]}}),
    ("v1", "Endpoints", {"subsets": [{"addresses": [{"ip": "10.1.1.1"}], "ports": [{"port": 80}]}]}),
    ("apps/v1", "Deployment", {"spec": {"replicas": 2, **SELECTED}}),
    ("apps/v1", "ReplicaSet", {"spec": {"replicas": 1, **SELECTED}}),
    ("apps/v1", "StatefulSet", {"spec": {"replicas": 1, "serviceName": "x", **SELECTED}}),
    ("apps/v1", "DaemonSet", {"spec": SELECTED}),
    ("apps/v1", "ControllerRevision", {"revision": 1, "data": {}}),
    ("batch/v1", "Job", {"spec": ONCE}),
    ("batch/v1", "CronJob", {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": ONCE}}}),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        {"spec": {"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}},
    ),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"maxUnavailable": 0, "selector": {"matchLabels": LABELS}}}),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}),
    ("networking.k8s.io/v1", "Ingress", {"spec": {"defaultBackend": BACKEND}}),
    ("rbac.authorization.k8s.io/v1", "Role", {"rules": []}),
    (
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "x"}},
    ),
    ("coordination.k8s.io/v1", "Lease", {"spec": {"holderIdentity": "me"}}),
    (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.1.1"]}], "ports": []},
    ),
    ("resource.k8s.io/v1", "ResourceClaim", {"spec": {"devices": REQUEST}}),
    ("resource.k8s.io/v1", "ResourceClaimTemplate", {"spec": {"spec": {"devices": REQUEST}}}),
]


def body(version: str, kind: str, rest: dict[str, Any]) -> dict[str, Any]:
    """Return an object named after its kind, which no other kind's selector takes."""
    name = kind.lower()
    own = json.loads(json.dumps(rest).replace(json.dumps(LABELS), json.dumps({"app": name})))
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **own}


def test_every_kind(lab: Kubectl) -> None:
    """Made by hand, and gone; also what they made in their turn, though their Pods ask for a minute to end."""
    # the quota comes last: it would keep the others out
    objects = [body(*each) for each in sorted(KINDS, key=lambda each: each[1] == "ResourceQuota")]
    make(lab, {"apiVersion": "v1", "kind": "List", "items": objects})
    there = left(lab)
    for made in objects:
        name = made["metadata"]["name"]
        assert any(each.split(".")[0].split("/")[0] == name and each.endswith(f"/{name}") for each in there), name
    notes = notebooks.reset_namespace(lab.connection, timeout=40)
    assert left(lab) == CLEAN
    assert notes == []


def test_a_pod_that_takes_its_minute(lab: Kubectl) -> None:
    """A learner deleted it a moment ago, and kubelet keeps to the grace that it was given then."""
    make(lab, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": POD})
    lab.run("wait", "--for=condition=Ready", "pod/x", "--timeout=60s")
    lab.run("delete", "pod", "x", "--wait=false")
    start = time.monotonic()
    notebooks.reset_namespace(lab.connection, timeout=40)
    assert left(lab) == CLEAN
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job"])
def test_what_is_running_ends_at_once(lab: Kubectl, kind: str) -> None:
    """Not after the minute that its Pods ask for."""
    version, rest = next((version, rest) for version, name, rest in KINDS if name == kind)
    make(lab, {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, **rest})
    deadline = time.monotonic() + 60
    while "Running" not in lab.run("get", "pods") and time.monotonic() < deadline:
        time.sleep(0.3)
    notebooks.reset_namespace(lab.connection, timeout=40)
    assert left(lab) == CLEAN


def test_a_kind_of_ones_own(lab: Kubectl) -> None:
    """The API is asked for its kinds, so that one which was defined a moment ago counts too."""
    name = f"t{secrets.token_hex(4)}"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{name}s.labkit.test"},
        "spec": {
            "group": "labkit.test",
            "scope": "Namespaced",
            "names": {"plural": f"{name}s", "singular": name, "kind": name.capitalize()},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    make(lab, definition)
    try:
        lab.run("wait", "--for=condition=Established", f"crd/{name}s.labkit.test", "--timeout=20s")
        make(lab, {"apiVersion": "labkit.test/v1", "kind": name.capitalize(), "metadata": {"name": "mine"}})
        assert lab.run("get", f"{name}s.labkit.test", "-o", "name") != ""
        notebooks.reset_namespace(lab.connection)
        assert lab.run("get", f"{name}s.labkit.test", "-o", "name") == ""
    finally:
        lab.run("delete", "crd", f"{name}s.labkit.test", "--wait=false")


def test_events_go_too(lab: Kubectl) -> None:
    make(lab, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": POD})
    deadline = time.monotonic() + 20
    while not (there := lab.run("get", "events", "-o", "name")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert there
    notebooks.reset_namespace(lab.connection)
    # a last word of the Pod's end may still come
    assert "Scheduled" not in lab.run("get", "events")


def test_a_finalizer_that_nobody_serves(lab: Kubectl) -> None:
    """It is taken away, and the learner is told of which object."""
    make(
        lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    )
    notes = notebooks.reset_namespace(lab.connection, timeout=30)
    assert left(lab) == CLEAN
    assert len(notes) == 1
    assert "configmaps/held" in notes[0]
    assert "example.com/hold" in notes[0]


def test_a_finalizer_on_a_cluster_of_others(lab: Kubectl) -> None:
    """There it may be served by somebody: the error names the object and the command."""
    make(
        lab, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}
    )
    with pytest.raises(WaitTimeoutError, match=r"1 object did not go within 5 s: configmaps/held") as late:
        notebooks.reset_namespace(replace(lab.connection, own=False), timeout=5)
    assert "example.com/hold" in late.value.detail
    assert "kubectl patch configmaps held" in late.value.remedy
    notebooks.reset_namespace(lab.connection)
    assert left(lab) == CLEAN


@pytest.mark.parametrize(
    "command",
    [
        ("patch", "serviceaccount", "default", "-p", '{"automountServiceAccountToken": false}'),
        ("patch", "serviceaccount", "default", "-p", '{"imagePullSecrets": [{"name": "nope"}]}'),
        ("delete", "serviceaccount", "default"),
        ("delete", "configmap", "kube-root-ca.crt"),
        ("delete", "secret", "auth"),
        ("delete", "secret", "tls-certs"),
        ("patch", "secret", "auth", "-p", '{"data": {"users": ""}, "immutable": true}'),
        ("label", "namespace", "{}", "pod-security.kubernetes.io/enforce=restricted"),
        ("annotate", "namespace", "{}", "example.com/a=b"),
    ],
    ids=" ".join,
)
def test_what_set_up_made_is_put_back(lab: Kubectl, command: tuple[str, ...]) -> None:
    """Changed or deleted: all is as it was made."""
    before = standing(lab)
    lab.run(*(word.replace("{}", lab.connection.namespace) if word == "{}" else word for word in command))
    assert standing(lab) != before or "delete" in command
    notebooks.reset_namespace(lab.connection)
    deadline = time.monotonic() + 10  # Kubernetes itself puts two of them back, a moment later
    while standing(lab) != before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert standing(lab) == before


def standing(kubectl: Kubectl) -> dict[str, Any]:
    """Return what matters of what stands in a clean namespace, and of the namespace."""
    found = json.loads(kubectl.run("get", "configmaps,secrets,serviceaccounts", "-o", "json"))["items"]
    found.append(json.loads(kubectl.run("get", "namespace", kubectl.connection.namespace, "-o", "json")))
    ours = ("labels", "annotations")
    return {
        f"{each['kind']}/{each['metadata']['name']}": (
            {key: value for key, value in each.items() if key not in {"metadata", "status", "spec"}},
            {key: each["metadata"].get(key) for key in ours},
        )
        for each in found
    }


def test_a_namespace_that_was_deleted(lab_connection: Connection) -> None:
    """It is waited for, and made anew with all that the lesson needs; its Pods do not take their minute to end."""
    kubectl = Kubectl(replace(lab_connection, namespace=f"test-{secrets.token_hex(4)}"))
    notebooks.ensure_namespace(kubectl)
    try:
        make(kubectl, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": POD})
        kubectl.run("wait", "--for=condition=Ready", "pod/x", "--timeout=60s")
        old = kubectl.run("get", "namespace", kubectl.connection.namespace, "-o", "jsonpath={.metadata.uid}")
        kubectl.run("delete", "namespace", kubectl.connection.namespace, "--wait=false")
        start = time.monotonic()
        notebooks.reset_namespace(kubectl.connection)
        assert time.monotonic() - start < 50
        new = kubectl.run("get", "namespace", kubectl.connection.namespace, "-o", "jsonpath={.metadata.uid}")
        assert new != old
        assert left(kubectl) == CLEAN
    finally:
        kubectl.run("delete", "namespace", kubectl.connection.namespace, "--wait=false")


def test_the_secrets_are_those_of_the_lab(lab: Kubectl) -> None:
    """As ``kubectl create secret`` made them."""
    secret = json.loads(lab.run("get", "secret", "auth", "-o", "json"))
    decoded = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    kept = lab.connection.secrets
    assert decoded == {"signing-key": kept.signing_key, "users": kept.users_file.strip()}
    assert json.loads(lab.run("get", "secret", "tls-certs", "-o", "json"))["type"] == "kubernetes.io/tls"
