"""The checks of 05 on recordings and hand-made evidence: what a cluster does too rarely, or too fast, to wait for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit.lesson.predictions import updating as predictions
from labkit.lesson.steps import canary, filed, repairing, rolled, updating
from labkit.lesson.steps.acts import Edit, Restore, Run, Until
from labkit.lesson.steps.evidence import Evidence, Reply
from labkit.lesson.steps.verdict import Grade
from labkit.paths import LESSON
from labkit.recording.moments import find
from labkit.recording.request import Request
from labkit.recording.requests import Requests
from labkit.recording.timeline import Timeline
from labkit.state import Store
from tests.unit import recording, replayed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Change

ORIGINAL = (LESSON / updating.FILE).read_text(encoding="utf-8")
THREE = ORIGINAL.replace("replicas: 1", "replicas: 3")
#: The recording's rollouts: 1.0.0 to 2.0.0, to 3.0.0 that does not exist, and back.
SCALED, UPDATED, STUCK, BACK = 1795463765.0, 1795463777.0, 1795463785.0, 1795463796.0


def evidence(
    changes: list[Change],
    until: float,
    since: float,
    files: Mapping[str, str] | None = None,
    requests: Iterable[Request] = (),
) -> Evidence:
    """Return what is known at a time of a recording, of a step that began at another."""
    timeline = Timeline()
    store = Store(timeline.record)
    for change in changes:
        if change.at <= until:
            store.apply(change)
    asked = Requests()
    for request in requests:
        asked.add(request)
    source = replayed.Replayed(timeline, asked, replayed.FACTS, end=timeline.last)
    source.found = find(timeline, asked)
    return Evidence(timeline.latest, source, since, files or {})


def rollout(until: float, since: float = SCALED, file: str = THREE) -> Evidence:
    """Return what is known at a time of the recorded rollouts."""
    return evidence(recording.changes(), until, since, {updating.FILE: file})


class TestTheSeedsOrder:
    """The order of the recorded rollouts, and what the file says of the next one."""

    @staticmethod
    def check(seen: Evidence) -> Verdict:
        """Return what the check says."""
        return updating.STEPS[0].check(seen)

    def test_the_old_order_is_read_off_the_recording(self) -> None:
        """With one unavailable an old Pod goes at once, and two receive all the requests."""
        seen = rollout(UPDATED)
        verdict = self.check(seen)
        assert verdict.cause == "old-first"
        assert verdict.facts == {"unavailable": 1, "surge": 1, "least": 2}
        found = rolled.last(seen, "hello")
        assert found is not None
        assert found.order is not None
        assert (len(found.order.joined), len(found.order.left)) == (3, 3)
        observed = predictions._which_goes_first(seen)
        assert observed is not None
        assert observed.choice == "old-first"
        assert len(seen.recorded.timeline.at(observed.at).receiving("hello")) == 2
        assert predictions._new_first(seen) is None

    def test_it_is_not_over_before_the_last_old_pod_has_left(self) -> None:
        """Complete, says the Deployment; the Service may be a moment behind."""
        began = 1795463770.338
        causes = [self.check(rollout(began + each / 2)).cause for each in range(12)]
        first = causes.index("old-first")
        assert set(causes[:first]) == {"rolling"}
        assert set(causes[first:]) == {"old-first"}

    def test_stuck_and_taken_back(self) -> None:
        """What was taken back before it ever served shows no order."""
        assert self.check(rollout(STUCK)).facts == {"why": "ErrImagePull", "version": "3.0.0"}
        assert self.check(rollout(BACK, since=STUCK)).cause == "none-left"
        assert predictions._which_goes_first(rollout(BACK, since=STUCK)) is None

    @pytest.mark.parametrize(
        ("old", "new", "cause"),
        [
            ("", "", "nothing-yet"),
            ("localhost/hello:1.0.0", "localhost/hello:2.0.0", "nothing-yet"),  # what the notebook's cells leave
            ("maxUnavailable: 1", "maxUnavailable: 0", "not-applied"),
            ("maxUnavailable: 1", "maxUnavailable: 25%", "not-applied"),
            ("kind: Deployment", "kind: [", "nothing-yet"),
        ],
    )
    def test_what_the_file_says_before_anything_rolls(self, old: str, new: str, cause: str) -> None:
        """Nothing that matters, the right bound, or nothing that can be read."""
        file = THREE.replace(old, new) if old else THREE
        assert self.check(rollout(SCALED + 5, file=file)).cause == cause

    @pytest.mark.parametrize("zero", ["0", "0%", '"0%"'])
    def test_both_bounds_zero(self, zero: str) -> None:
        """Told whether something rolled before or not: the cluster does not show what it has refused."""
        file = THREE.replace("maxUnavailable: 1", f"maxUnavailable: {zero}").replace("maxSurge: 1", "maxSurge: 0")
        for until in (SCALED + 5, UPDATED):
            assert self.check(rollout(until, file=file)).cause == "both-zero"

    def test_a_solution_begins_where_the_learner_is(self) -> None:
        """The other version than the one that runs; from a stuck rollout first back to three that serve."""
        solve = updating.STEPS[0].solve
        from_1, from_2, from_stuck = (solve(rollout(at)) for at in (SCALED + 5, UPDATED, STUCK))
        to_2 = Edit(updating.FILE, "localhost/hello:1.0.0", "localhost/hello:2.0.0")
        assert to_2 in from_1
        assert to_2 not in from_2
        assert to_2 in from_stuck
        assert sum(isinstance(act, Run) for act in from_1) == 1
        assert sum(isinstance(act, Run) for act in from_stuck) == 3


class TestRepair:
    """Verdicts on hand-made replies of kubectl."""

    @staticmethod
    def check(seen: Evidence, code: int, text: str = "", said: str = "") -> Verdict:
        """Return what the check says, if kubectl diff said that."""
        return repairing.STEPS[0].check(replace(seen, replies={"diff": Reply(code, text, said)}))

    def test_nobody_answers(self) -> None:
        """Only kubectl knows whether anything differs."""
        seen = rollout(STUCK)
        assert self.check(seen, -1, said="kubectl did not end in 15 s").grade is Grade.UNKNOWN
        assert "diff" in {question.key for question in repairing.STEPS[0].questions}

    def test_an_older_reply_decides_nothing(self) -> None:
        """The file was changed a moment ago: what kubectl said of the one before is not the last word."""
        assert self.check(rollout(STUCK, file=ORIGINAL), 0).cause == "file-replicas"
        assert self.check(rollout(STUCK, file=THREE), 0).cause == "on-its-way"

    @pytest.mark.parametrize(
        ("diff", "differs"),
        [
            ("--- a\n+++ b\n-  generation: 1\n+  generation: 2\n-    replicas: 1\n+  x: 3\n", "- replicas: 1; + x: 3"),
            ('-      {"apiVersion":"apps/v1"}\n+  paused: true\n', "+ paused: true"),
            ("", "see what it says"),
        ],
    )
    def test_what_differs(self, diff: str, differs: str) -> None:
        """The first two lines; not the generation, and not what was applied last."""
        assert self.check(rollout(SCALED + 5), 1, diff).facts["differs"] == differs

    def test_the_solution_edits_what_is_the_learners_where_that_suffices(self) -> None:
        """A file that is wrong elsewhere is the lesson's again."""
        wrong = THREE.replace("hello:1.0.0", "hello:3.0.0") + "# mine\n"
        solve = repairing.STEPS[0].solve
        assert not any(isinstance(act, Restore) for act in solve(rollout(STUCK, file=wrong)))
        assert any(isinstance(act, Restore) for act in solve(rollout(STUCK, file="kind: [")))

    def test_reset_goes_by_three_that_serve(self) -> None:
        """From where nobody serves, the image that does not exist would leave nobody to serve."""
        reset = repairing.STEPS[0].reset
        assert [act.what for act in reset(rollout(SCALED + 5)) if isinstance(act, Until)] == ["stuck"]
        assert [act.what for act in reset(rollout(1795463747.0)) if isinstance(act, Until)] == ["three", "stuck"]


