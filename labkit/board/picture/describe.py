"""The picture in words: for a screen reader, an alternative text, a pointer that cannot see colours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labkit.board.picture import words
from labkit.board.picture.backing import backing_of, behind
from labkit.board.picture.workloads import by_workload
from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.board.picture.backing import Backing
    from labkit.state import Deployment, Snapshot


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
    return told(snapshot, sentences(backing_of(snapshot), focus))


def told(snapshot: Snapshot, lines: list[tuple[bool, str]]) -> str:
    """Return the sentences as one text, after a word about what is not the present."""
    stale = [f"Not live: {snapshot.stale}."] if snapshot.stale else []
    return " ".join([*stale, *(said for _, said in lines)])


def sentences(backing: Backing, focus: str | None = None) -> list[tuple[bool, str]]:
    """Return what there is to say, a sentence each, and with each whether all is as desired there."""
    snapshot = backing.snapshot
    deployments, loose = behind(backing, focus)
    lines = [(words.rollout(snapshot, d).words == "complete", summary(snapshot, d)) for d in deployments]
    if not lines:
        lines.append((False, "There are no Deployments."))
    others = by_workload(loose)
    for workload, pods in others.items():
        said = Counter(words.status(p) for p in pods)
        well = all(p.ready or p.phase == "Succeeded" for p in pods)
        lines.append((well, f"{workload.title}: {', '.join(f'{n} {word}' for word, n in sorted(said.items()))}."))
    for service in backing.services:
        sent, receiving = backing.sent(service), backing.receiving(service)
        counts = {f" of {d.name}": sum(sent.get(uid, 0) for uid in backing.owners[d.uid]) for d in deployments}
        for workload, pods in others.items():
            whose = f" of {workload.title}" if workload.kind else " without a controller"
            counts[whose] = sum(p.uid in receiving for p in pods)
        if sum(bool(n) for n in counts.values()) > 1:
            parts = [f"{n} Pod{'' if n == 1 else 's'}{whose}" for whose, n in counts.items() if n]
            lines.append((True, f"Service {service.name} sends to {', '.join(parts)}."))
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
    tally = snapshot.tally(deployment)
    staying = {sort: n for sort, n in tally.items() if not sort.terminating}
    count = sum(staying.values())
    rollout = words.rollout(snapshot, deployment).words
    # As kubectl has it: the Deployment's own count, not one of ours.
    parts = [f"{deployment.name}: {deployment.ready} of {deployment.desired} ready"]
    if len(staying) != len(tally) or count != deployment.desired:
        parts.append(words.pods(tally).words.partition(" · ")[0])
    sets = snapshot.replica_sets_of(deployment)
    revisions = {r.uid: r.revision for r in sets}
    ready: Counter[int] = Counter()
    for sort, n in staying.items():
        if sort.ready and sort.owner in revisions:
            ready[revisions[sort.owner]] += n
    if len(ready) > 1 or rollout == "rolling out" or (rollout.startswith("stuck") and ready):
        parts += [f"{n} Ready on revision {r}" for r, n in sorted(ready.items(), reverse=True)]
    states: Counter[tuple[PodState, str]] = Counter()
    for sort, n in staying.items():
        states[sort.state, words.status(sort)] += n
    said: dict[str, int] = {}  # by the word alone: a Pod is Pending with a Node too
    for (state, word), n in sorted(states.items(), key=lambda item: (_ORDER.index(item[0][0]), item[0][1])):
        if state is not PodState.READY:
            said[word] = said.get(word, 0) + n
    parts += [f"{n} {word}" for word, n in said.items()]
    missing = sum(snapshot.missing(r) for r in sets)
    if missing:
        parts.append(f"{missing} desired and not there yet")
    if rollout.startswith("stuck") or rollout == "paused":
        parts.append(rollout)
    return ", ".join(parts) + "."


def _nodes(snapshot: Snapshot) -> list[str]:
    """Return the names of the Nodes there are, and of those that Pods are on although they are gone."""
    there = [n.name for n in snapshot.nodes()]
    return there + sorted({node for node in snapshot.index.placement.nodes if node} - set(there))
