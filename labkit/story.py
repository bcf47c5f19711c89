"""What happened, in order: each pod's life, read off the recorded snapshots. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state import Pod, Snapshot


@dataclass(frozen=True, slots=True)
class Life:
    """The moments of one pod's life, in seconds since the epoch; None is "not seen".

    Attributes
    ----------
    name
        The pod.
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
    stopping
        When it was told to stop.
    gone
        When it had disappeared.
    ready_version, joined_version
        The resource versions of those two moments, which order them for certain: pods and EndpointSlices come in
        streams of their own, and either may be a few milliseconds ahead. Versions of different kinds can be compared
        within one cluster (Kubernetes documentation, "API concepts: resource versions"; etcd counts all writes as one).
    """

    name: str
    owner: str | None
    seen: float
    ready: float | None = None
    joined: float | None = None
    left: float | None = None
    stopping: float | None = None
    gone: float | None = None
    ready_version: int = 0
    joined_version: int = 0

    @property
    def ready_before_joined(self) -> bool:
        """Whether it was Ready before it was sent its first request."""
        return 0 < self.ready_version < self.joined_version

    @property
    def left_before_gone(self) -> bool:
        """Whether it had lost its traffic before it stopped."""
        return self.left is not None and self.gone is not None and self.left < self.gone


@dataclass(frozen=True, slots=True)
class Story:
    """A stretch of one app's time.

    Attributes
    ----------
    lives
        Its pods, in the order in which they appeared.
    least_receiving
        The smallest number of pods that received traffic at any moment.
    most_pods
        The largest number of pods that were there and not stopping at any moment.
    """

    lives: tuple[Life, ...]
    least_receiving: int
    most_pods: int

    @property
    def new(self) -> tuple[Life, ...]:
        """The pods that appeared and stayed."""
        return tuple(life for life in self.lives if life.stopping is None and life.joined is not None)

    @property
    def old(self) -> tuple[Life, ...]:
        """The pods that were told to stop."""
        return tuple(life for life in self.lives if life.stopping is not None)

    @property
    def hand_over(self) -> float | None:
        """A moment in which a new pod receives requests, and an old one does not any more but still runs.

        The middle of the first such stretch, so that some requests have been answered by the new pod by then.
        """
        stretches = [
            (max(new.joined, old.left, old.stopping), old.gone)
            for new in self.new
            for old in self.old
            if new.joined and old.left and old.stopping and old.gone
        ]
        begin, end = min(((begin, end) for begin, end in stretches if begin < end), default=(None, None))
        return None if begin is None or end is None else (begin + end) / 2


def tell(snapshots: Iterable[Snapshot], app: str) -> Story:
    """Read the pods' lives off consecutive snapshots.

    Parameters
    ----------
    snapshots
        Consecutive moments, oldest first.
    app
        The value of the pods' ``app`` label, and the name of their Service.
    """
    lives: dict[str, Life] = {}
    least: int | None = None
    most = 0
    for snapshot in snapshots:
        at = snapshot.at
        receiving = _receiving(snapshot, app)
        pods = {pod.uid: pod for pod in snapshot.pods(f"app={app}")}
        least = len(receiving) if least is None else min(least, len(receiving))
        most = max(most, sum(not pod.terminating for pod in pods.values()))
        for uid, pod in pods.items():
            life = lives.get(uid) or Life(pod.name, pod.owner_uid, at)
            lives[uid] = _note(life, at, pod, receiving.get(uid))
        for uid, life in lives.items():
            if uid not in pods and life.gone is None:
                lives[uid] = replace(life, gone=at, left=life.left or (at if life.joined else None))
    return Story(tuple(sorted(lives.values(), key=lambda life: life.seen)), least or 0, most)


def _receiving(snapshot: Snapshot, app: str) -> dict[str, int]:
    """Return the uids of the pods that receive an app's requests → the version of the slice that says so."""
    return {
        endpoint.pod_uid: int(each.version)
        for each in snapshot.endpoint_slices()
        if each.service == app
        for endpoint in each.endpoints
        if endpoint.ready
    }


def _note(life: Life, at: float, pod: Pod, slice_version: int | None) -> Life:
    """Note what is new in a pod's life at one moment."""
    if pod.ready and life.ready is None:
        life = replace(life, ready=at, ready_version=int(pod.version))
    if slice_version is not None and life.joined is None:
        life = replace(life, joined=at, joined_version=slice_version)
    if slice_version is None and life.joined is not None and life.left is None:
        life = replace(life, left=at)
    if pod.terminating and life.stopping is None:
        life = replace(life, stopping=at)
    return life
