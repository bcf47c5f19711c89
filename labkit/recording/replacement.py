"""How an app's Pods were replaced: each Pod's life in stretches, and what became of the requests meanwhile. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labkit.recording.request import Request
    from labkit.state import Deployment, Pod, Snapshot


class Being(StrEnum):
    """What a Pod is to those who ask, in the order of its life."""

    STARTING = "starting"  # on its way to a Node, or its containers do not run yet
    RUNNING = "running"  # it runs, and its Service sends it nothing
    RECEIVING = "receiving"  # its Service sends it requests
    TERMINATING = "terminating"


class Stretch(NamedTuple):
    """A time in which a Pod was the same, in seconds since the epoch."""

    being: Being
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class PodLife:
    """One Pod's life.

    Attributes
    ----------
    name
        The Pod.
    new
        Whether it is one of those that came; else it had to go.
    stretches
        What it was, oldest first, one after the other without a gap.
    """

    name: str
    new: bool
    stretches: tuple[Stretch, ...]

    @property
    def begin(self) -> float:
        """When it is first seen, in seconds since the epoch."""
        return self.stretches[0].begin

    @property
    def end(self) -> float:
        """Until when it is seen, in seconds since the epoch."""
        return self.stretches[-1].end


@dataclass(frozen=True, slots=True)
class Replacement:
    """One way in which an app's Pods were replaced, as it was recorded.

    Attributes
    ----------
    way
        Which way: its key.
    begin, end
        When the change was applied, and when it was over: the rollout complete and the old Pods gone. In seconds since
        the epoch.
    complete
        When the rollout was complete, as ``kubectl rollout status`` has it; None where it never was.
    lives
        The Pods: the old ones as they were told to terminate, then the new ones as they appeared.
    requests
        The steady client's requests that were due meanwhile, oldest first.
    earlier
        Those that were due a moment before, oldest first: how it was. They are not counted.
    least_receiving
        The smallest number of Pods that received requests at any moment.
    most_pods, most_with_terminating
        The largest number of Pods that were there at any moment: without those that were Terminating, and with them.
    """

    way: str
    begin: float
    end: float
    complete: float | None
    lives: tuple[PodLife, ...]
    requests: tuple[Request, ...]
    earlier: tuple[Request, ...]
    least_receiving: int
    most_pods: int
    most_with_terminating: int

    @property
    def lost(self) -> int:
        """How many requests nobody answered."""
        return sum(request.outcome == "lost" for request in self.requests)

    @property
    def retried(self) -> int:
        """How many requests were answered after a retry only."""
        return sum(request.outcome == "retried" for request in self.requests)

    @property
    def slowest(self) -> float | None:
        """The seconds that the slowest answer took; None where there was no answer."""
        return max((each.latency for each in self.requests if each.outcome != "lost"), default=None)

    @property
    def seconds(self) -> float | None:
        """The seconds from the change until the rollout was complete; None where it never was."""
        return None if self.complete is None else self.complete - self.begin


def replacement(
    way: str,
    app: str,
    snapshots: Iterable[Snapshot],
    requests: Sequence[Request],
    *,
    begin: float,
    end: float,
) -> Replacement:
    """Read one replacement off a recording.

    Parameters
    ----------
    way
        The key of the way.
    app
        The name of the Deployment and of its Service.
    snapshots
        What was recorded from a while before `begin` until `end`, oldest first. Pods of another Deployment of that
        name, which was there before, do not count.
    requests
        The steady client's requests that were due until `end`.
    begin, end
        In seconds since the epoch.
    """
    seen = [each for each in snapshots if each.deployment(app) is not None]
    before = [each for each in seen if each.at <= begin]
    last = seen[-1].deployment(app) if seen else None
    mine = [each for each in seen if _deployment(each, app).uid == (last.uid if last is not None else "")]
    old_sets = _sets_with_pods(before[-1], app) if before else frozenset()
    lives: dict[str, _Noted] = {}
    for snapshot in mine:
        _note(lives, snapshot, app)
    for life in lives.values():
        life.close(end)
    during = [each for each in mine if each.at > begin] + before[-1:]
    counts = [_counts(each, app) for each in during]
    noted = sorted(lives.values(), key=lambda life: life.order(new=life.owner not in old_sets))
    return Replacement(
        way=way,
        begin=begin,
        end=end,
        complete=_complete(mine, app, begin),
        lives=tuple(PodLife(life.name, life.owner not in old_sets, tuple(life.stretches)) for life in noted),
        requests=tuple(each for each in requests if each.at >= begin),
        earlier=tuple(each for each in requests if each.at < begin),
        least_receiving=min((receiving for receiving, _, _ in counts), default=0),
        most_pods=max((staying for _, staying, _ in counts), default=0),
        most_with_terminating=max((all_of_them for _, _, all_of_them in counts), default=0),
    )


@dataclass(slots=True)
class _Noted:
    """A Pod's life so far: the last stretch is open as long as the Pod is there."""

    name: str
    owner: str
    stretches: list[Stretch]
    gone: bool = False

    def note(self, being: Being, at: float) -> None:
        last = self.stretches[-1]
        self.stretches[-1] = last._replace(end=at)
        if last.being is not being:
            self.stretches.append(Stretch(being, at, at))

    def order(self, *, new: bool) -> tuple[bool, float, str]:
        """Return what sorts it among the others: the old ones as they go, then the new ones as they come."""
        return new, self.stretches[0].begin if new else self.stretches[-1].begin, self.name

    def close(self, at: float) -> None:
        """Let the last stretch end, if it has not."""
        if not self.gone:
            self.stretches[-1] = self.stretches[-1]._replace(end=max(at, self.stretches[-1].begin))
            self.gone = True


