"""The picture in words: for a screen reader, an alternative text, a pointer that cannot see colours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labkit.board.picture import words
from labkit.board.picture.backing import Backing, behind
from labkit.board.picture.workloads import by_workload
from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from labkit.state import Deployment, Pod, Snapshot


_ORDER = tuple(PodState)


def describe(snapshot: Snapshot, focus: str | None = None) -> str:
    """Return what the picture shows, in sentences.

    Parameters
    ----------
    snapshot
        The moment.
    focus
        Only this Deployment, when it exists, and what stands behind the same Services.
    """
    return told(snapshot, sentences(Backing(snapshot), focus))


def told(snapshot: Snapshot, lines: list[tuple[bool, str]]) -> str:
    """Return the sentences as one text, after a word about what is not the present."""
    stale = [f"Not live: {snapshot.stale}."] if snapshot.stale else []
    return " ".join([*stale, *(said for _, said in lines)])


def sentences(backing: Backing, focus: str | None = None) -> list[tuple[bool, str]]:
    """Return what there is to say, a sentence each, and with each whether all is as desired there."""
    snapshot = backing.snapshot
    deployments, loose = behind(backing, focus)
    lines = [
        (words.rollout(snapshot, d).words == "complete", _summary(snapshot, d, backing.pods[d.uid]))
        for d in deployments
    ]
    if not lines:
        lines.append((False, "There are no Deployments."))
    others = by_workload(loose)
    for workload, pods in others.items():
        said = Counter(words.status(p) for p in pods)
        lines.append((False, f"{workload.title}: {', '.join(f'{n} {word}' for word, n in sorted(said.items()))}."))
    for service in backing.services:
        receiving = backing.receiving(service)
        counts = {f" of {d.name}": len(receiving & backing.uids[d.uid]) for d in deployments}
        for workload, pods in others.items():
            whose = f" of {workload.title}" if workload.kind else " without a controller"
            counts[whose] = len(receiving & {p.uid for p in pods})
        if sum(bool(n) for n in counts.values()) > 1:
            parts = [f"{n} Pod{'' if n == 1 else 's'}{whose}" for whose, n in counts.items() if n]
            lines.append((False, f"Service {service.name} sends to {', '.join(parts)}."))
    for name in _nodes(snapshot):
        said_of = words.node(snapshot, name).words
        if said_of not in {"", "Ready"}:
            lines.append((False, f"Node {name} is {said_of}."))
    lines += [(False, f"Not on the picture: {name}, {why}.") for name, why in sorted(snapshot.unreadable.items())]
    return lines


def summary(snapshot: Snapshot, deployment: Deployment) -> str:
    """Return one sentence about a Deployment.

    Such as ``hello: 3 of 3 ready.``, or in a rollout ``hello: 2 of 3 ready, 4 Pods + 2 Terminating, 2 Ready on revision
    2, 1 Ready on revision 1, 1 ContainerCreating.``
    """
    return _summary(snapshot, deployment, snapshot.pods_of(deployment))


def _summary(snapshot: Snapshot, deployment: Deployment, pods: list[Pod]) -> str:
    staying = [p for p in pods if not p.terminating]
    rollout = words.rollout(snapshot, deployment).words
    # As kubectl has it: the Deployment's own count, not one of ours.
    parts = [f"{deployment.name}: {deployment.ready} of {deployment.desired} ready"]
    if len(staying) != len(pods) or len(staying) != deployment.desired:
        parts.append(words.pods(pods).words.partition(" · ")[0])
    ready = Counter(r.revision for p in staying if p.ready and (r := snapshot.replica_set_of(p)))
    if len(ready) > 1 or rollout == "rolling out" or (rollout.startswith("stuck") and ready):
        parts += [f"{n} Ready on revision {r}" for r, n in sorted(ready.items(), reverse=True)]
    states = Counter((pod_state(p), words.status(p)) for p in staying)
    said: dict[str, int] = {}  # by the word alone: a Pod is Pending with a Node too
    for (state, word), n in sorted(states.items(), key=lambda item: (_ORDER.index(item[0][0]), item[0][1])):
        if state is not PodState.READY:
            said[word] = said.get(word, 0) + n
    parts += [f"{n} {word}" for word, n in said.items()]
    missing = sum(snapshot.missing(r) for r in snapshot.replica_sets_of(deployment))
    if missing:
        parts.append(f"{missing} desired and not there yet")
    if rollout.startswith("stuck") or rollout == "paused":
        parts.append(rollout)
    return ", ".join(parts) + "."


def _nodes(snapshot: Snapshot) -> list[str]:
    """Return the names of the Nodes there are, and of those that Pods are on although they are gone."""
    there = [n.name for n in snapshot.nodes()]
    return there + sorted({p.node for p in snapshot.pods() if p.node} - set(there))
