"""The facts about a thing as rows: what the details of every kind are made of. Pure.

Who uses it names it: ``facts.Row``, ``facts.images(...)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from labkit.board.lens import as_json
from labkit.board.picture import words
from labkit.state import PodState, ReplicaSet
from labkit.state.times import age

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from labkit.board.lens import Entry
    from labkit.board.picture.words import Tone
    from labkit.state import Condition, Event, Node, Object, Pod, Snapshot

#: Stands in a row's value where the age goes.
AGE = "{age}"
_TONES: dict[PodState, Tone] = {
    PodState.READY: "good",
    PodState.FAILING: "bad",
    PodState.UNKNOWN: "bad",
    PodState.COMPLETED: "dim",
}


class Row(NamedTuple):
    """One fact: a label and a value, the colour of the value, and what :data:`AGE` in it counts from (epoch, s)."""

    label: str
    value: str
    tone: Tone = "fg"
    since: float = 0.0

    def text(self, now: float) -> str:
        """Return the value with the age in it that it has at a time, in seconds since the epoch."""
        return self.value.replace(AGE, age(now - self.since))


@dataclass(frozen=True, slots=True)
class Details:
    """The facts about one thing.

    Parameters
    ----------
    kind, name
        As kubectl has them; the title of what is shown.
    rows
        What there is to say, the most telling first.
    command
        The kubectl command that shows the thing, for the kit's own namespace.
    inside
        The Pods in it, where it holds some (:mod:`labkit.board.lens`).
    """

    kind: str
    name: str
    rows: tuple[Row, ...]
    command: str
    inside: tuple[Entry, ...] = ()

    def as_json(self, before: Details | None = None) -> dict[str, Any]:
        """Return it as the page gets it (``browser/details.js``).

        Parameters
        ----------
        before
            What the page was told last of the same thing: of the Pods in it only those are told that differ.
        """
        rows = [list(row) for row in self.rows]
        found: dict[str, Any] = {"kind": self.kind, "name": self.name, "rows": rows, "command": self.command}
        if self.inside:
            found["inside"] = as_json(self.inside, before.inside if before else ())
        return found


def told(snapshot: Snapshot, obj: Object, kind: str, rows: list[Row], inside: tuple[Entry, ...] = ()) -> Details:
    """Return the details of an object: its rows, the last event about it, the command that describes it, its Pods."""
    return Details(kind, obj.name, (*rows, *last_event(snapshot, obj)), describe(kind, obj.name), inside)


def describe(kind: str, name: str) -> str:
    """Return the kubectl command that describes an object."""
    return f"kubectl describe {kind.lower()} {name}"


def found(snapshot: Snapshot, kind: str, uid: str) -> Object | None:
    """Return the object of that kind and uid, or None."""
    known = snapshot.objects.get(kind)
    return known.get(uid) if known is not None else None


def pod_tone(snapshot: Snapshot, pod: Pod) -> Tone:
    """Return the tone of what a Pod does."""
    return _TONES.get(snapshot.state_of(pod), "warn")


def on(snapshot: Snapshot, pod: Pod) -> Row:
    """Return where a Pod stands; the Node's own STATUS where that is not Ready."""
    if pod.node is None:
        return Row("Node", "none yet", "warn")
    said = words.node(snapshot, pod.node)
    if said.words in {"", "Ready"}:
        return Row("Node", pod.node)
    return Row("Node", f"{pod.node} ({said.words})", said.tone)


def owner(snapshot: Snapshot, obj: Object) -> Row:
    """Return who made an object; of a ReplicaSet's Pod with the revision, and whose ReplicaSet it is."""
    if not obj.owner_uid:
        return Row("Owner", "none: nothing makes it anew")
    line = f"{obj.owner_kind} {obj.owner_name}"
    owner = found(snapshot, "ReplicaSet", obj.owner_uid)
    if isinstance(owner, ReplicaSet) and owner.owner_uid:
        line += f" (revision {owner.revision}) of {owner.owner_kind} {owner.owner_name}"
    return Row("Owner", line)


def traffic(snapshot: Snapshot, pod: Pod) -> Row:
    """Return which Services send requests to a Pod."""
    senders = [s.name for s in snapshot.services() if pod.uid in snapshot.receiving(s.name)]
    return Row("Traffic from", f"Service {', '.join(senders)}" if senders else "no Service", "fg" if senders else "dim")


def images(images: Iterable[tuple[str, str]]) -> list[Row]:
    """Return a row for each container's image, with the container's name where there are several."""
    listed = list(images)
    several = len(listed) > 1
    return [Row("Image", f"{name}: {image}" if several and name else image) for name, image in listed]


def conditions(conditions: Iterable[Condition], well: Callable[[Condition], bool]) -> list[Row]:
    """Return a row for each condition that is not as it should be, with its reason, and one for all the others."""
    listed = list(conditions)
    rows = [condition(c, "bad" if c.status != "False" or c.type == "Ready" else "warn") for c in listed if not well(c)]
    calm: dict[str, list[str]] = {}
    for c in listed:
        if well(c):
            calm.setdefault(c.status, []).append(c.type)
    said = "; ".join(f"{', '.join(types)}: {status}" for status, types in sorted(calm.items(), reverse=True))
    return [*rows, Row("Conditions", said, "dim")] if calm else rows


def telling(pod: Pod) -> list[Condition]:
    """Return a Pod's conditions without ContainersReady where Ready says the same."""
    ready = next((c for c in pod.conditions if c.type == "Ready"), None)
    return [
        c
        for c in pod.conditions
        if c.type != "ContainersReady" or ready is None or (c.status, c.reason) != (ready.status, ready.reason)
    ]


def condition(condition: Condition, tone: Tone) -> Row:
    """Return a condition with its reason; with its message where it is not as it should be."""
    about = f"{condition.status} for {AGE}" if condition.since else condition.status
    told = (condition.reason, condition.message if tone != "dim" else "")
    about += "".join(f", {said}" for said in told if said)
    return Row(condition.type, about, tone, condition.since)


def healthy(condition: Condition) -> str:
    """Return the status that a condition of a Deployment has while all is well."""
    return "False" if condition.type == "ReplicaFailure" else "True"


def last_event(snapshot: Snapshot, obj: Object) -> list[Row]:
    """Return the last event about an object, if there is one."""
    found: list[Event] = snapshot.events_of(obj)
    if not found:
        return []
    last = found[-1]
    count = f", {last.count} times" if last.count > 1 else ""
    tone: Tone = "bad" if last.type == "Warning" else "fg"
    return [Row("Last event", f"{last.reason}: {message(last)} ({AGE} ago{count})", tone, last.last)]


def message(event: Event) -> str:
    """Return what an event says, without what Kubernetes puts before events that it has merged."""
    return event.message.removeprefix("(combined from similar events): ")


def taints(node: Node) -> list[str]:
    """Return a Node's taints as ``kubectl taint`` has them."""
    return [f"{t.key}{f'={t.value}' if t.value else ''}:{t.effect}" for t in node.taints]


def labels(labels: object) -> str:
    """Return labels as a selector has them."""
    return ", ".join(f"{k}={v}" for k, v in labels.items())  # type: ignore[attr-defined]


def port(name: str, port: int, node_port: int) -> str:
    """Return a Service's port, with the one that is open on every Node."""
    said = f"{name} {port}".strip()
    return f"{said}, on every Node {node_port}" if node_port else said
