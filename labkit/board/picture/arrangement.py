"""What of a snapshot is on the picture, and in which order: lanes (Deployments) by columns (nodes)."""

from __future__ import annotations

from dataclasses import dataclass, field
from os.path import commonprefix
from typing import TYPE_CHECKING

from rpds import HashTrieMap

from labkit.board.picture.backing import Backing, behind, together
from labkit.board.picture.workloads import Workload, by_workload, workload
from labkit.state.placement import EMPTY, NO_NODE, TEN, Cell

if TYPE_CHECKING:
    from labkit.state import Deployment, Node, Pod, ReplicaSet, Service, Snapshot

#: Where Services stand that no Pod on the picture belongs to.
NO_PODS = "no Pods"
#: The colour of a Pod that no ReplicaSet owns: none.
NO_COLOUR = -1
#: So many pods that are only desired are drawn at most, of each ReplicaSet; of the others the number is said.
_GHOSTS = 60


@dataclass(frozen=True, slots=True)
class Lane:
    """One Deployment with all that belongs to it; or another workload with its pods, or the pods that have none.

    In focus, several of these are one.

    Parameters
    ----------
    snapshot
        The moment.
    name, deployment, sets
        What it is called, and what stands on its card.
    owners
        By whom its pods are owned: their uids.
    apps
        Which of the slots on each node come first (see :func:`labkit.state.placement.app_of`).
    ghosts
        The first pods that are desired and not there: key, name of the Deployment, colour.
    absent
        How many there are of these.
    workload
        What made the pods, where that is no Deployment.
    """

    snapshot: Snapshot
    name: str
    deployment: Deployment | None
    sets: tuple[ReplicaSet, ...]
    owners: frozenset[str]
    apps: tuple[str, ...] = ()
    ghosts: tuple[tuple[str, str, int], ...] = ()
    absent: int = 0
    workload: Workload | None = None
    _cells: dict[str, Cell] = field(default_factory=dict, compare=False, repr=False)

    @property
    def pods(self) -> list[Pod]:
        """All its pods, by name: costs as much as there are."""
        found = [pod for uid in self.owners for pod in self.snapshot.owned(uid).pods.values()]
        return sorted(found, key=lambda pod: pod.name)

    @property
    def count(self) -> int:
        """How many pods it has."""
        return sum(len(self.snapshot.owned(uid).pods) for uid in self.owners)

    def cell(self, node: str) -> Cell:
        """Return its pods on a node, in their slots: gathered when somebody asks, and once only."""
        if node not in self._cells:
            self._cells[node] = self._cell(node)
        return self._cells[node]

    def _cell(self, node: str) -> Cell:
        there = self.snapshot.index.placement.on(node)
        apps = [*self.apps, *sorted(app for app in there if app not in self.apps)]
        cells = [_of(there[app], self.owners) for app in apps if app in there]
        found = [cell for cell in cells if cell.count]
        if len(found) < 2:  # noqa: PLR2004 - the very same cell, so that it is seen to be the same
            return found[0] if found else EMPTY
        tally = {sort: n for cell in found for sort, n in cell.tally.items()}
        slots = [slot for cell in found for slot in cell.slots()]
        slots += [None] * (-len(slots) % TEN)
        tens = tuple(tuple(slots[i : i + TEN]) for i in range(0, len(slots), TEN))
        return Cell(tens, HashTrieMap(tally), sum(c.count for c in found))

    def waiting(self) -> Cell:
        """Return its pods that have no node yet."""
        return _of(self.snapshot.index.placement.on(NO_NODE).get("", EMPTY), self.owners)


def _of(cell: Cell, owners: frozenset[str]) -> Cell:
    """Return what of a cell belongs to these owners: the very same where all of it does."""
    mine = {sort: n for sort, n in cell.tally.items() if sort.owner in owners}
    if len(mine) == len(cell.tally):
        return cell
    if not mine:
        return EMPTY
    tens = tuple(tuple(p if p and (p.owner_uid or "") in owners else None for p in ten) for ten in cell.tens)
    return Cell(tens, HashTrieMap(mine), sum(mine.values()))


