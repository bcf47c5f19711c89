"""The step of 01-create in which a Pod is taken out of its ReplicaSet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Run, Until, kubectl
from labkit.lesson.steps.creating import APP, FILE, bring, one
from labkit.lesson.steps.looking import existed, ready
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment, Pod, Snapshot

#: A Pod keeps the name that its ReplicaSet gave it: the Deployment's, the template's hash, and a random end.
_NAME = re.compile(rf"{APP}-(?P<hash>[0-9a-z]{{1,10}})-[0-9a-z]{{5}}")
_HASH = "pod-template-hash"


def _check(evidence: Evidence) -> Verdict:
    """Whether a Pod that hello's ReplicaSet made has no owner any more, and another one is Ready in its place."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    if deployment is None:
        return wrong_way("deployment-deleted") if existed(evidence, APP) else not_yet("no-deployment")
    if deployment.desired != 1:
        return wrong_way("scaled", replicas=deployment.desired)
    pods = staying(snapshot, deployment)
    if not (loose := let_go(snapshot)):
        return _none_let_go(evidence, deployment, pods)
    facts = {"pod": loose[-1].name, "label": _changed(deployment, loose[-1])}
    if not (here := ready(snapshot, pods)):
        return not_yet("on-its-way", **facts)
    service = snapshot.service(APP)
    served = service is not None and service.selects(loose[-1].labels)
    return done("still-served" if served else "done", **facts, new=here[0].name)


def let_go(snapshot: Snapshot) -> list[Pod]:
    """Return the Pods that hello's ReplicaSet made and that nobody owns now, oldest first."""
    nobodys = snapshot.owned("").pods.values()
    found = [pod for pod in nobodys if _NAME.fullmatch(pod.name) and not pod.terminating]
    return sorted(found, key=lambda pod: (pod.created, pod.name))


def _none_let_go(evidence: Evidence, deployment: Deployment, pods: list[Pod]) -> Verdict:
    """Every Pod of hello has its owner: what was done instead."""
    if pods and (more := _more(deployment, pods[0])):
        selector = ", ".join((*deployment.selector, _HASH))
        return wrong_way("other-label", pod=pods[0].name, label=_written(more), selector=selector)
    if deployment.labels != deployment.selector:
        return wrong_way("deployment-labelled", pod=pods[0].name if pods else "NAME")
    if let_go_then := [pod for snapshot in evidence.course for pod in let_go(snapshot)]:
        return not_yet("not-any-more", pod=let_go_then[-1].name)
    here = {pod.uid for pod in evidence.snapshot.pods() if not pod.terminating}
    before = evidence.before.deployment(APP)
    then = staying(evidence.before, before) if before is not None else []
    gone = [pod for pod in then if pod.uid not in here]
    if not gone:
        return not_yet("one-pod", pod=pods[0].name if pods else "NAME")
    cause = "other-replicaset" if pods and pods[0].owner_uid != gone[-1].owner_uid else "deleted"
    return wrong_way(cause, old=gone[-1].name, new=pods[0].name if pods else "NAME")


def _selector_of(deployment: Deployment, pod: Pod) -> dict[str, str]:
    """Return the labels by which a Pod's ReplicaSet looks for it: the Deployment's, and the hash in its name."""
    named = _NAME.fullmatch(pod.name)
    return {**deployment.selector, **({_HASH: named["hash"]} if named else {})}


def _changed(deployment: Deployment, pod: Pod) -> str:
    """Return what its ReplicaSet misses among a Pod's labels."""
    looked_for = _selector_of(deployment, pod)
    wrong = {key: pod.labels.get(key) for key, value in looked_for.items() if pod.labels.get(key) != value}
    return ", ".join(f"no label {key}" if value is None else f"{key}={value}" for key, value in wrong.items())


def _more(deployment: Deployment, pod: Pod) -> dict[str, str]:
    """Return a Pod's labels that are in no selector, without Kubernetes' own (a Node's zone)."""
    known = _selector_of(deployment, pod)
    return {key: value for key, value in pod.labels.items() if key not in known and "kubernetes.io/" not in key}


def _written(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))


# -- what brings it about ----------------------------------------------------------------------------------------------


def _setup(evidence: Evidence) -> tuple[Act, ...]:
    """Bring hello with one replica and its Service."""
    service = () if evidence.snapshot.service(APP) else (kubectl(f"create -f {FILE}"),)
    return (*bring(evidence), *service)


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Change the one label that both the ReplicaSet and the Service look for."""
    if _check(evidence).grade is Grade.DONE:
        return ()
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    pods = staying(snapshot, deployment) if deployment is not None else []
    which = (pods[-1].name,) if pods else ("-l", f"app={APP}")
    label = () if let_go(snapshot) else (Run(("label", "pod", *which, "app=loose", "--overwrite")),)
    return (*_setup(evidence), *label, Until("let-go", lambda seen: _check(seen).grade is Grade.DONE))


def _one(evidence: Evidence) -> bool:
    """Whether hello has its one Pod with the labels that it began with, and nobody's Pod is left."""
    deployment = evidence.snapshot.deployment(APP)
    if deployment is None or not one(evidence) or let_go(evidence.snapshot):
        return False
    pods = staying(evidence.snapshot, deployment)
    return deployment.labels == deployment.selector and not any(_more(deployment, pod) for pod in pods)


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    """Delete the Pods that nobody owns, and take labels back that are left over."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    acts: list[Act] = []
    if loose := let_go(snapshot):
        acts.append(Run(("delete", "pod", *(pod.name for pod in loose), "--now"), may_fail=True))
    if deployment is not None:
        left = [(pod, more) for pod in staying(snapshot, deployment) if (more := _more(deployment, pod))]
        acts += [Run(("label", "pod", pod.name, *(f"{key}-" for key in more)), may_fail=True) for pod, more in left]
        if deployment.labels != deployment.selector:  # the lesson's are the same
            pairs = [f"{key}={value}" for key, value in deployment.selector.items()]
            pairs += [f"{key}-" for key in deployment.labels if key not in deployment.selector]
            acts.append(Run(("label", "deployment", APP, *pairs, "--overwrite")))
    return (*acts, *_setup(evidence), Until("one", _one))


STEPS = (
    Step(
        "let-a-pod-go",
        "01-create",
        check=_check,
        setup=_setup,
        solve=_solve,
        reset=_reset,
        causes=frozenset(
            {
                "done",
                "still-served",
                "no-deployment",
                "deployment-deleted",
                "scaled",
                "on-its-way",
                "other-label",
                "deployment-labelled",
                "not-any-more",
                "other-replicaset",
                "deleted",
                "one-pod",
            }
        ),
    ),
)
