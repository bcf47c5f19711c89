"""The checks and predictions of 04 on hand-made moments."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit.lesson.predictions import healing as predictions
from labkit.lesson.steps import budgets, draining, healing
from labkit.lesson.steps.acts import Run
from labkit.lesson.steps.evidence import Reply
from labkit.recording.request import Request
from tests.unit.handmade import evidence, moment, pod

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Snapshot

A1, A2, B1, C1 = pod("a1", "a"), pod("a2", "a"), pod("b1", "b"), pod("c1", "c")


def answered(at: float) -> Request:
    """Return a request that was answered at once."""
    return Request(at, "1.0.0", 0.01, "a1", 1, ("200",))


def lost(at: float) -> Request:
    """Return a request that found nobody, three times."""
    return Request(at, None, 3.0, "504 Gateway Timeout", 3, ("504", "504", "504"))


class TestUsedAgain:
    """Node c came back, and has no Pod."""

    GROUND = moment(10, A1, A2, B1)
    USED = moment(20, A1, B1, C1)

    @staticmethod
    def check(seen: Evidence) -> Verdict:
        """Return what the check says."""
        return healing.STEPS[0].look(seen)

    def test_a_lost_request_is_harm_until_the_node_is_empty_again(self) -> None:
        """Whoever brings the ground about again may try anew."""
        asked = [answered(9), lost(11), answered(12)]
        verdict = self.check(evidence(self.GROUND, self.USED, requests=asked))
        assert (verdict.cause, verdict.facts) == ("lost-requests", {"lost": 1})
        again = moment(30, A1, A2, B1), moment(40, A1, B1, C1)
        assert self.check(evidence(self.GROUND, self.USED, *again, requests=asked)).cause == "done"

    def test_what_was_lost_before_the_step_began_is_not_its_doing(self) -> None:
        """Such as what the dead Node cost."""
        assert self.check(evidence(self.GROUND, self.USED, requests=[lost(9.5)])).facts == {"node": "c", "least": 3}

    def test_without_a_client_the_service_tells(self) -> None:
        """Two may be left to answer, one may not."""
        for left, cause in (([A1, B1], "done"), ([A1], "too-few")):
            assert self.check(evidence(self.GROUND, moment(15, *left), self.USED)).cause == cause

    def test_the_replacement_may_come_where_its_predecessor_was(self) -> None:
        """Something was tried, and the Node is empty still."""
        seen = evidence(self.GROUND, moment(15, A1, B1), moment(20, A1, pod("a3", "a"), B1))
        assert self.check(seen).facts == {"node": "c", "pod": "a3", "other": "a"}
        assert self.check(evidence(self.GROUND)).cause == "nothing-moves"

    def test_a_node_is_gone(self) -> None:
        """One that does not answer is named."""
        silent = moment(20, A1, A2, B1, silent=["c"])
        assert self.check(evidence(self.GROUND, silent)).facts["node"] == "c"

    def test_a_rollout_is_over_when_it_is_complete(self) -> None:
        """Three Ready on three Nodes are not enough while an old one is among four."""
        assert self.check(evidence(self.GROUND, moment(20, A1, A2, B1, C1))).cause == "on-its-way"

    def test_show_me_makes_the_ground_first_where_it_is_gone(self) -> None:
        """And makes none where it is there."""
        first = healing.STEPS[0].solve(evidence(self.USED))
        assert [act.words[0] for act in first if isinstance(act, Run)] == [
            "cordon",
            "delete",
            "uncordon",
            "scale",
            "scale",
        ]
        assert len(healing.STEPS[0].reset(evidence(self.GROUND))) == 1


def listed(*made: dict[str, object]) -> Reply:
    """Return kubectl's answer with budgets of these specs, made at second 5 and counted."""
    items = [
        {
            "metadata": {"name": f"b{n}", "creationTimestamp": "1970-01-01T00:00:05Z", "generation": 1},
            "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "hello"}}, **spec},
            "status": {"observedGeneration": 1, "expectedPods": 3, "desiredHealthy": 2},
        }
        for n, spec in enumerate(made)
    ]
    return Reply(0, json.dumps({"items": items}))


