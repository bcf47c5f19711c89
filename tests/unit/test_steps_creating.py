"""The checks and predictions of 01 on hand-made moments: what a cluster does too rarely, or too fast, to wait for."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.lesson.predictions import creating as predictions
from labkit.lesson.steps import creating, letting_go
from labkit.lesson.steps.acts import Run, typed
from labkit.lesson.steps.evidence import Reply
from labkit.lesson.steps.verdict import Grade
from labkit.state import Object, Pod, Service, Snapshot
from tests.unit.handmade import LABELS, evidence, moment, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.verdict import Verdict

_NAME = "hello-67858cd785-"
_CARRIED = {**LABELS, "pod-template-hash": "67858cd785"}


def with_(snapshot: Snapshot, *objects: Object) -> Snapshot:
    """Return a moment with more objects in it, or with others in their place."""
    made = snapshot.objects
    for each in objects:
        kind = type(each).__name__
        made = made.insert(kind, made[kind].insert(each.uid, each))
    return replace(snapshot, objects=made, kept=None)


def hellos(end: str, labels: Mapping[str, str | None] | None = None, *, ready: bool = True, gone: bool = False) -> Pod:
    """Return a Pod that hello's ReplicaSet made, with other labels than it gave it."""
    carried = {key: value for key, value in {**_CARRIED, **(labels or {})}.items() if value is not None}
    owned = carried.items() >= _CARRIED.items()
    made = pod(f"{_NAME}{end}", "a", ready=ready, end=99.0 if gone else None)
    return replace(made, labels=carried, owner_uid="set" if owned else None)


def at(when: float, *pods: Pod, desired: int = 1) -> Snapshot:
    """Return a moment of hello with one replica."""
    return moment(when, *pods, desired=desired)


# -- hello's Service ---------------------------------------------------------------------------------------------------


def service(selector: Mapping[str, str] | None = None, name: str = "hello", ip: str = "10.96.0.1") -> Service:
    """Return a Service as the watch knows it."""
    return Service(
        uid=f"service-{name}",
        name=name,
        labels={},
        created=0.0,
        owner_uid=None,
        version="1",
        type="ClusterIP",
        selector={"app": "hello"} if selector is None else selector,
        cluster_ip=ip,
        ports=(("", 80, 0),),
    )


def objects(*ports: dict[str, Any], name: str = "hello") -> Reply:
    """Return kubectl's answer about the Service and the Pod."""
    of_pod = [{"name": "http", "containerPort": 80}, {"name": "health", "containerPort": 81}]
    items = [
        {"kind": "Service", "metadata": {"uid": f"service-{name}"}, "spec": {"ports": list(ports)}},
        {"kind": "Pod", "metadata": {"uid": f"{_NAME}aaaaa"}, "spec": {"containers": [{"ports": of_pod}]}},
    ]
    return Reply(0, json.dumps({"items": items}))


FITS = objects({"port": 80, "targetPort": "http"})
ANSWERED = Reply(0, '200 {"version":"1.0.0"}\n')


def served(
    *extra: Object, listed: Reply = FITS, answer: Reply = ANSWERED, pods: tuple[Pod, ...] = (hellos("aaaaa"),)
) -> Verdict:
    """Return what the check says of hello's Service."""
    seen = evidence(with_(at(1, *pods), *extra), replies={"objects": listed, "answer": answer})
    return creating.STEPS[0].look(seen)


def test_a_service_that_works() -> None:
    verdict = served(service())
    assert verdict.grade is Grade.DONE
    assert verdict.facts == {"pods": "1 Pod", "address": "10.96.0.1", "said": '{"version":"1.0.0"}'}


def test_a_service_without_ready_pods_is_not_blamed() -> None:
    assert served(service({"app": "helo"}), pods=()).cause == "not-ready"
    assert served(service({"app": "helo"}), pods=(hellos("aaaaa", ready=False),)).cause == "not-ready"


