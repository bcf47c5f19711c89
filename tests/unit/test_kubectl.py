"""The command line that becomes of what a learner types."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from labkit import paths
from labkit.api.kubectl import Kubectl
from labkit.cluster import Connection, Secrets
from labkit.errors import ClusterError, LabError


@pytest.fixture
def kubectl(tmp_path: Path) -> Kubectl:
    """Return a kubectl that is never run."""
    nothing = Secrets(user="", password="", users_file="", signing_key="", tls_key=tmp_path, tls_crt=tmp_path)
    connection = Connection(
        kubeconfig=tmp_path / "kubeconfig",
        context="kind-labkit",
        namespace="lab",
        kubectl=Path("/nowhere/kubectl"),
        front_door="https://127.0.0.1:30443",
        secrets=nothing,
    )
    return Kubectl(connection, cwd=tmp_path)


WHERE = ["--context", "kind-labkit", "--namespace", "lab"]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        (["get", "pods"], ["get", "pods", *WHERE]),
        (["get", "pods", "-n", "kube-system"], ["get", "pods", "-n", "kube-system", *WHERE[:2]]),
        (["get", "pods", "--namespace=x"], ["get", "pods", "--namespace=x", *WHERE[:2]]),
        (["exec", "p", "--", "ls", "-l"], ["exec", "p", *WHERE, "--", "ls", "-l"]),
        (["get", "pods", "-nkube-system"], ["get", "pods", "-nkube-system", *WHERE[:2]]),
        (["exec", "p", "--", "head", "-n", "1"], ["exec", "p", *WHERE, "--", "head", "-n", "1"]),
        (["exec", "p", "--", "ls", "-s"], ["exec", "p", *WHERE, "--", "ls", "-s"]),
        (["config", "view"], ["config", "view"]),
        (["apply", "--server-side", "-f", "x"], ["apply", "--server-side", "-f", "x", *WHERE]),
    ],
)
def test_the_labs_cluster_and_namespace_are_added(kubectl: Kubectl, typed: list[str], becomes: list[str]) -> None:
    """Where the learner named none, and never behind ``--``."""
    assert kubectl.arguments(typed) == becomes


@pytest.mark.parametrize("flag", ["--kubeconfig=x", "--context", "--server=https://x", "-s", "--cluster"])
def test_another_cluster_is_refused(kubectl: Kubectl, flag: str) -> None:
    """The kit's magic touches the kit's cluster only."""
    with pytest.raises(LabError, match="a cluster of its own"):
        kubectl.arguments(["get", "pods", flag])


def test_only_the_kits_kubeconfig_is_seen(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever KUBECONFIG says outside."""
    monkeypatch.setenv("KUBECONFIG", "/home/me/.kube/config")
    seen = kubectl.connection.environment()
    assert seen["KUBECONFIG"] == str(kubectl.connection.kubeconfig)
    # a learner's own aliases and defaults (~/.kube/kuberc) would change what the lesson's commands do
    assert seen["KUBECTL_KUBERC"] == "false"
    assert seen["KUBECACHEDIR"] == str(paths.STATE / "kubectl-cache")
    assert os.environ["KUBECONFIG"] == "/home/me/.kube/config"


@pytest.mark.parametrize("typed", [["edit", "deployment/auth"], ["exec", "-it", "pod", "--", "sh"]])
def test_what_needs_a_terminal_is_refused(kubectl: Kubectl, typed: list[str]) -> None:
    """With the way to get one."""
    with pytest.raises(LabError, match="needs a terminal") as refused:
        kubectl.stream(typed, out=io.StringIO())
    assert "File > New > Terminal" in refused.value.remedy


def test_a_missing_kubectl_is_no_traceback(kubectl: Kubectl) -> None:
    """It says where it should be."""
    with pytest.raises(ClusterError, match="no kubectl at /nowhere/kubectl"):
        kubectl.try_run("get", "pods")
    with pytest.raises(ClusterError, match="no kubectl at /nowhere/kubectl"):
        kubectl.stream(["get", "pods"], out=io.StringIO())
    with pytest.raises(ClusterError, match="no kubectl at /nowhere/kubectl"):
        kubectl.connection.run("get", "nodes")


def test_a_kubectl_that_does_not_end_is_ended(kubectl: Kubectl, tmp_path: Path) -> None:
    """And the message has the command and the seconds, and no traceback of subprocess's."""
    sleeper = tmp_path / "kubectl"
    sleeper.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    sleeper.chmod(0o755)
    slow = Kubectl(replace(kubectl.connection, kubectl=sleeper), cwd=tmp_path)
    with pytest.raises(ClusterError, match=r"kubectl get pods .* did not end within 1 s"):
        slow.try_run("get", "pods", timeout=1)
