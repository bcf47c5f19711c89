"""The command line that becomes of what a learner types."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from labkit.cluster import Connection, Secrets
from labkit.errors import ClusterError, LabError
from labkit.kubectl import Kubectl


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
        (["config", "view"], ["config", "view"]),
        (["apply", "--server-side", "-f", "x"], ["apply", "--server-side", "-f", "x", *WHERE]),
    ],
)
def test_the_labs_cluster_and_namespace_are_added(kubectl: Kubectl, typed: list[str], becomes: list[str]) -> None:
    """Where the learner named none, and never behind ``--``."""
    assert kubectl.command(typed) == ["/nowhere/kubectl", *becomes]


@pytest.mark.parametrize("flag", ["--kubeconfig=x", "--context", "--server=https://x", "-s", "--cluster"])
def test_another_cluster_is_refused(kubectl: Kubectl, flag: str) -> None:
    """The kit's magic touches the kit's cluster only."""
    with pytest.raises(LabError, match="a cluster of its own"):
        kubectl.command(["get", "pods", flag])


def test_only_the_kits_kubeconfig_is_seen(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever KUBECONFIG says outside."""
    monkeypatch.setenv("KUBECONFIG", "/home/me/.kube/config")
    assert kubectl.environment()["KUBECONFIG"] == str(kubectl.connection.kubeconfig)
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
