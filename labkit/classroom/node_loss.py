"""A Node is lost for the whole class, and comes back: by the kit's own cut of its power, or by a drain."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit import cluster, in_class
from labkit.api.client import ApiError
from labkit.classroom import names
from labkit.classroom.target import told
from labkit.cluster import faults
from labkit.errors import ClusterError, LabError, WaitTimeoutError
from labkit.state.objects import Node
from labkit.state.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from labkit.classroom.target import Target
    from labkit.classroom.values import Values
    from labkit.progress import Progress, Stage

#: Seconds for which an eviction that a PodDisruptionBudget forbids is asked for again; then the Pod is deleted.
EVICTION_SECONDS = 20.0
#: Seconds that a Node may take to be Ready again (seen: 12 after the longest pause).
READY_SECONDS = 90.0


def lose(target: Target, node: str | None, progress: Progress) -> str:
    """Take a Node away from all, in the way that the class's values say; nothing more where one is lost already.

    Parameters
    ----------
    target
        The cluster.
    node
        Which; where it is not given, the one with most of the lessons' Pods.
    progress
        Where it is said what is done.

    Returns
    -------
    str
        The Node that is lost.

    Raises
    ------
    LabError
        If there is no class, no such Node, it is the desk, or the values say that none is lost.
    """
    with told(target):
        said = target.values()
        way = said.settings["nodeLoss"]["way"]
        if way == "none":
            raise ClusterError(
                f"nodeLoss.way is {way}: in this class no Node is lost.",
                remedy="nodeLoss: {way: drain} in the values, then: labkit class up",
            )
        found = target.api.get("/api/v1/nodes")["items"]
        already = _lost(target, found)
        if already:
            return already[0]
        labs = set(map(names.lab, target.learners()))
        pods = [pod for pod in target.api.get("/api/v1/pods")["items"] if pod["metadata"]["namespace"] in labs]
        chosen = choose(found, pods, node, said)
        with progress.stage(f"node {chosen}: {'its power is cut' if way == 'pause' else 'drained'}") as stage:
            if way == "pause":
                # the notebooks that wait for it need not wait until the cluster has noticed
                _mark(target, chosen)
                faults.lose(chosen, stays=True)
            else:
                _drain(target, chosen, labs, stage)
        return chosen


def bring_back(target: Target, progress: Progress) -> list[str]:
    """Bring back what the class has lost, and wait until it is Ready; nothing where nothing is lost.

    Returns
    -------
    list[str]
        The Nodes that were lost.

    Raises
    ------
    WaitTimeoutError
        If one is not Ready in time.
    """
    with told(target):
        found = target.api.get("/api/v1/nodes")["items"]
        # also what came back by itself: its mark goes, and it takes Pods again
        lost = sorted({*_lost(target, found), *_marked(found)})
        if not lost:
            return []
        with progress.stage(f"node {', '.join(lost)}: back") as stage:
            for name in lost:
                if target.connection.own:
                    faults.bring_back(name)
            for name in _marked(found):
                patch = {"metadata": {"annotations": {in_class.LOST: None}}, "spec": {"unschedulable": None}}
                target.api.send("PATCH", f"/api/v1/nodes/{name}", patch)
            _wait(target, lost, stage)
        return lost


def lost(target: Target) -> list[str]:
    """Return the Nodes that the class has lost."""
    return _lost(target, target.api.get("/api/v1/nodes")["items"])


def _lost(target: Target, found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the Nodes that are lost now: paused, or marked and not back by themselves."""
    taken = [node.name for node in _nodes(found) if node.taken]
    return sorted({*taken, *(cluster.paused_nodes() if target.connection.own else ())})


def _marked(found: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["metadata"]["name"] for each in found if in_class.LOST in (each["metadata"].get("annotations") or {})]


def _mark(target: Target, node: str, **spec: bool) -> None:
    """Write onto a Node when it was taken away; and what else is to be so of it."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    patch = {"metadata": {"annotations": {in_class.LOST: now}}, **({"spec": spec} if spec else {})}
    target.api.send("PATCH", f"/api/v1/nodes/{node}", patch)


def choose(
    found: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]], node: str | None, said: Values
) -> str:
    """Return the Node to lose (pure).

    Parameters
    ----------
    found
        All Nodes.
    pods
        The lessons' Pods.
    node
        The one that was asked for, if any.
    said
        The class's values.

    Raises
    ------
    LabError
        If there is none, or the one that was asked for is not there or is the desk.
    """
    desk = [set(said.settings[part]["nodeSelector"].items()) for part in ("hub", "singleuser")]
    labels = {each["metadata"]["name"]: set((each["metadata"].get("labels") or {}).items()) for each in found}
    may = sorted(
        name
        for name, those in labels.items()
        if not any(wanted <= those for wanted in desk)
        and not any(key == "node-role.kubernetes.io/control-plane" for key, _ in those)
    )
    if node is not None and node not in may:
        why = "is the desk, or the control plane" if node in labels else "is none of this cluster"
        raise LabError(f"Node {node} {why}.", remedy=f"labkit class lose-node {may[0]}" if may else "kubectl get nodes")
    if not may:
        raise LabError("There is no Node that could be lost beside the desk.", remedy="LABKIT_WORKERS=2 labkit up")
    counted = Counter(pod["spec"].get("nodeName") for pod in pods)
    return node or max(may, key=lambda name: counted[name])


def _drain(target: Target, node: str, labs: set[str], stage: Stage) -> None:
    """Cordon a Node and evict the lessons' Pods; others' stay, as `kubectl drain` would not have it."""
    _mark(target, node, unschedulable=True)
    query = {"fieldSelector": f"spec.nodeName={node}"}
    end = time.monotonic() + EVICTION_SECONDS
    while True:
        rest = [
            pod["metadata"]
            for pod in target.api.get("/api/v1/pods", query)["items"]
            if pod["metadata"]["namespace"] in labs and not pod["metadata"].get("deletionTimestamp")
        ]
        if not rest:
            return
        stage.note(f"{len(rest)} Pods to evict: {rest[0]['namespace']}/{rest[0]['name']}")
        for pod in rest:
            _evict(target, pod["namespace"], pod["name"], by_force=time.monotonic() > end)
        time.sleep(0.5)


def _evict(target: Target, namespace: str, name: str, *, by_force: bool) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods/{name}"
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
    try:
        if by_force:
            # a budget that never allows it would hold the whole class up
            target.api.send("DELETE", path)
        else:
            target.api.send("POST", f"{path}/eviction", eviction)
    except ApiError as error:
        if error.code not in {HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}:
            raise


def _wait(target: Target, wanted: Sequence[str], stage: Stage) -> None:
    end = time.monotonic() + READY_SECONDS
    while waiting := _not_ready(target.api.get("/api/v1/nodes")["items"], wanted):
        stage.note(f"waiting for {', '.join(waiting)} to be Ready")
        if time.monotonic() > end:
            raise WaitTimeoutError(
                f"Not Ready within {READY_SECONDS:.0f} s: node {', '.join(waiting)}.",
                remedy="labkit class bring-back once more, or: labkit up"
                if target.connection.own
                else "kubectl get nodes",
            )
        time.sleep(0.5)


def _not_ready(found: Iterable[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    ready = {node.name for node in _nodes(found) if node.ready}
    return [name for name in wanted if name not in ready]


def _nodes(found: Iterable[Mapping[str, Any]]) -> list[Node]:
    parsed = (parse("Node", dict(each)) for each in found)
    return [node for node in parsed if isinstance(node, Node)]
