"""What a real cluster told while hello was scaled, rolled out, broken, rolled back, and lost a node.

``data/rollout.jsonl`` was recorded on 2026-11-23 from Kubernetes 1.37.2 (kind, three workers): every line of a watch of
every kind, and the tables that the API server itself printed of the pods. Bulky fields that the kit does not read
(managed fields, volumes, image lists) were taken out; nothing was put in.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.recording.source import Source, live
from labkit.recording.timeline import Timeline
from labkit.state import Change, Snapshot, Step, Store
from labkit.state.step import whole

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = Path(__file__).parent / "data" / "rollout.jsonl"


@cache
def lines() -> tuple[dict[str, Any], ...]:
    """Return all recorded lines."""
    return tuple(json.loads(line) for line in _FILE.read_text().splitlines())


def changes() -> list[Change]:
    """Return the recorded watch lines."""
    return [Change(**line) for line in lines() if line["type"] != "TABLE"]


def printed() -> dict[str, list[Any]]:
    """Return resourceVersion → the cells NAME, READY, STATUS, RESTARTS, AGE that the API server printed."""
    return {
        row["version"]: row["cells"] for line in lines() if line["type"] == "TABLE" for row in line["object"]["rows"]
    }


@cache
def recorded() -> tuple[Store, Timeline]:
    """Return a store that has seen everything, and the timeline of it."""
    return _recorded(changes())


def _recorded(heard: list[Change]) -> tuple[Store, Timeline]:
    timeline = Timeline()
    filled = Store(timeline.record)
    for change in heard:
        filled.apply(change)
    return filled, timeline


def store() -> Store:
    """Return a store that has seen everything."""
    return recorded()[0]


@cache
def _moments() -> tuple[Snapshot, ...]:
    return tuple(recorded()[1])


def moments() -> list[Snapshot]:
    """Return every snapshot there was."""
    return list(_moments())


@cache
def _play(name: str) -> tuple[Snapshot, ...]:
    text = (_FILE.parent / f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(_recorded([Change(**json.loads(line)) for line in text.splitlines()])[1])


def play(name: str) -> list[Snapshot]:
    """Return every snapshot of another recording: ``canary`` or ``blue-green`` (made by ``tests/record.py``)."""
    return list(_play(name))


@cache
def when(fact: str) -> Snapshot:
    """Return the first snapshot whose facts contain a line."""
    from labkit.notebook import tables  # noqa: PLC0415 - tables is tested with this module too

    return next(s for s in moments() if fact in tables.facts(s).splitlines())


class Recorded:
    """Plays the recording as a watch would tell it."""

    def __init__(self) -> None:
        self.store = Store(self._stepped)
        self.rest: list[Change] = changes()
        self.callbacks: list[Callable[[Snapshot], None]] = []
        self.hearers: list[Callable[[Step, Snapshot], None]] = []

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot."""
        return self.store.snapshot

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Remember a callback."""
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def hear(self, callback: Callable[[Step, Snapshot], None]) -> Callable[[], None]:
        """Remember who hears every step, and tell it what there is."""
        callback(whole(self.snapshot), self.snapshot)
        self.hearers.append(callback)
        return lambda: self.hearers.remove(callback)

    def _stepped(self, step: Step, snapshot: Snapshot) -> None:
        for callback in self.hearers:
            callback(step, snapshot)

    def source(self, clock: Callable[[], float] = time.time) -> Source:
        """Return a recording of all that is played from now on."""
        return live(self, clock=clock)

    def play(self, count: int) -> None:
        """Tell the next changes."""
        for change in self.rest[:count]:
            snapshot = self.store.apply(change)
            for callback in self.callbacks:
                callback(snapshot)
        del self.rest[:count]


def heard(name: str) -> list[Change]:
    """Return the changes of another recording, as :func:`play` plays them."""
    return [Change(**json.loads(line)) for line in (_FILE.parent / f"{name}.jsonl").read_text("utf-8").splitlines()]


def raw(name: str) -> list[dict[str, Any]]:
    """Return the Pods that another recording told of, each as often as it changed."""
    return [change.object for change in heard(name) if change.kind == "Pod" and change.type != "DELETED"]
