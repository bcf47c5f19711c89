"""What a pod and a Deployment can be doing, in the board's few words."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.state.objects import Pod


class PodState(StrEnum):
    """What a pod is doing. Running is not ready is not terminating."""

    PENDING = "pending"  # no node yet
    STARTING = "starting"  # on its node, not all containers run yet
    RUNNING = "running"  # it runs, but is not ready: no traffic
    READY = "ready"
    FAILING = "failing"  # kept from starting by an error: an image that cannot be had, a crash loop
    TERMINATING = "terminating"
    COMPLETED = "completed"
    UNKNOWN = "unknown"  # its node is lost


#: STATUS values of a pod that tries, and waits for nothing but time.
_HOPEFUL = frozenset({"Pending", "ContainerCreating", "PodInitializing", "Running"})


def pod_state(pod: Pod) -> PodState:  # noqa: PLR0911 - one line per state reads best
    """Return what a Pod does as the API tells it, whatever its Node does.

    On a Node that is silent the API goes on saying Running, and until the Node is given up also Ready; then the node
    controller sets the Pod's condition Ready to False, and when its tolerations have run out it is evicted.
    """
    if pod.status == "Unknown":
        return PodState.UNKNOWN
    if pod.terminating:
        return PodState.TERMINATING
    if pod.phase == "Succeeded":
        return PodState.COMPLETED
    if pod.ready:
        return PodState.READY
    if pod.node is None:
        return PodState.PENDING
    if pod.phase == "Failed" or (pod.status not in _HOPEFUL and not pod.status.startswith("Init:")):
        return PodState.FAILING
    if pod.status.startswith("Init:") and not pod.status.removeprefix("Init:").replace("/", "").isdigit():
        return PodState.FAILING
    return PodState.RUNNING if pod.phase == "Running" else PodState.STARTING
