"""Parts of a timeline that have been packed: little memory, and every snapshot in them can be had again. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.recording import records

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from labkit.state import Snapshot

#: How many snapshots a block holds: to have the last of them, all have to be made.
SIZE = 128
#: Of zlib: higher ones take longer, and make it hardly smaller.
_LEVEL = 3
#: Every so many snapshots of a block that somebody looks into one is kept.
_MARK = 16


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive steps, packed.

    Parameters
    ----------
    number
        Of the first snapshot in it.
    before
        The snapshot before that; it shares with its neighbours all that did not change in between.
    times
        When each became known, in seconds since the epoch; they never go back.
    packed
        The steps as lines of JSON, compressed.
    """

    number: int
    before: Snapshot
    times: array[float]
    packed: bytes

    def lines(self) -> list[bytes]:
        """Return the steps as lines of JSON."""
        return zlib.decompress(self.packed).split(b"\n")

    def snapshots(self) -> Iterator[Snapshot]:
        """Iterate over its snapshots; each is made when it is asked for."""
        snapshot = self.before
        for line in self.lines():
            snapshot = _after(snapshot, line)
            yield snapshot


def _after(snapshot: Snapshot, line: bytes) -> Snapshot:
    return records.read(records.parsed(line)).after(snapshot)


def pack(number: int, before: Snapshot, times: array[float], lines: Sequence[bytes]) -> Block:
    """Return a block of these steps."""
    return Block(number, before, times, zlib.compress(b"\n".join(lines), _LEVEL))


class Unpacked:
    """A block that somebody looks into: going on from where they are is cheap, going back nearly so.

    Of what is made on the way to a snapshot only a few are kept. To keep all would make the garbage collector look
    through everything that there is, again and again, in the middle of somebody's jump.

    Parameters
    ----------
    block
        The block.
    """

    def __init__(self, block: Block) -> None:
        self._lines = block.lines()
        self._marks = [block.before]
        self._at, self._last = 0, block.before

    def at(self, index: int) -> Snapshot:
        """Return one of its snapshots; the first has index 0."""
        count = index + 1  # so many steps lead to it
        done, snapshot = self._at, self._last
        mark = min(count // _MARK, len(self._marks) - 1)
        if done > count or done < mark * _MARK:
            done, snapshot = mark * _MARK, self._marks[mark]
        for number in range(done, count):
            snapshot = _after(snapshot, self._lines[number])
            if number + 1 == len(self._marks) * _MARK:
                self._marks.append(snapshot)
        self._at, self._last = count, snapshot
        return snapshot
