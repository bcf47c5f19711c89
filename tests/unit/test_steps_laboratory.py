"""The checks and predictions of 06 on recordings and hand-made evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from labkit.lesson import preparing, ways
from labkit.lesson.predictions import replacing
from labkit.lesson.steps import crowding, filed, probing
from labkit.lesson.steps.acts import Edit, Run
from labkit.lesson.steps.evidence import Reply
from labkit.lesson.steps.verdict import Grade
from labkit.paths import LESSON
from labkit.recording.request import Request
from tests.unit import recording
from tests.unit.test_steps_updating import SCALED, STUCK, THREE, UPDATED, evidence, rollout

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict

WRONG = THREE.replace(ways.WRONG_PORT.old, ways.WRONG_PORT.new).replace("hello:1.0.0", "hello:2.0.0")
#: A time in the recorded rollout at which new Pods run and are not Ready, and one at which it is over.
RUNNING, OVER = 1795463772.0, 1795463777.0


def live(*edits: tuple[str, str]) -> Reply:
    """Return what kubectl says of a Deployment that the wrong file was applied to, with some edits."""
    text = WRONG
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return Reply(0, json.dumps(yaml.safe_load(text)))


HEALTH = "path: /readiness, port: health"
LOST = Request(1795463772.0, None, 0.1, "502 Bad Gateway", 3)


class TestAskWhatClientsAsk:
    """Verdicts on a recorded rollout, with what kubectl could say of its template."""

    @staticmethod
    def check(seen: Evidence, reply: Reply | None = None) -> Verdict:
        """Return what the check says."""
        return probing.STEPS[0].check(replace(seen, replies={"live": live() if reply is None else reply}))

    def test_before_anything_rolls(self) -> None:
        """What the file says decides."""
        assert self.check(rollout(SCALED + 5, file=WRONG)).cause == "nothing-yet"
        asking = WRONG.replace(HEALTH, "path: /, port: 80")
        assert self.check(rollout(SCALED + 5, file=asking)).cause == "not-applied"
        assert self.check(rollout(SCALED + 5, file="kind: [")).cause == "nothing-yet"

    def test_the_probe_says_yes(self) -> None:
        """Named by the port that it asks."""
        assert self.check(rollout(RUNNING)).facts == {"port": "health"}
        assert self.check(rollout(OVER)).cause == "took-over"
        at_8080 = live((HEALTH, "path: /, port: 8080"))
        assert self.check(rollout(OVER), at_8080).facts == {"port": "8080", "lost": 0}

    def test_other_wrong_ways(self) -> None:
        """Repaired, another probe, a path that nobody answers, and no Deployment."""
        assert self.check(rollout(RUNNING), live(("PORT, value", "PART, value"))).cause == "right-version"
        assert self.check(rollout(RUNNING), live(('value: "8080"', 'value: "80"'))).cause == "right-version"
        assert (
            self.check(rollout(RUNNING), live((f"httpGet: {{{HEALTH}}}", "exec: {command: [ls]}"))).cause == "rolling"
        )
        path = self.check(rollout(RUNNING), live((HEALTH, "path: /secure, port: http")))
        assert (path.cause, path.facts["path"]) == ("wrong-path", "/secure")
        assert self.check(rollout(RUNNING), Reply(0, "")).cause == "no-deployment"

    def test_kept_out(self) -> None:
        """Once the kubelet has told of it; and only where nothing was lost."""
        asking = live((HEALTH, "path: /version, port: http"))
        assert self.check(rollout(RUNNING), asking).cause in {"done", "not-asked-yet"}
        lost = evidence(recording.changes(), RUNNING, SCALED, {}, [LOST])
        verdict = self.check(lost, asking)
        assert (verdict.cause, verdict.facts["lost"], verdict.facts["least"]) == ("not-enough", 1, 2)

    def test_a_tcp_probe_of_the_clients_port_will_do(self) -> None:
        """Nobody listens there."""
        asking = live((f"httpGet: {{{HEALTH}}}", "tcpSocket: {port: http}"))
        assert self.check(rollout(RUNNING), asking).cause in {"done", "not-asked-yet"}

    def test_a_solution_begins_where_the_learner_is(self) -> None:
        """At the beginning it is one edit; after anything else it begins anew."""
        solve = probing.STEPS[0].solve
        begun = solve(rollout(SCALED + 5, file=WRONG))
        assert [type(act) for act in begun[:2]] == [Edit, Run]
        for seen in (rollout(SCALED + 5, file=THREE), rollout(RUNNING, file=WRONG)):
            assert solve(seen)[: len(preparing.acts(ways.way("ready but wrong")))]
            assert sum(isinstance(act, Run) for act in solve(seen)) == 2


class TestRoomForFour:
    """Verdicts on the recorded rollouts."""

    @staticmethod
    def check(seen: Evidence) -> Verdict:
        """Return what the check says."""
        return crowding.STEPS[0].check(seen)

    def test_too_many_at_once(self) -> None:
        """With 1/1 there were more than four, and it is not over while one is Terminating."""
        causes = [self.check(rollout(OVER - 6 + each / 4)).cause for each in range(24)]
        assert causes == ["rolling"] * causes.count("rolling") + ["surge"] * causes.count("surge")
        assert causes.count("rolling") > 10
        verdict = self.check(rollout(OVER))
        assert verdict.grade is Grade.WRONG_WAY
        assert verdict.facts["surge"] == 1
        assert int(verdict.facts["most"]) > 4

    def test_what_was_lost_counts_more(self) -> None:
        """Than how many there were."""
        verdict = self.check(evidence(recording.changes(), OVER, SCALED, {}, [LOST]))
        assert (verdict.cause, verdict.facts["lost"]) == ("lost", 1)

    def test_stuck(self) -> None:
        """By its version and why."""
        assert self.check(rollout(STUCK)).facts == {"version": "3.0.0", "why": "ErrImagePull"}

    @pytest.mark.parametrize(
        ("old", "new", "cause"),
        [
            ("", "", "nothing-yet"),
            ("maxSurge: 1", "maxSurge: 0", "not-applied"),
            ("type: RollingUpdate", "type: Recreate", "not-applied"),
            ("kind: Deployment", "kind: [", "nothing-yet"),
        ],
    )
    def test_what_the_file_says_before_anything_rolls(self, old: str, new: str, cause: str) -> None:
        """Nothing that matters, no surge, or nothing that can be read."""
        file = THREE.replace(old, new) if old else THREE
        assert self.check(rollout(SCALED + 5, file=file)).cause == cause

    def test_a_solution_waits_for_a_quiet_beginning(self) -> None:
        """Pods of the rollout before would be counted."""
        solve = crowding.STEPS[0].solve
        assert sum(isinstance(act, Run) for act in solve(rollout(SCALED + 5))) == 1
        assert sum(isinstance(act, Run) for act in solve(rollout(RUNNING))) == 2


class TestPredictions:
    """What the recorded rollouts answer."""

    def test_the_order(self) -> None:
        """Of a rollout that is over."""
        seen = replacing._25_percent(rollout(UPDATED))
        assert seen is not None
        assert seen.choice == "like-1-1"
        assert replacing._25_percent(rollout(RUNNING)) is None

    def test_when_requests_were_lost(self) -> None:
        """At once, or while old Pods that have left the Service still answer for some seconds."""
        left = 1795463774.6
        answered = [Request(left + each / 4, "1.0.0", 0.01, "old") for each in range(12)]
        late = Request(left + 3.2, None, 0.1, "502", 3)
        for asked, choice in (
            ([], "none"),
            ([Request(left, None, 0.1, "502", 3)], "at-once"),
            ([*answered, late], "once-gone"),
            # one that was lost in passing, with much to do, is not the gap
            ([Request(left - 0.5, None, 0.1, "502", 3), *answered, late], "once-gone"),
        ):
            seen = replacing._recreate(evidence(recording.changes(), OVER, SCALED, {}, asked))
            assert seen is not None
            assert seen.choice == choice, asked

    def test_what_becomes_of_a_rollout(self) -> None:
        """It goes to its end, or is stuck."""
        assert replacing._ready_but_wrong(rollout(SCALED + 5)) is None
        through, stuck = (replacing._ready_but_wrong(rollout(at)) for at in (OVER, STUCK))
        assert through is not None
        assert stuck is not None
        assert (through.choice, stuck.choice) == ("through", "stuck")

    def test_nothing_is_paused(self) -> None:
        """So nothing is answered."""
        assert replacing._while_paused(rollout(STUCK)) is None


def test_a_container_in_a_file() -> None:
    """Empty where there is none, whatever stands there."""
    text = (LESSON / ways.FILE).read_text(encoding="utf-8")
    found: Any = filed.container(text, "hello")
    assert found["readinessProbe"]["httpGet"]["port"] == "health"
    for other in ("", "a: [", "3", "metadata: {name: hello}"):
        assert filed.container(other, "hello") == {}
    assert probing._port({}) == probing._port({"readinessProbe": {"exec": {}}}) == ""
    assert probing._container("[]") is None
