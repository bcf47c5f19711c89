"""What is behind an element of the picture: its facts in rows, and the kubectl command that shows it. Pure and cheap.

Nothing in it depends on the time of reading: an age is the time since which it runs, and who shows it writes the age.
So the details of a thing stay equal until the cluster changes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from labkit.board import facts
from labkit.board.lens import inside
from labkit.board.picture import words
from labkit.state import Deployment, Pod, PodState, ReplicaSet, Service, pod_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from labkit.state import Snapshot

#: How many Pods of a Service are named.
_NAMED = 6


def details(snapshot: Snapshot, key: str) -> facts.Details | None:
    """Return what is known of the thing that an element of the picture stands for.

    Parameters
    ----------
    snapshot
        The moment.
    key
        The element's key, such as ``pod:<uid>`` or ``node:<name>``.

    Returns
    -------
    facts.Details | None
        None where there is no such thing (any more), and where the element stands for none.
    """
    kind, _, rest = key.partition(":")
    find = _FINDERS.get(kind)
    return find(snapshot, rest) if find else None


# -- each kind ---------------------------------------------------------------------------------------------------------


def _pod(snapshot: Snapshot, uid: str) -> facts.Details | None:
    pod = facts.found(snapshot, "Pod", uid)
    if not isinstance(pod, Pod):
        return None
    rows = [facts.Row("Status", words.status(pod), facts.pod_tone(snapshot, pod))]
    if pod.waiting not in {"", pod.status} and not pod.terminating:
        rows.append(facts.Row("Waiting", pod.waiting, "bad" if pod_state(pod) is PodState.FAILING else "fg"))
    if pod.deletes_at is not None:
        told = pod.deletes_at - pod.grace
        rows.append(facts.Row("Terminating", f"for {facts.AGE}, grace period {pod.grace:g} s", "warn", told))
    rows += facts.images((c.name, c.image) for c in pod.containers)
    rows += [
        facts.on(snapshot, pod),
        facts.Row("IP", pod.ip or "none yet"),
        facts.Row("Age", facts.AGE, since=pod.created),
    ]
    if pod.restarts and pod.last_restart:
        rows.append(facts.Row("Restarts", f"{pod.restarts} (last {facts.AGE} ago)", "warn", pod.last_restart))
    else:
        rows.append(facts.Row("Restarts", str(pod.restarts), "warn" if pod.restarts else "fg"))
    rows += [facts.owner(snapshot, pod), facts.traffic(snapshot, pod)]
    rows += facts.conditions(facts.telling(pod), lambda c: (c.status == "True") != (c.type == "DisruptionTarget"))
    return facts.told(snapshot, pod, "Pod", rows)


def _node(snapshot: Snapshot, name: str) -> facts.Details | None:
    node = snapshot.node(name)
    here = sum(cell.count for cell in snapshot.index.placement.on(name).values())
    if node is None:
        if not here:
            return None
        # Pods stand on it still: the Node itself is not known, or no more.
        said = words.node(snapshot, name)
        rows = [
            facts.Row("Status", said.words or "not known: Nodes may not be read", said.tone),
            facts.Row("Pods", f"{here} here"),
        ]
        return facts.Details("Node", name, tuple(rows), "kubectl get nodes", inside(snapshot, name))
    rows = [facts.Row("Status", *words.node(snapshot, name))]
    if not node.schedulable:
        rows.append(facts.Row("Cordoned", "yes: no new Pod is scheduled here", "warn"))
    rows.append(facts.Row("Taints", ", ".join(facts.taints(node)) or "none", "warn" if node.taints else "fg"))
    rows += [
        facts.Row("Pods", f"{here} here"),
        facts.Row("Role", "control plane" if node.control_plane else "worker"),
        facts.Row("Kubelet", node.kubernetes or "not said"),
        facts.Row("Internal IP", node.ip or "none"),
        facts.Row("Age", facts.AGE, since=node.created),
    ]
    rows += facts.conditions(node.conditions, lambda c: c.status == ("True" if c.type == "Ready" else "False"))
    return facts.told(snapshot, node, "Node", rows, inside(snapshot, name))


def _service(snapshot: Snapshot, uid: str) -> facts.Details | None:
    service = facts.found(snapshot, "Service", uid)
    if not isinstance(service, Service):
        return None
    receiving = snapshot.receiving(service.name)
    reached = snapshot.reached(service.name)
    names = sorted(p.name for p in snapshot.pods() if p.uid in receiving)
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    rows = [
        facts.Row("Sends to", ", ".join(names[:_NAMED] + more) or "no Pod is Ready behind it", "fg" if names else "bad")
    ]
    if len(reached) < len(receiving):
        lost = len(receiving) - len(reached)
        rows.append(facts.Row("Of these", f"{lost} on a Node that does not answer", "bad"))
    rows += [
        facts.Row("Selector", facts.labels(service.selector) or "none"),
        facts.Row("Type", service.type),
        facts.Row("Cluster IP", service.cluster_ip or "none"),
        facts.Row("Ports", ", ".join(facts.port(*port) for port in service.ports) or "none"),
        facts.Row("Age", facts.AGE, since=service.created),
    ]
    return facts.told(snapshot, service, "Service", rows)


def _deployment(snapshot: Snapshot, uid: str) -> facts.Details | None:
    found = facts.found(snapshot, "Deployment", uid)
    if not isinstance(found, Deployment):
        return None
    counts = (
        f"{found.desired} desired, {found.updated} updated, {found.current} total, "
        f"{found.available} available, {found.unavailable} unavailable"
    )
    rows = [
        facts.Row("Status", *words.rollout(snapshot, found)),
        facts.Row("Replicas", counts),
        facts.Row("Bounds", f"max surge {found.max_surge}, max unavailable {found.max_unavailable}"),
        facts.Row("Revision", str(found.revision) if found.revision else "none yet"),
        *facts.images(("", image) for image in found.images),
        facts.Row("Selector", facts.labels(found.selector)),
        facts.Row("Age", facts.AGE, since=found.created),
    ]
    # each with its reason: that of Progressing says how far a rollout is
    rows += [facts.condition(c, "dim" if c.status == facts.healthy(c) else "bad") for c in found.conditions]
    return facts.told(snapshot, found, "Deployment", rows)


def _replica_set(snapshot: Snapshot, uid: str) -> facts.Details | None:
    found = facts.found(snapshot, "ReplicaSet", uid)
    if not isinstance(found, ReplicaSet):
        return None
    rows = [
        facts.Row("Replicas", f"{found.desired} desired, {found.current} current, {found.ready} ready"),
        facts.Row("Revision", str(found.revision) if found.revision else "none"),
        *facts.images(("", image) for image in found.images),
        facts.owner(snapshot, found),
        facts.Row("Age", facts.AGE, since=found.created),
    ]
    rows += facts.conditions(found.conditions, lambda c: c.status == facts.healthy(c))
    return facts.told(snapshot, found, "ReplicaSet", rows)


def _ghost(snapshot: Snapshot, rest: str) -> facts.Details | None:
    """Return what is known of a Pod that is desired and not there: whose it would be, and what keeps it away."""
    uid = rest.rpartition(":")[0]
    wanting = facts.found(snapshot, "ReplicaSet", uid) or facts.found(snapshot, "Deployment", uid)
    if not isinstance(wanting, ReplicaSet | Deployment):
        return None
    kind = type(wanting).__name__
    rows = [
        facts.Row("Status", "desired, not there yet", "warn"),
        facts.Row("Desired by", f"{kind} {wanting.name}"),
        *facts.images(("", image) for image in wanting.images),
    ]
    rows += [facts.condition(c, "bad") for c in wanting.conditions if c.type == "ReplicaFailure" and c.status == "True"]
    rows += facts.last_event(snapshot, wanting)
    return facts.Details("Pod", f"of {wanting.name}", tuple(rows), facts.describe(kind, wanting.name))


def _cell(snapshot: Snapshot, rest: str) -> facts.Details | None:
    """Return what is known of a Deployment's Pods on one Node, where they are drawn together."""
    node, _, name = rest.partition("/")
    deployment = snapshot.deployment(name)
    if deployment is None:
        return None
    everywhere = snapshot.pods_of(deployment)
    here = [p for p in everywhere if p.node == node]
    if not here:
        return None
    rows = [facts.Row("Node", node), facts.Row("Pods", f"{len(here)} here, of {len(everywhere)}")]
    rows.append(facts.Row("Status", _counted(words.status(p) for p in here)))
    sets = {r.uid: r.revision for r in snapshot.replica_sets_of(deployment)}
    rows.append(facts.Row("Revisions", _counted(f"on {sets.get(p.owner_uid or '', 'none')}" for p in here)))
    unwell = [f"{p.name}: {words.status(p)}" for p in here if not p.ready]
    rows += [facts.Row("Not Ready", said, "warn") for said in unwell[:_NAMED]]
    if len(unwell) > _NAMED:
        rows.append(facts.Row("Not Ready", f"and {len(unwell) - _NAMED} more", "warn"))
    selector = ",".join(f"{k}={v}" for k, v in deployment.selector.items())
    return facts.Details(
        "Pods",
        f"of {name}",
        tuple(rows),
        f"kubectl get pods -l {selector} --field-selector spec.nodeName={node} -o wide",
        inside(snapshot, node, name),
    )


