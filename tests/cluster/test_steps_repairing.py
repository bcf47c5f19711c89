"""The repaired file on the cluster: red, green, red again, and each wrong way by its own word; who serves meanwhile."""

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
_RIGHT, _MISSING = "localhost/hello:1.0.0", "localhost/hello:3.0.0"


@pytest.fixture
def trial(kubectl: Kubectl, source: Source) -> Trial:
    """Return the step at the notebook's start, without the front door."""
    return Trial("repair-the-file", kubectl, source, apps=("auth", "hello"))


def test_red_then_green_and_red_again(trial: Trial) -> None:
    """Undo changes the cluster only, an edited file nothing until it is applied; and "show me" the same once more."""
    assert trial.set_up().cause == "not-begun"

    trial.run("rollout", "undo", "deployment/hello")
    assert trial.until("undo-only").facts == {"file": _MISSING, "version": "1.0.0"}
    # that suffices, after an undo: apply would find nothing to change
    trial.workspace.edit(FILE, _MISSING, _RIGHT)
    assert trial.until("done").grade is Grade.DONE

    trial.workspace.edit(FILE, "progressDeadlineSeconds: 15", "progressDeadlineSeconds: 600")
    assert trial.look().facts["differs"] == "- progressDeadlineSeconds: 15; + progressDeadlineSeconds: 600"
    trial.run(*_APPLY)
    assert trial.until("done").grade is Grade.DONE

    assert trial.reset().cause == "not-begun"
    assert trial.solve().grade is Grade.DONE
    trial.run("rollout", "pause", "deployment/hello")
    assert trial.until("paused").grade is Grade.WRONG_WAY
    trial.run("rollout", "resume", "deployment/hello")
    trial.run("set", "image", "deployment/hello", f"hello={_MISSING}")
    assert _MISSING in str(trial.until("not-applied").facts["differs"])


def test_who_serves_while_it_is_stuck(trial: Trial) -> None:
    """Set-up rolls out what does not exist; two of three go on serving."""
    trial.begin()
    trial.do(trial.step.setup(trial.gatherer.gather(afresh=True)))
    assert trial.observed("who-still-serves").choice == "two"


def test_other_ways(trial: Trial) -> None:
    """A file with one replica, with another version, with another image; one that is no YAML; and no Deployment."""
    trial.set_up()
    trial.workspace.restore(FILE)
    assert trial.look().cause == "file-replicas"
    trial.run(*_APPLY)
    trial.workspace.edit(FILE, "replicas: 1", "replicas: 3")
    assert trial.until("scaled").facts["replicas"] == 1
    trial.workspace.edit(FILE, _RIGHT, "localhost/hello:2.0.0")
    assert trial.look().cause == "rolled-forward"
    trial.workspace.edit(FILE, "localhost/hello:2.0.0", "localhost/hello:4.0.0")
    assert trial.look().cause == "undo-only", "the cluster runs 1.0.0 since the original was applied"
    trial.run(*_APPLY)
    assert trial.until("other-image").facts["image"] == "localhost/hello:4.0.0"
    (trial.workspace.root / FILE).write_text("kind: Deployment\n  replicas: 3\n")
    with pytest.raises(LabError):
        trial.run(*_APPLY)
    assert "line 2" in str(trial.look().facts["said"])
    trial.run("delete", "deployment", "hello", "--wait=false")
    assert trial.until("no-deployment").grade is Grade.WRONG_WAY
    # from nothing, with a file that is none
    assert trial.solve().grade is Grade.DONE
    trial.run("delete", "deployment", "hello", "--wait=false")
    trial.until("no-deployment")
    assert trial.reset().cause == "not-begun"
    trial.workspace.edit(FILE, _MISSING, _RIGHT)
    assert str(trial.look().facts["differs"]).startswith(f"- - image: {_MISSING}; + - image: {_RIGHT}")
