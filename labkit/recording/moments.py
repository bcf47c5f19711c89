"""Finds the moments of a recording: by what happened, and not by the clock. Pure and incremental."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rpds import HashTrieMap

from labkit.recording.moment import Moment, MomentKind, in_order, tag
from labkit.recording.receivers import Receivers
from labkit.recording.rollouts import Rollouts
from labkit.state import Deployment, EndpointSlice, Node, Object, Pod, ReplicaSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from labkit.state import Snapshot

__all__ = ["Finder", "Moment", "MomentKind", "find"]

_O = TypeVar("_O", bound=Object)

#: Kinds in the order in which they are looked at: what a Pod belongs to comes before the Pod.
_KINDS = ("Node", "Deployment", "ReplicaSet", "Pod", "EndpointSlice")
#: Seconds without an answer by a version after which its next answer in a new rollout is its first one again.
_SILENT = 5.0


class Answer(Protocol):
    """A request that is over, as far as a moment tells of it (see :mod:`labkit.app.tally`)."""

    @property
    def at(self) -> float: ...
    @property
    def version(self) -> str | None: ...
    @property
    def latency(self) -> float: ...
    @property
    def pod(self) -> str: ...


class Change(Protocol):
    """What made a snapshot out of the one before."""

    @property
    def put(self) -> Sequence[Object]: ...
    @property
    def gone(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class _Facts:
    """What every moment of a Pod says of it; they share it, as there are very many of them."""

    app: str
    subject: tuple[str, str, str]
    revision: int
    version: str
    node: str | None

    @property
    def data(self) -> Mapping[str, Any]:
        return _said(self.revision, self.version, self.node)


class Finder:
    """Finds moments snapshot by snapshot, and request by request. Not safe for threads.

    The first snapshot tells what was there before: none of it is a moment. A kind that cannot be read for a while is
    compared with what was known of it before.
    """

    def __init__(self) -> None:
        self._seen: dict[str, HashTrieMap[str, Object]] = {}
        self._rollouts = Rollouts()
        self._receivers = Receivers()
        self._pods: dict[str, _Facts] = {}
        self._uids: dict[str, str] = {}
        self._lost: set[str] = set()
        self._answered: dict[str, float] = {}
        self._asked = ""
        self._any = False

    def take(self, snapshot: Snapshot, change: Change | None = None) -> list[Moment]:
        """Return the moments between the snapshot taken last and this one, causes first.

        Parameters
        ----------
        snapshot
            Not older than the one taken last; some in between may have been left out.
        change
            What made it out of the one taken last, where that is known: then only this is looked at. Otherwise the
            objects of a kind that has changed are compared one by one.
        """
        found: list[Moment] = []
        for kind in _KINDS:
            after = snapshot.objects.get(kind)
            before = self._seen.get(kind)
            if after is None or after is before:
                continue
            self._seen[kind] = after
            if before is None:
                self._known(kind, after)
                continue
            pairs = _pairs(kind, before, after, change)
            if kind == "EndpointSlice":
                found += self._traffic(snapshot.at, _typed(pairs, EndpointSlice))
                continue
            for old, new in pairs:
                found += self._one(snapshot.at, old, new)
        for moment in found:
            self._note_rollout(moment)
        return in_order(found)

    def request(self, request: Answer) -> list[Moment]:
        """Return what a request that is over means: that it was lost, or the first one that a version answered."""
        at = request.at + request.latency
        if request.version is None:
            data = {"due": request.at, "why": request.pod}
            return [Moment(at, MomentKind.REQUEST_LOST, ("Request", "", ""), self._asked, data)]
        facts = self._pods.get(uid := self._uids.get(request.pod, ""))
        self._asked = facts.app if facts is not None else self._asked
        new = self._any and request.version not in self._answered
        self._any, self._answered[request.version] = True, at
        if not new:
            return []
        data = {**(facts.data if facts else {}), "version": request.version, "due": request.at}
        return [Moment(at, MomentKind.FIRST_REQUEST, ("Pod", request.pod, uid), self._asked, data)]

    # -- inside --------------------------------------------------------------------------------------------------------

    def _known(self, kind: str, objects: HashTrieMap[str, Object]) -> None:
        """Take in what was there before: no moments."""
        if kind == "EndpointSlice":
            self._receivers.change((None, s) for s in objects.values() if isinstance(s, EndpointSlice))
            return
        for obj in objects.values():
            match obj:
                case Deployment():
                    self._rollouts.known(obj)
                case ReplicaSet():
                    self._rollouts.known_set(obj)
                case Pod():
                    self._look(obj)
                    self._rollouts.failing(0.0, obj, self._owner(obj))
                case Node() if not obj.ready:
                    self._lost.add(obj.name)

    def _one(self, at: float, before: Object | None, after: Object | None) -> list[Moment]:
        """Return what has happened to one object; None: it is not there yet, or not any more."""
        match after if after is not None else before:
            case Node():
                return self._node(at, _as(before, Node), _as(after, Node))
            case Deployment():
                return self._rollouts.deployment(at, _as(before, Deployment), _as(after, Deployment))
            case ReplicaSet() as replica_set:
                return self._rollouts.replica_set(at, replica_set) if after is not None else []
            case Pod():
                return self._pod(at, _as(before, Pod), _as(after, Pod))
        return []

    def _node(self, at: float, before: Node | None, after: Node | None) -> list[Moment]:
        node = after or before
        if node is None:
            return []
        found: list[tuple[MomentKind, dict[str, Any]]] = []
        there = after is not None and after.ready
        if before is not None and before.ready and not there:
            self._lost.add(node.name)
            found.append((MomentKind.NODE_LOST, {"why": after.ready_reason if after is not None else "deleted"}))
        elif there and node.name in self._lost:
            self._lost.remove(node.name)
            found.append((MomentKind.NODE_BACK, {}))
        if before is not None and after is not None and before.schedulable != after.schedulable:
            found.append((MomentKind.UNCORDONED if after.schedulable else MomentKind.CORDONED, {}))
        return [Moment(at, kind, ("Node", node.name, node.uid), "", data) for kind, data in found]

    def _pod(self, at: float, before: Pod | None, after: Pod | None) -> list[Moment]:
        pod = after or before
        if pod is None:
            return []
        facts = self._look(pod)
        kinds = _happened(before, after)
        if after is None:
            self._uids.pop(pod.name, None)
            if not self._receivers.has(pod.uid):
                self._pods.pop(pod.uid, None)
        found = [_of_pod(at, kind, facts) for kind in kinds]
        return found + (self._rollouts.failing(at, after, self._owner(after)) if after is not None else [])

    def _traffic(self, at: float, changed: list[tuple[EndpointSlice | None, EndpointSlice | None]]) -> list[Moment]:
        """Return which Pods a Service sends requests to from now on, and to which no more."""
        found = []
        for service, uid, name, joined in self._receivers.change(changed):
            pod = self._seen.get("Pod", HashTrieMap()).get(uid)
            facts = (
                self._look(pod)
                if isinstance(pod, Pod)
                else self._pods.get(uid) or _Facts("", ("Pod", name, uid), 0, "", None)
            )
            kind = MomentKind.POD_JOINED if joined else MomentKind.POD_LEFT
            found.append(_of_pod(at, kind, facts, service))
            if not joined and not self._receivers.has(uid) and uid not in self._seen.get("Pod", ()):
                self._pods.pop(uid, None)
        return found

    def _look(self, pod: Pod) -> _Facts:
        """Return what is known of a Pod now; where its ReplicaSet is gone or not heard of, what was known before."""
        before = self._pods.get(pod.uid)
        replica_set = self._owner(pod)
        owner = self._seen.get("Deployment", HashTrieMap()).get(replica_set.owner_uid or "") if replica_set else None
        app = owner.name if owner is not None else before.app if before is not None else pod.labels.get("app", "")
        revision = replica_set.revision if replica_set else before.revision if before is not None else 0
        subject = before.subject if before is not None else ("Pod", pod.name, pod.uid)
        facts = _Facts(app, subject, revision, tag([c.image for c in pod.containers]), pod.node)
        self._pods[pod.uid] = facts
        self._uids[pod.name] = pod.uid
        return facts

    def _owner(self, pod: Pod) -> ReplicaSet | None:
        found = self._seen.get("ReplicaSet", HashTrieMap()).get(pod.owner_uid or "")
        return found if isinstance(found, ReplicaSet) else None

    def _note_rollout(self, moment: Moment) -> None:
        """Forget that a version has answered, when it is rolled out (back) and has been silent."""
        version = moment.data.get("to")
        if moment.kind is not MomentKind.ROLLOUT_BEGAN or moment.data.get("from") == version:
            return
        if moment.at - self._answered.get(str(version), moment.at) > _SILENT:
            del self._answered[str(version)]


def find(snapshots: Iterable[Snapshot], requests: Iterable[Answer] = ()) -> list[Moment]:
    """Return the moments of consecutive snapshots and of a steady client's requests, oldest first."""
    finder, found = Finder(), []
    waiting = sorted(requests, key=lambda request: request.at + request.latency, reverse=True)
    for snapshot in snapshots:
        while waiting and waiting[-1].at + waiting[-1].latency < snapshot.at:
            found += finder.request(waiting.pop())
        found += finder.take(snapshot)
    while waiting:
        found += finder.request(waiting.pop())
    return found


