"""The predictions of 01-create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Observed, Prediction

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence

_NOTEBOOK = "01-create"


def _after_the_replica_set_is_deleted(evidence: Evidence) -> Observed | None:
    """Find the moment at which auth's ReplicaSet is another one, its Pod Ready, and the old Pod gone."""
    known: set[str] = set()
    for snapshot in evidence.course:
        deployment = snapshot.deployment("auth")
        if deployment is None:
            continue
        sets = snapshot.replica_sets_of(deployment)
        known = known or {each.uid for each in sets}
        new = [each for each in sets if each.uid not in known]
        # another revision's ReplicaSet stands beside the old one: that would be a rollout
        pods = snapshot.pods("app=auth")
        fresh = bool(pods) and all(pod.ready and pod.owner_uid == new[0].uid for pod in pods) if new else False
        if fresh and deployment.complete and len(new) == len(sets):
            return Observed("all-new", snapshot.at)
    return None


def _without_its_configmap(evidence: Evidence) -> Observed | None:
    """Find the moment at which a Pod of frontend waits on its Node, and the kubelet has told why."""
    for snapshot in evidence.course:
        deployment = snapshot.deployment("frontend")
        for pod in snapshot.pods_of(deployment) if deployment is not None else ():
            told = any(event.reason == "FailedMount" for event in snapshot.events_of(pod))
            if told and pod.node is not None and pod.status == "ContainerCreating":
                return Observed("creating", snapshot.at)
    return None


PREDICTIONS = (
    Prediction(
        "replicaset-deleted",
        _NOTEBOOK,
        ("deployment-only", "pod-stays", "same-pod", "all-new"),
        _after_the_replica_set_is_deleted,
        focus="auth",
    ),
    Prediction(
        "without-its-configmap",
        _NOTEBOOK,
        ("none", "pending", "creating", "crashing"),
        _without_its_configmap,
        focus="frontend",
    ),
)
