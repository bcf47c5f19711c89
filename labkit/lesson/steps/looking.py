"""What many checks look at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.lesson.steps.evidence import Evidence
    from labkit.state import Deployment, Node, Pod, Snapshot


def staying(snapshot: Snapshot, deployment: Deployment) -> list[Pod]:
    """Return a Deployment's Pods that are not Terminating, newest first."""
    found = [pod for pod in snapshot.pods_of(deployment) if not pod.terminating]
    return sorted(found, key=lambda pod: (pod.created, pod.name), reverse=True)


def ready(snapshot: Snapshot, pods: Iterable[Pod]) -> list[Pod]:
    """Return those of some Pods that are Ready on a Node that answers."""
    return [pod for pod in pods if pod.ready and not pod.terminating and not snapshot.lost(pod)]


def alive(evidence: Evidence, app: str) -> dict[str, Pod]:
    """Return every Pod with a label ``app`` that was there and not Terminating at some time since the step began."""
    seen = (pod for snapshot in evidence.course for pod in snapshot.pods(f"app={app}"))
    return {pod.uid: pod for pod in seen if not pod.terminating}


def ever(evidence: Evidence, app: str) -> dict[str, Pod]:
    """Return every Pod with a label ``app`` that was seen since the step began, as it was last seen: uid → Pod."""
    return {pod.uid: pod for snapshot in evidence.course for pod in snapshot.pods(f"app={app}")}


def existed(evidence: Evidence, deployment: str) -> bool:
    """Return whether there was a Deployment of that name at some time since the step began."""
    return any(snapshot.deployment(deployment) is not None for snapshot in evidence.course)


def workers(snapshot: Snapshot) -> list[Node]:
    """Return the Nodes that are there for Pods: all but the control plane."""
    return [node for node in snapshot.nodes() if not node.control_plane]


def evicted(pod: Pod) -> bool:
    """Return whether a Pod was asked to leave as ``kubectl drain`` does it, by the API that keeps to budgets."""
    return any(each.type == "DisruptionTarget" and each.reason == "EvictionByEvictionAPI" for each in pod.conditions)


def version(pod: Pod) -> str:
    """Return the tag of a Pod's image."""
    return pod.containers[0].image.rpartition(":")[2] if pod.containers else ""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as ``1 Pod`` or ``3 Pods``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
