"""Asking the front door from inside the cluster, at the addresses that a Service takes as its own there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from labkit.app import inside
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster

#: An address that nobody has, for examples (RFC 5737).
NOBODYS = "203.0.113.7"


@pytest.fixture
def pod(kubectl: Kubectl) -> str:
    """Have the app with a frontend that is reachable inside only, and return a Pod of hello."""
    kubectl.run("create", "configmap", "nginx-frontend-conf", "--from-file=nginx/frontend.conf")
    kubectl.run("create", "-f", "manifests/services/auth.yaml", "-f", "manifests/services/hello.yaml")
    kubectl.run("create", "service", "clusterip", "frontend", "--tcp=443:https")
    kubectl.run("create", "-f", "manifests/hello.yaml", "-f", "manifests/frontend.yaml")
    for app in ("hello", "frontend"):
        kubectl.run("rollout", "status", f"deployment/{app}", "--timeout=90s")
    name = kubectl.run("get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[0].metadata.name}")
    # Ready Pods are not enough: each Node's kube-proxy reads a moment later who stands behind which Service
    where = kubectl.run("get", "service", "frontend", "-o", "jsonpath={.spec.clusterIP}")
    end = time.monotonic() + 30
    while (answer := inside.get(kubectl, name, where, "/version")).met != ("200",):
        assert time.monotonic() < end, answer
    return name


def test_external_ips_catch_what_pods_send_there(kubectl: Kubectl, pod: str) -> None:
    """A Node's address, and one that is nobody's: that is CVE-2020-8554 (whoever may make a Service may catch it)."""
    node = kubectl.run("get", "nodes", "-l", "!node-role.kubernetes.io/control-plane", "-o", _NODE_ADDRESS)
    cluster_ip = kubectl.run("get", "service", "frontend", "-o", "jsonpath={.spec.clusterIP}")
    answer = inside.get(kubectl, pod, cluster_ip, "/version")
    assert (answer.status, answer.body) == (200, {"version": "1.0.0"})
    for address in (node, NOBODYS):
        with pytest.raises(ClusterError, match=f"Nobody answers at https://{address}/version inside the cluster"):
            inside.get(kubectl, pod, address, "/version", patience=0.5)
    began = time.monotonic()
    with pytest.raises(ClusterError):
        inside.get(kubectl, pod, NOBODYS, "/", patience=2.0)
    assert time.monotonic() - began < 10

    kubectl.run("patch", "service", "frontend", "-p", f'{{"spec": {{"externalIPs": ["{node}", "{NOBODYS}"]}}}}')
    for address in (node, NOBODYS):
        answer = inside.get(kubectl, pod, address, "/version")
        assert (answer.status, answer.body) == (200, {"version": "1.0.0"})
    assert inside.get(kubectl, pod, node, "/").body["pod"] == pod


def test_the_front_door_says_what_each_of_its_tries_met(kubectl: Kubectl, pod: str) -> None:
    """One try while somebody answers; three, one after the other, when nobody stands behind hello's Service."""
    where = kubectl.run("get", "service", "frontend", "-o", "jsonpath={.spec.clusterIP}")
    assert inside.get(kubectl, pod, where, "/version").met == ("200",)
    kubectl.run("patch", "service", "hello", "-p", '{"spec": {"selector": {"app": "nobody"}}}')
    # until each Node's kube-proxy has read of it, a try may still be answered
    end = time.monotonic() + 30
    while "200" in (answer := inside.get(kubectl, pod, where, "/version")).met:
        assert time.monotonic() < end, answer.met
    # a try is refused (502), or met by silence (504): Linux sends refusals to one address six at a time, then one a
    # second (icmp_ratelimit in the kernel's ip-sysctl documentation)
    assert len(answer.met) == 3
    assert set(answer.met) <= {"502", "504"}
    assert str(answer.status) == answer.met[-1]
    # to auth there is one try: its Service has no Pods here
    answer = inside.get(kubectl, pod, where, "/login")
    assert answer.met in {("502",), ("504",)}
    assert str(answer.status) == answer.met[-1]


def test_a_pod_that_is_not_there_is_named(kubectl: Kubectl) -> None:
    """With what kubectl said of it."""
    with pytest.raises(ClusterError, match="Pod hello-none could not ask") as told:
        inside.get(kubectl, "hello-none", NOBODYS, "/")
    assert "not found" in str(told.value)


_NODE_ADDRESS = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
