"""What a real cluster told while hello was scaled, rolled out, broken, rolled back, and lost a node.

``data/rollout.jsonl`` was recorded on 2026-11-23 from Kubernetes 1.37.2 (kind, three workers): every line of a watch of
every kind, and the tables that the API server itself printed of the pods. Bulky fields that the kit does not read
(managed fields, volumes, image lists) were taken out; nothing was put in.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.state import Change, Snapshot, Store

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
def store() -> Store:
    """Return a store that has seen everything."""
    filled = Store()
    for change in changes():
        filled.apply(change)
    return filled


@cache
def _moments() -> tuple[Snapshot, ...]:
    return tuple(store().timeline)


def moments() -> list[Snapshot]:
    """Return every snapshot there was."""
    return list(_moments())


@cache
def _play(name: str) -> tuple[Snapshot, ...]:
    filled = Store()
    for line in (_FILE.parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        filled.apply(Change(**json.loads(line)))
    return tuple(filled.timeline)


def play(name: str) -> list[Snapshot]:
    """Return every snapshot of another recording: ``canary`` or ``blue-green`` (made by ``tests/record.py``)."""
    return list(_play(name))


def when(fact: str) -> Snapshot:
    """Return the first snapshot whose facts contain a line."""
    from labkit.notebook import tables  # noqa: PLC0415 - tables is tested with this module too

    return next(s for s in moments() if fact in tables.facts(s).splitlines())


class Recorded:
    """Plays the recording as a watch would tell it."""

    def __init__(self) -> None:
        self.store = Store()
        self.rest: list[Change] = changes()
        self.callbacks: list[Callable[[Snapshot], None]] = []

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot."""
        return self.store.snapshot

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Remember a callback."""
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def play(self, count: int) -> None:
        """Tell the next changes."""
        for change in self.rest[:count]:
            snapshot = self.store.apply(change)
            for callback in self.callbacks:
                callback(snapshot)
        del self.rest[:count]
