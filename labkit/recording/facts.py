"""What there is to know of a recording besides what it recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a recording comes from.

    Attributes
    ----------
    context
        The context of the cluster, such as ``kind-labkit``.
    namespace
        The namespace that was watched.
    kubernetes
        The version of Kubernetes that the control plane runs, such as ``v1.37.2``; empty while no Node is known.
    labkit
        The version of the kit that recorded.
    front_door
        The address that the steady client asked; empty where there was none.
    made
        When the recording began, in seconds since the epoch.
    """

    context: str = ""
    namespace: str = ""
    kubernetes: str = ""
    labkit: str = ""
    front_door: str = ""
    made: float = 0.0
