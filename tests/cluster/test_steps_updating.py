"""The seed's order on the cluster: red, green, red again, each wrong way by its own word; predictions of 05."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.lesson.steps.updating import FILE
from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

_APPLY = ("apply", "-f", FILE)


@pytest.fixture
def trial(kubectl: Kubectl, source: Source) -> Trial:
    """Return the step at the notebook's start, without the front door."""
    return Trial("the-seeds-order", kubectl, source, apps=("auth", "hello"))


def test_red_then_green_and_red_again(trial: Trial) -> None:
    """The old order, what keeps the right one from its beginning, the right one by "show me"; and the old one again."""
    assert trial.begin().cause == "nothing-yet"

    trial.workspace.edit(FILE, "localhost/hello:1.0.0", "localhost/hello:2.0.0")
    trial.run(*_APPLY)
    assert trial.until("rolling").grade is Grade.NOT_YET
    verdict = trial.until("old-first")
    assert (verdict.grade, verdict.facts["unavailable"], verdict.facts["surge"]) == (Grade.WRONG_WAY, 1, 1)
    assert trial.observed("which-goes-first-1-1").choice == "old-first"

    # neither bound leaves room: the API server refuses it, so nothing changes, and the file tells
    trial.workspace.edit(FILE, "maxUnavailable: 1", "maxUnavailable: 0")
    trial.workspace.edit(FILE, "maxSurge: 1", "maxSurge: 0")
    with pytest.raises(LabError, match="maxUnavailable"):
        trial.run(*_APPLY)
    assert trial.look().cause == "both-zero"

    trial.workspace.edit(FILE, "maxSurge: 0", "maxSurge: 1")
    assert trial.look().cause == "not-applied"
    trial.run(*_APPLY)
    assert trial.until("template-unchanged").facts["version"] == "2.0.0"

    verdict = trial.solve()
    assert (verdict.grade, verdict.facts["old"], verdict.facts["least"]) == (Grade.DONE, 3, 3)
    assert trial.observed("which-goes-first-1-0").choice == "new-first"

    trial.run("rollout", "pause", "deployment/hello")
    assert trial.until("paused").grade is Grade.WRONG_WAY
    assert trial.reset().cause == "nothing-yet"
    trial.run("rollout", "restart", "deployment/hello")
    assert trial.until("old-first", seconds=90).grade is Grade.WRONG_WAY


def test_other_ways(trial: Trial) -> None:
    """The strategy is patched and the Pods restarted; an image that does not exist; one replica; nothing at all."""
    trial.begin()
    bounds = '{"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}}}'
    trial.run("patch", "deployment", "hello", "-p", bounds)
    assert trial.until("template-unchanged").facts["version"] == "1.0.0"
    trial.run("rollout", "restart", "deployment/hello")
    assert trial.until("done").grade is Grade.DONE

    trial.run("set", "image", "deployment/hello", "hello=localhost/hello:3.0.0")
    assert trial.until("stuck").facts["version"] == "3.0.0"
    trial.run("scale", "deployment/hello", "--replicas=1")
    assert trial.until("too-few").facts["replicas"] == 1
    # from all of that
    assert trial.solve().grade is Grade.DONE

    trial.run("delete", "deployment", "hello", "--wait=false")
    assert trial.until("no-deployment").grade is Grade.WRONG_WAY
    assert trial.reset().cause == "nothing-yet"
