"""Why a Deployment is not where it should be: pure, from a snapshot to sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.state import Condition, Deployment, Pod, Snapshot

#: ``Error: ImagePullBackOff`` says no more than the STATUS column does.
_ONLY_A_STATUS = re.compile(r": Error: \w+$")
#: What a kubelet says as long as it has heard of no ConfigMap or Secret at all (its ``pkg/kubelet/util/manager``).
#: It tries again within a second, and then says what is really missing.
_TOO_EARLY = re.compile(r"failed to sync \w+ cache|not registered$")


def progress(snapshot: Snapshot, name: str) -> str:
    """Return where a Deployment stands in one short line, for a wait that is still going on."""
    deployment = snapshot.deployment(name)
    if deployment is None:
        return f"{name}: there is no such Deployment yet"
    line = f"{name}: {deployment.ready}/{deployment.desired} ready"
    if deployment.updated != deployment.desired:
        line += f", {deployment.updated} updated"
    if deployment.paused:
        line += " · paused"
    if failures := _failures(snapshot, deployment):
        line += f" · {failures[0].reason}"
    waiting = next((pod for pod in pods_of(snapshot, deployment) if not pod.ready), None)
    return f"{line} · {waiting.name} is {waiting.status}" if waiting else line


def pods_of(snapshot: Snapshot, deployment: Deployment) -> list[Pod]:
    """Return all pods of a Deployment, of all its ReplicaSets, newest first."""
    return sorted(snapshot.pods_of(deployment), key=lambda pod: (pod.created, pod.name), reverse=True)


def staying(snapshot: Snapshot, deployment: Deployment) -> list[Pod]:
    """Return the pods of a Deployment that are not Terminating, newest first."""
    return [pod for pod in pods_of(snapshot, deployment) if not pod.terminating]


def fulfilled(snapshot: Snapshot, deployment: Deployment) -> bool:
    """Tell whether a Deployment's current state is its desired state, as far as anybody can know.

    The Deployment's own counts lag behind a Node that has just been given up; so every pod is looked at as well, and
    one on a lost Node does not count.
    """
    sets = snapshot.replica_sets_of(deployment)
    pods = staying(snapshot, deployment)
    return (
        deployment.complete
        and deployment.desired == len(pods) == deployment.current == deployment.ready == deployment.available
        and all(snapshot.state_of(pod) is PodState.READY and pod.owner_uid == sets[0].uid for pod in pods)
    )


def spread(snapshot: Snapshot, deployment: Deployment) -> set[str]:
    """Return the names of the nodes on which ready pods of a Deployment stand."""
    return {pod.node for pod in pods_of(snapshot, deployment) if pod.ready and not pod.terminating and pod.node}


def why(snapshot: Snapshot, name: str) -> str:
    """Say what a Deployment waits for: what holds it up as a whole, then each pod that is not Ready, and its reason."""
    deployment = snapshot.deployment(name)
    if deployment is None:
        known = sorted(each.name for each in snapshot.deployments())
        return f"There is no Deployment {name}; there is {', '.join(known) or 'none'}."
    lines = [f"{name}: {deployment.ready} of {deployment.desired} ready, {deployment.updated} updated."]
    lines += obstacles(snapshot, deployment)
    pods = pods_of(snapshot, deployment)
    missing = [pod for pod in pods if not pod.ready or pod.terminating or snapshot.lost(pod)]
    lines += [_of_pod(snapshot, pod) for pod in missing]
    if any(pod.node is None for pod in missing):
        lines += closed_nodes(snapshot)
    if len(lines) == 1 and deployment.desired > deployment.ready:
        lines += [
            f"{condition.reason}: {condition.message}"
            for condition in deployment.conditions
            if condition.status != "True" and condition.message
        ]
    return "\n".join(lines)


def obstacles(snapshot: Snapshot, deployment: Deployment) -> list[str]:
    """Say what holds up a Deployment as a whole: it is paused, no Pod may be made, its deadline is over.

    Whether a Pod can be made is asked of the ReplicaSets: while a Deployment is paused, its own conditions stand still.
    """
    lines = []
    if deployment.paused:
        lines.append(
            "It is paused: a change of its template is not rolled out until "
            f"%kubectl rollout resume deployment {deployment.name}."
        )
    for failure in _failures(snapshot, deployment):
        quota = "exceeded quota" in failure.message
        lines.append(f"{failure.reason}: {failure.message}{' (%kubectl describe quota)' if quota else ''}")
    if not deployment.complete:
        lines += [
            f"{condition.reason}: {condition.message} Kubernetes only reports this; what to do is up to you "
            f"(%kubectl rollout undo deployment {deployment.name})."
            for condition in deployment.conditions
            if condition.reason == "ProgressDeadlineExceeded"
        ]
    return lines


def _failures(snapshot: Snapshot, deployment: Deployment) -> list[Condition]:
    """Return why Pods of a Deployment could not be made, newest ReplicaSet first."""
    return [
        condition
        for each in snapshot.replica_sets_of(deployment)
        if each.desired > each.current
        for condition in each.conditions
        if condition.type == "ReplicaFailure" and condition.status == "True"
    ]


def closed_nodes(snapshot: Snapshot) -> list[str]:
    """Say which workers take no new Pod, and why."""
    lines = []
    for node in snapshot.nodes():
        if node.control_plane:
            continue
        if not node.ready:
            lines.append(f"Node {node.name} is {node.status} ({node.ready_reason or 'it has never said it is'}).")
        elif not node.schedulable:
            lines.append(f"Node {node.name} is cordoned, and takes no new Pod (%kubectl uncordon {node.name}).")
        # What Kubernetes itself taints a node with says the same as the two above.
        lines += [
            f"Node {node.name} has the taint {taint.key}{f'={taint.value}' if taint.value else ''}:{taint.effect}."
            for taint in node.taints
            if taint.effect != "PreferNoSchedule" and not taint.key.startswith("node.kubernetes.io/")
        ]
    return lines


def _of_pod(snapshot: Snapshot, pod: Pod) -> str:
    """Say what a pod is, and why."""
    line = f"Pod {pod.name} is {pod.status}"
    if snapshot.lost(pod):
        gone = pod.node in snapshot.gone_nodes
        where = f"Node {pod.node}, which {'the cluster does not have any more' if gone else 'does not answer'}"
        return f"{line} as far as the cluster knows; it was on {where}"
    if reason := reason_of(snapshot, pod):
        return f"{line}, because {reason}"
    return f"{line}: no Node has been found for it yet" if pod.node is None else line


def tells(message: str) -> bool:
    """Return whether an event's message says what is wrong, rather than that it is too early to know."""
    return not _TOO_EARLY.search(message)


def reason_of(snapshot: Snapshot, pod: Pod) -> str:
    """Return why a pod waits, as ``Reason: message``, or an empty text.

    What its container says comes first, since it is about now; then the newest warning. Those that only repeat the
    status (``Failed: Error: ImagePullBackOff``) come last: they do not name what is missing.
    """
    warnings = [event for event in snapshot.events_of(pod) if event.type == "Warning"]
    newest_first = sorted(warnings, key=lambda event: event.last, reverse=True)
    said = [pod.waiting, *(f"{event.reason}: {event.message}" for event in newest_first)]
    telling = [text for text in said if ": " in text and tells(text) and not _ONLY_A_STATUS.search(text)]
    return next((text for text in [*telling, *said] if text), "")
