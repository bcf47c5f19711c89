"""The step and the predictions of 03 on the cluster: red, green, red again, and each wrong way by its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

FILE = "manifests/hello.yaml"


@pytest.fixture
def trial(kubectl: Kubectl, source: Source) -> Trial:
    """Return the step where it begins: 3 in the file and in the cluster."""
    trial = Trial("file-and-cluster", kubectl, source, apps=("hello",))
    assert trial.set_up().cause == "never-five"
    return trial


def test_red_then_green_and_red_again(trial: Trial) -> None:
    """By hand, then as "show me" does it; what takes the number away makes it red. On the way 4, 7 and 3."""
    for replicas in (4, 7):
        trial.run("scale", "deployment/hello", f"--replicas={replicas}")
        trial.run("rollout", "status", "deployment/hello", "--timeout=60s")
    seen = trial.observed("four-and-seven")
    then = trial.source.timeline.at(seen.at).deployment("hello")
    assert (seen.choice, then and then.desired) == ("spread", 7)
    trial.run("scale", "deployment/hello", "--replicas=3")
    assert trial.observed("seven-to-three").choice == "uneven"
    trial.run("scale", "deployment/hello", "--replicas=5")
    verdict = trial.until("live-object-only")
    assert (verdict.grade, verdict.facts["replicas"]) == (Grade.NOT_YET, 5)
    trial.run("apply", "-f", FILE)
    assert trial.until("done").grade is Grade.DONE
    trial.run("scale", "deployment/hello", "--replicas=4")
    assert trial.until("other-number").facts == {"replicas": 4, "file": 3}
    assert trial.reset().cause == "never-five"
    assert trial.solve().cause == "done"


def test_wrong_ways(trial: Trial) -> None:
    """Each has its own word, and from each "show me" leads there."""
    trial.run("scale", "replicaset", "-l", "app=hello", "--replicas=5")
    assert trial.until("replicaset-scaled").facts == {"asked": 5, "replicas": 3}
    assert trial.observed("a-replicaset-is-scaled").choice == "put-back"
    trial.workspace.edit(FILE, "replicas: 3", "replicas: 5")
    assert trial.until("file-not-applied").facts == {"file": 5, "replicas": 3}
    trial.run("apply", "-f", FILE)
    assert trial.until("file-applied").facts["file"] == 5
    trial.workspace.edit(FILE, "replicas: 5", "replicas: 3")
    assert trial.until("live-object-only").facts["file"] == 3
    trial.run("scale", "deployment/hello", "--replicas=3")
    assert trial.until("set-back-by-hand").facts["by"] == "kubectl scale"
    trial.run("apply", "-f", FILE)
    assert trial.look().cause == "set-back-by-hand"
    trial.run("patch", "deployment/hello", "--patch", '{"spec": {"replicas": 4}}')
    trial.run("patch", "deployment/hello", "--patch", '{"spec": {"replicas": 3}}')
    assert trial.until("set-back-by-hand").facts["by"] == "kubectl patch"
    trial.workspace.edit(FILE, "periodSeconds: 10", "periodSeconds: 11")
    assert trial.until("differs").facts["line"] == "+ periodSeconds: 11"
    trial.workspace.edit(FILE, "kind: Deployment", "kind: Deploy")
    assert trial.until("unreadable").grade is Grade.WRONG_WAY
    trial.run("delete", "deployment", "hello")
    assert trial.until("no-deployment").grade is Grade.WRONG_WAY
    assert trial.solve().cause == "done"
