"""What is asked of a snapshot again and again, kept up by each change: no frame sorts or counts everything anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rpds import HashTrieMap

from labkit.state.objects import EndpointSlice, Event, Object, Pod, ReplicaSet
from labkit.state.placement import Placement, Tally, counted
from labkit.state.states import PodState, pod_state
from labkit.state.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterable

Objects: TypeAlias = "HashTrieMap[str, HashTrieMap[str, Object]]"
_KINDS = ("Pod", "ReplicaSet", "EndpointSlice", "Event")
_NONE: HashTrieMap[str, Object] = HashTrieMap()


@dataclass(frozen=True, slots=True, eq=False)
class Owned:
    """The Pods of one owner: by uid, and how many there are of each sort."""

    pods: HashTrieMap[str, Pod] = field(default_factory=HashTrieMap)
    tally: Tally = field(default_factory=HashTrieMap)

    def after(self, before: Pod | None, pod: Pod | None) -> Owned:
        """Return what it is after a Pod has come, changed or gone."""
        pods, tally = self.pods, self.tally
        if before is not None:
            tally = counted(tally, before, -1)
            pods = pods if pod is not None else pods.remove(before.uid)
        if pod is not None:
            tally = counted(tally, pod, 1)
            pods = pods.insert(pod.uid, pod)
        return Owned(pods, tally)


NOTHING = Owned()


class Receivers:
    """The Pods that receive a Service's new connections.

    Parameters
    ----------
    counts
        The Pod's uid → how many endpoints say so.
    """

    __slots__ = ("_uids", "counts")

    def __init__(self, counts: HashTrieMap[str, int]) -> None:
        self.counts = counts
        self._uids: frozenset[str] | None = None

    @property
    def uids(self) -> frozenset[str]:
        """Their uids; gathered when somebody asks, and once only."""
        if self._uids is None:
            self._uids = frozenset(self.counts)
        return self._uids


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The indices of one snapshot.

    Parameters
    ----------
    objects
        What they were made of: they hold for a snapshot with the very same objects.
    owned
        The uid of a Pod's owner (empty: none) → its Pods.
    sets
        The uid of a ReplicaSet's owner (empty: none) → its ReplicaSets by uid.
    placement
        Which slot each Pod stands in.
    failing
        Those Pods that are kept from starting by an error, by uid.
    receiving
        The Service's name → the Pods that receive its new connections.
    named
        The same for endpoints that know no uid: the Pod's name → how many endpoints say so.
    telling
        The events that tell something.
    """

    objects: Objects = field(default_factory=HashTrieMap)
    owned: HashTrieMap[str, Owned] = field(default_factory=HashTrieMap)
    sets: HashTrieMap[str, HashTrieMap[str, ReplicaSet]] = field(default_factory=HashTrieMap)
    placement: Placement = field(default_factory=Placement)
    failing: HashTrieMap[str, Pod] = field(default_factory=HashTrieMap)
    receiving: HashTrieMap[str, Receivers] = field(default_factory=HashTrieMap)
    named: HashTrieMap[str, HashTrieMap[str, int]] = field(default_factory=HashTrieMap)
    telling: Telling = field(default_factory=Telling)

    def after(self, objects: Objects, touched: Iterable[tuple[str, str]]) -> Index:
        """Return the indices after a change.

        Parameters
        ----------
        objects
            What there is after it.
        touched
            Kind and uid of what has come, changed or gone; of anything else nothing may have changed.
        """
        found: list[tuple[str, Object | None, Object | None]] = []
        for kind, uid in dict.fromkeys(touched):
            if kind in _KINDS:
                before = self.objects.get(kind, _NONE).get(uid)
                after = objects.get(kind, _NONE).get(uid)
                if before is not after:
                    found.append((kind, before, after))
        # What goes makes room first; what comes together is placed in an order that does not depend on a list's.
        found.sort(
            key=lambda each: (each[2] is not None, each[2].created if each[2] else 0.0, each[2].name if each[2] else "")
        )
        step = _Step(self)
        for kind, before, after in found:
            step.take(kind, before, after)
        return step.index(objects)


