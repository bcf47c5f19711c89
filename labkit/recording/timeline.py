"""Everything that was heard, in order: the snapshot of any time, from memory that stays bounded."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from labkit.recording import blocks, records
from labkit.state import Snapshot
from labkit.state.step import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.state import Step

#: How many snapshots are kept; the oldest go first, a block at a time. An hour of 10 changes a second is 36,000.
KEPT = 100_000
#: How many of the newest stay as they are, not packed: what is asked for most. Packed they take a tenth.
NEWEST = 256
#: How many blocks stay unpacked for who goes on looking there.
_OPEN = 3


class Timeline:
    """Every snapshot there was, oldest first. Safe for threads.

    Each has a number: they count from 0 on from the first that was ever recorded, and stay what they are.

    Parameters
    ----------
    limit
        How many snapshots to keep, at least; a block that is not needed any more goes as a whole.
    newest
        How many of the newest to keep as they are, not packed.
    size
        How many snapshots stand in one block.

    Attributes
    ----------
    version
        Goes up with every snapshot that is recorded.
    """

    def __init__(self, limit: int = KEPT, newest: int = NEWEST, size: int = blocks.SIZE) -> None:
        self.version = 0
        self._limit, self._newest, self._size = limit, newest, size
        self._lock = threading.Lock()
        self._latest = self._before = Snapshot()
        self._blocks: deque[blocks.Block] = deque()
        self._starts: deque[float] = deque()
        self._times: array[float] = array("d")
        self._lines: list[bytes] = []
        self._kept: list[Snapshot] = []
        self._opened: OrderedDict[int, blocks.Unpacked] = OrderedDict()

    def record(self, step: Step, snapshot: Snapshot, line: bytes | None = None) -> None:
        """Add a snapshot at the end.

        Parameters
        ----------
        step
            What made it out of the one before.
        snapshot
            The snapshot.
        line
            The step as :func:`labkit.recording.records.written` has it, where that is known already.
        """
        if not self.version and snapshot == Snapshot():
            return  # nothing has been heard yet
        line = records.written(step) if line is None else line
        with self._lock:
            # The machine's clock may be put back: the order in which it was heard is the order.
            self._times.append(max(step.at, self._last()) if self.version else step.at)
            self._lines.append(line)
            # A copy, here and when it is handed out: what a snapshot has worked out for others stays with them.
            self._kept.append(replace(snapshot))
            self._latest = snapshot
            self.version += 1
            if len(self._kept) >= self._newest + self._size:
                self._pack()

    def _pack(self) -> None:
        """Pack the oldest of those that are not, and let go of what is too much."""
        size = self._size
        number = self.version - len(self._kept)
        self._blocks.append(blocks.pack(number, self._before, self._times[:size], self._lines[:size]))
        self._starts.append(self._times[0])
        self._before = self._kept[size - 1]
        del self._times[:size], self._lines[:size], self._kept[:size]
        while self._blocks and self._blocks[0].number + self._limit + size <= self.version:
            gone = self._blocks.popleft()
            self._starts.popleft()
            self._opened.pop(gone.number, None)

    def _number(self) -> int:
        """Return the number of the oldest snapshot that is kept."""
        return self._blocks[0].number if self._blocks else self.version - len(self._kept)

    # -- when ----------------------------------------------------------------------------------------------------------

    @property
    def dropped(self) -> int:
        """How many snapshots are not kept any more."""
        with self._lock:
            return self._number()

    @property
    def first(self) -> float:
        """When the oldest snapshot that is kept was heard, in seconds since the epoch; 0.0 without one."""
        with self._lock:
            return self._starts[0] if self._starts else self._times[0] if self._times else 0.0

    @property
    def last(self) -> float:
        """When the newest snapshot was heard, in seconds since the epoch; 0.0 without one."""
        with self._lock:
            return self._last() if self.version else 0.0

    def _last(self) -> float:
        return self._times[-1] if self._times else self._blocks[-1].times[-1]

    def next_after(self, at: float) -> float | None:
        """Return when the next snapshot after a time became known; None where there is none yet."""
        with self._lock:
            number = self._after(at)
            return self._time(number) if number < self.version else None

    def time(self, number: int) -> float:
        """Return when the snapshot of a number became known; the nearest, where it is not kept."""
        with self._lock:
            return self._time(min(self.version - 1, max(self._number(), number))) if self.version else 0.0

    def _time(self, number: int) -> float:
        loose = number - self.version + len(self._kept)
        if loose >= 0:
            return self._times[loose]
        block = self._block(number)
        return block.times[number - block.number]

    def _after(self, at: float) -> int:
        """Return the number of the first snapshot that became known after a time: the one to come, if there is none."""
        if self._times and self._times[0] <= at:
            return self.version - len(self._times) + bisect_right(self._times, at)
        which = bisect_right(self._starts, at) - 1
        if which < 0:
            return self._number()
        block = self._blocks[which]
        return block.number + bisect_right(block.times, at)

    def _from(self, at: float) -> int:
        """Return the number of the first snapshot that became known at or after a time."""
        if self._times and self._times[0] < at:
            return self.version - len(self._times) + bisect_left(self._times, at)
        which = bisect_left(self._starts, at) - 1
        if which < 0:
            return self._number()
        block = self._blocks[which]
        return block.number + bisect_left(block.times, at)

    # -- what ----------------------------------------------------------------------------------------------------------

    @property
    def latest(self) -> Snapshot:
        """The newest snapshot, the very one that was recorded."""
        return self._latest

    def index(self, at: float) -> int:
        """Return the number of the snapshot that was the present at a time; before the first one, the first's."""
        with self._lock:
            return max(self._number(), self._after(at) - 1)

    def number(self, number: int) -> Snapshot:
        """Return a snapshot by its number; the oldest that is kept, where that one is not kept any more."""
        with self._lock:
            if not self.version:
                return Snapshot()
            number = min(self.version - 1, max(self._number(), number))
            loose = number - self.version + len(self._kept)
            if loose >= 0:
                return replace(self._kept[loose])
            block = self._block(number)
            opened = self._opened.pop(block.number, None) or blocks.Unpacked(block)
            self._opened[block.number] = opened
            if len(self._opened) > _OPEN:
                self._opened.popitem(last=False)
            return replace(opened.at(number - block.number))

    def _block(self, number: int) -> blocks.Block:
        # all are of one size
        return self._blocks[(number - self._blocks[0].number) // self._size]

    def at(self, at: float) -> Snapshot:
        """Return the snapshot that was the present at a time; before the first one, the first (or an empty one)."""
        return self.number(self.index(at))

    def since(self, at: float) -> Iterator[Snapshot]:
        """Iterate over the snapshots that became known at or after a time, oldest first."""
        return self.between(at, float("inf"))

    def between(self, begin: float, end: float) -> Iterator[Snapshot]:
        """Iterate over the snapshots that became known from `begin` to `end`, both included, oldest first."""
        with self._lock:
            first, last = self._from(begin), self._after(end)
        return self.numbers(first, last)

    def numbers(self, first: int, last: int) -> Iterator[Snapshot]:
        """Iterate over the snapshots from one number up to another, without that; those not kept any more are left out.

        What is recorded meanwhile changes nothing of it.
        """
        with self._lock:
            first, last = max(first, self._number()), min(last, self.version)
            loose = self.version - len(self._kept)
            packed = tuple(self._block(number) for number in range(first, min(last, loose), self._size))
            if first < min(last, loose) and packed[-1] is not (end := self._block(min(last, loose) - 1)):
                packed = (*packed, end)
            kept = tuple(self._kept[max(0, first - loose) : max(0, last - loose)])
        return _each(first, last, packed, kept)

    def __iter__(self) -> Iterator[Snapshot]:
        """Iterate over the snapshots that are kept now, oldest first."""
        return self.numbers(0, self.version)

    def __len__(self) -> int:
        """Return how many snapshots are kept."""
        with self._lock:
            return self.version - self._number()

    def lines(self) -> Iterator[tuple[float, bytes]]:
        """Iterate over all steps that are kept now, as times and lines of JSON: together they make the latest snapshot.

        What is recorded meanwhile changes nothing of it.
        """
        with self._lock:
            packed = tuple(self._blocks)
            loose = tuple(zip(self._times, self._lines, strict=True))
            before = packed[0].before if packed else self._before
        first = [] if before == Snapshot() else [(before.at, records.written(whole(before)))]
        lines = chain.from_iterable(zip(block.times, block.lines(), strict=True) for block in packed)
        return chain(first, lines, loose)


def _each(first: int, last: int, packed: tuple[blocks.Block, ...], kept: tuple[Snapshot, ...]) -> Iterator[Snapshot]:
    for block in packed:
        for number, snapshot in enumerate(block.snapshots(), block.number):
            if first <= number < last:
                yield snapshot
    for snapshot in kept:
        yield replace(snapshot)
