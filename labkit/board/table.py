"""The same facts as the picture, as a table: for those who read better than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.state import Snapshot

HEAD = ("Deployment", "Revision", "Pod", "Node", "Status", "Ready", "Traffic")


def table(snapshot: Snapshot, focus: str | None) -> dict[str, Any]:
    """Return head and rows, one row per pod, for the Deployments on the picture."""
    deployments = snapshot.deployments()
    chosen = [d for d in deployments if d.name == focus] or deployments
    rows: list[list[str]] = []
    for deployment in chosen:
        receiving: set[str] = set()
        for service in snapshot.services():
            if service.selector and service.selector.items() <= deployment.selector.items():
                receiving |= snapshot.receiving(service.name)
        for pod in snapshot.pods_of(deployment):
            owner = snapshot.replica_set_of(pod)
            lost = snapshot.state_of(pod) is PodState.UNKNOWN
            rows.append(
                [
                    deployment.name,
                    str(owner.revision) if owner else "",
                    pod.name,
                    pod.node or "none yet",
                    "unknown (node lost)" if lost else pod.status,
                    "unknown" if lost else "yes" if pod.ready else "no",
                    "yes" if pod.uid in receiving else "no",
                ]
            )
    return {"head": list(HEAD), "rows": rows}