def fresh(objects: Objects) -> Index:
    """Return the indices of objects of which no history is known."""
    return Index().after(objects, [(kind, uid) for kind in _KINDS for uid in objects.get(kind, _NONE)])


class _Step:
    """The indices on their way from one snapshot to the next."""

    def __init__(self, index: Index) -> None:
        self.owned, self.sets, self.placement = index.owned, index.sets, index.placement
        self.failing, self.receiving, self.named = index.failing, index.receiving, index.named
        self.telling = index.telling

    def index(self, objects: Objects) -> Index:
        return Index(
            objects, self.owned, self.sets, self.placement, self.failing, self.receiving, self.named, self.telling
        )

    def take(self, kind: str, before: Object | None, after: Object | None) -> None:
        if kind == "Pod":
            assert before is None or isinstance(before, Pod)  # noqa: S101 - by its kind
            assert after is None or isinstance(after, Pod)  # noqa: S101
            self._pod(before, after)
        elif kind == "ReplicaSet":
            for obj, put in ((before, False), (after, True)):
                if isinstance(obj, ReplicaSet):
                    owner = obj.owner_uid or ""
                    mine: HashTrieMap[str, ReplicaSet] = self.sets.get(owner, HashTrieMap())
                    mine = mine.insert(obj.uid, obj) if put else mine.discard(obj.uid)
                    self.sets = self.sets.insert(owner, mine) if len(mine) else self.sets.discard(owner)
        elif kind == "EndpointSlice":
            for obj, by in ((before, -1), (after, 1)):
                if isinstance(obj, EndpointSlice):
                    self._slice(obj, by)
        else:
            assert before is None or isinstance(before, Event)  # noqa: S101 - by its kind
            assert after is None or isinstance(after, Event)  # noqa: S101
            self.telling = self.telling.after(before, after)

    def _pod(self, before: Pod | None, after: Pod | None) -> None:
        known = after or before
        if known is None:
            return
        uid = known.uid
        if before is not None and after is not None and (before.owner_uid or "") == (after.owner_uid or ""):
            self._own(before, before, after)
        else:
            if before is not None:
                self._own(before, before, None)
            if after is not None:
                self._own(after, None, after)
        self.placement = self.placement.after(after, uid)
        if after is not None and pod_state(after) is PodState.FAILING:
            self.failing = self.failing.insert(uid, after)
        elif uid in self.failing:
            self.failing = self.failing.remove(uid)

    def _own(self, of: Pod, before: Pod | None, after: Pod | None) -> None:
        owner = of.owner_uid or ""
        mine = self.owned.get(owner, NOTHING).after(before, after)
        self.owned = self.owned.insert(owner, mine) if len(mine.pods) else self.owned.discard(owner)

    def _slice(self, part: EndpointSlice, by: int) -> None:
        known = self.receiving.get(part.service)
        uids: HashTrieMap[str, int] = known.counts if known else HashTrieMap()
        for endpoint in part.endpoints:
            if endpoint.ready:
                uids = _added(uids, endpoint.pod_uid, by)
        if len(uids):
            self.receiving = self.receiving.insert(part.service, Receivers(uids))
        else:
            self.receiving = self.receiving.discard(part.service)
        names: HashTrieMap[str, int] = self.named.get(part.service, HashTrieMap())
        for endpoint in part.others:
            if endpoint.ready and endpoint.pod_name:
                names = _added(names, endpoint.pod_name, by)
        self.named = self.named.insert(part.service, names) if len(names) else self.named.discard(part.service)


def _added(counts: HashTrieMap[str, int], key: str, by: int) -> HashTrieMap[str, int]:
    number = counts.get(key, 0) + by
    return counts.insert(key, number) if number else counts.remove(key)
