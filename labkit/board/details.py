"""What is behind an element of the picture: its facts in rows, and the kubectl command that shows it. Pure and cheap.

Nothing in it depends on the time of reading: an age is the time since which it runs, and who shows it writes the age.
So the details of a thing stay equal until the cluster changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from labkit.board.picture import words
from labkit.state import Deployment, Pod, PodState, ReplicaSet, Service, pod_state
from labkit.state.times import age

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from labkit.board.picture.words import Tone
    from labkit.state import Condition, Event, Node, Object, Snapshot

#: Stands in a row's value where the age goes.
AGE = "{age}"
_TONES: dict[PodState, Tone] = {
    PodState.READY: "good",
    PodState.FAILING: "bad",
    PodState.UNKNOWN: "bad",
    PodState.COMPLETED: "dim",
}
#: How many Pods of a Service are named.
_NAMED = 6


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
    """

    kind: str
    name: str
    rows: tuple[Row, ...]
    command: str

    def as_json(self) -> dict[str, Any]:
        """Return it as the page gets it (``browser/details.js``)."""
        return {"kind": self.kind, "name": self.name, "rows": [list(row) for row in self.rows], "command": self.command}


def details(snapshot: Snapshot, key: str) -> Details | None:
    """Return what is known of the thing that an element of the picture stands for.

    Parameters
    ----------
    snapshot
        The moment.
    key
        The element's key, such as ``pod:<uid>`` or ``node:<name>``.

    Returns
    -------
    Details | None
        None where there is no such thing (any more), and where the element stands for none.
    """
    kind, _, rest = key.partition(":")
    find = _FINDERS.get(kind)
    return find(snapshot, rest) if find else None


# -- each kind ---------------------------------------------------------------------------------------------------------


def _pod(snapshot: Snapshot, uid: str) -> Details | None:
    pod = _object(snapshot, "Pod", uid)
    if not isinstance(pod, Pod):
        return None
    rows = [Row("Status", words.status(pod), _pod_tone(snapshot, pod))]
    if pod.waiting not in {"", pod.status} and not pod.terminating:
        rows.append(Row("Waiting", pod.waiting, "bad" if pod_state(pod) is PodState.FAILING else "fg"))
    if pod.deletes_at is not None:
        told = pod.deletes_at - pod.grace
        rows.append(Row("Terminating", f"for {AGE}, grace period {pod.grace:g} s", "warn", told))
    rows += _images((c.name, c.image) for c in pod.containers)
    rows += [_on(snapshot, pod), Row("IP", pod.ip or "none yet"), Row("Age", AGE, since=pod.created)]
    if pod.restarts and pod.last_restart:
        rows.append(Row("Restarts", f"{pod.restarts} (last {AGE} ago)", "warn", pod.last_restart))
    else:
        rows.append(Row("Restarts", str(pod.restarts), "warn" if pod.restarts else "fg"))
    rows += [_owner(snapshot, pod), _traffic(snapshot, pod)]
    rows += _conditions(_telling(pod), lambda c: (c.status == "True") != (c.type == "DisruptionTarget"))
    return _made(snapshot, pod, "Pod", rows)


def _node(snapshot: Snapshot, name: str) -> Details | None:
    node = snapshot.node(name)
    here = sum(p.node == name for p in snapshot.pods())
    if node is None:
        if not here:
            return None
        # Pods stand on it still: the Node itself is not known, or no more.
        said = words.node(snapshot, name)
        rows = [Row("Status", said.words or "not known: Nodes may not be read", said.tone), Row("Pods", f"{here} here")]
        return Details("Node", name, tuple(rows), "kubectl get nodes")
    rows = [Row("Status", *words.node(snapshot, name))]
    if not node.schedulable:
        rows.append(Row("Cordoned", "yes: no new Pod is scheduled here", "warn"))
    rows.append(Row("Taints", ", ".join(_taints(node)) or "none", "warn" if node.taints else "fg"))
    rows += [
        Row("Pods", f"{here} here"),
        Row("Role", "control plane" if node.control_plane else "worker"),
        Row("Kubelet", node.kubernetes or "not said"),
        Row("Internal IP", node.ip or "none"),
        Row("Age", AGE, since=node.created),
    ]
    rows += _conditions(node.conditions, lambda c: c.status == ("True" if c.type == "Ready" else "False"))
    return _made(snapshot, node, "Node", rows)


