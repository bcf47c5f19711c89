"""What a learner can get wrong, on the real API server: one clear message with the remedy, and nothing lost."""

from __future__ import annotations

import io
import queue
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit.api.kubectl import Kubectl
from labkit.api.watch import Watch
from labkit.errors import ClusterError, LabError, ManifestError, TakenOverError, WaitTimeoutError
from labkit.lesson import holder, namespace, notebooks
from labkit.notebook.waits import Waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster


@pytest.fixture
def waits(connection: Connection, kubectl: Kubectl) -> Iterator[Waits]:
    """Return what a notebook waits with, on the test's own namespace."""
    it = Waits()
    it.kubectl = kubectl
    it.watch = Watch(connection.kubeconfig, connection.context, connection.namespace)
    it.watch.start()
    yield it
    it.watch.stop()


def change(kubectl: Kubectl, path: str, old: str, new: str) -> None:
    """Replace `old` by `new` in a file of the working copy."""
    file = kubectl.cwd / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def refused(kubectl: Kubectl, *args: str) -> LabError:
    """Return the error that kubectl's `args` end in."""
    with pytest.raises(LabError) as caught:
        kubectl.stream(args, out=io.StringIO())
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "problem", "remedy"),
    [
        ("spec:\n  replicas", " spec:\n  replicas", "is not valid YAML: line", "lab.restore"),
        ("image:", "imagee:", "imagee", "kubectl explain deployment.spec.template.spec.containers"),
        ("apps/v1", "extensions/v1beta1", "removed in 1.16", "apps/v1"),
        ("replicas: 1", "replicas: many", "a text where spec.replicas takes a number", "manifests/auth.yaml"),
        ("replicas: 1", "replicas: -1", "-1", "manifests/auth.yaml"),
    ],
)
def test_a_broken_manifest(kubectl: Kubectl, old: str, new: str, problem: str, remedy: str) -> None:
    """Syntax, spelling, an API of 2016, and values that make no sense."""
    change(kubectl, "manifests/auth.yaml", old, new)
    error = refused(kubectl, "create", "-f", "manifests/auth.yaml")
    assert isinstance(error, ManifestError)
    assert problem in error.problem
    assert remedy in error.remedy
    assert "Traceback" not in str(error)
    assert kubectl.run("get", "deployments", "-o", "name") == ""


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("create", "-f", "manifests/nope.yaml"), "no file manifests/nope.yaml"),
        (("create", "configmap", "c", "--from-file=nginx/nope.conf"), "no file nginx/nope.conf"),
        (("get", "pods", "nope"), "no pods named nope"),
        (("get", "podss"), "'podss'"),
        (("frobnicate",), "'frobnicate'"),
        (("edit", "deployment", "auth"), "needs a terminal"),
        (("get", "pods", "--context", "other"), "a cluster of its own"),
    ],
)
def test_a_wrong_command(kubectl: Kubectl, args: tuple[str, ...], problem: str) -> None:
    """Missing files, names and types that do not exist, and commands that a notebook cannot run."""
    assert problem in refused(kubectl, *args).problem


def test_created_twice(kubectl: Kubectl) -> None:
    """The message tells create from apply."""
    kubectl.run("create", "-f", "manifests/auth.yaml")
    error = refused(kubectl, "create", "-f", "manifests/auth.yaml")
    assert "exists already" in error.problem
    assert "%kubectl apply -f manifests/auth.yaml" in error.remedy


def test_an_image_that_cannot_be_had(kubectl: Kubectl, waits: Waits, capsys: pytest.CaptureFixture[str]) -> None:
    """A wait that runs out says what the pod waits for, and says so while it waits."""
    change(kubectl, "manifests/auth.yaml", "auth:1.0.0", "auth:9.9.9")
    kubectl.run("create", "-f", "manifests/auth.yaml")
    waits.wait_status("auth", "ErrImagePull", "ImagePullBackOff", timeout=60)
    with pytest.raises(WaitTimeoutError) as late:
        waits.wait_ready("auth", 1, timeout=4)
    assert "auth:9.9.9" in late.value.detail
    assert "ErrImagePull" in late.value.detail or "ImagePullBackOff" in late.value.detail
    assert late.value.remedy == "%kubectl describe deployment auth"
    assert "waiting for auth to be 1 ready" in capsys.readouterr().out


def test_a_configmap_that_is_missing(kubectl: Kubectl, waits: Waits, capsys: pytest.CaptureFixture[str]) -> None:
    """The reason is the event that tells it, and giving the pod what it waits for heals it."""
    kubectl.run("create", "-f", "manifests/auth.yaml", "-f", "manifests/services/auth.yaml")
    kubectl.run("create", "-f", "manifests/hello.yaml", "-f", "manifests/services/hello.yaml")
    kubectl.run("create", "-f", "manifests/frontend.yaml")
    waits.wait_status("frontend", "ContainerCreating", timeout=30)
    waits.wait_event("frontend", "FailedMount", timeout=30)
    waits.why("frontend")
    said = capsys.readouterr().out
    assert 'configmap "nginx-frontend-conf" not found' in said
    assert "ContainerCreating" in said
    pod = waits.watch.snapshot.pods("app=frontend")[0].name
    kubectl.run("create", "configmap", "nginx-frontend-conf", "--from-file=nginx/frontend.conf")
    waits.wait_ready("frontend", 1, timeout=150)
    assert [each.name for each in waits.watch.snapshot.pods("app=frontend")] == [pod]


