"""The probe that asks what clients ask, on the cluster: red, green, red again, each wrong way by its own word."""

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


def _edit_of(key: str) -> tuple[str, str]:
    """Return the edit of a way; the last, where it has more."""
    edit = ways.way(key).edits[-1]
    return edit.old, edit.new
