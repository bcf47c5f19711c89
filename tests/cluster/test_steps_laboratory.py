"""The laboratory's exercises on the cluster: red, green, red again, each wrong way by its own word; its predictions."""

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
_HEALTH = "path: /readiness, port: health"


def _on(key: str, kubectl: Kubectl, source: Source) -> Trial:
    """Return a step at the notebook's start, without the front door."""
    return Trial(key, kubectl, source, apps=("auth", "hello"))


def test_a_probe_that_asks_what_clients_ask(kubectl: Kubectl, source: Source) -> None:
    """The wrong version takes over; it is repaired instead; it is kept out, by "show me"; and what is paused."""
    trial = _on("ask-what-clients-ask", kubectl, source)
    assert trial.set_up().cause == "nothing-yet"

    trial.run(*_APPLY)
    assert trial.until("rolling").grade is Grade.NOT_YET
    verdict = trial.until("took-over")
    assert (verdict.grade, verdict.facts["port"]) == (Grade.WRONG_WAY, "health")
    assert trial.observed("ready-but-wrong").choice == "through"

    trial.run("set", "env", "deployment/hello", "PORT-")
    assert trial.until("right-version").grade is Grade.WRONG_WAY
    # from all of that
    assert trial.solve().grade is Grade.DONE
    assert len(source.snapshot.receiving("hello")) >= 2

    trial.run("rollout", "pause", "deployment/hello")
    assert trial.until("paused").grade is Grade.WRONG_WAY
    trial.run("rollout", "resume", "deployment/hello")
    assert trial.until("done").grade is Grade.DONE

    trial.workspace.edit(FILE, "path: /version, port: http", "path: /well, port: 80")
    trial.run(*_APPLY)
    assert trial.until("wrong-path").facts["path"] == "/well"
    trial.workspace.edit(FILE, "path: /well, port: 80", "path: /, port: 8080")
    trial.run(*_APPLY)
    assert trial.until("took-over").facts["port"] == "8080"
    trial.run("delete", "deployment", "hello", "--wait=false")
    assert trial.until("no-deployment").grade is Grade.WRONG_WAY


def test_who_goes_is_not_the_probes_to_say(kubectl: Kubectl, source: Source) -> None:
    """No probe at all; and all old Pods gone at once, with a probe that keeps the new ones out."""
    trial = _on("ask-what-clients-ask", kubectl, source)
    trial.set_up()
    trial.workspace.edit(FILE, *_edit_of("no probe"))
    trial.run(*_APPLY)
    assert trial.until("no-probe").grade is Grade.WRONG_WAY

    assert trial.reset().cause == "nothing-yet"
    trial.workspace.edit(FILE, _HEALTH, "path: /version, port: http")
    assert trial.look().cause == "not-applied"
    trial.workspace.edit(FILE, *_edit_of("recreate"))
    trial.run(*_APPLY)
    assert trial.until("not-enough").facts["least"] == 0


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
    assert trial.until("stuck").facts["version"] == "3.0.0"
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
    """Return the one edit of a way."""
    (edit,) = ways.way(key).edits
    return edit.old, edit.new