class TestCanary:
    """A recorded canary, with a StatefulSet and a bare Pod behind the same Service."""

    CHANGES = tuple(recording.heard("canary"))
    BEGAN = 1795630828.0
    SERVING, SCALED = BEGAN + 8, 1795630845.5

    def seen(self, until: float, requests: Iterable[Request] = (), files: Mapping[str, str] | None = None) -> Evidence:
        """Return what is known at a time."""
        return evidence(list(self.CHANGES), until, self.BEGAN, files, requests)

    def test_it_comes_and_goes(self) -> None:
        """On its way, serving, and scaled to none."""
        check = canary.STEPS[0].check
        assert check(self.seen(self.BEGAN)).cause == "no-canary"
        assert check(self.seen(self.BEGAN + 2)).cause == "on-its-way"
        assert check(self.seen(self.SERVING)).facts == {"canary": "2.0.0", "stable": "1.0.0", "name": "hello-canary"}
        assert check(self.seen(self.SCALED)).facts["replicas"] == 0

    def test_start_over_takes_the_canary_and_nothing_else(self) -> None:
        """Neither the StatefulSet nor the bare Pod."""
        acts = canary.STEPS[0].reset(self.seen(self.SERVING))
        assert [act.words for act in acts if isinstance(act, Run)] == [
            ("delete", "deployment", "hello-canary", "--ignore-not-found")
        ]

    def test_a_second_file_that_keeps_the_name(self) -> None:
        """Copied and changed but for the name; the copy as it is says nothing."""
        check, copy = canary.STEPS[0].check, "manifests/hello-copy.yaml"
        changed = ORIGINAL.replace("track: stable", "track: canary")
        assert check(self.seen(self.BEGAN, files={copy: changed})).cause == "same-name"
        assert check(self.seen(self.BEGAN, files={copy: ORIGINAL})).cause == "no-canary"

    def test_the_solution_is_the_lessons_file_with_four_changes(self) -> None:
        """Name, track, number and image, without the comments."""
        made = canary._manifest(ORIGINAL)
        (found,) = filed.deployments(made)
        assert (found.name, found.replicas, found.image, found.track) == (
            "hello-canary",
            1,
            "localhost/hello:2.0.0",
            "canary",
        )
        assert "stable" not in made
        assert "#" not in made

    @pytest.mark.parametrize(("each", "choice"), [(4, "quarter"), (3, "quarter"), (2, "half")])
    def test_its_share_of_the_requests(self, each: int, choice: str) -> None:
        """Counted from its first answer on: before, the Nodes may not have heard of it."""
        now = self.seen(self.SERVING).snapshot
        (pod,) = now.pods("track=canary")
        old = now.pods("track=stable")[0]

        def requests(number: int) -> list[Request]:
            which = [old] * 40 + [pod if i % each == 0 else old for i in range(number)]
            return [
                Request(self.BEGAN + 6 + i / 100, "2.0.0" if it is pod else "1.0.0", 0.01, it.name, 1)
                for i, it in enumerate(which)
            ]

        assert predictions._who_answers(self.seen(self.SERVING, requests(80))) is None
        observed = predictions._who_answers(self.seen(self.SERVING, requests(81)))
        assert observed is not None
        assert observed.choice == choice


def test_a_file_that_is_odd() -> None:
    """Not YAML, other kinds, several documents, a number where a map belongs."""
    assert filed.deployments("kind: [") == ()
    assert filed.deployments("kind: Service\n---\n- 1\n---\n") == ()
    assert filed.deployments("kind: Deployment\nspec: 3\n") == (filed.Filed("", None, "", {}, ""),)
    found = filed.deployment(f"{THREE}\n---\n{ORIGINAL.replace('name: hello', 'name: other')}", "hello")
    assert found is not None
    assert (found.replicas, found.image, found.track) == (3, "localhost/hello:1.0.0", "stable")
    assert found.strategy["rollingUpdate"] == {"maxUnavailable": 1, "maxSurge": 1}
