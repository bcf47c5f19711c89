"""What happened, in order: each Pod's life, read off the recorded snapshots. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from labkit.state import Pod, Snapshot


@dataclass(frozen=True, slots=True)
class Life:
    """The moments of one Pod's life, in seconds since the epoch; None is "not seen".

    Attributes
    ----------
    name
        The Pod.
    owner
        The uid of its ReplicaSet.
    seen
        When it first appeared.
    ready
        When it became Ready.
    joined
        When its Service began to send it traffic.
    left
        When its Service stopped sending it traffic.
    terminating
        When it was told to terminate.
    gone
        When it had disappeared.
    ready_version, joined_version, left_version
        The resource versions of those moments, which order them for certain: Pods and EndpointSlices come in streams of
        their own, and either may be a few milliseconds ahead. Versions of different kinds can be compared within one
        cluster (Kubernetes documentation, "API concepts: resource versions"; etcd counts all writes as one). 0 where
        the moment was not seen.
    """

    name: str
    owner: str | None
    seen: float
    ready: float | None = None
    joined: float | None = None
    left: float | None = None
    terminating: float | None = None
    gone: float | None = None
    ready_version: int = 0
    joined_version: int = 0
    left_version: int = 0

    @property
    def ready_before_joined(self) -> bool:
        """Whether it was Ready before it was sent its first request."""
        return 0 < self.ready_version < self.joined_version

    @property
    def left_before_gone(self) -> bool:
        """Whether it had lost its traffic before it was gone."""
        return self.left is not None and self.gone is not None and self.left < self.gone


@dataclass(frozen=True, slots=True)
class Story:
    """A stretch of one app's time.

    Attributes
    ----------
    lives
        Its Pods, in the order in which they appeared.
    least_receiving
        The smallest number of Pods that received traffic at any moment.
    most_pods
        The largest number of Pods that were there and not Terminating at any moment: what `maxSurge` bounds.
    most_with_terminating
        The same with the Terminating ones, which `maxSurge` does not count: what the Nodes had to carry.
    """

    lives: tuple[Life, ...]
    least_receiving: int
    most_pods: int
    most_with_terminating: int

    @property
    def new(self) -> tuple[Life, ...]:
        """The Pods that appeared, received traffic, and stayed."""
        return tuple(life for life in self.lives if life.terminating is None and life.joined is not None)

    @property
    def old(self) -> tuple[Life, ...]:
        """The Pods that were told to terminate."""
        return tuple(life for life in self.lives if life.terminating is not None)

    @property
    def joins(self) -> tuple[int, ...]:
        """The versions with which the new Pods joined the Service, in order."""
        return tuple(sorted(life.joined_version for life in self.new))

    @property
    def leaves(self) -> tuple[int, ...]:
        """The versions with which the old Pods left the Service, in order."""
        return tuple(sorted(life.left_version for life in self.old if life.left_version))

    @property
    def first_left_before_first_joined(self) -> bool:
        """Whether an old Pod lost its traffic before any new one received some."""
        return bool(self.joins and self.leaves) and self.leaves[0] < self.joins[0]

    @property
    def one_by_one(self) -> bool:
        """Whether each old Pod was let go only for a new one: the k-th left no earlier than the k-th joined."""
        pairs = tuple(zip(self.joins, self.leaves, strict=False))
        return bool(pairs) and len(self.joins) == len(self.leaves) and all(joined <= left for joined, left in pairs)

    @property
    def gap(self) -> float | None:
        """A moment in which an old Pod has left the Service and no new one has joined it; None where there is none."""
        left = min((life.left for life in self.old if life.left), default=None)
        joined = min((life.joined for life in self.new if life.joined), default=None)
        if left is None or joined is None or joined <= left:
            return None
        return (left + joined) / 2

    @property
    def hand_over(self) -> float | None:
        """A moment in which a new Pod receives requests, and an old one no longer does but is still there.

        The middle of the first such stretch, so that some requests have been answered by the new Pod by then.
        """
        stretches = [
            (max(new.joined, old.left, old.terminating), old.gone)
            for new in self.new
            for old in self.old
            if new.joined and old.left and old.terminating and old.gone
        ]
        begin, end = min(((begin, end) for begin, end in stretches if begin < end), default=(None, None))
        return None if begin is None or end is None else (begin + end) / 2

    def handed_over(self, count: int) -> float | None:
        """Return a moment just after `count` old Pods have left the Service; None if so many never did."""
        leaves = sorted(life.left for life in self.old if life.left)
        if not 0 < count <= len(leaves):
            return None
        until = leaves[count] if count < len(leaves) else leaves[-1] + 1.0
        return (leaves[count - 1] + until) / 2


class Recorded(Protocol):
    """A recording, as far as a story needs it (see :mod:`labkit.recording.source`)."""

    @property
    def timeline(self) -> Times: ...  # noqa: D102 - its snapshots


class Times(Protocol):
    """The snapshots of a recording."""

    def since(self, at: float) -> Iterable[Snapshot]: ...  # noqa: D102 - those of a time and later, oldest first


def tell(recorded: Recorded | Iterable[Snapshot], app: str, since: float = 0.0) -> Story:
    """Read the Pods' lives off a recording.

    Parameters
    ----------
    recorded
        A recording, or consecutive snapshots, oldest first.
    app
        The value of the Pods' ``app`` label, and the name of their Service.
    since
        Of a recording, when the story begins, in seconds since the epoch.
    """
    snapshots = recorded if isinstance(recorded, Iterable) else recorded.timeline.since(since)
    lives: dict[str, Life] = {}
    least: int | None = None
    most = most_with_terminating = 0
    for snapshot in snapshots:
        at = snapshot.at
        receiving = _receiving(snapshot, app)
        pods = {pod.uid: pod for pod in snapshot.pods(f"app={app}")}
        least = len(receiving) if least is None else min(least, len(receiving))
        most = max(most, sum(not pod.terminating for pod in pods.values()))
        most_with_terminating = max(most_with_terminating, len(pods))
        for uid, pod in pods.items():
            lives[uid] = _note(lives.get(uid) or Life(pod.name, pod.owner_uid, at), at, pod)
        for uid, life in lives.items():
            seen = _note_traffic(life, at, receiving.get(uid), _version(snapshot, app))
            lives[uid] = replace(seen, gone=at) if uid not in pods and life.gone is None else seen
    return Story(tuple(sorted(lives.values(), key=lambda life: life.seen)), least or 0, most, most_with_terminating)


def _receiving(snapshot: Snapshot, app: str) -> dict[str, int]:
    """Return the uids of the Pods that receive an app's requests → the version of the slice that says so."""
    return {
        endpoint.pod_uid: int(each.version)
        for each in snapshot.endpoint_slices()
        if each.service == app
        for endpoint in each.endpoints
        if endpoint.ready and endpoint.pod_uid
    }


def _version(snapshot: Snapshot, app: str) -> int:
    """Return the newest version of the EndpointSlices of a Service; 0 where it has none."""
    return max((int(each.version) for each in snapshot.endpoint_slices() if each.service == app), default=0)


def _note(life: Life, at: float, pod: Pod) -> Life:
    """Note what is new in the Pod itself at one moment."""
    if pod.ready and life.ready is None:
        life = replace(life, ready=at, ready_version=int(pod.version))
    if pod.terminating and life.terminating is None:
        life = replace(life, terminating=at)
    return life


def _note_traffic(life: Life, at: float, slice_version: int | None, newest: int) -> Life:
    """Note whether it receives requests: since `slice_version`, or not (any more) as of version `newest`."""
    if slice_version is not None and life.joined is None:
        return replace(life, joined=at, joined_version=slice_version)
    if slice_version is None and life.joined is not None and life.left is None:
        return replace(life, left=at, left_version=newest)
    return life
