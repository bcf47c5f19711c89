"""What happens to Deployments: scaled, paused, rollouts that begin, are stuck, are complete. Pure and incremental."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.recording.moment import Moment, MomentKind, tag
from labkit.state import Deployment, PodState, pod_state

if TYPE_CHECKING:
    from labkit.state import Pod, ReplicaSet

_DEADLINE = "ProgressDeadlineExceeded"
#: The reason of the condition Progressing of a Deployment whose last rollout is complete, whatever happens to its Pods.
_DONE = "NewReplicaSetAvailable"


class Rollouts:
    """Finds the moments of Deployments. It knows of each whether a rollout is under way."""

    def __init__(self) -> None:
        self._known: dict[str, Deployment] = {}
        self._highest: dict[str, int] = {}
        #: uid → when the rollout that is under way began; None where that was before the recording
        self._under_way: dict[str, float | None] = {}
        #: uid → the moment of a change of the template while the Deployment is paused: it begins when it is resumed
        self._held: dict[str, dict[str, Any]] = {}
        #: uid → the revision that a change of the template will be given, until it has been
        self._expected: dict[str, int] = {}
        #: uid → the images of a template whose ReplicaSet was heard of before the Deployment's own change
        self._ahead: dict[str, tuple[str, ...]] = {}
        self._stuck: dict[str, set[str]] = {}

    def known(self, deployment: Deployment) -> None:
        """Take in a Deployment that was there before the recording: no moment."""
        self._known[deployment.uid] = deployment
        self._highest[deployment.uid] = max(self._highest.get(deployment.uid, 0), deployment.revision)
        if any(c.type == "Progressing" and c.reason != _DONE for c in deployment.conditions):
            self._under_way[deployment.uid] = None
        if _late(deployment):
            self._stuck[deployment.uid] = {_DEADLINE}

    def known_set(self, replica_set: ReplicaSet) -> None:
        """Take in a ReplicaSet that was there before the recording: no moment."""
        if replica_set.owner_uid:
            self._highest[replica_set.owner_uid] = max(
                self._highest.get(replica_set.owner_uid, 0), replica_set.revision
            )

    def deployment(self, at: float, before: Deployment | None, after: Deployment | None) -> list[Moment]:
        """Return what has happened to a Deployment; None: it is not there yet, or not any more."""
        if after is None:
            return self._deleted(at, before) if before is not None else []
        uid = after.uid
        self._known[uid] = after
        found: list[Moment] = []
        if before is None:
            self._under_way[uid] = at
            self._highest[uid] = max(self._highest.get(uid, 0), after.revision)
            found.append(
                _moment(at, MomentKind.CREATED, after, {"replicas": after.desired, "version": tag(after.images)})
            )
            return found + self._progress(at, after)
        if before.desired != after.desired:
            found.append(_moment(at, MomentKind.SCALED, after, {"from": before.desired, "to": after.desired}))
        if before.paused != after.paused:
            kind = MomentKind.PAUSED if after.paused else MomentKind.RESUMED
            found.append(_moment(at, kind, after, {"revision": after.revision}))
        if before.images != after.images:
            found += self._changed(at, after, before.images)
        found += self._numbered(at, after, after.revision, after.images)
        if not after.paused and uid in self._held:
            held = self._held.pop(uid)
            if held["images"] != after.images or held["revision"] <= self._highest[uid]:
                found += self._began(at, after, held)
            else:
                self._expected.pop(uid, None)  # it was changed back while nobody looked
        return found + self._progress(at, after)

    def replica_set(self, at: float, after: ReplicaSet) -> list[Moment]:
        """Return the rollout that begins with a ReplicaSet: its Deployment may not have been heard to know it yet."""
        owner = self._known.get(after.owner_uid or "")
        return self._numbered(at, owner, after.revision, after.images) if owner is not None else []

    def failing(self, at: float, pod: Pod, replica_set: ReplicaSet | None) -> list[Moment]:
        """Return that the rollout is stuck, where a Pod of the newest revision is kept from starting by an error."""
        owner = self._known.get(replica_set.owner_uid or "") if replica_set is not None else None
        if owner is None or replica_set is None or owner.complete or pod_state(pod) is not PodState.FAILING:
            return []
        if replica_set.revision < self._revision(owner.uid):
            return []
        return self._is_stuck(at, owner, "failing", {"why": pod.status, "pod": pod.name})

    # -- inside --------------------------------------------------------------------------------------------------------

    def _deleted(self, at: float, before: Deployment) -> list[Moment]:
        self._known.pop(before.uid, None)
        for kept in (self._highest, self._under_way, self._held, self._expected, self._ahead, self._stuck):
            kept.pop(before.uid, None)
        return [_moment(at, MomentKind.DELETED, before, {"version": tag(before.images)})]

    def _changed(self, at: float, after: Deployment, images: tuple[str, ...]) -> list[Moment]:
        """Note that the template has another image: the controller will make a revision of it, the next number."""
        if self._ahead.pop(after.uid, None) == after.images:
            return []  # its ReplicaSet has told it, number and all: the two are watched apart
        revision = self._highest.get(after.uid, 0) + 1
        data = {
            "revision": revision,
            "from": tag(self._held.get(after.uid, {}).get("images", images)),
            "to": tag(after.images),
            "images": images,
        }
        self._expected[after.uid] = revision
        if after.paused:
            self._held.setdefault(after.uid, data)["to"] = data["to"]
            return []
        return self._began(at, after, data)

    def _numbered(self, at: float, owner: Deployment, revision: int, images: tuple[str, ...]) -> list[Moment]:
        """Note that a revision has its number: a rollout, if its template was not seen to change (a restart, say)."""
        uid = owner.uid
        if revision <= self._highest.get(uid, 0):
            return []
        first = self._highest.get(uid, 0) == 0
        self._highest[uid] = revision
        if self._expected.pop(uid, 0) == revision or first:
            return []
        if images != owner.images:
            self._ahead[uid] = images
        data = {"revision": revision, "from": tag(owner.images), "to": tag(images), "images": owner.images}
        if owner.paused:
            self._held[uid] = data
            return []
        return self._began(at, owner, data)

    def _began(self, at: float, after: Deployment, data: dict[str, Any]) -> list[Moment]:
        self._under_way[after.uid] = at
        self._stuck.pop(after.uid, None)
        return [_moment(at, MomentKind.ROLLOUT_BEGAN, after, {k: v for k, v in data.items() if k != "images"})]

    def _progress(self, at: float, after: Deployment) -> list[Moment]:
        """Return whether the rollout that is under way is complete, or over its deadline."""
        uid = after.uid
        if uid in self._under_way and after.complete and after.revision >= self._highest.get(uid, 0):
            began = self._under_way.pop(uid)
            self._stuck.pop(uid, None)
            took = None if began is None else at - began
            data = {"revision": self._revision(uid), "to": tag(after.images), "took": took}
            return [_moment(at, MomentKind.ROLLOUT_COMPLETE, after, data)]
        return self._is_stuck(at, after, _DEADLINE, {"why": _DEADLINE}) if _late(after) else []

    def _revision(self, uid: str) -> int:
        """Return the newest revision, also where it has not been given its number yet."""
        return max(self._highest.get(uid, 0), self._expected.get(uid, 0))

    def _is_stuck(self, at: float, owner: Deployment, cause: str, data: dict[str, Any]) -> list[Moment]:
        """Return that it is stuck: for each cause once in a rollout."""
        causes = self._stuck.setdefault(owner.uid, set())
        if cause in causes:
            return []
        causes.add(cause)
        data |= {"revision": self._revision(owner.uid), "to": tag(owner.images)}
        return [_moment(at, MomentKind.ROLLOUT_STUCK, owner, data)]


def _late(deployment: Deployment) -> bool:
    """Return whether the rollout is over its deadline; what a status says of an earlier template does not count."""
    return deployment.observed_generation >= deployment.generation and any(
        c.type == "Progressing" and c.reason == _DEADLINE for c in deployment.conditions
    )


def _moment(at: float, kind: MomentKind, deployment: Deployment, data: dict[str, Any]) -> Moment:
    return Moment(at, kind, ("Deployment", deployment.name, deployment.uid), deployment.name, data)