def _service(snapshot: Snapshot, uid: str) -> Details | None:
    service = _object(snapshot, "Service", uid)
    if not isinstance(service, Service):
        return None
    receiving = snapshot.receiving(service.name)
    reached = snapshot.reached(service.name)
    names = sorted(p.name for p in snapshot.pods() if p.uid in receiving)
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    rows = [Row("Sends to", ", ".join(names[:_NAMED] + more) or "no Pod is Ready behind it", "fg" if names else "bad")]
    if len(reached) < len(receiving):
        lost = len(receiving) - len(reached)
        rows.append(Row("Of these", f"{lost} on a Node that does not answer", "bad"))
    rows += [
        Row("Selector", _labels(service.selector) or "none"),
        Row("Type", service.type),
        Row("Cluster IP", service.cluster_ip or "none"),
        Row("Ports", ", ".join(_port(*port) for port in service.ports) or "none"),
        Row("Age", AGE, since=service.created),
    ]
    return _made(snapshot, service, "Service", rows)


def _deployment(snapshot: Snapshot, uid: str) -> Details | None:
    found = _object(snapshot, "Deployment", uid)
    if not isinstance(found, Deployment):
        return None
    counts = (
        f"{found.desired} desired, {found.updated} updated, {found.current} total, "
        f"{found.available} available, {found.unavailable} unavailable"
    )
    rows = [
        Row("Status", *words.rollout(snapshot, found)),
        Row("Replicas", counts),
        Row("Bounds", f"max surge {found.max_surge}, max unavailable {found.max_unavailable}"),
        Row("Revision", str(found.revision) if found.revision else "none yet"),
        *_images(("", image) for image in found.images),
        Row("Selector", _labels(found.selector)),
        Row("Age", AGE, since=found.created),
    ]
    # each with its reason: that of Progressing says how far a rollout is
    rows += [_condition(c, "dim" if c.status == _healthy(c) else "bad") for c in found.conditions]
    return _made(snapshot, found, "Deployment", rows)


def _replica_set(snapshot: Snapshot, uid: str) -> Details | None:
    found = _object(snapshot, "ReplicaSet", uid)
    if not isinstance(found, ReplicaSet):
        return None
    rows = [
        Row("Replicas", f"{found.desired} desired, {found.current} current, {found.ready} ready"),
        Row("Revision", str(found.revision) if found.revision else "none"),
        *_images(("", image) for image in found.images),
        _owner(snapshot, found),
        Row("Age", AGE, since=found.created),
    ]
    rows += _conditions(found.conditions, lambda c: c.status == _healthy(c))
    return _made(snapshot, found, "ReplicaSet", rows)


def _ghost(snapshot: Snapshot, rest: str) -> Details | None:
    """Return what is known of a Pod that is desired and not there: whose it would be, and what keeps it away."""
    uid = rest.rpartition(":")[0]
    wanting = _object(snapshot, "ReplicaSet", uid) or _object(snapshot, "Deployment", uid)
    if not isinstance(wanting, ReplicaSet | Deployment):
        return None
    kind = type(wanting).__name__
    rows = [
        Row("Status", "desired, not there yet", "warn"),
        Row("Desired by", f"{kind} {wanting.name}"),
        *_images(("", image) for image in wanting.images),
    ]
    rows += [_condition(c, "bad") for c in wanting.conditions if c.type == "ReplicaFailure" and c.status == "True"]
    rows += _last_event(snapshot, wanting)
    return Details("Pod", f"of {wanting.name}", tuple(rows), _describe(kind, wanting.name))