def test_a_service_that_was_heard_before_it_was_asked_for() -> None:
    """The watch is faster than kubectl, or kubectl did not answer."""
    assert served(service(), listed=objects(name="other")).cause == "on-its-way"
    assert served(service(), listed=Reply(-1, said="no answer")).cause == "on-its-way"
    assert served(service(), listed=Reply(0, "[]")).cause == "on-its-way"


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        ({"port": 80}, "done"),  # without a targetPort it is the same as the port
        ({"port": 80, "targetPort": 80}, "done"),
        ({"port": 80, "targetPort": "https"}, "target-port"),
        ({"port": 80, "targetPort": 81}, "target-health"),
        ({"port": 8080, "targetPort": "http"}, "port"),
    ],
)
def test_where_it_listens_and_sends_to(entry: dict[str, Any], cause: str) -> None:
    assert served(service(), listed=objects({"port": 443, "targetPort": 81}, entry)).cause == cause


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(0, '404 {"detail":"Not Found"}\n'), '404 {"detail":"Not Found"}'),
        (
            Reply(1, said="Traceback\nTimeoutError: timed out\ncommand terminated with exit code 1\n"),
            "TimeoutError: timed out",
        ),
        (Reply(142, said="command terminated with exit code 142\n"), "no answer in time"),
        (Reply(-1), "no answer in time"),
    ],
)
def test_no_answer_says_what_came_instead(answer: Reply, said: str) -> None:
    verdict = served(service(), answer=answer)
    assert (verdict.cause, verdict.facts["said"]) == ("no-answer", said)


def test_a_pod_that_was_let_go_is_no_other_app() -> None:
    """Its ReplicaSet has lost it, and it is hello's program all the same."""
    assert served(service(), pods=(hellos("aaaaa"), hellos("bbbbb", {"track": "loose"}))).cause == "done"


# -- a Pod let go ------------------------------------------------------------------------------------------------------


def let_go(*snapshots: Snapshot) -> Verdict:
    """Return what the check says of hello's Pods."""
    return letting_go.STEPS[0].look(evidence(*snapshots))


ONE = at(1, hellos("aaaaa"))


def test_let_go_and_replaced() -> None:
    loose = hellos("aaaaa", {"app": "loose"})
    causes = [
        let_go(ONE).cause,
        let_go(ONE, at(2, loose)).cause,
        let_go(ONE, at(2, loose), at(3, loose, hellos("bbbbb", ready=False))).cause,
    ]
    assert causes == ["one-pod", "on-its-way", "on-its-way"]
    verdict = let_go(ONE, at(2, loose), at(3, loose, hellos("bbbbb")))
    assert (verdict.cause, verdict.grade) == ("done", Grade.DONE)
    assert verdict.facts == {"pod": f"{_NAME}aaaaa", "new": f"{_NAME}bbbbb", "label": "app=loose"}


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        ({"track": "mine"}, "track=mine"),
        ({"track": None}, "no label track"),
        ({"pod-template-hash": "x"}, "pod-template-hash=x"),
    ],
)
def test_the_service_still_finds_it(labels: dict[str, str | None], label: str) -> None:
    verdict = let_go(ONE, with_(at(2, hellos("aaaaa", labels), hellos("bbbbb")), service()))
    assert (verdict.cause, verdict.grade, verdict.facts["label"]) == ("still-served", Grade.DONE, label)


def test_a_pod_whose_owner_is_not_taken_out_yet() -> None:
    """Its label does not fit any more, and the ReplicaSet's controller has not looked yet."""
    between = replace(hellos("aaaaa", {"app": "loose"}), owner_uid="set")
    assert let_go(ONE, at(2, between)).cause == "one-pod"


