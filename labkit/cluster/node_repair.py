"""Putting the kit's own nodes right: whatever a learner did to a Node is taken back when a notebook begins."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit.api.client import Api, ApiError
from labkit.cluster import nodes
from labkit.errors import WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from labkit.cluster.nodes import Place

#: Seconds that all Nodes may take to be Ready again (seen: 12 after the longest pause, 6 for a Node that was deleted).
READY_SECONDS = 90.0

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_LABELS = {
    "beta.kubernetes.io/arch": "architecture",
    "kubernetes.io/arch": "architecture",
    "beta.kubernetes.io/os": "operatingSystem",
    "kubernetes.io/os": "operatingSystem",
}
#: Taints that Kubernetes itself puts on a Node and takes away (its documentation, "Well-Known Labels, Annotations and
#: Taints"). ``out-of-service`` is not among them: people put it there.
_KUBERNETES_OWN = {
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/network-unavailable", "NoSchedule"),
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/not-ready", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
}
#: Where hub, proxy and notebooks of a class run (``labkit class up`` puts it there, and ``down`` takes it away).
DESK = "labkit.dev/desk"
#: kwok's Nodes have no container behind them, and whoever made them needs them (``make bench``).
_KWOK = "kwok.x-k8s.io/node"


def patch_for(node: Mapping[str, Any], *, control_plane: bool, workers: bool) -> dict[str, Any] | None:
    """Return the merge patch that puts a Node right, or None where it is (pure).

    Parameters
    ----------
    node
        The Node as the API gives it.
    control_plane
        Whether it is the control plane's.
    workers
        Whether there are others: where there are none, the control plane takes Pods too.
    """
    found, wanted = node["metadata"].get("labels") or {}, labels_for(node, control_plane=control_plane)
    labels = {
        **{key: None for key in found if key not in wanted and key != DESK},
        **{key: value for key, value in wanted.items() if found.get(key) != value},
    }
    taints = node["spec"].get("taints") or []
    right = [each for each in taints if (each["key"], each["effect"]) in _KUBERNETES_OWN]
    if control_plane and workers:
        right.append({"key": _CONTROL_PLANE, "effect": "NoSchedule"})
    spec: dict[str, Any] = {}
    if node["spec"].get("unschedulable"):
        spec["unschedulable"] = None
    if sorted(map(_taint, taints)) != sorted(map(_taint, right)):
        spec["taints"] = right
    if not labels and not spec:
        return None
    # with its version: a taint that Kubernetes adds in the same moment must not be lost
    return {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"], "labels": labels}, "spec": spec}


def labels_for(node: Mapping[str, Any], *, control_plane: bool) -> dict[str, str]:
    """Return the labels that a Node of the kit's cluster has: kubelet's, and kubeadm's on the control plane (pure)."""
    info = node.get("status", {}).get("nodeInfo", {})
    labels = {key: info[name] for key, name in _LABELS.items() if name in info}
    labels["kubernetes.io/hostname"] = node["metadata"]["name"]
    if control_plane:
        labels |= {_CONTROL_PLANE: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
    return labels


def _taint(taint: Mapping[str, Any]) -> tuple[str, str, str]:
    return taint["key"], taint.get("value", ""), taint["effect"]


def put_right(api: Api, say: Callable[[str], None], timeout: float = READY_SECONDS) -> None:
    """Put the Nodes of the kit's own cluster right, and wait until they all are Ready.

    A paused Node goes on, one that was deleted comes back, one without a machine goes; cordons, taints and labels that
    the kit's cluster does not have are taken back. Does next to nothing where nothing is wrong.

    Parameters
    ----------
    api
        The cluster.
    say
        Is told what is waited for.
    timeout
        Seconds that the Nodes may take to be Ready.

    Raises
    ------
    WaitTimeoutError
        If one is not Ready after `timeout`.
    EngineError
        If Docker does not answer.
    """
    with ThreadPoolExecutor(1) as pool:
        # docker takes as long to answer as all of the API's answers together
        asked = pool.submit(nodes.places)
        found = _read(api)
        places = asked.result()
    for place in places:
        if place.state == "paused":
            say(f"node {place.name} was paused: it goes on …")
            nodes.unpause_node(place.name)
    deadline = time.monotonic() + timeout
    again: set[str] = set()
    while True:
        for place in places:
            if place.name not in found and place.name not in again:
                # kubelet makes its Node when it starts, and never again
                again.add(place.name)
                say(f"node {place.name} was deleted: it comes back …")
                nodes.restart_kubelet(place.name)
        changed = _changed_meanwhile(api, found, places)
        waiting = [place.name for place in places if not _ready(found.get(place.name))]
        if not waiting and not changed:
            return
        if time.monotonic() > deadline:
            raise WaitTimeoutError(
                f"Not Ready within {timeout:.0f} s: node {', '.join(waiting)}.",
                remedy="labkit up (in a terminal), then run the notebook's first cell again",
            )
        if waiting:
            say(f"waiting for node {', '.join(waiting)} to be Ready …")
        time.sleep(0.3)
        found = _read(api)


def _read(api: Api) -> dict[str, dict[str, Any]]:
    return {node["metadata"]["name"]: node for node in api.get("/api/v1/nodes")["items"]}


def _ready(node: Mapping[str, Any] | None) -> bool:
    conditions = (node or {}).get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _changed_meanwhile(api: Api, found: Mapping[str, Mapping[str, Any]], places: Iterable[Place]) -> bool:
    """Put the Nodes right that were found, and return whether one has changed since, and must be looked at again."""
    ours = {place.name: place.role == "control-plane" for place in places}
    workers = not all(ours.values())
    changed = False
    for name, node in found.items():
        path = f"/api/v1/nodes/{name}"
        try:
            if name in ours:
                patch = patch_for(node, control_plane=ours[name], workers=workers)
                if patch is not None:
                    api.send("PATCH", path, patch)
            elif ours and _KWOK not in (node["metadata"].get("annotations") or {}):
                api.send("DELETE", path)
        except ApiError as error:
            if error.code not in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                raise
            changed = True
    return changed
