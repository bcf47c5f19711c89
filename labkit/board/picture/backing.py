"""What stands behind which Service, whichever Deployment it belongs to, and the colours that tell versions apart."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rpds import HashTrieMap

from labkit.board.picture.same import Same

if TYPE_CHECKING:
    from labkit.state import Deployment, Pod, Service, Snapshot


class Backing:
    """The Services of a moment, and what stands behind them.

    Parameters
    ----------
    snapshot
        The moment.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.deployments = snapshot.deployments()
        self.sets = {d.uid: snapshot.replica_sets_of(d) for d in self.deployments}
        #: The Deployment's uid → by whom its Pods are owned.
        self.owners = {uid: frozenset({uid, *(r.uid for r in sets)}) for uid, sets in self.sets.items()}
        made = frozenset().union(*self.owners.values())
        found = [p for uid in snapshot.index.owned if uid not in made for p in snapshot.owned(uid).pods.values()]
        self.loose = sorted(found, key=lambda p: p.name)
        # One without a selector is the API server's own, or is kept by hand: it counts once it sends to a Pod.
        self.services = [s for s in snapshot.services() if s.selector or self.receiving(s)]
        self._serves = {(s.uid, d.uid): self._look(s, d) for s in self.services for d in self.deployments}

    def receiving(self, service: Service) -> frozenset[str]:
        """Return the uids of the pods to which a Service sends new connections, as its EndpointSlices say."""
        return self.snapshot.receiving(service.name)

    def belongs(self, service: Service, pod: Pod) -> bool:
        """Return whether a Service sends traffic to a pod, or would if it were ready."""
        return pod.uid in self.receiving(service) or service.selects(pod.labels)

    def serves(self, service: Service, deployment: Deployment) -> bool:
        """Return whether a Service sends, or would send, traffic to pods of a Deployment."""
        return self._serves[service.uid, deployment.uid]

    def sent(self, service: Service) -> dict[str, int]:
        """Return by owner (empty: none) to how many Pods a Service sends new connections."""
        pods = self.snapshot.objects.get("Pod", HashTrieMap())
        found = (pods.get(uid) for uid in self.receiving(service))
        return Counter(pod.owner_uid or "" for pod in found if pod is not None)

    @cached_property
    def colours(self) -> dict[str, int]:
        """What :func:`colours` returns; found when somebody asks, and once only."""
        return colours(self)

    def of(self, deployment: Deployment) -> list[Service]:
        """Return the Services that a Deployment stands behind."""
        return [s for s in self.services if self.serves(s, deployment)]

    def _look(self, service: Service, deployment: Deployment) -> bool:
        if service.selects(deployment.selector):
            return True
        # The labels of a ReplicaSet are those of its Deployment's Pod template (and the template's hash).
        sets = self.sets[deployment.uid]
        if any(service.selects(r.labels) for i, r in enumerate(sets) if i == 0 or r.desired):
            return True
        return not self.owners[deployment.uid].isdisjoint(self.sent(service))


def backing_of(snapshot: Snapshot) -> Backing:
    """Return the Services of a moment, and what stands behind them: found once for all that is drawn and told of it."""
    return _backing(Same(snapshot))


@lru_cache(4)
def _backing(same: Same[Snapshot]) -> Backing:
    return Backing(same.thing)


def behind(backing: Backing, focus: str | None) -> tuple[list[Deployment], list[Pod]]:
    """Return the Deployments on the picture, and the pods on it that belong to none.

    Parameters
    ----------
    backing
        What stands behind which Service.
    focus
        The Deployment to show, first, with all else that its Services send traffic to; everything when None, or when
        there is none of that name.
    """
    first = next((d for d in backing.deployments if d.name == focus), None)
    if first is None:
        return backing.deployments, backing.loose
    services = backing.of(first)
    beside = [d for d in backing.deployments if d is not first and any(backing.serves(s, d) for s in services)]
    return [first, *beside], [p for p in backing.loose if any(backing.belongs(s, p) for s in services)]


def together(backing: Backing, deployments: list[Deployment]) -> list[Deployment]:
    """Return the Deployments in their order, but those that share a Service one after the other."""
    ordered: list[Deployment] = []
    for deployment in deployments:
        if deployment not in ordered:
            mine = backing.of(deployment)
            ordered.append(deployment)
            ordered += [d for d in deployments if d not in ordered and any(backing.serves(s, d) for s in mine)]
    return ordered


def colours(backing: Backing) -> dict[str, int]:
    """Return ReplicaSet uid → 0, 1, 2 …, different for all versions of one app.

    Deployments belong to one app when their first images come from one repository (blue and green) or one Service sends
    to them (a canary). Within it ReplicaSets count by age, not by revision: a rollback gives the old one a new
    revision, but its pods are what they were.
    """
    sets = {d.uid: sorted(backing.sets[d.uid], key=lambda r: (r.created, r.revision)) for d in backing.deployments}
    group: dict[str, str] = {d.uid: d.uid for d in backing.deployments}
    by_key: dict[str, str] = {}
    for deployment in backing.deployments:
        oldest = sets[deployment.uid][:1]
        keys = [f"image {i.rpartition(':')[0] or i}" for r in oldest for i in r.images[:1]]
        keys += [f"service {s.uid}" for s in backing.of(deployment)]
        for key in keys:
            one, other = group[by_key.setdefault(key, deployment.uid)], group[deployment.uid]
            group = {uid: one if mark == other else mark for uid, mark in group.items()}
    found: dict[str, int] = {}
    for mark in set(group.values()):
        members = [r for d in backing.deployments if group[d.uid] == mark for r in sets[d.uid]]
        found |= {r.uid: i for i, r in enumerate(sorted(members, key=lambda r: (r.created, r.revision, r.name)))}
    return found
