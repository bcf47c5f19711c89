"""A namespace that somebody else made is not touched, whatever its name and its labels say."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labkit.api.kubectl import Kubectl
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster


@pytest.fixture
def theirs(lab_connection: Connection) -> Iterator[str]:
    """Make a namespace as somebody else would, with the kit's name in its name, labels and annotations."""
    kubectl = Kubectl(lab_connection)
    name = f"team-labkit-{secrets.token_hex(3)}"
    kubectl.run("create", "namespace", name)
    kubectl.run("label", "namespace", name, "team=labkit", "app.kubernetes.io/managed-by=labkit-operator")
    kubectl.run("annotate", "namespace", name, "purpose=labkit", "app.kubernetes.io/managed-by=labkit")
    kubectl.run("create", "deployment", "theirs", "--image=localhost/hello:1.0.0", "--replicas=0", "-n", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


def begin(namespace: str, work: Path, **variables: str) -> str:
    """Run a notebook's first cell on a namespace, as a learner would, and return how it failed."""
    done = subprocess.run(
        [sys.executable, "-c", "from labkit import Lab\nLab('00-start-here')"],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPO,
        env={**os.environ, "LABKIT_NAMESPACE": namespace, "LABKIT_WORK": str(work), **variables},
        timeout=120,
    )
    assert done.returncode == 1
    return done.stderr.rpartition("LabError: ")[2]


def untouched(kubectl: Kubectl, namespace: str) -> bool:
    """Tell whether their Deployment is there, and nothing of ours."""
    found = kubectl.run("get", "deployments,secrets", "-n", namespace, "-o", "name").split()
    return found == ["deployment.apps/theirs"]


def test_on_the_kits_own_cluster(lab_connection: Connection, theirs: str, tmp_path: Path) -> None:
    """The error names the namespace and the next command, and nothing is deleted or made."""
    said = begin(theirs, tmp_path)
    assert f"Namespace {theirs} exists on this cluster, and the kit did not make it" in said
    assert "Next: LABKIT_NAMESPACE=another-name labkit lab" in said
    assert f"kubectl label namespace {theirs} app.kubernetes.io/managed-by=labkit" in said
    assert untouched(Kubectl(lab_connection), theirs)


def test_with_a_kubeconfig_of_ones_own(lab_connection: Connection, theirs: str, tmp_path: Path) -> None:
    """On a cluster that others run, it matters most."""
    kubeconfig = tmp_path / "kubeconfig"
    shutil.copy(lab_connection.kubeconfig, kubeconfig)
    said = begin(
        theirs,
        tmp_path / "work",
        LABKIT_KUBECONFIG=str(kubeconfig),
        LABKIT_CONTEXT=lab_connection.context,
        PATH=f"{lab_connection.kubectl.parent}:{os.environ['PATH']}",
    )
    assert f"Namespace {theirs} exists on this cluster, and the kit did not make it" in said
    assert untouched(Kubectl(lab_connection), theirs)
