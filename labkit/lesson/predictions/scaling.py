"""The predictions of 03-scale."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.lesson.steps.looking import ready

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.state import Snapshot

_NOTEBOOK = "03-scale"
_APP = "hello"


def _spread(snapshot: Snapshot, *, only_ready: bool = False) -> list[int]:
    """Return how many Pods of hello each Node has, most first; those without a Node and without a Pod are left out."""
    deployment = snapshot.deployment(_APP)
    if deployment is None:
        return []
    pods = staying(snapshot, deployment)
    here = ready(snapshot, pods) if only_ready else pods
    return sorted(Counter(pod.node for pod in here if pod.node).values(), reverse=True)


def _all_ready(snapshot: Snapshot) -> bool:
    """Return whether the Deployment itself counts as many Ready Pods as it desires, and no others."""
    deployment = snapshot.deployment(_APP)
    return deployment is not None and deployment.desired == deployment.current == deployment.ready


def _four_and_seven(evidence: Evidence) -> Observed | None:
    """Find the moment at which seven Pods are Ready, after four had their Nodes."""
    four = False
    for snapshot in evidence.course:
        four = four or _spread(snapshot) == [2, 1, 1]
        if four and _spread(snapshot, only_ready=True) == [3, 2, 2] and _all_ready(snapshot):
            return Observed("spread", snapshot.at)
    return None


def _seven_to_three(evidence: Evidence) -> Observed | None:
    """Find the moment at which three Pods are left of the seven that were spread over three Nodes."""
    seven = False
    for snapshot in evidence.course:
        seven = seven or _spread(snapshot) == [3, 2, 2]
        if seven and _spread(snapshot) == [2, 1] and _all_ready(snapshot):
            return Observed("uneven", snapshot.at)
    return None


def _a_replicaset_is_scaled(evidence: Evidence) -> Observed | None:
    """Find the moment at which a ReplicaSet that was told 5 is back at its Deployment's number, and so are its Pods."""
    told: set[str] = set()
    for snapshot in evidence.course:
        deployment = snapshot.deployment(_APP)
        sets = snapshot.replica_sets_of(deployment) if deployment is not None else []
        told |= {each.uid for each in sets if deployment and each.desired > deployment.desired}
        back = any(each.uid in told and deployment and each.desired == deployment.desired for each in sets)
        # what was there too many has to be gone, not only told to go
        if back and _all_ready(snapshot) and deployment and len(snapshot.pods_of(deployment)) == deployment.desired:
            return Observed("put-back", snapshot.at)
    return None


PREDICTIONS = (
    Prediction("four-and-seven", _NOTEBOOK, ("spread", "one-node", "pending"), _four_and_seven, focus=_APP),
    Prediction("seven-to-three", _NOTEBOOK, ("one-each", "uneven", "one-node"), _seven_to_three, focus=_APP),
    Prediction(
        "a-replicaset-is-scaled", _NOTEBOOK, ("five", "put-back", "refused"), _a_replicaset_is_scaled, focus=_APP
    ),
)
