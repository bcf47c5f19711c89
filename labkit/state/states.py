"""What a pod and a Deployment can be doing, in the board's few words."""

from __future__ import annotations

from enum import StrEnum


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


class RolloutState(StrEnum):
    """Where a Deployment stands."""

    COMPLETE = "complete"
    STARTING = "starting"
    ROLLING_OUT = "rolling out"
    STUCK = "stuck"
    DEGRADED = "degraded"  # was complete; pods are missing now


#: STATUS values of a pod that tries, and waits for nothing but time.
HOPEFUL = frozenset({"Pending", "ContainerCreating", "PodInitializing", "Running"})
