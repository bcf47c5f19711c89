"""The step of 00-start-here: a Pod is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Run, Until, kubectl
from labkit.lesson.steps.looking import alive, existed, ready, there
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict

_APP = "auth"


def _check(evidence: Evidence) -> Verdict:
    """Another Pod than before, of the same ReplicaSet, is Ready."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(_APP)
    if deployment is None:
        return wrong_way("deployment-deleted") if existed(evidence, _APP) else not_yet("no-deployment")
    if deployment.desired != 1:
        return wrong_way("scaled", replicas=deployment.desired)
    pods = staying(snapshot, deployment)
    known = alive(evidence, _APP)
    gone = [pod for uid, pod in known.items() if uid not in {each.uid for each in pods} and pod.owner_uid]
    if not gone:
        return not_yet("same-pod", pod=pods[0].name if pods else "none yet")
    if not (here := ready(snapshot, pods)):
        return not_yet("on-its-way", pod=gone[-1].name)
    if here[0].owner_uid not in {pod.owner_uid for pod in gone}:
        return wrong_way("other-replicaset", pod=here[0].name)
    return done(old=gone[-1].name, new=here[0].name)


def _ready(evidence: Evidence) -> bool:
    return there(evidence, _APP, 1)


def _setup(evidence: Evidence) -> tuple[Act, ...]:
    """Bring auth with one replica."""
    acts: list[Act] = []
    deployment = evidence.snapshot.deployment(_APP)
    if deployment is None:
        acts.append(kubectl("create -f manifests/auth.yaml"))
    elif deployment.desired != 1:
        acts.append(kubectl("scale deployment/auth --replicas=1"))
    return (*acts, Until("ready", _ready))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    pods = sorted(evidence.snapshot.pods("app=auth"), key=lambda pod: pod.created)
    names = [pod.name for pod in pods if not pod.terminating]
    # where there is none yet, its name can't be known
    delete = Run(("delete", "pod", *(names[-1:] or ("--selector=app=auth",))))
    return (*_setup(evidence), delete, Until("another", lambda seen: _check(seen).grade is Grade.DONE))


STEPS = (
    Step(
        "delete-a-pod",
        "00-start-here",
        check=_check,
        setup=_setup,
        solve=_solve,
        reset=_setup,
        causes=frozenset(
            {"done", "deployment-deleted", "no-deployment", "scaled", "same-pod", "on-its-way", "other-replicaset"}
        ),
    ),
)
