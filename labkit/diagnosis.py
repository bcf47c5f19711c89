"""Why a Deployment is not where it should be: pure, from a snapshot to sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.state import Deployment, Pod, Snapshot

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
    waiting = next((pod for pod in pods_of(snapshot, deployment) if not pod.ready), None)
    return f"{line} · {waiting.name} is {waiting.status}" if waiting else line


def pods_of(snapshot: Snapshot, deployment: Deployment) -> list[Pod]:
    """Return all pods of a Deployment, of all its ReplicaSets, newest first."""
    return sorted(snapshot.pods_of(deployment), key=lambda pod: (pod.created, pod.name), reverse=True)


def staying(snapshot: Snapshot, deployment: Deployment) -> list[Pod]:
    """Return the pods of a Deployment that are not stopping, newest first."""
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
    """Say what a Deployment waits for: each pod that is not Ready, its reason, and the newest warning about it."""
    deployment = snapshot.deployment(name)
    if deployment is None:
        known = sorted(each.name for each in snapshot.deployments())
        return f"There is no Deployment {name}; there is {', '.join(known) or 'none'}."
    lines = [f"{name}: {deployment.ready} of {deployment.desired} ready, {deployment.updated} updated."]
    missing = [pod for pod in pods_of(snapshot, deployment) if not pod.ready or pod.terminating]
    for pod in missing:
        line = f"Pod {pod.name} is {pod.status}"
        reason = reason_of(snapshot, pod)
        if reason:
            line += f", because {reason}"
        elif pod.node is None:
            line += ": no node has been found for it yet"
        lines.append(line)
    if not missing and deployment.desired > deployment.ready:
        lines += [
            f"{condition.reason}: {condition.message}"
            for condition in deployment.conditions
            if condition.status != "True" and condition.message
        ]
    return "\n".join(lines)


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
