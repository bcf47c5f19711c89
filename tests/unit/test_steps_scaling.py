"""The check and the predictions of 03 on hand-made moments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from labkit.lesson.predictions import scaling as predictions
from labkit.lesson.steps import scaling
from labkit.lesson.steps.acts import Run
from labkit.lesson.steps.evidence import Reply
from tests.unit.handmade import evidence, moment, pod

if TYPE_CHECKING:
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Pod, Snapshot


def pods(*nodes: str) -> list[Pod]:
    """Return a Ready Pod on each of these Nodes, each Node as often as it is named."""
    return [pod(f"{node}{n}", node) for n, node in enumerate(nodes)]


def owners(*fields: dict[str, object]) -> Reply:
    """Return kubectl's answer of who wrote ``replicas``."""
    managed = [{"operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}, **each} for each in fields]
    return Reply(0, json.dumps({"metadata": {"managedFields": managed}}))


APPLIED = owners({"manager": "kubectl-client-side-apply"})
THREE, FIVE = moment(10, *pods("a", "b", "c")), moment(11, *pods("a", "b", "c", "a", "b"), desired=5)
BACK = moment(12, *pods("a", "b", "c"))


def check(*snapshots: Snapshot, diff: Reply | None = None, by: Reply = APPLIED, file: int | None = 3) -> Verdict:
    """Return what the check says."""
    text = f"spec:\n  replicas: {file}   # how many\n" if file is not None else "spec: {}\n"
    replies = {"diff": diff or Reply(0), "owners": by}
    seen = evidence(*snapshots, files={"manifests/hello.yaml": text}, replies=replies)
    return scaling.STEPS[0].look(seen)


def test_five_and_back_by_the_file() -> None:
    causes = [check(*(THREE, FIVE, BACK)[:n]).cause for n in (1, 2, 3)]
    assert causes == ["never-five", "live-object-only", "done"]


@pytest.mark.parametrize(
    ("field", "cause"),
    [
        ({"manager": "kubectl", "subresource": "scale"}, "set-back-by-hand"),
        ({"manager": "kubectl-edit"}, "set-back-by-hand"),
        ({"manager": "kubectl", "operation": "Apply"}, "done"),
        ({"manager": "kubectl-replace"}, "done"),
    ],
)
def test_who_wrote_the_number_last(field: dict[str, object], cause: str) -> None:
    """Apply of either kind, and replace, write what a file says."""
    assert check(THREE, FIVE, BACK, by=owners(field)).cause == cause


def test_where_nobody_says_who_wrote_it_the_state_decides() -> None:
    for reply in (Reply(1), Reply(0, "{}"), Reply(0, "no JSON"), owners()):
        assert check(THREE, FIVE, BACK, by=reply).cause == "done"


def test_a_replica_set_is_put_back_at_once() -> None:
    """Only the recording has seen it; the ReplicaSet of a Deployment that is scaled is no such thing."""
    scaled = moment(11, *pods("a", "b", "c"), in_set=5)
    verdict = check(THREE, scaled, BACK)
    assert (verdict.cause, verdict.facts) == ("replicaset-scaled", {"asked": 5, "replicas": 3})
    assert check(THREE, moment(11, *pods("a", "b", "c"), desired=4, in_set=4), BACK).cause == "never-five"


@pytest.mark.parametrize(
    ("diff", "cause"), [(Reply(-1), "no-answer"), (Reply(2, said="error: no objects passed to diff\n"), "unreadable")]
)
def test_kubectl_cannot_tell(diff: Reply, cause: str) -> None:
    assert check(THREE, FIVE, BACK, diff=diff).cause == cause


def test_more_than_the_number_differs() -> None:
    """The difference that is shown is none of the file names, and not the API server's own counter."""
    text = "--- /tmp/LIVE\n+++ /tmp/MERGED\n@@ -1 +1 @@\n-  generation: 1\n+  generation: 2\n-  port: 80\n+  port: 81\n"
    assert check(THREE, FIVE, BACK, diff=Reply(1, text)).facts == {"line": "+ port: 81"}
    assert check(THREE, FIVE, BACK, diff=Reply(1, "")).facts == {"line": "none"}


def test_a_file_without_a_number_means_one() -> None:
    assert check(THREE, file=None).facts == {"file": 1, "replicas": 3}


def test_pods_are_still_on_their_way() -> None:
    assert check(THREE, FIVE, moment(12, *pods("a", "b"))).facts == {"pods": 2}


def test_show_me_begins_where_the_learner_is() -> None:
    """A file and a cluster that are in order are left as they are."""
    replies = {"diff": Reply(0), "owners": APPLIED}
    files = {"manifests/hello.yaml": "  replicas: 3\n"}
    solve = scaling.STEPS[0].solve
    ready = solve(evidence(THREE, files=files, replies=replies))
    assert [act.words[0] for act in ready if isinstance(act, Run)] == ["scale", "diff", "apply"]
    broken = solve(evidence(THREE, files=files, replies={**replies, "diff": Reply(2)}))
    assert [act.words[0] for act in broken if isinstance(act, Run)] == ["apply", "scale", "diff", "apply"]


class TestPredictions:
    """What the recording says of them."""

    def test_four_and_then_seven(self) -> None:
        """Both must have been seen, in this order."""
        four, seven = pods("a", "b", "c", "a"), pods("a", "b", "c", "a", "b", "c", "a")
        course = THREE, moment(11, *four, desired=4), moment(12, *seven, desired=7)
        observed = predictions._four_and_seven(evidence(*course))
        assert observed is not None
        assert (observed.choice, observed.at) == ("spread", 12)
        assert predictions._four_and_seven(evidence(*course[:2])) is None
        assert predictions._four_and_seven(evidence(course[0], course[2])) is None

    def test_from_seven_to_three(self) -> None:
        """Seven must have been there; while a fourth one is left it is not over."""
        seven = moment(11, *pods(*"abcabca"), desired=7)
        four, three = moment(12, *pods("b", "c", "b", "c")), moment(13, *pods("b", "c", "b"))
        observed = predictions._seven_to_three(evidence(seven, four, three))
        assert observed is not None
        assert (observed.choice, observed.at) == ("uneven", 13)
        assert predictions._seven_to_three(evidence(seven, four)) is None
        assert predictions._seven_to_three(evidence(THREE, three)) is None

    def test_pods_that_are_not_ready_are_waited_for(self) -> None:
        """They have their Nodes already."""
        young = [pod(f"{node}x", node, ready=False) for node in "abc"]
        course = moment(11, *pods("a", "b", "c", "a"), desired=4), moment(12, *pods(*"abca"), *young, desired=7)
        assert predictions._four_and_seven(evidence(*course)) is None

    def test_a_replica_set_is_scaled(self) -> None:
        """Over when there are as many Pods as before."""
        told = moment(11, *pods("a", "b", "c"), in_set=5)
        more = moment(12, *pods("a", "b", "c", "a", "b"))
        observed = predictions._a_replicaset_is_scaled(evidence(THREE, told, more, moment(13, *pods("a", "b", "c"))))
        assert observed is not None
        assert (observed.choice, observed.at) == ("put-back", 13)
        assert predictions._a_replicaset_is_scaled(evidence(THREE, told, more)) is None
        assert predictions._a_replicaset_is_scaled(evidence(THREE, BACK)) is None
