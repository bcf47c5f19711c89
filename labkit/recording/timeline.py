"""Everything that was heard, in order: the snapshot of any time, from memory that stays bounded."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.state import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.state import Step

#: How many snapshots are kept; the oldest go first.
KEPT = 20_000


class Timeline:
    """Every snapshot there was, oldest first. Safe for threads.

    Parameters
    ----------
    limit
        How many snapshots to keep; the oldest go first, and ``dropped`` counts them.

    Attributes
    ----------
    version
        Goes up with every snapshot that is recorded.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self.version = 0
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=limit)
        self._kept: deque[Snapshot] = deque(maxlen=limit)
        self._latest = Snapshot()

    def record(self, step: Step, snapshot: Snapshot) -> None:
        """Add a snapshot at the end, and the step that made it out of the one before."""
        if not self.version and snapshot == Snapshot():
            return  # nothing has been heard yet
        with self._lock:
            # the machine's clock may be put back: the order in which it was heard is the order
            self._times.append(max(step.at, self._times[-1]) if self._times else step.at)
            # A copy, here and when it is handed out: what a snapshot has worked out for others stays with them.
            self._kept.append(replace(snapshot))
            self._latest = snapshot
            self.version += 1

    @property
    def dropped(self) -> int:
        """How many snapshots are not kept any more."""
        return self.version - len(self._kept)

    @property
    def first(self) -> float:
        """When the oldest snapshot that is kept was heard, in seconds since the epoch; 0.0 without one."""
        with self._lock:
            return self._times[0] if self._times else 0.0

    @property
    def last(self) -> float:
        """When the newest snapshot was heard, in seconds since the epoch; 0.0 without one."""
        with self._lock:
            return self._times[-1] if self._times else 0.0

    @property
    def latest(self) -> Snapshot:
        """The newest snapshot, the very one that was recorded."""
        return self._latest

    def index(self, at: float) -> int:
        """Return the number of the snapshot that was the present at a time; before the first one, the first's.

        The numbers count from 0 on from the first that was ever recorded, and stay what they are.
        """
        with self._lock:
            return self.version - len(self._times) + max(0, bisect_right(self._times, at) - 1)

    def number(self, index: int) -> Snapshot:
        """Return a snapshot by its number; the oldest that is kept, where that one is not kept any more."""
        with self._lock:
            if not self._kept:
                return Snapshot()
            return replace(self._kept[min(len(self._kept) - 1, max(0, index - self.dropped))])

    def at(self, at: float) -> Snapshot:
        """Return the snapshot that was the present at a time; before the first one, the first (or an empty one)."""
        return self.number(self.index(at))

    def since(self, at: float) -> Iterator[Snapshot]:
        """Iterate over the snapshots that became known at or after a time, oldest first."""
        return self.between(at, float("inf"))

    def between(self, begin: float, end: float) -> Iterator[Snapshot]:
        """Iterate over the snapshots that became known from `begin` to `end`, both included, oldest first."""
        with self._lock:
            times = tuple(self._times)
            kept = tuple(self._kept)[bisect_left(times, begin) : bisect_right(times, end)]
        return (replace(snapshot) for snapshot in kept)

    def next_after(self, at: float) -> float | None:
        """Return when the next snapshot after a time became known; None where there is none yet."""
        with self._lock:
            found = bisect_right(self._times, at)
            return self._times[found] if found < len(self._times) else None

    def __iter__(self) -> Iterator[Snapshot]:
        """Iterate over the snapshots that are kept now, oldest first."""
        return self.since(float("-inf"))

    def __len__(self) -> int:
        """Return how many snapshots are kept."""
        return len(self._kept)
