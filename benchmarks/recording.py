"""What an hour of a recording costs: memory, and how long a jump to any time in it takes.

Ten changes a second for an hour, and twenty requests a second. Two loads: the recorded rollout (``tests/unit/data``)
again and again, each time with new Pods, ReplicaSets and Events, with no Event ever taken away; and 1,000 Pods that
change in turn, so that no two neighbours are of one Pod. Nothing is drawn. Memory is what the process has more than
before, its present state included; each load has a process of its own.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.samples import NotMeasuredError
from benchmarks.scale import STEPS, Cluster
from labkit.recording import file
from labkit.recording.blocks import SIZE
from labkit.recording.request import Request
from labkit.recording.source import Source, live
from labkit.state import Change, Snapshot, Step, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 3600
RATE = 10
REQUESTS = 20
JUMPS = 400

_RECORDING = Path(__file__).resolve().parents[1] / "tests" / "unit" / "data" / "rollout.jsonl"
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_START = 1_800_000_000.0


@dataclass(frozen=True, slots=True)
class Hour:
    """What one load came to: how many snapshots, bytes in memory and in the file, seconds."""

    changes: int
    memory: int
    saved: int
    jumps: list[float]
    take: float
    load: float


class Told:
    """What a recording hears in place of a watch."""

    def __init__(self) -> None:
        self.store = Store()

    def hear(self, callback: Callable[[Step, Snapshot], None]) -> Callable[[], None]:
        """Have a store tell it every step."""
        self.store = Store(callback)
        return lambda: None


def rollouts() -> Iterator[Change]:
    """Return the recorded rollout's changes without end, each time around with new objects."""
    lines = [line for line in _RECORDING.read_text(encoding="utf-8").splitlines() if '"TABLE"' not in line]
    told = [json.loads(line) for line in lines]
    renewed = {t["object"]["metadata"]["uid"] for t in told if t["kind"] in {"Pod", "ReplicaSet", "Event"}}
    around = 0
    while True:
        alive: dict[str, Change] = {}

        def new(found: re.Match[str], number: int = around) -> str:
            return f"{found[0][:-6]}{number:06d}" if found[0] in renewed else found[0]

        for line in lines:
            change = Change(**json.loads(_UID.sub(new, line)))
            uid = change.object["metadata"]["uid"]
            if change.kind in {"Pod", "ReplicaSet"}:
                alive[uid] = change
                if change.type == "DELETED":
                    del alive[uid]
            yield change
        for change in alive.values():
            yield Change(change.kind, "DELETED", change.object, change.at)
        around += 1


def thousand() -> Iterator[Change]:
    """Return changes of 1,000 Pods in turn, without end."""
    cluster = Cluster(1000)
    for pod in cluster.store.snapshot.pods():
        # what there is at the beginning
        index = int(pod.uid.rpartition("-")[2])
        yield cluster.step(index, "Ready")
    while True:
        for step in STEPS:
            for index in range(1000):
                yield cluster.step(index, step)


def hour(changes: Callable[[], Iterator[Change]]) -> Hour:
    """Record an hour of changes that have no end; the times in them do not matter."""
    stream = changes()
    kept = [next(stream)]
    gc.collect()
    before = _resident()
    told = Told()
    source = live(told, clock=lambda: _START + SECONDS)
    took = 0.0
    for number, change in enumerate(chain(kept, islice(stream, SECONDS * RATE - 1))):
        at = _START + number / RATE
        began = time.perf_counter()
        told.store.apply(Change(change.kind, change.type, change.object, at))
        took += time.perf_counter() - began
        for each in range(REQUESTS // RATE):
            source.requests.add(Request(at + each / REQUESTS, "1.0.0", 0.01, f"hello-{number // 500}"))
    gc.collect()
    memory = _resident() - before
    with TemporaryDirectory() as folder:
        path = Path(folder, "hour.rec")
        source.save(path)
        saved = path.stat().st_size
        began = time.perf_counter()
        if len(file.load(path).timeline) != len(source.timeline):
            raise NotMeasuredError("not all came back")
        load = time.perf_counter() - began
    return Hour(len(source.timeline), memory, saved, _jumps(source), took / (SECONDS * RATE), load)


def _resident() -> int:
    """Return the bytes that this process has in memory (``man 5 proc``, statm)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _jumps(source: Source) -> list[float]:
    """Return the seconds of jumps to times all over the hour; one in ten is to the last snapshot of a block."""
    chance = random.Random(8)  # noqa: S311 - the same jumps each time
    took = []
    for jump in range(JUMPS):
        at = chance.uniform(*source.span)
        if jump % 10 == 0:
            at = source.timeline.time(source.timeline.index(at) // SIZE * SIZE + SIZE - 1)
        began = time.perf_counter()
        source.seek(at)
        found = source.snapshot
        took.append(time.perf_counter() - began)
        if found.at > at:
            raise NotMeasuredError("a jump ended in the future")
    return took


LOADS = {"rollouts": rollouts, "1,000 Pods in turn": thousand}


def row(name: str) -> str:
    """Return what one load came to, as a line of a Markdown table."""
    found = hour(LOADS[name])
    cells = [
        name,
        f"{found.changes:,}",
        f"{found.memory / 1e6:.1f} MB",
        f"{found.saved / 1e6:.1f} MB",
        *(
            f"{1000 * each:.1f} ms"
            for each in (median(found.jumps), quantiles(found.jumps, n=20)[18], max(found.jumps))
        ),
        f"{1000 * found.take:.2f} ms",
        f"{found.load:.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def measure() -> list[str]:
    """Record an hour of each load, each in a process of its own.

    Returns
    -------
    list[str]
        Lines of a Markdown table.
    """
    columns = ["an hour of", "snapshots", "memory", "file", "a jump: median", "p95", "worst", "one change", "loading"]
    rows = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name in LOADS:
        command = [sys.executable, "-m", "benchmarks.recording", name]
        rows.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    return rows


if __name__ == "__main__":
    print("\n".join([row(sys.argv[1])] if len(sys.argv) > 1 else measure()))
