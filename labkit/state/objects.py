"""What the board knows of each Kubernetes object: small frozen records, one class per kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The kinds that the kit reads, in the order in which a person would name them.
KINDS = ("Namespace", "Node", "Deployment", "ReplicaSet", "Pod", "Service", "EndpointSlice", "Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """What every object has.

    Parameters
    ----------
    uid
        The cluster's own identity of the object; a new object of the same name has another one.
    name, labels
        As in ``metadata``.
    created
        ``metadata.creationTimestamp`` in seconds since the epoch.
    owner_uid
        The controller among ``metadata.ownerReferences``, or None.
    owner_kind, owner_name
        Its kind and name, such as ``StatefulSet`` and ``db``; empty without a controller.
    version
        ``metadata.resourceVersion``: equal versions of one uid are equal objects.
    """

    uid: str
    name: str
    labels: Mapping[str, str] = field(hash=False)
    created: float
    owner_uid: str | None
    version: str
    owner_kind: str = ""
    owner_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One entry of ``status.conditions``.

    ``status`` is ``True``, ``False`` or ``Unknown``; ``since`` is when it last changed, in seconds since the epoch
    (0.0: not said).
    """

    type: str
    status: str
    reason: str
    message: str
    since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a pod, from its spec and its status.

    ``state`` is ``waiting``, ``running`` or ``terminated``; ``reason`` and ``message`` belong to that state.
    """

    name: str
    image: str
    state: str
    ready: bool
    restarts: int
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod(Object):
    """A pod.

    Parameters
    ----------
    node
        The node it was given to, or None while the scheduler looks for one.
    phase
        ``status.phase``: Pending, Running, Succeeded, Failed, Unknown.
    ready
        Its condition Ready is True: only then a Service sends it traffic.
    terminating
        It has been told to stop (``metadata.deletionTimestamp``).
    status, ready_containers, total_containers, restarts, last_restart
        The columns STATUS, READY and RESTARTS of ``kubectl get pods``; ``last_restart`` in seconds since the epoch.
    waiting
        Why it does not run yet: reason and message of the first waiting container, or of the scheduler; else empty.
    conditions
        ``status.conditions``; the reason of a condition Ready that is False says who took it back.
    deletes_at, grace
        ``metadata.deletionTimestamp`` in seconds since the epoch (None: nobody has told it to stop): the end of its
        grace period, not the beginning, which is ``grace`` seconds (``deletionGracePeriodSeconds``) earlier.
    """

    node: str | None
    phase: str
    ready: bool
    terminating: bool
    containers: tuple[Container, ...]
    ip: str | None
    status: str
    waiting: str
    ready_containers: int
    total_containers: int
    restarts: int
    last_restart: float | None
    conditions: tuple[Condition, ...] = ()
    deletes_at: float | None = None
    grace: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaSet(Object):
    """A ReplicaSet.

    ``revision`` is its Deployment's (annotation ``deployment.kubernetes.io/revision``), 0 if it has none;
    ``terminating`` counts its pods that are Terminating, which ``current`` does not (None: the API server does not
    say); ``cause`` is why it was made, as somebody wrote it (annotation ``kubernetes.io/change-cause``).
    """

    desired: int
    current: int
    ready: int
    available: int
    revision: int
    images: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    terminating: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Object):
    """A Deployment.

    ``max_surge`` and ``max_unavailable`` are pods, resolved from a number or a percentage of ``desired``; ``paused``
    is ``spec.paused``: a change of its template is taken down and not rolled out until ``kubectl rollout resume``.
    ``terminating`` counts its pods that are Terminating, which no other count includes (None: the API server does not
    say).
    """

    selector: Mapping[str, str] = field(hash=False)
    desired: int
    current: int
    updated: int
    ready: int
    available: int
    unavailable: int
    max_surge: int
    max_unavailable: int
    generation: int
    observed_generation: int
    revision: int
    images: tuple[str, ...]
    conditions: tuple[Condition, ...]
    paused: bool = False
    terminating: int | None = None

    @property
    def complete(self) -> bool:
        """Whether the current state is the desired one, as ``kubectl rollout status`` decides it."""
        return (
            self.observed_generation >= self.generation
            and self.updated >= self.desired
            and self.current <= self.updated
            and self.available >= self.updated
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taint:
    """What keeps pods off a node; ``effect`` is NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    value: str
    effect: str


#: What Kubernetes taints a Node with that is not Ready, and takes away once it has come back (Kubernetes docs, "Taints
#: and Tolerations"); a cordon has another taint.
GIVEN_UP = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Object):
    """A node; ``ready`` only while its condition Ready is True (False and Unknown are both "not").

    ``ready_reason`` is the reason of that condition: ``KubeletReady``, ``NodeStatusUnknown`` where the kubelet has not
    been heard of, and so on.
    """

    ready: bool
    control_plane: bool
    schedulable: bool
    kubernetes: str
    ip: str | None
    conditions: tuple[Condition, ...]
    taints: tuple[Taint, ...] = ()
    ready_reason: str = ""
    #: whether the instructor of a class is taking it away
    taken: bool = False

    @property
    def status(self) -> str:
        """The column STATUS of ``kubectl get nodes``, such as ``NotReady,SchedulingDisabled``.

        Source: ``printNode`` in Kubernetes' ``pkg/printers/internalversion/printers.go`` (1.37).
        """
        said = any(c.type == "Ready" for c in self.conditions)
        word = ("Ready" if self.ready else "NotReady") if said else "Unknown"
        return word if self.schedulable else f"{word},SchedulingDisabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(Object):
    """The namespace itself."""

    annotations: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Object):
    """A Service; ``ports`` holds (name, port, nodePort or 0)."""

    type: str
    selector: Mapping[str, str] = field(hash=False)
    cluster_ip: str | None
    ports: tuple[tuple[str, int, int], ...]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Return whether the selector picks these labels; an empty selector picks nothing."""
        return bool(self.selector) and self.selector.items() <= labels.items()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One entry of an EndpointSlice with its three conditions.

    ``pod_uid`` and ``pod_name`` are empty where it does not say so: an address outside the cluster belongs to no pod,
    and who writes a slice by hand may leave the uid out.
    """

    pod_uid: str
    ready: bool
    serving: bool
    terminating: bool
    pod_name: str = ""
    node: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSlice(Object):
    """Part of the addresses behind the Service named ``service``.

    ``endpoints`` are pods known by their uid, ``others`` all the rest; ``version`` orders it among all other changes.
    """

    service: str
    endpoints: tuple[Endpoint, ...]
    others: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Object):
    """Something that Kubernetes tells about an object; ``first`` and ``last`` in seconds since the epoch."""

    type: str
    reason: str
    message: str
    count: int
    object_kind: str
    object_name: str
    object_uid: str
    first: float
    last: float
    source: str
