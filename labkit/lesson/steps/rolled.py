"""The last rollout of a Deployment since a step began, and in which order its Pods came and went. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.recording.moment import MomentKind
from labkit.recording.story import tell

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.recording.moment import Moment
    from labkit.state import Deployment, Snapshot


@dataclass(frozen=True, slots=True)
class Order:
    """In which order the Pods of a rollout that is over joined and left the Service.

    Attributes
    ----------
    joined, left
        When the new Pods joined and when the old ones left, in seconds since the epoch, oldest first. None left where
        the old ones had never received a request: a rollout that was stuck was taken back.
    old_first
        Whether an old Pod left before any new one had joined.
    one_by_one
        Whether each old Pod left only once a new one had joined: the k-th no earlier than the k-th. Told by the
        versions of the EndpointSlices, as in :class:`labkit.recording.story.Life`.
    least
        The smallest number of Pods that received requests meanwhile.
    surge, unavailable
        The Deployment's bounds, in Pods.
    """

    joined: tuple[float, ...]
    left: tuple[float, ...]
    old_first: bool
    one_by_one: bool
    least: int
    surge: int
    unavailable: int

    @property
    def replaced(self) -> bool:
        """Whether Pods that received requests were replaced by others."""
        return bool(self.joined and self.left)

    @property
    def first(self) -> str:
        """What went first: ``new-first``, ``old-first``, or ``all-at-once`` where none was left to receive requests."""
        if not self.old_first:
            return "new-first"
        return "old-first" if self.least else "all-at-once"

    @property
    def telling(self) -> float:
        """The moment that shows it: a new Pod has just joined, or one old Pod has left and none has joined for long.

        In the latter the new Pods run, and are not Ready yet: three quarters of the time until the first one joins.
        """
        if not self.old_first:
            return self.joined[0]
        return self.left[0] + 0.75 * (self.joined[0] - self.left[0])


@dataclass(frozen=True, slots=True)
class Rolled:
    """One rollout.

    Attributes
    ----------
    began, stuck
        The moments; ``stuck`` is None where it is not.
    order
        Its order; None as long as it is not over: complete, and all old Pods have left the Service.
    """

    began: Moment
    stuck: Moment | None
    order: Order | None


def last(evidence: Evidence, app: str) -> Rolled | None:
    """Return the last rollout of the Deployment that there is now; None where none has begun since the step did.

    Parameters
    ----------
    evidence
        What is known.
    app
        The name of the Deployment and of its Service, and the value of its Pods' label ``app``.
    """
    deployment = evidence.snapshot.deployment(app)
    if deployment is None:
        return None
    own = [moment for moment in evidence.moments if moment.subject[2] == deployment.uid]
    began = next((moment for moment in reversed(own) if moment.kind is MomentKind.ROLLOUT_BEGAN), None)
    if began is None:
        return None
    later = own[own.index(began) :]
    stuck = next((moment for moment in later if moment.kind is MomentKind.ROLLOUT_STUCK), None)
    complete = next((moment for moment in later if moment.kind is MomentKind.ROLLOUT_COMPLETE), None)
    order = _order(evidence, deployment, began.at, complete.at) if complete is not None else None
    return Rolled(began, stuck if complete is None else None, order)


def _order(evidence: Evidence, deployment: Deployment, began: float, complete: float) -> Order | None:
    """Return the order of a complete rollout; None as long as an old Pod receives requests."""
    timeline = evidence.recorded.timeline
    sets = timeline.at(complete).replica_sets_of(deployment)
    if not sets:
        return None
    new_set, old_sets = sets[0].uid, {each.uid for each in sets[1:]}
    seen: list[Snapshot] = []
    for snapshot in timeline.since(began):
        seen.append(snapshot)
        if snapshot.at >= complete and not _receive(snapshot, deployment, old_sets):
            break
    else:
        return None
    story = tell(seen, deployment.name)
    # those that receive requests from the beginning are no new ones, whatever their ReplicaSet is
    joined = [life for life in story.lives if life.owner == new_set and life.joined and life.joined > seen[0].at]
    left = [life for life in story.lives if life.owner in old_sets and life.left]
    joins, leaves = sorted(life.joined_version for life in joined), sorted(life.left_version for life in left)
    then = seen[-1].deployment(deployment.name) or deployment
    return Order(
        joined=tuple(sorted(life.joined for life in joined if life.joined)),
        left=tuple(sorted(life.left for life in left if life.left)),
        old_first=bool(joins and leaves) and leaves[0] < joins[0],
        one_by_one=bool(joins and leaves) and all(joined <= left for joined, left in zip(joins, leaves, strict=False)),
        least=story.least_receiving,
        surge=then.max_surge,
        unavailable=then.max_unavailable,
    )


def _receive(snapshot: Snapshot, deployment: Deployment, sets: set[str]) -> bool:
    """Whether a Pod of one of these ReplicaSets receives requests."""
    receiving = snapshot.receiving(deployment.name)
    return any(pod.uid in receiving and pod.owner_uid in sets for pod in snapshot.pods_of(deployment))