def _cell(snapshot: Snapshot, rest: str) -> Details | None:
    """Return what is known of a Deployment's Pods on one Node, where they are drawn together."""
    node, _, name = rest.partition("/")
    deployment = snapshot.deployment(name)
    if deployment is None:
        return None
    everywhere = snapshot.pods_of(deployment)
    here = [p for p in everywhere if p.node == node]
    if not here:
        return None
    rows = [Row("Node", node), Row("Pods", f"{len(here)} here, of {len(everywhere)}")]
    rows.append(Row("Status", _counted(words.status(p) for p in here)))
    sets = {r.uid: r.revision for r in snapshot.replica_sets_of(deployment)}
    rows.append(Row("Revisions", _counted(f"on {sets.get(p.owner_uid or '', 'none')}" for p in here)))
    unwell = [f"{p.name}: {words.status(p)}" for p in here if not p.ready]
    rows += [Row("Not Ready", said, "warn") for said in unwell[:_NAMED]]
    if len(unwell) > _NAMED:
        rows.append(Row("Not Ready", f"and {len(unwell) - _NAMED} more", "warn"))
    selector = ",".join(f"{k}={v}" for k, v in deployment.selector.items())
    return Details(
        "Pods",
        f"of {name}",
        tuple(rows),
        f"kubectl get pods -l {selector} --field-selector spec.nodeName={node} -o wide",
    )


def _lane(snapshot: Snapshot, rest: str) -> Details | None:
    """Return the same for the name of a Deployment on a Node."""
    name, _, node = rest.rpartition(":")
    return _cell(snapshot, f"{node}/{name}")


def _counted(said: Iterable[str]) -> str:
    """Return how many there are of each, the most first."""
    return ", ".join(f"{n} {word}" for word, n in Counter(said).most_common())


def _event(snapshot: Snapshot, uid: str) -> Details | None:
    found = next((e for e in snapshot.events() if e.uid == uid), None)
    if found is None:
        return None
    rows = [
        Row("Reason", f"{found.type}: {found.reason}", "bad" if found.type == "Warning" else "fg"),
        Row("About", f"{found.object_kind} {found.object_name}"),
        Row("Message", _message(found)),
        Row("Seen", f"{AGE} ago", since=found.last),
    ]
    if found.count > 1:
        rows.append(Row("Count", f"{found.count}, the first {AGE} ago", since=found.first))
    if found.source:
        rows.append(Row("From", found.source))
    command = f"kubectl events --for {found.object_kind.lower()}/{found.object_name}"
    return Details("Event", found.reason, tuple(rows), command)


_FINDERS: dict[str, Callable[[Snapshot, str], Details | None]] = {
    "pod": _pod,
    "node": _node,
    "service": _service,
    "card": _deployment,
    "bar": _deployment,
    "history": _deployment,
    "rs": _replica_set,
    "ghost": _ghost,
    "cell": _cell,
    "lane": _lane,
    "event": _event,
}


# -- parts -------------------------------------------------------------------------------------------------------------


def _made(snapshot: Snapshot, obj: Object, kind: str, rows: list[Row]) -> Details:
    return Details(kind, obj.name, (*rows, *_last_event(snapshot, obj)), _describe(kind, obj.name))


def _describe(kind: str, name: str) -> str:
    return f"kubectl describe {kind.lower()} {name}"


def _object(snapshot: Snapshot, kind: str, uid: str) -> Object | None:
    known = snapshot.objects.get(kind)
    return known.get(uid) if known is not None else None


def _pod_tone(snapshot: Snapshot, pod: Pod) -> Tone:
    return _TONES.get(snapshot.state_of(pod), "warn")