def _note(lives: dict[str, _Noted], snapshot: Snapshot, app: str) -> None:
    """Note what each Pod is at one moment."""
    receiving = snapshot.receiving(app)
    pods = {pod.uid: pod for pod in snapshot.pods_of(_deployment(snapshot, app))}
    for uid, pod in pods.items():
        being = being_of(pod, receives=uid in receiving)
        if uid in lives:
            lives[uid].note(being, snapshot.at)
        else:
            lives[uid] = _Noted(pod.name, pod.owner_uid or "", [Stretch(being, snapshot.at, snapshot.at)])
    for uid, life in lives.items():
        if uid not in pods:
            life.close(snapshot.at)


def being_of(pod: Pod, *, receives: bool) -> Being:
    """Return what a Pod is to those who ask.

    Parameters
    ----------
    pod
        The Pod.
    receives
        Whether its Service sends it requests.
    """
    if pod.terminating:
        return Being.TERMINATING
    if receives:
        return Being.RECEIVING
    return Being.RUNNING if pod_state(pod) in {PodState.RUNNING, PodState.READY} else Being.STARTING


def _deployment(snapshot: Snapshot, app: str) -> Deployment:
    found = snapshot.deployment(app)
    if found is None:
        raise ValueError(f"there is no Deployment {app} in this snapshot")
    return found


def _sets_with_pods(snapshot: Snapshot, app: str) -> frozenset[str]:
    """Return the ReplicaSets that have Pods: those that are to go."""
    return frozenset(pod.owner_uid or "" for pod in snapshot.pods_of(_deployment(snapshot, app)))


def _complete(snapshots: Sequence[Snapshot], app: str, begin: float) -> float | None:
    """Return when the rollout was complete: the Deployment as it is at the end, at the first time that says so."""
    last = _deployment(snapshots[-1], app) if snapshots else None
    for snapshot in snapshots:
        deployment = _deployment(snapshot, app)
        if (
            snapshot.at > begin
            and last is not None
            and deployment.generation >= last.generation
            and deployment.complete
        ):
            return snapshot.at
    return None


def _counts(snapshot: Snapshot, app: str) -> tuple[int, int, int]:
    """Return how many Pods receive requests, how many are there and not Terminating, and how many are there at all."""
    pods = snapshot.pods_of(_deployment(snapshot, app))
    receiving = snapshot.receiving(app)
    return (
        sum(pod.uid in receiving for pod in pods),
        sum(not pod.terminating for pod in pods),
        len(pods),
    )
