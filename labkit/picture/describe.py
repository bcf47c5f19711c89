"""The picture in words: for a screen reader, an alternative text, a pointer that cannot see colours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labkit.state import PodState, RolloutState

if TYPE_CHECKING:
    from labkit.state import Deployment, Snapshot

_ORDER = (
    PodState.PENDING,
    PodState.STARTING,
    PodState.RUNNING,
    PodState.FAILING,
    PodState.TERMINATING,
    PodState.COMPLETED,
    PodState.UNKNOWN,
)
_SAID = {
    PodState.PENDING: "without a node yet",
    PodState.RUNNING: "running but not ready",
    PodState.TERMINATING: "stopping",
    PodState.UNKNOWN: "unknown on a lost node",
}


def describe(snapshot: Snapshot, focus: str | None = None) -> str:
    """Return what the picture shows, in sentences.

    Parameters
    ----------
    snapshot
        The moment.
    focus
        Only this Deployment, when it exists.
    """
    deployments = snapshot.deployments()
    chosen = [d for d in deployments if d.name == focus] or deployments
    lines = [summary(snapshot, d) for d in chosen] or ["There are no Deployments."]
    lines += [f"Node {n.name} is not Ready." for n in snapshot.nodes() if not n.ready]
    if snapshot.stale:
        lines.insert(0, f"Not live: {snapshot.stale}.")
    return " ".join(lines)


def summary(snapshot: Snapshot, deployment: Deployment) -> str:
    """Return one sentence about a Deployment.

    Such as ``hello: 3 of 3 ready, 2 on revision 2, 1 on revision 1, 1 stopping.``
    """
    pods = snapshot.pods_of(deployment)
    states = {p.uid: snapshot.state_of(p) for p in pods}
    ready = [p for p in pods if states[p.uid] is PodState.READY]
    parts = [f"{deployment.name}: {len(ready)} of {deployment.desired} ready"]
    by_revision = Counter(r.revision for p in ready if (r := snapshot.replica_set_of(p)))
    if len(by_revision) > 1 or snapshot.rollout_of(deployment) is RolloutState.ROLLING_OUT:
        parts += [f"{n} on revision {r}" for r, n in sorted(by_revision.items(), reverse=True)]
    counts = Counter(states.values())
    parts += [f"{counts[s]} {_SAID.get(s, s.value)}" for s in _ORDER if counts[s]]
    missing = sum(snapshot.missing(r) for r in snapshot.replica_sets_of(deployment))
    if missing:
        parts.append(f"{missing} wanted and not there yet")
    if snapshot.rollout_of(deployment) is RolloutState.STUCK:
        parts.append("stuck")
    return ", ".join(parts) + "."
