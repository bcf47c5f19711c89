"""What one change costs when there is much else: taken in, drawn, and sent to the board as a difference."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

from labkit import picture
from labkit.state import Change, Store

CHANGES = 60
SIZES = (10, 100, 1000)

_RECORDING = Path(__file__).resolve().parents[1] / "tests" / "unit" / "data" / "rollout.jsonl"


def measure() -> list[str]:
    """Change one pod of many, again and again.

    Returns
    -------
    list[str]
        Lines of a Markdown table: milliseconds for one change, and how they grow with the number of pods.
    """
    rows = ["| pods | take in | lay out | difference | sent | all, against 10 pods |", "|---|---|---|---|---|---|"]
    first: float | None = None
    for size in SIZES:
        take, lay, compare, sent = _one_size(size)
        whole = take + lay + compare
        first = first or whole
        costs = f"{take:.2f} ms | {lay:.1f} ms | {compare:.2f} ms | {sent / 1000:.1f} kB"
        rows.append(f"| {size:,} | {costs} | {whole / first:.1f} times |")
    return [*rows, "", f"Medians of {CHANGES} changes of one pod's readiness, on a picture 1,100 pixels wide."]


def _one_size(size: int) -> tuple[float, float, float, float]:
    store = Store()
    raw_pods = _cluster(store, size)
    scene = picture.scene(store.snapshot, width=1100)
    takes: list[float] = []
    lays: list[float] = []
    compares: list[float] = []
    sizes: list[float] = []
    for number in range(CHANGES):
        raw = copy.deepcopy(raw_pods[number % size])
        raw["metadata"]["resourceVersion"] = str(10_000_000 + number)
        for condition in raw["status"]["conditions"]:
            if condition["type"] == "Ready":
                condition["status"] = "False" if number // size % 2 == 0 else "True"
        start = time.perf_counter()
        snapshot = store.apply(Change("Pod", "MODIFIED", raw, float(number)))
        taken = time.perf_counter()
        fresh = picture.scene(snapshot, width=1100)
        laid = time.perf_counter()
        changes = picture.diff(scene, fresh)
        compared = time.perf_counter()
        takes.append(taken - start)
        lays.append(laid - taken)
        compares.append(compared - laid)
        sizes.append(len(json.dumps(changes.as_json())))
        scene = fresh
    return 1000 * median(takes), 1000 * median(lays), 1000 * median(compares), median(sizes)


def _cluster(store: Store, size: int) -> list[dict[str, Any]]:
    """Fill `store` with the recorded cluster, and with copies of one of its ready pods; return the copies."""
    lines = [json.loads(line) for line in _RECORDING.read_text(encoding="utf-8").splitlines()]
    changes = [Change(**line) for line in lines if line["type"] != "TABLE"]
    for change in changes:
        if change.kind != "Pod":
            store.apply(change)
    model = next(
        change.object
        for change in reversed(changes)
        if change.kind == "Pod" and change.object["metadata"]["labels"].get("app") == "hello" and _ready(change.object)
    )
    pods = []
    for number in range(size):
        raw = copy.deepcopy(model)
        raw["metadata"]["uid"] = f"bench-{number}"
        raw["metadata"]["name"] = f"{raw['metadata']['name'][:-5]}{number:05d}"
        store.apply(Change("Pod", "ADDED", raw, 0.0))
        pods.append(raw)
    return pods


def _ready(raw: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in raw["status"].get("conditions", []))
