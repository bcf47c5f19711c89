"""Objects that the lab makes by the API are those that ``kubectl create -f`` makes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from labkit.errors import LabError, ManifestError
from labkit.lesson import creation, notebooks

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster

#: Not the frontend's Service: its node port may be another namespace's just now.
MANIFESTS = [
    "manifests/auth.yaml",
    "manifests/hello.yaml",
    "manifests/frontend.yaml",
    "manifests/services/auth.yaml",
    "manifests/services/hello.yaml",
]
#: What differs between any two objects.
_OF_ITS_OWN = ("uid", "resourceVersion", "creationTimestamp")


def shown(kubectl: Kubectl, path: str) -> dict[str, Any]:
    """Return what an object is, down to who made which field, but for what differs between any two."""
    found: dict[str, Any] = json.loads(kubectl.run("get", "-f", path, "-o", "json", "--show-managed-fields"))
    for name in _OF_ITS_OWN:
        found["metadata"].pop(name)
    # controllers write into it in their own time
    found["metadata"]["managedFields"] = [
        {key: value for key, value in each.items() if key != "time"}
        for each in found["metadata"]["managedFields"]
        if each["manager"] == "kubectl-create"
    ]
    annotations = found["metadata"].pop("annotations", {})
    annotations.pop("deployment.kubernetes.io/revision", None)
    found["metadata"]["annotations"] = annotations
    found.pop("status", None)
    for name in ("clusterIP", "clusterIPs"):
        found["spec"].pop(name, None)
    found["metadata"].pop("generation", None)
    return found


@pytest.mark.parametrize("save_config", [False, True], ids=["plain", "save-config"])
@pytest.mark.parametrize("path", MANIFESTS)
def test_the_same_as_by_kubectl(kubectl: Kubectl, path: str, *, save_config: bool) -> None:
    """Field by field, and the annotation that apply compares with byte by byte."""
    kubectl.run("create", "-f", path, *(["--save-config"] if save_config else []))
    theirs = shown(kubectl, path)
    kubectl.run("delete", "-f", path, "--wait")
    creation.create(kubectl.api, kubectl.connection.namespace, kubectl.cwd, path, save_config=save_config)
    ours = shown(kubectl, path)
    assert ours == theirs
    assert (creation.LAST_APPLIED in ours["metadata"].get("annotations", {})) == save_config


def test_a_configmap_as_kubectl_makes_it(kubectl: Kubectl) -> None:
    def read() -> Any:
        return json.loads(kubectl.run("get", "configmap", "c", "-o", "json", "--show-managed-fields"))

    kubectl.run("create", "configmap", "c", "--from-file=nginx/frontend.conf")
    theirs = read()
    kubectl.run("delete", "configmap", "c")
    creation.create_configmap(kubectl.api, kubectl.connection.namespace, "c", kubectl.cwd / "nginx" / "frontend.conf")
    ours = read()
    assert ours["data"] == theirs["data"]
    assert set(ours) == set(theirs)
    (field,), (their_field,) = ours["metadata"]["managedFields"], theirs["metadata"]["managedFields"]
    assert {**field, "time": None} == {**their_field, "time": None}


@pytest.mark.parametrize("save_config", [False, True], ids=["plain", "save-config"])
def test_what_apply_says_of_it(kubectl: Kubectl, *, save_config: bool) -> None:
    """It warns of what was made without its configuration, as the start of 02 is, and of nothing else."""
    creation.create(
        kubectl.api, kubectl.connection.namespace, kubectl.cwd, "manifests/auth.yaml", save_config=save_config
    )
    out = io.StringIO()
    kubectl.stream(["apply", "-f", "manifests/auth.yaml"], out=out)
    assert ("last-applied-configuration" in out.getvalue()) == (not save_config)
    assert "configured" in out.getvalue() or "unchanged" in out.getvalue()


def test_which_starts_are_free_of_the_warning() -> None:
    """All that begin after the notebook that explains it."""
    free = {name for name, start in notebooks.STARTS.items() if start.save_config}
    assert free == {"03-scale", "04-self-healing", "05-rolling-update", "06-rollout-laboratory"}
    assert notebooks.STARTS["02-configmap"].apps


def test_what_the_api_server_refuses(kubectl: Kubectl) -> None:
    """The same words and remedies as for kubectl."""
    file = kubectl.cwd / "manifests" / "auth.yaml"
    text = file.read_text(encoding="utf-8")

    def refused(old: str, new: str) -> LabError:
        file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(LabError) as caught:
            creation.create(kubectl.api, kubectl.connection.namespace, kubectl.cwd, "manifests/auth.yaml")
        return caught.value

    unknown = refused("image:", "imagee:")
    assert isinstance(unknown, ManifestError)
    assert "imagee" in unknown.problem
    assert "-1" in refused("replicas: 1", "replicas: -1").problem
    assert "extensions/v1beta1" in str(refused("apps/v1", "extensions/v1beta1"))
    creation.create(kubectl.api, kubectl.connection.namespace, kubectl.cwd, "manifests/services/auth.yaml")
    with pytest.raises(ManifestError, match="services auth exists already"):
        creation.create(kubectl.api, kubectl.connection.namespace, kubectl.cwd, "manifests/services/auth.yaml")
