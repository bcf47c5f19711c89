"""Hand-made moments of a small cluster with hello on it: what a real one does too rarely, or too fast, to wait for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rpds import HashTrieMap

from labkit.lesson.steps.evidence import Evidence
from labkit.recording.moments import find
from labkit.recording.requests import Requests
from labkit.state import Condition, Container, Deployment, EndpointSlice, Node, Object, Pod, ReplicaSet, Snapshot
from labkit.state.objects import KINDS, Endpoint, Taint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from labkit.lesson.steps.evidence import Reply
    from labkit.recording.moment import Moment
    from labkit.recording.request import Request

LABELS = {"app": "hello", "track": "stable"}
UNREACHABLE = Taint(key="node.kubernetes.io/unreachable", value="", effect="NoSchedule")
EVICTED = Condition(type="DisruptionTarget", status="True", reason="EvictionByEvictionAPI", message="")


def pod(name: str, node: str | None, *, ready: bool = True, end: float | None = None, evicted: bool = False) -> Pod:
    """Return a Pod of hello; with an `end` it is Terminating, and its grace of 15 s ends then."""
    return Pod(
        uid=name,
        name=name,
        labels=LABELS,
        created=0.0,
        owner_uid="set",
        version="1",
        node=node,
        phase="Running",
        ready=ready,
        terminating=end is not None,
        containers=(Container(name="hello", image="hello:1.0.0", state="running", ready=ready, restarts=0),),
        ip=None,
        status="Running" if end is None else "Terminating",
        waiting="",
        ready_containers=int(ready),
        total_containers=1,
        restarts=0,
        last_restart=None,
        conditions=(EVICTED,) if evicted else (),
        deletes_at=end,
        grace=15.0 if end is not None else 0.0,
    )


def moment(
    at: float,
    *pods: Pod,
    desired: int = 3,
    in_set: int | None = None,
    cordoned: Iterable[str] = (),
    silent: Iterable[str] = (),
    tainted: Iterable[str] = (),
    nodes: Iterable[str] = ("a", "b", "c"),
) -> Snapshot:
    """Return a moment: the workers, hello's Deployment and ReplicaSet, and its Service, which has the Ready Pods."""
    staying = [each for each in pods if not each.terminating]
    ready = sum(each.ready for each in staying)
    common = {"labels": LABELS, "created": 0.0, "version": "1"}
    deployment = Deployment(
        **common,  # type: ignore[arg-type]
        uid="deployment",
        name="hello",
        owner_uid=None,
        selector=LABELS,
        desired=desired,
        current=len(staying),
        updated=len(staying),
        ready=ready,
        available=ready,
        unavailable=desired - ready,
        max_surge=1,
        max_unavailable=1,
        generation=1,
        observed_generation=1,
        revision=1,
        images=("hello:1.0.0",),
        conditions=(),
    )
    replica_set = ReplicaSet(
        **common,  # type: ignore[arg-type]
        uid="set",
        name="hello-1",
        owner_uid="deployment",
        desired=desired if in_set is None else in_set,
        current=len(staying),
        ready=ready,
        available=ready,
        revision=1,
        images=("hello:1.0.0",),
    )
    endpoints = tuple(
        Endpoint(pod_uid=each.uid, ready=True, serving=True, terminating=False, pod_name=each.name)
        for each in staying
        if each.ready
    )
    service = EndpointSlice(
        **common,  # type: ignore[arg-type]
        uid="slice",
        name="hello-x",
        owner_uid=None,
        service="hello",
        endpoints=endpoints,
    )
    workers = [
        Node(
            uid=name,
            name=name,
            labels={},
            created=0.0,
            owner_uid=None,
            version="1",
            ready=name not in silent,
            control_plane=False,
            schedulable=name not in cordoned,
            kubernetes="v1",
            ip=None,
            conditions=(),
            taints=(UNREACHABLE,) if name in tainted else (),
        )
        for name in nodes
    ]
    made: dict[str, HashTrieMap[str, Object]] = {kind: HashTrieMap() for kind in KINDS}
    for each in (deployment, replica_set, service, *workers, *pods):
        made[type(each).__name__] = made[type(each).__name__].insert(each.uid, each)
    return Snapshot(HashTrieMap(made), at)


@dataclass
class Times:
    """The moments, as a timeline tells them."""

    snapshots: Sequence[Snapshot]

    def at(self, at: float) -> Snapshot:
        """Return what was the present then."""
        return max((each for each in self.snapshots if each.at <= at), key=lambda each: each.at)

    def since(self, at: float) -> Iterator[Snapshot]:
        """Iterate over those of a time and later."""
        return (each for each in self.snapshots if each.at >= at)


@dataclass
class Recorded:
    """The moments, as a recording tells them."""

    timeline: Times
    requests: Requests = field(default_factory=Requests)

    @property
    def moments(self) -> Sequence[Moment]:
        """What happened."""
        return find(self.timeline.snapshots, self.requests)


def evidence(
    *snapshots: Snapshot,
    since: float | None = None,
    requests: Iterable[Request] = (),
    files: Mapping[str, str] | None = None,
    replies: Mapping[str, Reply] | None = None,
) -> Evidence:
    """Return what is known at the last of some moments, of a step that began with the first."""
    recorded = Recorded(Times(snapshots))
    for request in requests:
        recorded.requests.add(request)
    began = snapshots[0].at if since is None else since
    return Evidence(snapshots[-1], recorded, began, files or {}, replies or {})
