"""Room for four on the cluster: red, green, red again, each wrong way by its own word; two predictions of 06."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.lesson import ways
from labkit.lesson.steps.verdict import Grade
from labkit.lesson.ways import FILE
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

_APPLY = ("apply", "-f", FILE)


def _on(key: str, kubectl: Kubectl, source: Source) -> Trial:
    """Return a step at the notebook's start, without the front door."""
    return Trial(key, kubectl, source, apps=("auth", "hello"))


def test_room_for_four(kubectl: Kubectl, source: Source) -> None:
    """What is only written; too many at once; too many since the old ones are still there; and enough room."""
    trial = _on("room-for-four", kubectl, source)
    verdict = trial.begin()
    assert (verdict.cause, verdict.facts["surge"]) == ("nothing-yet", 1)

    trial.workspace.edit(FILE, "localhost/hello:1.0.0", "localhost/hello:2.0.0")
    trial.run(*_APPLY)
    assert trial.until("rolling").grade is Grade.NOT_YET
    verdict = trial.until("surge")
    assert verdict.grade is Grade.WRONG_WAY
    assert int(verdict.facts["most"]) > 4

    trial.reset()
    trial.workspace.edit(FILE, "maxSurge: 1", "maxSurge: 0")
    assert trial.look().cause == "not-applied"
    trial.run(*_APPLY)
    assert trial.until("template-unchanged").facts["version"] == "1.0.0"
    trial.run("rollout", "restart", "deployment/hello")
    assert trial.until("overlap").grade is Grade.WRONG_WAY

    verdict = trial.solve()
    assert (verdict.grade, verdict.facts["most"], verdict.facts["least"]) == (Grade.DONE, 4, 2)


def test_room_for_four_other_ways(kubectl: Kubectl, source: Source) -> None:
    """Recreate leaves nobody to answer; one replica; what is paused, stuck, or not there; and 25 % of three."""
    trial = _on("room-for-four", kubectl, source)
    trial.begin()
    trial.workspace.edit(FILE, *_edit_of("recreate"))
    trial.workspace.edit(FILE, "localhost/hello:1.0.0", "localhost/hello:2.0.0")
    trial.run(*_APPLY)
    assert trial.until("lost").facts["least"] == 0
    trial.run("rollout", "pause", "deployment/hello")
    assert trial.until("paused").grade is Grade.WRONG_WAY
    trial.run("scale", "deployment/hello", "--replicas=1")
    trial.run("rollout", "resume", "deployment/hello")
    assert trial.until("too-few").facts["replicas"] == 1

    trial.reset()
    bounds = '{"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}}}'
    trial.run("patch", "deployment", "hello", "-p", bounds)
    trial.run("rollout", "restart", "deployment/hello")
    assert trial.observed("25-percent").choice == "like-1-0"
    trial.run("set", "image", "deployment/hello", "hello=localhost/hello:3.0.0")
    assert trial.until("stuck", seconds=120).facts["version"] == "3.0.0"
    trial.run("delete", "deployment", "hello", "--wait=false")
    assert trial.until("no-deployment").grade is Grade.WRONG_WAY


def test_a_paused_rollout_notes_what_is_changed(kubectl: Kubectl, source: Source) -> None:
    """And makes no Pod for it."""
    trial = _on("room-for-four", kubectl, source)
    trial.begin()
    trial.run("rollout", "pause", "deployment/hello")
    trial.run("set", "image", "deployment/hello", "hello=localhost/hello:2.0.0")
    assert trial.observed("while-paused").choice == "noted"
    deployment = source.snapshot.deployment("hello")
    assert deployment is not None
    assert [each.desired for each in source.snapshot.replica_sets_of(deployment)] == [3]


def _edit_of(key: str) -> tuple[str, str]:
    """Return the edit of a way; the last, where it has more."""
    edit = ways.way(key).edits[-1]
    return edit.old, edit.new