def test_who_was_here_at_the_beginning_and_is_gone_was_deleted() -> None:
    assert let_go(ONE, at(2, hellos("aaaaa", gone=True))).facts["new"] == "NAME"
    assert let_go(ONE, at(2, hellos("aaaaa", gone=True), hellos("bbbbb"))).cause == "deleted"
    # who came and went meanwhile was not: scaled up and down again
    two = at(2, hellos("aaaaa"), hellos("bbbbb"), desired=2)
    assert let_go(ONE, two, at(3, hellos("aaaaa"), hellos("bbbbb", gone=True))).cause == "one-pod"
    # nor was who had been told to terminate before it began
    assert let_go(at(1, hellos("aaaaa"), hellos("bbbbb", gone=True)), at(2, hellos("aaaaa"))).cause == "one-pod"


def test_labels_that_nobody_looks_for() -> None:
    zone = "topology.kubernetes.io/zone"
    assert let_go(at(1, hellos("aaaaa", {zone: "a"}))).cause == "one-pod"
    verdict = let_go(at(1, hellos("aaaaa", {zone: "a", "loose": "yes"})))
    assert (verdict.cause, verdict.facts["label"]) == ("other-label", "loose=yes")


def test_start_over_takes_back_what_is_there() -> None:
    """Pods that nobody owns and labels that are left; never a Pod of the learner's own making."""
    own = replace(pod("hello-mine", "b"), owner_uid=None)
    here = with_(at(1, hellos("aaaaa", {"app": "loose"}), hellos("bbbbb", {"loose": "yes"}), own), service())
    acts = letting_go.STEPS[0].reset(evidence(here))
    assert [act.words[:4] for act in acts if isinstance(act, Run)][:2] == [
        ("delete", "pod", f"{_NAME}aaaaa", "--now"),
        ("label", "pod", f"{_NAME}bbbbb", "loose-"),
    ]


def test_show_me_labels_the_one_pod_and_only_once() -> None:
    shown = typed(letting_go.STEPS[0].solve(evidence(with_(ONE, service()))))
    assert f"%kubectl label pod {_NAME}aaaaa app=loose --overwrite" in shown
    begun = with_(at(2, hellos("aaaaa", {"app": "loose"}), hellos("bbbbb", ready=False)), service())
    assert not any("label" in line for line in typed(letting_go.STEPS[0].solve(evidence(ONE, begun))))


# -- predictions -------------------------------------------------------------------------------------------------------


def auths(when: float, *pods: Pod, sets: tuple[str, ...] = ("set",)) -> Snapshot:
    """Return a moment of auth: hello's under another name."""
    made = moment(when, *(replace(each, labels={"app": "auth"}) for each in pods), desired=1)
    [deployment] = made.deployments()
    [replica_set] = made.replica_sets()
    objects_ = made.objects.insert("ReplicaSet", made.objects["ReplicaSet"].remove("set"))
    made = replace(made, objects=objects_, kept=None)
    return with_(made, replace(deployment, name="auth"), *(replace(replica_set, uid=uid, name=uid) for uid in sets))


def test_another_replica_set_and_another_pod() -> None:
    old, new = pod("old", "a"), replace(pod("new", "b"), owner_uid="other")
    leaving = replace(old, terminating=True)
    course = (
        auths(1, old),
        auths(2, old, sets=("other",)),  # the old Pod is Ready still, and nobody has told it anything
        auths(3, leaving, replace(new, ready=False), sets=("other",)),
        auths(4, leaving, new, sets=("other",)),
    )
    observe = predictions.PREDICTIONS[0].observe
    assert observe(evidence(*course)) is None
    seen = observe(evidence(*course, auths(5, new, sets=("other",))))
    assert seen is not None
    assert (seen.choice, seen.at) == ("all-new", 5)


def test_a_rollout_is_no_deleted_replica_set() -> None:
    new = replace(pod("new", "b"), owner_uid="other")
    rolled = auths(2, new, sets=("set", "other"))
    assert predictions.PREDICTIONS[0].observe(evidence(auths(1, pod("old", "a")), rolled)) is None