class TestDrained:
    """Node a carries one Pod of hello, and is drained."""

    BEFORE = moment(10, A1, B1, C1)
    CORDONED = moment(11, A1, B1, C1, cordoned=["a"])
    LEAVES = moment(12, pod("a1", "a", end=27, evicted=True), B1, C1, pod("b2", "b", ready=False), cordoned=["a"])
    EMPTY = moment(20, B1, C1, pod("b2", "b"), cordoned=["a"])

    @staticmethod
    def check(*snapshots: Snapshot, reply: Reply | None = None) -> Verdict:
        """Return what the check says."""
        return draining.STEPS[0].look(evidence(*snapshots, replies={"budgets": reply or listed({})}))

    def test_step_by_step(self) -> None:
        """As a drain does it."""
        course = (self.BEFORE, self.CORDONED, self.LEAVES, self.EMPTY)
        causes = [self.check(*course[:n]).cause for n in range(1, 5)]
        assert causes == ["not-drained", "cordoned-only", "draining", "done"]
        assert self.check(*course).facts == {"node": "a", "says": "minAvailable: 2", "least": 2}

    def test_the_end_of_a_deletion_is_not_its_beginning(self) -> None:
        """At its end the kubelet sets the grace to 0: then the deletion's time is later than the budget's."""
        begins = moment(12, pod("a1", "a", end=18, evicted=True), B1, C1, cordoned=["a"])
        assert self.check(self.BEFORE, self.CORDONED, begins, self.LEAVES, self.EMPTY).cause == "without-budget"

    def test_something_else_took_a_pod(self) -> None:
        """A budget can't prevent what does not ask it."""
        fewer = moment(13, B1, cordoned=["a"])
        verdict = self.check(self.BEFORE, self.CORDONED, self.LEAVES, fewer, self.EMPTY)
        assert (verdict.cause, verdict.facts) == ("below", {"least": 1, "keeps": 2})

    def test_what_was_before_the_cordon_does_not_count(self) -> None:
        """It was not the drain that did it."""
        early = moment(9, B1), moment(9.5, pod("x", "a", end=20), B1)
        assert self.check(*early, self.BEFORE, self.CORDONED, self.LEAVES, self.EMPTY).cause == "done"

    def test_of_two_closed_nodes_the_one_that_had_pods_counts(self) -> None:
        """The other one was closed later, and was empty."""
        both = moment(21, B1, C1, pod("b2", "b"), cordoned=["a", "d"], nodes=["a", "b", "c", "d"])
        assert self.check(self.BEFORE, self.CORDONED, self.LEAVES, self.EMPTY, both).facts["node"] == "a"

    def test_a_budget_is_not_judged_before_it_is_counted(self) -> None:
        """Its numbers are Kubernetes' own."""
        young = json.loads(listed({}).text)
        young["items"][0]["status"] = {}
        assert self.check(self.BEFORE, reply=Reply(0, json.dumps(young))).cause == "not-drained"

    def test_kubectl_does_not_answer(self) -> None:
        """Then nobody can tell."""
        assert self.check(self.BEFORE, reply=Reply(-1)).cause == "no-answer"

    def test_pods_deleted_while_all_nodes_are_open(self) -> None:
        """The recording has seen it."""
        gone = moment(12, pod("a1", "a", end=27), B1, C1)
        assert self.check(self.BEFORE, gone).facts == {"pod": "a1"}


