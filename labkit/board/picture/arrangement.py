"""What of a snapshot is on the picture, and in which order: lanes (Deployments) by columns (nodes)."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING

from labkit.board.picture.backing import Backing, behind, colours, together
from labkit.board.picture.workloads import Workload, by_workload, workload

if TYPE_CHECKING:
    from labkit.state import Deployment, Node, Pod, ReplicaSet, Service, Snapshot

#: Where Services stand that no Pod on the picture belongs to.
NO_PODS = "no Pods"
#: The column that takes the pods of all nodes that do not fit.
OTHER_NODES = "other nodes"
#: The colour of a Pod that no ReplicaSet owns: none.
NO_COLOUR = -1


@dataclass(frozen=True, slots=True)
class Lane:
    """One Deployment with all that belongs to it; or another workload with its pods, or the pods that have none."""

    name: str
    deployment: Deployment | None
    sets: tuple[ReplicaSet, ...]
    pods: tuple[Pod, ...]
    ghosts: tuple[tuple[str, str, int], ...]  # key, name of the Deployment, colour
    workload: Workload | None = None  # what is no Deployment


@dataclass(frozen=True, slots=True)
class Column:
    """One node, or the rest of them."""

    name: str
    label: str
    node: Node | None


@dataclass(frozen=True, slots=True)
class Sending:
    """A Service on the picture: the lane that it stands in, and the uids of the pods that it sends traffic to."""

    service: Service
    home: str
    receiving: frozenset[str]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is to be drawn."""

    snapshot: Snapshot
    lanes: tuple[Lane, ...]
    others: tuple[Deployment, ...]  # out of focus, and behind another Service
    services: tuple[Sending, ...]
    nodes: tuple[Column, ...]
    colours: dict[str, int]  # ReplicaSet uid → 0, 1, 2 …
    focus: str | None

    @property
    def rows(self) -> tuple[Lane, ...]:
        """The lanes as the nodes show them: in focus all that stands behind one Service stands in one row."""
        if not self.focus or len(self.lanes) == 1:
            return self.lanes
        pods = tuple(p for lane in self.lanes for p in lane.pods)
        return (Lane(self.focus, None, (), pods, tuple(g for lane in self.lanes for g in lane.ghosts)),)

    def colour(self, pod: Pod) -> int:
        """Return which colour and shape a pod has."""
        return self.colours.get(pod.owner_uid or "", NO_COLOUR)

    def label(self, pod: Pod) -> str:
        """Return the part of a pod's name that tells it from its siblings."""
        owner = self.snapshot.replica_set_of(pod)
        return pod.name.removeprefix(owner.name + "-") if owner else workload(pod).label(pod)


def arrange(backing: Backing, focus: str | None, max_columns: int) -> Arrangement:
    """Choose what to draw.

    Parameters
    ----------
    backing
        The moment, and what stands behind which Service.
    focus
        The Deployment to show large, with what stands behind the same Services; all of them when None, or when there is
        none of that name.
    max_columns
        How many nodes there is room for.
    """
    snapshot = backing.snapshot
    paint = colours(backing)
    shown, loose = behind(backing, focus)
    lanes = [_lane(backing, d, paint) for d in together(backing, shown)]
    lanes += [Lane(each.title, None, (), tuple(pods), (), each) for each, pods in by_workload(loose).items()]
    alone = focus if focus is not None and snapshot.deployment(focus) else None
    services = _services(backing, lanes, alone)
    if any(s.home == NO_PODS for s in services):
        lanes.append(Lane(NO_PODS, None, (), (), ()))
    others = tuple(d for d in snapshot.deployments() if d not in shown)
    columns = _columns(snapshot, [p for lane in lanes for p in lane.pods], max_columns)
    return Arrangement(snapshot, tuple(lanes), others, services, columns, paint, alone)


def _services(backing: Backing, lanes: list[Lane], focus: str | None) -> tuple[Sending, ...]:
    """Return the Services to draw, each once, in the first lane that it belongs to."""
    found = []
    for service in backing.services:
        uids = backing.receiving(service)
        homes = [
            lane.name
            for lane in lanes
            if (
                backing.serves(service, lane.deployment)
                if lane.deployment
                else any(backing.belongs(service, p) for p in lane.pods)
            )
        ]
        if focus and focus not in homes:
            continue
        found.append(Sending(service, homes[0] if homes else NO_PODS, uids))
    return tuple(found)


def _lane(backing: Backing, deployment: Deployment, paint: dict[str, int]) -> Lane:
    snapshot = backing.snapshot
    sets = snapshot.replica_sets_of(deployment)
    pods = tuple(backing.pods[deployment.uid])
    name = deployment.name
    ghosts = [(f"ghost:{r.uid}:{i}", name, paint[r.uid]) for r in sets for i in range(snapshot.missing(r))]
    # Before the controller has passed it on, the Deployment's desired state counts pods that no ReplicaSet desires yet.
    short = deployment.desired - sum(r.desired for r in sets)
    newest = paint[sets[0].uid] if sets else 0
    ghosts += [(f"ghost:{deployment.uid}:{i}", name, newest) for i in range(max(0, short))]
    return Lane(name, deployment, _worth_showing(snapshot, sets), pods, tuple(ghosts))


def _worth_showing(snapshot: Snapshot, sets: list[ReplicaSet]) -> tuple[ReplicaSet, ...]:
    """Return the newest ReplicaSet, those that still have or want pods, and else the one before, for a way back."""
    alive = [r for i, r in enumerate(sets) if i == 0 or r.desired or snapshot.pods_of(r)]
    if len(alive) == 1 and len(sets) > 1:
        alive.append(sets[1])
    return tuple(alive[:4])


def _columns(snapshot: Snapshot, pods: list[Pod], room: int) -> tuple[Column, ...]:
    on = {p.node for p in pods if p.node}
    known = {n.name: n for n in snapshot.nodes()}
    # The control plane is no place for the lesson's pods; it is shown only when one stands there all the same.
    names = [n for n, node in known.items() if not node.control_plane or n in on]
    names += sorted(on - known.keys())
    if len(names) > room:
        chosen = sorted(names, key=lambda n: (n not in on, n))[: max(1, room - 1)]
        names = sorted(chosen)
    prefix = _common_prefix([*known, *names])
    columns = [Column(n, n.removeprefix(prefix) or n, known.get(n)) for n in names]
    hidden = (set(known) | on) - set(names) - {n for n, node in known.items() if node.control_plane}
    if hidden:
        columns.append(Column(OTHER_NODES, f"{len(hidden)} more", None))
    return tuple(columns)


def _common_prefix(names: list[str]) -> str:
    """Return ``labkit-`` of labkit-worker, labkit-worker2 …: kind puts the cluster's name before each node's."""
    head, dash, _ = commonprefix(names).rpartition("-")  # noqa: RUF071 - letter by letter is what is wanted
    return head + dash