def _lane(snapshot: Snapshot, rest: str) -> facts.Details | None:
    """Return the same for the name of a Deployment on a Node."""
    name, _, node = rest.rpartition(":")
    return _cell(snapshot, f"{node}/{name}")


def _counted(said: Iterable[str]) -> str:
    """Return how many there are of each, the most first."""
    return ", ".join(f"{n} {word}" for word, n in Counter(said).most_common())


def _event(snapshot: Snapshot, uid: str) -> facts.Details | None:
    found = next((e for e in snapshot.events() if e.uid == uid), None)
    if found is None:
        return None
    rows = [
        facts.Row("Reason", f"{found.type}: {found.reason}", "bad" if found.type == "Warning" else "fg"),
        facts.Row("About", f"{found.object_kind} {found.object_name}"),
        facts.Row("Message", facts.message(found)),
        facts.Row("Seen", f"{facts.AGE} ago", since=found.last),
    ]
    if found.count > 1:
        rows.append(facts.Row("Count", f"{found.count}, the first {facts.AGE} ago", since=found.first))
    if found.source:
        rows.append(facts.Row("From", found.source))
    command = f"kubectl events --for {found.object_kind.lower()}/{found.object_name}"
    return facts.Details("Event", found.reason, tuple(rows), command)


_FINDERS: dict[str, Callable[[Snapshot, str], facts.Details | None]] = {
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