@pytest.mark.parametrize(
    ("selector", "is_for"),
    [
        ({}, True),
        (None, False),
        ({"matchLabels": {"app": "hello"}}, True),
        ({"matchLabels": {"app": "helo"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["auth", "hello"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["hello"]}]}, False),
        ({"matchExpressions": [{"key": "track", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "track", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_for_which_pods_a_budget_is(selector: object, is_for: bool) -> None:
    (budget,) = budgets.budgets(listed({"selector": selector}).text)
    assert budget.is_for({"app": "hello", "track": "stable"}) is is_for


def test_what_is_no_list_of_budgets() -> None:
    with pytest.raises(ValueError, match="no list of budgets"):
        budgets.budgets('{"items": [{}]}')


class TestWhileANodeIsDead:
    """Node a dies at second 100, is given up at 118, and dropped by the Service at 118.2."""

    COURSE = (
        moment(90, A1, B1, C1),
        moment(118, A1, B1, C1, silent=["a"]),
        moment(118.2, pod("a1", "a", ready=False), B1, C1, silent=["a"]),
    )

    @staticmethod
    def asked(*, until: float, every: int) -> list[Request]:
        """Return twenty requests a second; one in `every` fails, from the Node's death on until it is dropped."""
        found = []
        for n in range(int((until - 90) * 20)):
            at = 90 + n / 20
            dead = 100 <= at < 118.2
            found.append(lost(at) if dead and every and n % every == 0 else answered(at))
        return found

    def test_a_third_find_nobody(self) -> None:
        """Counted from the first that failed; drawn just before the Node was given up."""
        seen = evidence(*self.COURSE, requests=self.asked(until=123, every=3))
        observed = predictions._requests_to_a_dead_node(seen)
        assert observed is not None
        assert (observed.choice, observed.at) == ("third", 117.5)

    def test_the_service_may_be_heard_before_the_node(self) -> None:
        """They are watched apart; which of the two comes first is a matter of milliseconds."""
        dropped, given_up = moment(118, pod("a1", "a", ready=False), B1, C1), moment(118.2, B1, C1, silent=["a"])
        course = (self.COURSE[0], dropped, replace(given_up, objects=self.COURSE[2].objects))
        observed = predictions._requests_to_a_dead_node(evidence(*course, requests=self.asked(until=123, every=3)))
        assert observed is not None
        assert observed.choice == "third"

    @pytest.mark.parametrize(
        ("until", "every", "asking", "missed"),
        [
            (123, 1, True, ("another-share", {"percent": 100})),
            (123, 0, True, ("another-share", {"percent": 0})),
            (121, 3, True, None),
            (121, 3, False, ("no-client", {})),
            (90, 0, True, ("no-client", {})),
        ],
    )
    def test_nothing_is_said_that_is_not_so(
        self, until: float, every: int, asking: bool, missed: tuple[str, object] | None
    ) -> None:
        """Not of other shares, not while answers may still come, not without a client; but why, if it is certain."""
        seen = evidence(*self.COURSE, requests=self.asked(until=until, every=every))
        assert predictions._requests_to_a_dead_node(seen) is None
        why = predictions._requests_missed(replace(seen, asking=asking))
        assert (why and (why.cause, why.facts)) == missed

    def test_nobody_waits_for_a_node_that_nobody_lost(self) -> None:
        """One that is away will be given up, unless it was so already when one was asked."""
        whole, silent = self.COURSE[0], moment(118, A1, B1, C1, silent=["a"])
        for missed in (predictions._dead_pods_missed, predictions._requests_missed):
            found = missed(evidence(whole))
            assert found is not None
            assert found.cause == "no-node-lost"
            assert missed(replace(evidence(whole), away=frozenset({"a"}))) is None
            late = missed(replace(evidence(silent), away=frozenset({"a"})))
            assert late is not None
            assert (late.cause, late.facts) == ("asked-late", {"node": "a"})

    def test_a_pod_was_missing_already(self) -> None:
        """Then nobody sees three of three."""
        two = moment(112, A1, B1), moment(118, A1, B1, silent=["a"])
        found = predictions._dead_pods_missed(evidence(moment(90, A1, B1), *two))
        assert found is not None
        assert found.cause == "not-whole"
        assert predictions._dead_pods_missed(evidence(*self.COURSE)) is None

    def test_what_kubectl_says_meanwhile(self) -> None:
        """Drawn while the Node was dead for certain; not before it was given up."""
        observed = predictions._a_dead_nodes_pods(evidence(*self.COURSE))
        assert observed is not None
        assert (observed.choice, observed.at) == ("as-before", 113.0)
        assert predictions._a_dead_nodes_pods(evidence(self.COURSE[0])) is None

    def test_a_node_without_hello_tells_nothing(self) -> None:
        """Neither of its Pods nor of requests."""
        course = moment(90, B1, C1), moment(118, B1, C1, silent=["a"])
        assert predictions._a_dead_nodes_pods(evidence(*course)) is None
        assert predictions._requests_to_a_dead_node(evidence(*course)) is None
        assert predictions._dead_pods_missed(evidence(*course)) is not None

    def test_the_node_returns(self) -> None:
        """Not before its old Pod is gone, and the Node takes Pods again."""
        rest = (B1, C1, pod("b2", "b"))
        silent = moment(130, pod("a1", "a", end=140), *rest, silent=["a"])
        back = moment(131, pod("a1", "a", end=140), *rest), moment(132, *rest, tainted=["a"]), moment(133, *rest)
        assert predictions._a_node_returns(evidence(silent)) is None
        assert predictions._a_node_returns(evidence(silent, *back[:2])) is None
        observed = predictions._a_node_returns(evidence(silent, *back))
        assert observed is not None
        assert (observed.choice, observed.at) == ("nothing", 133)
        assert predictions._return_missed(evidence(silent, *back[:1])) is None
        assert predictions._return_missed(evidence(silent, *back)) is None

    def test_the_node_returns_too_early(self) -> None:
        """Its Pod is kept, or replaced on this very Node; that is certain once all is settled."""
        silent = moment(118, A1, B1, C1, silent=["a"])
        for kept, under_way in ((A1, A1), (pod("a3", "a"), pod("a3", "a", ready=False))):
            back = moment(120, under_way, B1, C1, tainted=["a"]), moment(122, kept, B1, C1)
            assert predictions._return_missed(evidence(silent, back[0])) is None
            found = predictions._return_missed(evidence(silent, *back))
            assert found is not None
            assert (found.cause, found.facts) == ("too-early", {"node": "a", "pod": kept.name})
            assert predictions._a_node_returns(evidence(silent, *back)) is None

    def test_no_node_was_away(self) -> None:
        """Not while one is: it will return."""
        assert predictions._return_missed(evidence(self.COURSE[1])) is None
        assert predictions._return_missed(replace(evidence(self.COURSE[0]), away=frozenset({"a"}))) is None
        found = predictions._return_missed(evidence(self.COURSE[0]))
        assert found is not None
        assert found.cause == "none-away"
