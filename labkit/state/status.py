"""The columns READY, STATUS and RESTARTS of ``kubectl get pods``, computed as kubectl computes them.

Source: ``printPod`` in Kubernetes' ``pkg/printers/internalversion/printers.go`` (1.37), put in our own words and
checked in the tests against the tables that a real API server printed for the same objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from labkit.state.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Columns(NamedTuple):
    """What kubectl shows of a pod, besides its name and age."""

    ready: int
    total: int
    status: str
    restarts: int
    last_restart: float | None


def columns(pod: Mapping[str, Any]) -> Columns:
    """Return what ``kubectl get pods`` shows for a pod.

    Parameters
    ----------
    pod
        The pod as the API server gives it.
    """
    spec, status = pod.get("spec", {}), pod.get("status", {})
    sidecars = {c["name"] for c in spec.get("initContainers", ()) if c.get("restartPolicy") == "Always"}
    inits, mains = status.get("initContainerStatuses", ()), status.get("containerStatuses", ())
    reason = status.get("reason") or status.get("phase", "Unknown")
    if any(c["type"] == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in status.get("conditions", ())):
        reason = "SchedulingGated"

    init_reason, init_ready = _initializing(inits, sidecars, len(spec.get("initContainers", ())))
    ready = init_ready
    counted: list[Mapping[str, Any]] = list(inits)
    if init_reason is None or _condition(status, "Initialized"):
        # From here on the ordinary init containers are history: only sidecars' restarts still count.
        counted = [c for c in inits if c["name"] in sidecars] + list(mains)
        reason, main_ready = _running(mains, init_reason or reason, ready_condition=_condition(status, "Ready"))
        ready += main_ready
    else:
        reason = init_reason

    if "deletionTimestamp" in pod.get("metadata", {}):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in {"Succeeded", "Failed"}:
            reason = "Terminating"
    return Columns(
        ready,
        len(spec.get("containers", ())) + len(sidecars),
        reason,
        sum(c.get("restartCount", 0) for c in counted),
        _last_end(counted),
    )


def _initializing(inits: Iterable[Mapping[str, Any]], sidecars: set[str], total: int) -> tuple[str | None, int]:
    """Return what initialisation waits for (None when it is over), and how many sidecars are ready."""
    ready = 0
    for index, container in enumerate(inits):
        state = container.get("state", {})
        end = state.get("terminated")
        if end is not None and end.get("exitCode", 0) == 0:
            continue
        if container["name"] in sidecars and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        if end is not None:
            return "Init:" + _end_reason(end), ready
        why = state.get("waiting", {}).get("reason", "")
        if why and why != "PodInitializing":
            return f"Init:{why}", ready
        return f"Init:{index}/{total}", ready
    return None, ready


def _running(mains: Iterable[Mapping[str, Any]], reason: str, *, ready_condition: bool) -> tuple[str, int]:
    """Return the status that the ordinary containers give, and how many of them are ready."""
    ready, running, error = 0, False, ""
    for container in reversed(list(mains)):
        state = container.get("state", {})
        end = state.get("terminated")
        if state.get("waiting", {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif end is not None:
            reason = _end_reason(end)
            if end.get("exitCode", 0) != 0:
                error = reason
        elif container.get("ready") and "running" in state:
            running = True
            ready += 1
    if reason == "Completed":
        # One container has ended well; what the others do decides.
        if running and ready_condition:
            reason = "Running"
        elif error:
            reason = error
        elif running:
            reason = "NotReady"
    return reason, ready


def _end_reason(end: Mapping[str, Any]) -> str:
    """Return why a container ended, or its signal or exit code where nobody said why."""
    if end.get("reason"):
        return str(end["reason"])
    if end.get("signal"):
        return f"Signal:{end['signal']}"
    return f"ExitCode:{end.get('exitCode', 0)}"


def _condition(status: Mapping[str, Any], kind: str) -> bool:
    """Return whether a pod's condition is True."""
    return any(c["type"] == kind and c["status"] == "True" for c in status.get("conditions", ()))


def _last_end(containers: Iterable[Mapping[str, Any]]) -> float | None:
    """Return when the last of the earlier runs of these containers ended."""
    ends = (c.get("lastState", {}).get("terminated", {}).get("finishedAt") for c in containers)
    return max((seconds(end) for end in ends if end), default=None)
