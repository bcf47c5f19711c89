"""What many checks look at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.explain.diagnosis import fulfilled
from labkit.recording.moment import tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.lesson.steps.evidence import Evidence
    from labkit.state import Node, Pod, Snapshot


def there(evidence: Evidence, app: str, replicas: int) -> bool:
    """Return whether a Deployment desires so many replicas, and has them: all Ready, and no others."""
    deployment = evidence.snapshot.deployment(app)
    return deployment is not None and deployment.desired == replicas and fulfilled(evidence.snapshot, deployment)


def ready(snapshot: Snapshot, pods: Iterable[Pod]) -> list[Pod]:
    """Return those of some Pods that are Ready on a Node that answers."""
    return [pod for pod in pods if pod.ready and not pod.terminating and not snapshot.lost(pod)]


def alive(evidence: Evidence, app: str) -> dict[str, Pod]:
    """Return every Pod with a label ``app`` that was there and not Terminating at some time since the step began."""
    seen = (pod for snapshot in evidence.course for pod in snapshot.pods(f"app={app}"))
    return {pod.uid: pod for pod in seen if not pod.terminating}


def least_receiving(course: Iterable[Snapshot], service: str) -> int:
    """Return the smallest number of Pods that received a Service's requests at any moment."""
    return min(len(snapshot.receiving(service)) for snapshot in course)


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
    return tag([each.image for each in pod.containers])


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun, such as ``1 Pod`` or ``3 Pods``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def differing(diff: str) -> list[str]:
    """Return the lines that only one side has, as ``kubectl diff`` marks them.

    Without those that are nobody's doing: the generation counts changes, and what was applied last is kept in an
    annotation, all of it in one line.
    """
    found = [line for line in diff.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    return [" ".join(line.split()) for line in found if "generation:" not in line and '{"apiVersion"' not in line]