def test_a_deployment_that_is_not_there(waits: Waits) -> None:
    """Nobody waits for what nobody has made."""
    with pytest.raises(LabError, match="no Deployment nope"):
        waits.wait_ready("nope")


def test_another_number_than_the_lesson_expects(kubectl: Kubectl, waits: Waits) -> None:
    """It says so at once, with both numbers and the way to the right one."""
    change(kubectl, "manifests/auth.yaml", "replicas: 1", "replicas: 2")
    kubectl.run("create", "-f", "manifests/auth.yaml")
    with pytest.raises(LabError, match=r"auth has 2 desired replicas, .* should have 1") as wrong:
        waits.wait_ready("auth", 1)
    assert "write replicas: 1 in manifests/auth.yaml" in wrong.value.remedy


def test_a_cluster_that_is_gone(connection: Connection, tmp_path: Path) -> None:
    """Nobody listens at the API's address: the message says how to get the cluster back."""
    text = connection.kubeconfig.read_text(encoding="utf-8")
    address = next(line for line in text.splitlines() if "server:" in line).split()[-1]
    gone = tmp_path / "kubeconfig"
    gone.write_text(text.replace(address, "https://127.0.0.1:9"), encoding="utf-8")
    error = refused(Kubectl(replace(connection, kubeconfig=gone), cwd=tmp_path), "get", "pods")
    assert isinstance(error, ClusterError)
    assert "does not answer" in error.problem
    assert "labkit up" in error.remedy


def test_a_namespace_of_somebody_else(connection: Connection, kubectl: Kubectl) -> None:
    """The kit empties only what it made."""
    with pytest.raises(LabError, match="did not make it"):
        notebooks.reset_namespace(replace(connection, namespace="kube-system"))
    assert "coredns" in kubectl.run("get", "pods", "-n", "kube-system")


def test_two_notebooks_at_once(kubectl: Kubectl) -> None:
    """The one that began last has the lab; the other is told by its name."""
    first = holder.take(kubectl, "01-create")
    holder.check(kubectl, first)
    second = holder.take(kubectl, "03-scale")
    holder.check(kubectl, second)
    with pytest.raises(TakenOverError, match="03-scale took it"):
        holder.check(kubectl, first)


def test_who_takes_the_lab_is_heard_of(kubectl: Kubectl) -> None:
    """So that the other notebook leaves the stage by itself, without being asked to do anything."""
    heard: queue.Queue[holder.Holder] = queue.Queue()
    first = holder.take(kubectl, "01-create")
    following = holder.Following(kubectl, first, heard.put)
    try:
        with pytest.raises(queue.Empty):
            heard.get(timeout=2)  # our own hold is nobody's
        second = holder.take(kubectl, "03-scale")
        assert heard.get(timeout=10) == second
        holder.take(kubectl, "05-rolling-update")
        with pytest.raises(queue.Empty):
            heard.get(timeout=2)  # once is enough
    finally:
        following.end()


def test_an_emptied_namespace_still_says_who_has_the_lab(connection: Connection, kubectl: Kubectl) -> None:
    """It is emptied by who has the lab, and that is no reason to have lost it."""
    mine = holder.take(kubectl, "01-create")
    notebooks.reset_namespace(connection)
    holder.check(kubectl, mine)
    kubectl.run("delete", "lease", namespace.LEASE)
    with pytest.raises(TakenOverError, match="it was reset from outside"):
        holder.check(kubectl, mine)


def test_kubeconfig_of_the_user_is_never_used(
    kubectl: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """KUBECONFIG may point to anybody's cluster: it is neither read nor written."""
    theirs = tmp_path / "theirs"
    theirs.write_text("not even YAML: [", encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(theirs))
    assert "test-" in kubectl.run("get", "namespaces", "-o", "name")
    assert theirs.read_text(encoding="utf-8") == "not even YAML: ["


def test_what_a_command_warns_of_is_shown(kubectl: Kubectl) -> None:
    """Warnings that kubectl prints are part of the lesson."""
    kubectl.run("create", "-f", "manifests/auth.yaml")
    out = io.StringIO()
    kubectl.stream(["apply", "-f", "manifests/auth.yaml"], out=out)
    assert "configured" in out.getvalue()
    assert "last-applied-configuration" in out.getvalue()


def test_reset_empties_the_namespace(connection: Connection, kubectl: Kubectl) -> None:
    """Whatever was made by hand goes too; what set-up made stays."""
    kubectl.run("create", "-f", "manifests/auth.yaml", "-f", "manifests/services/auth.yaml")
    kubectl.run("create", "configmap", "nginx-frontend-conf", "--from-literal=a=b")
    kubectl.run("rollout", "status", "deployment/auth", "--timeout=60s")
    notebooks.reset_namespace(connection)
    left = kubectl.run("get", "deployments,replicasets,pods,services,configmaps,secrets", "-o", "name").split()
    assert sorted(left) == ["configmap/kube-root-ca.crt", "secret/auth", "secret/tls-certs"]
