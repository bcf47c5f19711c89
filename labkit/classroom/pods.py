"""What a Pod of the class is at, in a word and a sentence, out of what the API says of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

State = Literal["ready", "starting", "ending", "failing"]

#: Why a container does not start, and will not by itself: the image, or what it is told.
_IMAGE = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}
_STUCK = {*_IMAGE, "CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"}


@dataclass(frozen=True, slots=True)
class PodState:
    """What a Pod is at.

    Attributes
    ----------
    state
        ``ready``; ``starting``: on its way; ``ending``: on its way out; ``failing``: it won't come up by itself.
    why
        What it waits for, in Kubernetes' own words; empty when it is ready.
    wants_image
        Whether it is an image that is missing.
    """

    state: State
    why: str = ""
    wants_image: bool = False


def state_of(pod: Mapping[str, Any]) -> PodState:
    """Return what a Pod is at.

    Parameters
    ----------
    pod
        The Pod as the API gives it.
    """
    if pod["metadata"].get("deletionTimestamp"):
        return PodState("ending", "Terminating")
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = container.get("state", {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        if reason in _STUCK:
            said = f"{reason}: {waiting.get('message', container['image'])}"
            return PodState("failing", said, reason in _IMAGE)
    conditions = {each["type"]: each for each in status.get("conditions", ())}
    if conditions.get("Ready", {}).get("status") == "True":
        return PodState("ready")
    if status.get("phase") in {"Failed", "Unknown"}:
        return PodState("failing", status.get("message") or status.get("reason") or status["phase"])
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return PodState("starting", f"no Node takes it: {scheduled.get('message', scheduled.get('reason', ''))}")
    reasons = [
        each.get("state", {}).get("waiting", {}).get("reason", "") for each in status.get("containerStatuses", ())
    ]
    return PodState("starting", next(filter(None, reasons), "not Ready yet"))


def of_part(pods: Iterable[Mapping[str, Any]], component: str) -> list[Mapping[str, Any]]:
    """Return the Pods of one part of the class: ``hub``, ``proxy`` or ``singleuser-server``."""
    return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("component") == component]


def best(pods: Iterable[Mapping[str, Any]]) -> PodState | None:
    """Return what the best of some Pods is at, or None where there is none: an older one may be on its way out."""
    order: dict[State, int] = {"ready": 0, "starting": 1, "failing": 2, "ending": 3}
    return min(map(state_of, pods), key=lambda each: order[each.state], default=None)
