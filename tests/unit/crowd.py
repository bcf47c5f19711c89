"""A made-up cluster of any size: so many Pods of one Deployment in two revisions on so many Nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.state import Change, Store

if TYPE_CHECKING:
    from labkit.state import Snapshot

_AT = 1_795_463_779.0
_MADE = "2026-11-23T10:00:00Z"
#: What a Pod can do, and what the API says of it then.
_WAITING = {"ContainerCreating": "ContainerCreating", "ImagePullBackOff": "ImagePullBackOff"}
STATES = ("Ready", "Running", "ContainerCreating", "ImagePullBackOff", "Terminating")


def crowd(count: int, nodes: int, state: str = "Ready") -> Store:
    """Return a store with a Deployment ``web`` of so many Pods, all of revision 1, on so many Nodes in turn."""
    store = Store()
    for n in range(nodes):
        ready = [{"type": "Ready", "status": "True"}]
        raw = {"metadata": {"uid": f"node-{n}", "name": node(n)}, "spec": {}, "status": {"conditions": ready}}
        _put(store, "Node", raw)
    about = {"uid": "web", "name": "web", "generation": 1}
    spec: dict[str, Any] = {"replicas": count, "selector": {"matchLabels": {"app": "web"}}, "template": _template(1)}
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    _put(store, "Deployment", {"metadata": about, "spec": spec, "status": {"observedGeneration": 1, **counts}})
    for revision in (1, 2):
        owner = {"uid": "web", "name": "web", "kind": "Deployment", "controller": True}
        meta: dict[str, Any] = {"uid": f"web-{revision}", "name": f"web-h{revision}", "ownerReferences": [owner]}
        meta |= {"annotations": {"deployment.kubernetes.io/revision": str(revision)}, "creationTimestamp": _MADE}
        wanted = count if revision == 1 else 0
        raw = {"metadata": meta, "spec": {"replicas": wanted, "template": _template(revision)}, "status": {}}
        _put(store, "ReplicaSet", raw)
    for i in range(count):
        change(store, i, state, i % nodes)
    return store


def node(n: int) -> str:
    """Return a Node's name."""
    return f"node-{n:02d}"


def change(store: Store, i: int, state: str, on: int | None, revision: int = 1) -> Snapshot:
    """Have the Pod of that number do something: one of :data:`STATES`, or be gone."""
    owner = {"uid": f"web-{revision}", "name": f"web-h{revision}", "kind": "ReplicaSet", "controller": True}
    meta: dict[str, Any] = {
        "uid": f"pod-{revision}-{i}", "name": f"web-h{revision}-{i:05d}", "creationTimestamp": _MADE,
        "labels": {"app": "web", "pod-template-hash": f"h{revision}"}, "ownerReferences": [owner],
    }  # fmt: skip
    if state == "Terminating":
        meta["deletionTimestamp"] = _MADE
    running = state not in _WAITING
    does: dict[str, Any] = {"running": {}} if running else {"waiting": {"reason": _WAITING[state]}}
    ready = state in {"Ready", "Terminating"}
    raw = {
        "metadata": meta,
        "spec": {"containers": [{"name": "c"}]} | ({"nodeName": node(on)} if on is not None else {}),
        "status": {
            "phase": "Running" if running else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "c", "ready": ready, "state": does}],
        },
    }
    return store.apply(Change("Pod", "DELETED" if state == "gone" else "MODIFIED", raw, _AT))


def _template(revision: int) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "c", "image": f"localhost/web:{revision}.0.0"}]}}


def _put(store: Store, kind: str, raw: dict[str, Any]) -> None:
    store.apply(Change(kind, "ADDED", raw, _AT))
