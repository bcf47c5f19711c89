"""Where Pods stand: each has a slot on its Node, keeps it until it is gone, and leaves it to the next one.

The slots are numbered from 0 on for each app on each Node, and come in tens, so that a change touches one ten only.
Which slot a Pod gets depends on the changes before it, not on who looks: so they are kept with the snapshot, and are
the same at any jump in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rpds import HashTrieMap

from labkit.state.states import PodState, pod_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labkit.state.objects import Pod

#: So many slots stand together.
TEN = 10
#: The Node of Pods that have none yet.
NO_NODE = ""

Ten: TypeAlias = "tuple[Pod | None, ...]"


class Sort(NamedTuple):
    """What is counted apart: by the owner's uid (empty: none), what a Pod does, and what kubectl says of it."""

    owner: str
    state: PodState
    status: str
    ready: bool
    terminating: bool


Tally: TypeAlias = "HashTrieMap[Sort, int]"


def sort(pod: Pod) -> Sort:
    """Return as what a Pod is counted."""
    return Sort(pod.owner_uid or "", pod_state(pod), pod.status, pod.ready, pod.terminating)


def counted(tally: Tally, pod: Pod, by: int) -> Tally:
    """Return the tally with one Pod more (1) or less (-1)."""
    key = sort(pod)
    number = tally.get(key, 0) + by
    return tally.insert(key, number) if number else tally.remove(key)


def app_of(pod: Pod) -> str:
    """Return what a Pod shares its Node's slots with: the name of its Deployment, else its owner's uid, else nothing.

    It is read off the Pod alone (a Deployment's Pods are called DEPLOYMENT-HASH-SUFFIX), because the Pod may be known
    before its owners.
    """
    made = pod.labels.get("pod-template-hash")
    stem = pod.name.rpartition("-")[0]
    if made and stem.endswith(f"-{made}"):
        return stem.removesuffix(f"-{made}")
    return f"uid:{pod.owner_uid}" if pod.owner_uid else ""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The Pods of one app on one Node, in their slots.

    Parameters
    ----------
    tens
        The slots, ten at a time; an empty one is None.
    tally
        How many there are of each sort.
    count
        How many there are.
    """

    tens: tuple[Ten, ...] = ()
    tally: Tally = field(default_factory=HashTrieMap)
    count: int = 0

    def __iter__(self) -> Iterator[tuple[int, Pod]]:
        """Iterate over slots and Pods, in the order of the slots."""
        for number, ten in enumerate(self.tens):
            for i, pod in enumerate(ten):
                if pod is not None:
                    yield number * TEN + i, pod

    @property
    def end(self) -> int:
        """The number after the last slot that is taken."""
        if not self.tens:
            return 0
        last = max(i for i, pod in enumerate(self.tens[-1]) if pod is not None)
        return (len(self.tens) - 1) * TEN + last + 1

    def slots(self) -> list[Pod | None]:
        """Return the slots up to the last that is taken."""
        return [pod for ten in self.tens for pod in ten][: self.end]

    def free(self) -> int:
        """Return the first slot that is free."""
        for number, ten in enumerate(self.tens):
            if None in ten:
                return number * TEN + ten.index(None)
        return len(self.tens) * TEN

    def put(self, slot: int, pod: Pod | None) -> Cell:
        """Return the cell with a Pod, or nothing, in a slot."""
        number, place = divmod(slot, TEN)
        tens = self.tens if number < len(self.tens) else (*self.tens, (None,) * TEN)
        ten = tens[number]
        tally, before = self.tally, ten[place]
        if before is not None:
            tally = counted(tally, before, -1)
        if pod is not None:
            tally = counted(tally, pod, 1)
        tens = (*tens[:number], (*ten[:place], pod, *ten[place + 1 :]), *tens[number + 1 :])
        while tens and not any(tens[-1]):
            tens = tens[:-1]
        return Cell(tens, tally, self.count + (pod is not None) - (before is not None))


EMPTY = Cell()
_NONE: HashTrieMap[str, Cell] = HashTrieMap()


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """All slots.

    Parameters
    ----------
    nodes
        The Node's name (:data:`NO_NODE`: none yet) → app → its Pods there. Only of Nodes that have Pods.
    slots
        The Pod's uid → its Node, app and slot.
    """

    nodes: HashTrieMap[str, HashTrieMap[str, Cell]] = field(default_factory=HashTrieMap)
    slots: HashTrieMap[str, tuple[str, str, int]] = field(default_factory=HashTrieMap)

    def on(self, node: str) -> Mapping[str, Cell]:
        """Return app → its Pods on a Node."""
        return self.nodes.get(node, _NONE)

    def after(self, pod: Pod | None, uid: str) -> Placement:
        """Return what it is after a Pod has come or changed, or (None) is gone."""
        known = self.slots.get(uid)
        if pod is None:
            return self._without(known, uid) if known else self
        # Those that wait for a Node stand in one row, whatever their app.
        node, app = (pod.node, app_of(pod)) if pod.node else (NO_NODE, "")
        if known is not None and known[:2] == (node, app):
            return Placement(self._put(node, app, self.nodes[node][app].put(known[2], pod)), self.slots)
        base = self._without(known, uid) if known else self
        cell = base.on(node).get(app, EMPTY)
        slot = cell.free()
        slots = base.slots.insert(uid, (node, app, slot))
        return Placement(base._put(node, app, cell.put(slot, pod)), slots)  # noqa: SLF001 - one of us

    def _without(self, known: tuple[str, str, int], uid: str) -> Placement:
        node, app, slot = known
        return Placement(self._put(node, app, self.nodes[node][app].put(slot, None)), self.slots.remove(uid))

    def _put(self, node: str, app: str, cell: Cell) -> HashTrieMap[str, HashTrieMap[str, Cell]]:
        apps = self.nodes.get(node, _NONE)
        apps = apps.insert(app, cell) if cell.count else apps.discard(app)
        return self.nodes.insert(node, apps) if len(apps) else self.nodes.discard(node)