def _pairs(
    kind: str, before: HashTrieMap[str, Object], after: HashTrieMap[str, Object], change: Change | None
) -> list[tuple[Object | None, Object | None]]:
    """Return what has changed of a kind, as it was and as it is."""
    if change is not None:
        put = [obj for obj in change.put if type(obj).__name__ == kind]
        gone = [uid for of, uid in change.gone if of == kind]
    else:
        put = [obj for uid, obj in after.items() if before.get(uid) is not obj]
        gone = [uid for uid in before if uid not in after]
    put.sort(key=lambda obj: (obj.created, obj.name))  # the map's own order is that of no run but this one
    return [(before[uid], None) for uid in sorted(gone) if uid in before] + [(before.get(o.uid), o) for o in put]


def _typed(pairs: list[tuple[Object | None, Object | None]], cls: type[_O]) -> list[tuple[_O | None, _O | None]]:
    return [(_as(old, cls), _as(new, cls)) for old, new in pairs]


def _as(obj: Object | None, cls: type[_O]) -> _O | None:
    return obj if isinstance(obj, cls) else None


def _happened(before: Pod | None, after: Pod | None) -> list[MomentKind]:
    """Return what has happened to a Pod, in order; None: it is not there yet, or not any more."""
    if after is None:
        return [MomentKind.POD_GONE]
    # what is told to stop before it ever ran is Failed, and never started
    started = {"Running", "Succeeded"}
    found = []
    if after.node is not None and (before is None or before.node is None):
        found.append(MomentKind.POD_SCHEDULED)
    if after.phase in started and (before is None or before.phase not in started):
        found.append(MomentKind.POD_STARTED)
    # on a Node that comes back a Pod that is Terminating says Ready once more, which means nothing to anybody
    if after.ready and not after.terminating and (before is None or not before.ready):
        found.append(MomentKind.POD_READY)
    if after.terminating and (before is None or not before.terminating):
        found.append(MomentKind.POD_TERMINATING)
    if before is not None and before.ready and not after.ready and not after.terminating:
        found.append(MomentKind.POD_NOT_READY)
    return found


def _of_pod(at: float, kind: MomentKind, facts: _Facts, service: str = "") -> Moment:
    data = _said(facts.revision, facts.version, facts.node, service) if service else facts.data
    return Moment(at, kind, facts.subject, facts.app, data)


@lru_cache(1024)
def _said(revision: int, version: str, node: str | None, service: str = "") -> Mapping[str, Any]:
    """Return what is said of Pods: the same map for all of which the same is said."""
    of = {"revision": revision, "version": version, "node": node}
    return {**of, "service": service} if service else of
