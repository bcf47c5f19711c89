"""Waiting until hub and proxy are there, and saying what for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from labkit.classroom import names, pods
from labkit.errors import ClusterError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.classroom.target import Target
    from labkit.progress import Stage

#: Seconds that hub and proxy may take (seen: 10 to 25 with the images on the Node).
SECONDS = 180.0
#: Seconds after which an image that is missing will not come any more: a registry was asked several times by then.
_IMAGE_SECONDS = 30.0
PARTS = (names.HUB, names.PROXY)
#: Where the API has those of the class.
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{names.NAMESPACE}/deployments"
PODS = f"/api/v1/namespaces/{names.NAMESPACE}/pods"


def until_ready(target: Target, stage: Stage, timeout: float = SECONDS) -> None:
    """Wait until hub and proxy are as they were last told to be, and Ready.

    Parameters
    ----------
    target
        The cluster.
    stage
        Is told what is waited for.
    timeout
        Seconds that it may take.

    Raises
    ------
    ClusterError
        If an image is missing.
    WaitTimeoutError
        If it takes longer.
    """
    began = time.monotonic()
    while waiting := not_ready(target.api.get(DEPLOYMENTS)["items"]):
        seconds = time.monotonic() - began
        found = target.api.get(PODS)["items"]
        told = []
        for part in waiting:
            state = pods.best(pods.of_part(found, part))
            told.append(f"{part}: {state.why or state.state if state else 'no Pod yet'}")
            if state and state.wants_image and seconds > _IMAGE_SECONDS:
                raise ClusterError(
                    f"The image of {part} can't be had on cluster {target.name}.",
                    detail=state.why,
                    remedy="labkit class images --push PREFIX, with lessonImages.prefix of the values; "
                    "then: labkit class up",
                )
        stage.note("waiting for " + "; ".join(told))
        if seconds > timeout:
            raise WaitTimeoutError(
                f"Not Ready within {timeout:.0f} s: {', '.join(waiting)}.",
                detail="\n".join(told),
                remedy=f"kubectl --context {target.name} --namespace {names.NAMESPACE} describe pods; "
                "then: labkit class up",
            )
        time.sleep(0.5)


def not_ready(deployments: Sequence[dict[str, Any]]) -> list[str]:
    """Return which of hub and proxy are not as they were last told to be, and Ready (pure).

    Parameters
    ----------
    deployments
        Those of the class's namespace.
    """
    found = {each["metadata"]["name"]: each for each in deployments}
    return [part for part in PARTS if part not in found or not _is_ready(found[part])]


def _is_ready(deployment: dict[str, Any]) -> bool:
    status = deployment.get("status", {})
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) >= 1
        and status.get("readyReplicas", 0) >= 1
        and status.get("replicas", 0) == status.get("readyReplicas", 0)
    )
