"""The predictions of 00-start-here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Observed, Prediction

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence

_NOTEBOOK = "00-start-here"
_APP = "auth"


def _what_create_makes(evidence: Evidence) -> Observed | None:
    """Find the moment at which all three objects are there."""
    for snapshot in evidence.course:
        deployment = snapshot.deployment(_APP)
        if deployment and snapshot.replica_sets_of(deployment) and snapshot.pods_of(deployment):
            return Observed("all-three", snapshot.at)
    return None


def _after_a_pod_is_deleted(evidence: Evidence) -> Observed | None:
    """Find the moment at which another Pod is Ready than the one that was told to terminate."""
    terminating: set[str] = set()
    for snapshot in evidence.course:
        pods = snapshot.pods(f"app={_APP}")
        terminating |= {pod.uid for pod in pods if pod.terminating}
        deployment = snapshot.deployment(_APP)
        # a moment after the Pod is Ready, the Deployment counts it
        counted = deployment is not None and deployment.ready == deployment.desired
        if terminating and counted and any(pod.ready and pod.uid not in terminating for pod in pods):
            return Observed("other", snapshot.at)
    return None


PREDICTIONS = (
    Prediction("what-create-makes", _NOTEBOOK, ("deployment", "pod", "all-three"), _what_create_makes),
    Prediction("after-a-pod-is-deleted", _NOTEBOOK, ("none", "same", "other"), _after_a_pod_is_deleted),
)