def _on(snapshot: Snapshot, pod: Pod) -> Row:
    """Return where a Pod stands; the Node's own STATUS where that is not Ready."""
    if pod.node is None:
        return Row("Node", "none yet", "warn")
    said = words.node(snapshot, pod.node)
    if said.words in {"", "Ready"}:
        return Row("Node", pod.node)
    return Row("Node", f"{pod.node} ({said.words})", said.tone)


def _owner(snapshot: Snapshot, obj: Object) -> Row:
    """Return who made an object; of a ReplicaSet's Pod with the revision, and whose ReplicaSet it is."""
    if not obj.owner_uid:
        return Row("Owner", "none: nothing makes it anew")
    line = f"{obj.owner_kind} {obj.owner_name}"
    owner = _object(snapshot, "ReplicaSet", obj.owner_uid)
    if isinstance(owner, ReplicaSet) and owner.owner_uid:
        line += f" (revision {owner.revision}) of {owner.owner_kind} {owner.owner_name}"
    return Row("Owner", line)


def _traffic(snapshot: Snapshot, pod: Pod) -> Row:
    senders = [s.name for s in snapshot.services() if pod.uid in snapshot.receiving(s.name)]
    return Row("Traffic from", f"Service {', '.join(senders)}" if senders else "no Service", "fg" if senders else "dim")


def _images(images: Iterable[tuple[str, str]]) -> list[Row]:
    """Return a row for each container's image, with the container's name where there are several."""
    listed = list(images)
    several = len(listed) > 1
    return [Row("Image", f"{name}: {image}" if several and name else image) for name, image in listed]


def _conditions(conditions: Iterable[Condition], well: Callable[[Condition], bool]) -> list[Row]:
    """Return a row for each condition that is not as it should be, with its reason, and one for all the others."""
    listed = list(conditions)
    rows = [_condition(c, "bad" if c.status != "False" or c.type == "Ready" else "warn") for c in listed if not well(c)]
    calm: dict[str, list[str]] = {}
    for c in listed:
        if well(c):
            calm.setdefault(c.status, []).append(c.type)
    said = "; ".join(f"{', '.join(types)}: {status}" for status, types in sorted(calm.items(), reverse=True))
    return [*rows, Row("Conditions", said, "dim")] if calm else rows


def _telling(pod: Pod) -> list[Condition]:
    """Return a Pod's conditions without ContainersReady where Ready says the same."""
    ready = next((c for c in pod.conditions if c.type == "Ready"), None)
    return [
        c
        for c in pod.conditions
        if c.type != "ContainersReady" or ready is None or (c.status, c.reason) != (ready.status, ready.reason)
    ]


def _condition(condition: Condition, tone: Tone) -> Row:
    about = f"{condition.status} for {AGE}" if condition.since else condition.status
    told = (condition.reason, condition.message if tone != "dim" else "")
    about += "".join(f", {said}" for said in told if said)
    return Row(condition.type, about, tone, condition.since)


def _healthy(condition: Condition) -> str:
    return "False" if condition.type == "ReplicaFailure" else "True"


def _last_event(snapshot: Snapshot, obj: Object) -> list[Row]:
    found: list[Event] = snapshot.events_of(obj)
    if not found:
        return []
    last = found[-1]
    count = f", {last.count} times" if last.count > 1 else ""
    tone: Tone = "bad" if last.type == "Warning" else "fg"
    return [Row("Last event", f"{last.reason}: {_message(last)} ({AGE} ago{count})", tone, last.last)]


def _message(event: Event) -> str:
    return event.message.removeprefix("(combined from similar events): ")


def _taints(node: Node) -> list[str]:
    return [f"{t.key}{f'={t.value}' if t.value else ''}:{t.effect}" for t in node.taints]


def _labels(labels: object) -> str:
    return ", ".join(f"{k}={v}" for k, v in labels.items())  # type: ignore[attr-defined]


def _port(name: str, port: int, node_port: int) -> str:
    said = f"{name} {port}".strip()
    return f"{said}, on every Node {node_port}" if node_port else said
