"""What of a snapshot is on the picture, and in which order: lanes (Deployments) by columns (nodes)."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING

from labkit.state import PodState

if TYPE_CHECKING:
    from labkit.state import Deployment, Node, Pod, ReplicaSet, Service, Snapshot

#: Where pods stand that no Deployment owns.
OTHER_PODS = "other pods"
#: The column that takes the pods of all nodes that do not fit.
OTHER_NODES = "other nodes"

_WORDS: dict[PodState, tuple[str, ...]] = {
    PodState.READY: ("Ready",),
    PodState.RUNNING: ("Running, not Ready", "not Ready"),
    PodState.COMPLETED: ("Completed",),
    PodState.UNKNOWN: ("unknown",),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One Deployment with all that belongs to it; or the pods that have none."""

    name: str
    deployment: Deployment | None
    sets: tuple[ReplicaSet, ...]
    pods: tuple[Pod, ...]
    services: tuple[Service, ...]
    ghosts: tuple[tuple[str, int], ...]  # key, colour


@dataclass(frozen=True, slots=True)
class Column:
    """One node, or the rest of them."""

    name: str
    label: str
    node: Node | None


@dataclass(frozen=True, slots=True)
class View:
    """What is to be drawn."""

    snapshot: Snapshot
    lanes: tuple[Lane, ...]
    others: tuple[Lane, ...]  # Deployments out of focus
    nodes: tuple[Column, ...]
    colours: dict[str, int]  # ReplicaSet uid → 0, 1, 2 …
    focus: str | None

    def colour(self, pod: Pod) -> int:
        """Return which colour and shape a pod has."""
        return self.colours.get(pod.owner_uid or "", 0)

    def words(self, pod: Pod) -> tuple[str, ...]:
        """Return what stands below a pod, the longest first."""
        state = self.snapshot.state_of(pod)
        if state is PodState.TERMINATING:
            # For a moment it still may: the Service learns of it a little later than the pod.
            gets = any(pod.uid in self.snapshot.receiving(s.name) for s in self.snapshot.services())
            return ("stopping",) if gets else ("no traffic, stopping", "stopping")
        return _WORDS.get(state) or (
            (pod.status, "failing") if state is PodState.FAILING else (pod.status, state.value)
        )

    def label(self, pod: Pod) -> str:
        """Return the part of a pod's name that tells it from its siblings."""
        owner = self.snapshot.replica_set_of(pod)
        return pod.name.removeprefix(owner.name + "-") if owner else pod.name


def view(snapshot: Snapshot, focus: str | None, max_columns: int) -> View:
    """Choose what to draw.

    Parameters
    ----------
    snapshot
        The moment.
    focus
        The Deployment to show alone and large; all of them when None, or when there is none of that name.
    max_columns
        How many nodes there is room for.
    """
    colours: dict[str, int] = {}
    lanes = []
    for deployment in snapshot.deployments():
        sets = snapshot.replica_sets_of(deployment)
        # By age, not by revision: a rollback gives the old ReplicaSet a new revision, but its pods are what they were.
        colours |= {r.uid: i for i, r in enumerate(sorted(sets, key=lambda r: (r.created, r.revision)))}
        lanes.append(_lane(snapshot, deployment, sets, colours))
    owned = {p.uid for lane in lanes for p in lane.pods}
    rest = tuple(p for p in snapshot.pods() if p.uid not in owned)
    focused = [lane for lane in lanes if lane.name == focus]
    others = tuple(lane for lane in lanes if lane.name != focus) if focused else ()
    if not focused and rest:
        lanes.append(Lane(OTHER_PODS, None, (), rest, (), ()))
    shown = tuple(focused or lanes)
    columns = _columns(snapshot, [p for lane in shown for p in lane.pods], max_columns)
    return View(snapshot, shown, others, columns, colours, focus if focused else None)


def _lane(snapshot: Snapshot, deployment: Deployment, sets: list[ReplicaSet], colours: dict[str, int]) -> Lane:
    pods = tuple(snapshot.pods_of(deployment))
    services = tuple(s for s in snapshot.services() if s.selector and s.selector.items() <= deployment.selector.items())
    ghosts = [(f"ghost:{r.uid}:{i}", colours[r.uid]) for r in sets for i in range(snapshot.missing(r))]
    # Before the controller has passed its wish on, the Deployment wants pods that no ReplicaSet wants yet.
    short = deployment.desired - sum(r.desired for r in sets)
    newest = colours[sets[0].uid] if sets else 0
    ghosts += [(f"ghost:{deployment.uid}:{i}", newest) for i in range(max(0, short))]
    return Lane(deployment.name, deployment, _worth_showing(snapshot, sets), pods, services, tuple(ghosts))


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
