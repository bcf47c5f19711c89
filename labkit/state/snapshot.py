"""One moment of the cluster, immutable, with the questions that the board, the tables and the checks ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from rpds import HashTrieMap

from labkit.state.index import NOTHING, Index, Owned, fresh
from labkit.state.objects import (
    KINDS,
    Deployment,
    EndpointSlice,
    Event,
    Node,
    Object,
    Pod,
    ReplicaSet,
    Service,
)
from labkit.state.selector import matcher
from labkit.state.states import PodState, pod_state
from labkit.state.telling import merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.state.placement import Sort

_O = TypeVar("_O", bound=Object)


@dataclass(frozen=True)
class Snapshot:
    """One moment of the cluster.

    Parameters
    ----------
    objects
        Kind to uid to record: persistent maps, so that the next snapshot shares all that did not change.
    at
        When this became known, in seconds since the epoch.
    stale
        Why this may not be the present any more (``Pod: connection refused``), or None.
    stale_since
        When the first of the kinds went stale, in seconds since the epoch.
    stale_kinds
        What is stale → why: kinds, or ``API server`` or ``watch`` where all of them are.
    denied
        Kinds that we may not read → why, in the API server's words. Without nodes, the board shows those that pods are
        on.
    unreadable
        Objects that were read and not understood, such as ``Pod/hello`` → why. They are not among `objects`.
    kept
        The indices, as they were carried on from the snapshot before; see :attr:`index`.
    """

    objects: HashTrieMap[str, HashTrieMap[str, Object]] = field(default_factory=HashTrieMap)
    at: float = 0.0
    stale: str | None = None
    stale_since: float | None = None
    denied: Mapping[str, str] = field(default_factory=HashTrieMap)
    stale_kinds: Mapping[str, str] = field(default_factory=HashTrieMap)
    unreadable: Mapping[str, str] = field(default_factory=HashTrieMap)
    kept: Index | None = field(default=None, compare=False, repr=False)

    # -- is it the present? --------------------------------------------------------------------------------------------

    @property
    def outdated(self) -> str:
        """Why this is not known to be the present, in words with the kind in them; empty when it is."""
        if self.stale is not None:
            return self.stale
        unread = [kind for kind in KINDS if kind not in self.objects and kind not in self.denied]
        return f"{', '.join(unread)}: not read yet" if unread else ""

    # -- all of a kind -------------------------------------------------------------------------------------------------

    def nodes(self) -> list[Node]:
        """Return the nodes by name, the control plane first."""
        return sorted(self._all("Node", Node), key=lambda n: (not n.control_plane, n.name))

    def deployments(self) -> list[Deployment]:
        """Return the Deployments by name."""
        return sorted(self._all("Deployment", Deployment), key=lambda d: d.name)

    def replica_sets(self) -> list[ReplicaSet]:
        """Return all ReplicaSets by name."""
        return sorted(self._all("ReplicaSet", ReplicaSet), key=lambda r: r.name)

    def pods(self, selector: str | None = None) -> list[Pod]:
        """Return the pods whose labels match (all without a selector), by name.

        Parameters
        ----------
        selector
            As after ``kubectl get pods -l``: ``app=hello,track=stable``.

        Raises
        ------
        ValueError
            When it is not a selector.
        """
        matches = matcher(selector)
        return sorted((p for p in self._all("Pod", Pod) if matches(p.labels)), key=lambda p: p.name)

    def services(self) -> list[Service]:
        """Return the Services by name."""
        return sorted(self._all("Service", Service), key=lambda s: s.name)

    def endpoint_slices(self) -> list[EndpointSlice]:
        """Return the EndpointSlices by name."""
        return sorted(self._all("EndpointSlice", EndpointSlice), key=lambda s: s.name)

    def events(self) -> list[Event]:
        """Return the events, oldest first; those that say the same of the same object are one, with their sum."""
        return self._events

    def telling(self) -> tuple[Event, ...]:
        """Return those of :meth:`events` that tell more than the objects do: not Pulled, Scheduled and the like."""
        return self.index.telling.merged

    # -- one of them ---------------------------------------------------------------------------------------------------

    def deployment(self, name: str) -> Deployment | None:
        """Return the Deployment of that name, or None."""
        return self._named("Deployment", Deployment, name)

    def service(self, name: str) -> Service | None:
        """Return the Service of that name, or None."""
        return self._named("Service", Service, name)

    def node(self, name: str | None) -> Node | None:
        """Return the node of that name, or None."""
        return self._nodes.get(name) if name else None

    def pod(self, name: str) -> Pod | None:
        """Return the pod of that name, or None."""
        return self._named("Pod", Pod, name)

    # -- how they hang together ----------------------------------------------------------------------------------------

    def replica_sets_of(self, deployment: Deployment) -> list[ReplicaSet]:
        """Return a Deployment's ReplicaSets, newest revision first."""
        owned: Mapping[str, ReplicaSet] = self.index.sets.get(deployment.uid, HashTrieMap())
        return sorted(owned.values(), key=lambda r: (-r.revision, -r.created, r.name))

    def pods_of(self, owner: Object) -> list[Pod]:
        """Return the pods of a ReplicaSet, or of all ReplicaSets of a Deployment, oldest first."""
        sets = self.index.sets.get(owner.uid, HashTrieMap())
        found = [pod for uid in (owner.uid, *sets) for pod in self.owned(uid).pods.values()]
        return sorted(found, key=lambda p: (p.created, p.name))

    def owned(self, owner_uid: str) -> Owned:
        """Return the Pods of one owner, by uid and counted; with an empty uid those that nobody owns."""
        return self.index.owned.get(owner_uid, NOTHING)

    def tally(self, owner: Object) -> dict[Sort, int]:
        """Return how many Pods of each sort a ReplicaSet has, or all ReplicaSets of a Deployment."""
        found: dict[Sort, int] = {}
        for uid in (owner.uid, *self.index.sets.get(owner.uid, ())):
            found.update(self.owned(uid).tally.items())  # each sort belongs to one owner
        return found

    def replica_set_of(self, pod: Pod) -> ReplicaSet | None:
        """Return the ReplicaSet that a pod belongs to, or None."""
        found = self._map("ReplicaSet").get(pod.owner_uid or "")
        return found if isinstance(found, ReplicaSet) else None

    def receiving(self, service_name: str) -> frozenset[str]:
        """Return the uids of the pods to which a Service sends new connections.

        They are the endpoints that are ready in its EndpointSlices; this is what kube-proxy acts on, and it changes
        before the pod's own status says why.
        """
        return self._receiving.get(service_name, frozenset())

    def reached(self, service_name: str) -> frozenset[str]:
        """Return those of :meth:`receiving` whose node answers, as far as the API knows.

        The others are still sent connections, and nobody takes them.
        """
        pods = self._map("Pod")
        found = ((uid, pods.get(uid)) for uid in self.receiving(service_name))
        return frozenset(uid for uid, pod in found if isinstance(pod, Pod) and not self.lost(pod))

    def events_of(self, obj: Object) -> list[Event]:
        """Return the events about one object, oldest first."""
        return list(self._events_by.get(obj.uid, ()))

    # -- what it means -------------------------------------------------------------------------------------------------

    def lost(self, pod: Pod) -> bool:
        """Return whether a pod's node does not answer or is gone, which nobody tells the pod's status at once.

        Of a node that is not Ready the API marks the pods not Ready after some 40 s; those of a deleted node it leaves
        as they were until it removes them, within a minute or so (Kubernetes documentation, "Pod garbage collection").
        """
        if pod.node is None:
            return False
        node = self.node(pod.node)
        return not node.ready if node is not None else pod.node in self.gone_nodes

    @cached_property
    def gone_nodes(self) -> frozenset[str]:
        """The names of nodes that pods stand on and that the cluster does not have (any more).

        Empty while we have not read the nodes, or may not.
        """
        if "Node" not in self.objects:
            return frozenset()
        return frozenset({node for node in self.index.placement.nodes if node} - self._nodes.keys())

    def state_of(self, pod: Pod) -> PodState:
        """Return what a pod is doing; on a node that is not Ready nobody knows."""
        return PodState.UNKNOWN if self.lost(pod) else pod_state(pod)

    def missing(self, replica_set: ReplicaSet) -> int:
        """Return how many pods a ReplicaSet wants and has not even created yet."""
        owned = self.owned(replica_set.uid)
        leaving = sum(n for sort, n in owned.tally.items() if sort.terminating)
        return max(0, replica_set.desired - (len(owned.pods) - leaving))

    # -- inside --------------------------------------------------------------------------------------------------------

    def _map(self, kind: str) -> HashTrieMap[str, Object]:
        return self.objects.get(kind) or HashTrieMap()

    def _all(self, kind: str, _cls: type[_O]) -> Iterable[_O]:
        return cast("Iterable[_O]", self._map(kind).values())

    def _named(self, kind: str, cls: type[_O], name: str) -> _O | None:
        # Two of one name can be there for a moment, when one was deleted and made anew: the younger counts.
        named = [o for o in self._all(kind, cls) if o.name == name]
        return max(named, key=lambda o: o.created, default=None)

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        # Asked once and more for every pod; of two of one name the younger counts, as in _named.
        return {n.name: n for n in sorted(self._all("Node", Node), key=lambda n: n.created)}

    @cached_property
    def index(self) -> Index:
        """The indices of what there is; made anew only where nobody has carried them on."""
        return self.kept if self.kept is not None and self.kept.objects is self.objects else fresh(self.objects)

    @cached_property
    def _receiving(self) -> dict[str, frozenset[str]]:
        found = {service: receivers.uids for service, receivers in self.index.receiving.items()}
        for service, names in self.index.named.items():
            pods = [self.pod(name) for name in names]
            found[service] = found.get(service, frozenset()) | {pod.uid for pod in pods if pod}
        return found

    @cached_property
    def _events(self) -> list[Event]:
        return merged(self._all("Event", Event))

    @cached_property
    def _events_by(self) -> dict[str, list[Event]]:
        # Asked for every object whose details are told.
        found: dict[str, list[Event]] = {}
        for event in self._events:
            found.setdefault(event.object_uid, []).append(event)
        return found
