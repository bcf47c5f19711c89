"""The same facts as the picture, as a table: for those who read better than they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.board.picture import words
from labkit.board.picture.backing import backing_of, behind
from labkit.board.picture.workloads import by_workload

if TYPE_CHECKING:
    from labkit.board.picture.backing import Backing
    from labkit.state import Pod, Snapshot

HEAD = ("Workload", "Revision", "Pod", "Node", "Status", "Ready", "Traffic from")


def table(snapshot: Snapshot, focus: str | None) -> dict[str, Any]:
    """Return head and rows, one row per Pod on the picture.

    Parameters
    ----------
    snapshot
        The moment.
    focus
        The Deployment in focus: its Pods, and the others behind the same Services. All of them when None.
    """
    backing = backing_of(snapshot)
    deployments, loose = behind(backing, focus)
    rows = [_row(backing, d.name, pod) for d in deployments for pod in snapshot.pods_of(d)]
    for each, pods in by_workload(loose).items():
        rows += [_row(backing, each.title if each.kind else "none", pod) for pod in pods]
    return {"head": list(HEAD), "rows": rows}


def _row(backing: Backing, workload: str, pod: Pod) -> list[str]:
    """Return the row of one Pod: what ``kubectl get`` has of it, and the Services that send it new connections."""
    snapshot = backing.snapshot
    owner = snapshot.replica_set_of(pod)
    said = words.node(snapshot, pod.node).words if pod.node else ""
    return [
        workload,
        str(owner.revision) if owner else "",
        pod.name,
        (pod.node or "none yet") + (f" ({said})" if said not in {"", "Ready"} else ""),
        pod.status,
        "yes" if pod.ready else "no",
        ", ".join(s.name for s in backing.services if pod.uid in backing.receiving(s)) or "no",
    ]
