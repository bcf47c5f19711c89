"""The canary on the cluster: red, green, red again, and each wrong way by its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.lesson.steps.canary import _manifest
from labkit.lesson.steps.updating import FILE
from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

_SELECTOR = "    matchLabels:\n      app: hello\n      track: canary"
_TEMPLATE = "    metadata:\n      labels:\n        app: hello\n        track: canary"


@pytest.fixture
def trial(kubectl: Kubectl, source: Source) -> Trial:
    """Return the step at the notebook's start, without the front door."""
    return Trial("canary", kubectl, source, apps=("auth", "hello"))


def _apply(trial: Trial, **changes: str) -> None:
    """Apply the canary under a name of its own, with changes: the right one has none."""
    text = _manifest(trial.workspace.originals()[FILE])
    for old, new in {
        "name: hello-canary": f"name: {changes.get('name', 'mine')}",
        _SELECTOR: changes.get("selector", _SELECTOR),
        _TEMPLATE: changes.get("template", _TEMPLATE),
        "replicas: 1": f"replicas: {changes.get('replicas', '1')}",
        "hello:2.0.0": f"hello:{changes.get('version', '2.0.0')}",
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    trial.run("apply", "-f", "-", stdin=text)


def test_red_then_green_and_red_again(trial: Trial) -> None:
    """By hand, and by "show me"; what was the canary is away after "start over", and nothing else."""
    assert trial.set_up().cause == "no-canary"
    _apply(trial)
    assert trial.until("on-its-way").grade is Grade.NOT_YET
    # what is on its way is left alone, whatever its name is
    assert trial.solve().facts == {"canary": "2.0.0", "stable": "1.0.0", "name": "mine"}

    trial.run("scale", "deployment/mine", "--replicas=3")
    assert trial.until("replicas").facts["replicas"] == 3
    _apply(trial, version="1.0.0")
    assert trial.until("same-version").grade is Grade.WRONG_WAY
    _apply(trial, version="3.0.0")
    assert trial.until("fails").facts["status"] in {"ErrImagePull", "ImagePullBackOff"}

    assert trial.solve().grade is Grade.DONE
    trial.run("delete", "pod", "-l", "track=stable", "--wait=false")
    assert trial.until("stable-not-ready", "on-its-way").grade is Grade.NOT_YET
    trial.until("done")
    assert trial.reset().cause == "no-canary"
    assert trial.run("get", "deployments", "-o", "name").split() == ["deployment.apps/auth", "deployment.apps/hello"]


def test_labels_and_selectors(trial: Trial) -> None:
    """What the API server refuses leaves its trace in the file; what it takes is told as it is."""
    trial.set_up()
    text = _manifest(trial.workspace.originals()[FILE])
    trial.workspace.write_new("manifests/canary.yaml", text.replace("hello-canary", "hello"))
    with pytest.raises(LabError, match=r"immutable|selector"):
        trial.run("apply", "-f", "manifests/canary.yaml")
    assert trial.look().cause == "same-name"

    _apply(trial, selector="    matchLabels:\n      app: hello")
    assert trial.until("selector-takes-both").facts["selector"] == "app: hello"
    # what the words say of it: it takes no Pod of hello's, and by its selector both are found
    trial.run("rollout", "status", "deployment/mine", "--timeout=30s")
    assert trial.kubectl.try_run("logs", "deployment/mine", "--tail=1").stderr.startswith("Found 4 pods")
    owners = trial.run("get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[*].metadata.ownerReferences[0].name}")
    assert len(set(owners.split())) == 2
    trial.run("delete", "deployment", "mine")

    stable = _SELECTOR.replace("canary", "stable"), _TEMPLATE.replace("canary", "stable")
    _apply(trial, selector=stable[0], template=stable[1])
    assert trial.until("track-stable").grade is Grade.WRONG_WAY
    trial.run("delete", "deployment", "mine")
    other = _SELECTOR.replace("app: hello", "app: mine"), _TEMPLATE.replace("app: hello", "app: mine")
    _apply(trial, selector=other[0], template=other[1])
    assert trial.until("not-hello").facts["labels"] == "app: mine, track: canary"
    trial.run("delete", "deployment", "mine")
    beta = _SELECTOR.replace("canary", "beta"), _TEMPLATE.replace("canary", "beta")
    _apply(trial, name="hello-canary", selector=beta[0], template=beta[1])
    assert trial.until("other-track").facts["labels"] == "app: hello, track: beta"
    # its selector can't be changed: it is made anew
    assert trial.solve().grade is Grade.DONE


def test_stable_and_service_stay_as_they_are(trial: Trial) -> None:
    """A rolling update, another number, and a Service that selects one of the two; all of it is taken back."""
    trial.set_up()
    trial.run("set", "image", "deployment/hello", "hello=localhost/hello:2.0.0")
    assert trial.until("stable-changed").facts == {"before": "1.0.0", "now": "2.0.0"}
    assert trial.solve().grade is Grade.DONE
    trial.run("scale", "deployment/hello", "--replicas=2")
    assert trial.until("stable-scaled").facts["replicas"] == 2
    trial.run("scale", "deployment/hello", "--replicas=3")
    trial.run("patch", "service", "hello", "-p", '{"spec": {"selector": {"track": "stable"}}}')
    assert trial.until("service-narrow").facts["selector"] == "app: hello, track: stable"
    trial.run("delete", "service", "hello")
    assert trial.until("no-service").grade is Grade.WRONG_WAY
    trial.run("delete", "deployment", "hello", "--wait=false")
    assert trial.until("no-stable").grade is Grade.WRONG_WAY
    assert trial.solve().grade is Grade.DONE
    assert trial.reset().cause == "no-canary"
