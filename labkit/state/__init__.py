"""The state of the cluster as the kit knows it: pure, immutable, no I/O and no clock."""

from labkit.state.freshness import API_SERVER, WATCH
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
    Taint,
)
from labkit.state.snapshot import Snapshot
from labkit.state.states import PodState, pod_state
from labkit.state.step import Step
from labkit.state.store import Change, Store

__all__ = [
    "API_SERVER",
    "KINDS",
    "WATCH",
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
    "Service",
    "Snapshot",
    "Step",
    "Store",
    "Taint",
    "pod_state",
]