@dataclass(frozen=True, slots=True)
class Column:
    """One node."""

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
    tiled: bool  # more nodes than fit side by side
    paint: tuple[tuple[str, int], ...]  # the same as the colours, to be compared

    @property
    def rows(self) -> tuple[Lane, ...]:
        """The lanes as the nodes show them: in focus all that stands behind one Service stands in one row."""
        if not self.focus or len(self.lanes) == 1:
            return self.lanes
        lanes = self.lanes
        return (
            Lane(
                self.snapshot,
                self.focus,
                None,
                (),
                frozenset().union(*(lane.owners for lane in lanes)),
                tuple(app for lane in lanes for app in lane.apps),
                tuple(ghost for lane in lanes for ghost in lane.ghosts),
                sum(lane.absent for lane in lanes),
            ),
        )

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
    paint = backing.colours
    shown, loose = behind(backing, focus)
    lanes = [_lane(backing, d, paint) for d in together(backing, shown)]
    lanes += [
        Lane(snapshot, each.title, None, (), frozenset(p.owner_uid or "" for p in pods), workload=each)
        for each, pods in by_workload(loose).items()
    ]
    alone = focus if focus is not None and snapshot.deployment(focus) else None
    services = _services(backing, lanes, alone)
    if any(s.home == NO_PODS for s in services):
        lanes.append(Lane(snapshot, NO_PODS, None, (), frozenset()))
    others = tuple(d for d in snapshot.deployments() if d not in shown)
    columns = _columns(snapshot, frozenset().union(*(lane.owners for lane in lanes)))
    tiled = len(columns) > max_columns
    return Arrangement(
        snapshot, tuple(lanes), others, services, columns, paint, alone, tiled, tuple(sorted(paint.items()))
    )


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
    sets = backing.sets[deployment.uid]
    name = deployment.name
    missing = {r.uid: snapshot.missing(r) for r in sets}
    # Before the controller has passed it on, the Deployment's desired state counts pods that no ReplicaSet desires yet.
    short = max(0, deployment.desired - sum(r.desired for r in sets))
    newest = paint[sets[0].uid] if sets else 0
    ghosts = [(f"ghost:{uid}:{i}", name, paint[uid]) for uid, n in missing.items() for i in range(min(n, _GHOSTS))]
    ghosts += [(f"ghost:{deployment.uid}:{i}", name, newest) for i in range(min(short, _GHOSTS))]
    absent = sum(missing.values()) + short
    owners = backing.owners[deployment.uid]
    shown = _worth_showing(snapshot, sets)
    return Lane(snapshot, name, deployment, shown, owners, (name,), tuple(ghosts), absent)


def _worth_showing(snapshot: Snapshot, sets: list[ReplicaSet]) -> tuple[ReplicaSet, ...]:
    """Return the newest ReplicaSet, those that still have or want pods, and else the one before, for a way back."""
    alive = [r for i, r in enumerate(sets) if i == 0 or r.desired or len(snapshot.owned(r.uid).pods)]
    if len(alive) == 1 and len(sets) > 1:
        alive.append(sets[1])
    return tuple(alive[:4])


def _columns(snapshot: Snapshot, owners: frozenset[str]) -> tuple[Column, ...]:
    on = {
        node
        for node, apps in snapshot.index.placement.nodes.items()
        if node and any(sort.owner in owners for cell in apps.values() for sort in cell.tally)
    }
    known = {n.name: n for n in snapshot.nodes()}
    # The control plane is no place for the lesson's pods; it is shown only when one stands there all the same.
    names = [n for n, node in known.items() if not node.control_plane or n in on]
    names += sorted(on - known.keys())
    prefix = _common_prefix([*known, *names])
    return tuple(Column(n, n.removeprefix(prefix) or n, known.get(n)) for n in names)


def _common_prefix(names: list[str]) -> str:
    """Return ``labkit-`` of labkit-worker, labkit-worker2 …: kind puts the cluster's name before each node's."""
    head, dash, _ = commonprefix(names).rpartition("-")  # noqa: RUF071 - letter by letter is what is wanted
    return head + dash
