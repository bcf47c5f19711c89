"""What one change of a Pod costs the kernel when there are many: taken in, laid out, compared, written as a message.

A Deployment's Pods stand on three Nodes, all Ready. One after the other is Terminating, gone, and replaced by one that
appears and gets Ready. The picture is the live board's, without a clock; no Service, no requests; nothing is sent.
"""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.samples import NotMeasuredError
from labkit.board import picture
from labkit.board.views import View
from labkit.state import Change, PodState, Store, pod_state

if TYPE_CHECKING:
    from labkit.state import Snapshot

#: So many Pods are replaced, with four changes each; before that some that do not count, so that caches are filled.
REPLACED = 15
WARM_UP = 3
SIZES = (10, 100, 1000)
WIDTH = 1100

_RECORDING = Path(__file__).resolve().parents[1] / "tests" / "unit" / "data" / "rollout.jsonl"
_APP = "hello"

#: The changes in the order in which a Pod is replaced, and the state that each leads to.
STEPS = {"Terminating": PodState.TERMINATING, "gone": None, "appears": PodState.STARTING, "Ready": PodState.READY}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one change cost: seconds of processor time for each step, bytes, and elements that are drawn or removed."""

    take: float
    lay: float
    write: float
    sent: int
    elements: int

    @property
    def whole(self) -> float:
        """Seconds for all of it."""
        return self.take + self.lay + self.write


def measure() -> list[str]:
    """Replace Pods, some of few and some of many.

    Returns
    -------
    list[str]
        Lines of a Markdown table: milliseconds for one change, and how they grow with the number of Pods.
    """
    rows = [
        "| Pods | a Pod | take in | lay out | compare, write | elements | message | all, against 10 Pods |",
        "|---|---|---|---|---|---|---|---|",
    ]
    first: dict[str, float] = {}
    for size in SIZES:
        for step, costs in one_size(size).items():
            whole = median(cost.whole for cost in costs)
            first.setdefault(step, whole)
            cells = [
                f"{size:,}",
                "is gone" if step == "gone" else step if step == "appears" else f"is {step}",
                *(
                    f"{1000 * median(getattr(cost, name) for cost in costs):.2f} ms"
                    for name in ("take", "lay", "write")
                ),
                f"{median(cost.elements for cost in costs):g}",
                f"{median(cost.sent for cost in costs) / 1000:.1f} kB",
                f"{whole / first[step]:.1f} times",
            ]
            rows.append(f"| {' | '.join(cells)} |")
    return [*rows, "", f"Medians of {REPLACED} Pods each, on a picture {WIDTH:,} pixels wide."]


def one_size(size: int) -> dict[str, list[Cost]]:
    """Return what each of the changes cost, by step, where there are so many Pods.

    Raises
    ------
    NotMeasuredError
        If the Pods are not as they should be, or a change is not to be seen on the picture.
    """
    cluster = Cluster(size)
    costs: dict[str, list[Cost]] = defaultdict(list)
    scene = picture.scene(cluster.store.snapshot, width=WIDTH, live=True)
    for number in range(WARM_UP + REPLACED):
        for step, state in STEPS.items():
            change = cluster.step(number % size, step)
            start = time.thread_time()
            snapshot = cluster.store.apply(change)
            taken = time.thread_time()
            fresh = picture.scene(snapshot, width=WIDTH, live=True)
            laid = time.thread_time()
            message = View(WIDTH, scene=scene).message(fresh, None, snapshot.at) or {}
            text = json.dumps(message)
            written = time.thread_time()
            elements = sum(len(message.get(part, ())) for part in ("put", "patch", "remove"))
            scene = fresh
            _check(snapshot, change, step, state, text)
            if number >= WARM_UP:
                costs[step].append(Cost(taken - start, laid - taken, written - laid, len(text), elements))
    return dict(costs)


def _check(snapshot: Snapshot, change: Change, step: str, state: PodState | None, message: str) -> None:
    uid = change.object["metadata"]["uid"]
    found = next((pod_state(pod) for pod in snapshot.pods() if pod.uid == uid), None)
    # among many it is a square, in an element of ten slots on its Node
    node = change.object["spec"]["nodeName"]
    if found is not state or not (f'"pod:{uid}"' in message or f'"ten:{node}/{_APP}:' in message):
        raise NotMeasuredError(f"{step}: the Pod is {found}, and the message has {len(message)} bytes")


class Cluster:
    """The recorded cluster with a Deployment of so many Pods, on its three Nodes in turn, all Ready.

    Parameters
    ----------
    size
        How many Pods.
    """

    def __init__(self, size: int) -> None:
        self.store = Store()
        lines = [json.loads(line) for line in _RECORDING.read_text(encoding="utf-8").splitlines()]
        changes = [Change(**line) for line in lines if line["type"] != "TABLE"]
        self._at = changes[-1].at
        self._version = 10_000_000
        model = next(c.object for c in changes if c.kind == "Pod" and _fits(c.object))
        owner = model["metadata"]["ownerReferences"][0]["uid"]
        for change in changes:
            raw = change.object
            if change.kind in {"Pod", "Service", "EndpointSlice"} or _other(change, owner):
                continue
            self.store.apply(Change(change.kind, change.type, _sized(change.kind, raw, size), change.at))
        nodes = sorted(node.name for node in self.store.snapshot.nodes() if not node.control_plane)
        self._model = model
        self._pods = [self._pod(number, nodes[number % len(nodes)]) for number in range(size)]
        self._made = size
        for raw in self._pods:
            self.store.apply(Change("Pod", "ADDED", raw, self._at))
        pods = self.store.snapshot.pods()
        ready, used = sum(pod_state(pod) is PodState.READY for pod in pods), {pod.node for pod in pods}
        if ready != size or len(used) != len(nodes):
            raise NotMeasuredError(f"{ready} of {size} Pods are Ready, on {len(used)} of {len(nodes)} Nodes")

    def step(self, index: int, step: str) -> Change:
        """Return the next change of a Pod: one of :data:`STEPS`, in their order."""
        self._version += 1
        if step == "appears":
            node = self._pods[index]["spec"]["nodeName"]
            self._pods[index] = self._pod(self._made, node)
            self._made += 1
        raw = copy.deepcopy(self._pods[index])
        raw["metadata"]["resourceVersion"] = str(self._version)
        if step in {"Terminating", "gone"}:
            raw["metadata"]["deletionTimestamp"] = raw["metadata"]["creationTimestamp"]
        if step == "appears":
            scheduled = [each for each in raw["status"]["conditions"] if each["type"] == "PodScheduled"]
            raw["status"] = {"phase": "Pending", "conditions": scheduled}
        kind = {"gone": "DELETED", "appears": "ADDED"}.get(step, "MODIFIED")
        return Change("Pod", kind, raw, self._at)

    def _pod(self, number: int, node: str) -> dict[str, Any]:
        raw = copy.deepcopy(self._model)
        raw["metadata"]["uid"] = f"bench-{number}"
        raw["metadata"]["name"] = f"{raw['metadata']['name'][:-5]}{number:05d}"
        raw["spec"]["nodeName"] = node
        return raw


def _fits(raw: dict[str, Any]) -> bool:
    """Return whether a recorded Pod can stand for all: one of the app's, Ready, and not Terminating."""
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in raw["status"].get("conditions", []))
    return ready and raw["metadata"]["labels"].get("app") == _APP and "deletionTimestamp" not in raw["metadata"]


def _other(change: Change, owner: str) -> bool:
    """Return whether an object belongs to another Deployment, or is another revision's ReplicaSet."""
    about = change.object["metadata"]
    if change.kind == "ReplicaSet":
        return bool(about["uid"] != owner)
    return change.kind == "Deployment" and about["name"] != _APP


def _sized(kind: str, raw: dict[str, Any], size: int) -> dict[str, Any]:
    """Return a Deployment or ReplicaSet that has so many Pods, all there and available; others as they are."""
    if kind not in {"Deployment", "ReplicaSet"}:
        return raw
    counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas"), size)
    return {
        **raw,
        "spec": {**raw["spec"], "replicas": size},
        "status": {**raw["status"], **counts, "observedGeneration": raw["metadata"]["generation"]},
    }


if __name__ == "__main__":
    print("\n".join(measure()))
