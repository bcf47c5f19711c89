"""The state of the cluster as the kit knows it: pure, immutable, no I/O and no clock."""

from labkit.state.objects import (
    KINDS,
    Condition,
    Container,
    Deployment,
    Endpoint,
    EndpointSlice,
    Event,
    Namespace,
    Node,
    Object,
    Pod,
    ReplicaSet,
    Service,
)
from labkit.state.snapshot import PodState, RolloutState, Snapshot
from labkit.state.store import API_SERVER, Change, Store, Timeline

__all__ = [
    "API_SERVER",
    "KINDS",
    "Change",
    "Condition",
    "Container",
    "Deployment",
    "Endpoint",
    "EndpointSlice",
    "Event",
    "Namespace",
    "Node",
    "Object",
    "Pod",
    "PodState",
    "ReplicaSet",
    "RolloutState",
    "Service",
    "Snapshot",
    "Store",
    "Timeline",
]
