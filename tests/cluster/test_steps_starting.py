"""The step and the predictions of 00 on the cluster: red, green, red again, and each wrong way by its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster


@pytest.fixture
def trial(kubectl: Kubectl, source: Source) -> Trial:
    """Return the step at the notebook's start."""
    return Trial("delete-a-pod", kubectl, source)


def test_red_then_green_and_red_again(trial: Trial) -> None:
    """From nothing to one Pod, to another one, and on; it is shown from nothing, too."""
    assert trial.look().cause == "no-deployment"
    assert trial.solve().grade is Grade.DONE
    trial.run("delete", "deployment", "auth")
    trial.until("deployment-deleted")
    assert trial.set_up().cause == "same-pod"
    assert trial.observed("what-create-makes").choice == "all-three"
    verdict = trial.solve()
    assert verdict.grade is Grade.DONE
    assert verdict.facts["old"] != verdict.facts["new"]
    assert trial.observed("after-a-pod-is-deleted").choice == "other"
    trial.run("delete", "pod", str(verdict.facts["new"]), "--wait=false")
    assert trial.until("on-its-way").grade is Grade.NOT_YET
    assert trial.until("done").facts["new"] != verdict.facts["new"]
    assert trial.reset().cause == "same-pod"


def test_who_deletes_the_deployment_is_told(trial: Trial) -> None:
    trial.set_up()
    trial.run("delete", "deployment", "auth")
    assert trial.until("deployment-deleted").grade is Grade.WRONG_WAY
    assert trial.reset().cause == "same-pod"


def test_other_ways_to_another_pod(trial: Trial) -> None:
    """Fewer replicas are another desired state; a restart makes another ReplicaSet."""
    trial.set_up()
    trial.run("scale", "deployment/auth", "--replicas=0")
    assert trial.until("scaled").facts["replicas"] == 0
    trial.reset()
    trial.run("rollout", "restart", "deployment/auth")
    assert trial.until("other-replicaset").grade is Grade.WRONG_WAY
