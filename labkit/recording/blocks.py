"""Parts of a timeline that have been packed: little memory, and every snapshot in them can be had again. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import islice
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
            snapshot = records.read(records.parsed(line)).after(snapshot)
            yield snapshot


def pack(number: int, before: Snapshot, times: array[float], lines: Sequence[bytes]) -> Block:
    """Return a block of these steps."""
    return Block(number, before, times, zlib.compress(b"\n".join(lines), _LEVEL))


class Unpacked:
    """A block that somebody looks into: what was made once stays while they do.

    Parameters
    ----------
    block
        The block.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self._rest = block.snapshots()
        self._made: list[Snapshot] = []

    def at(self, index: int) -> Snapshot:
        """Return one of its snapshots; the first has index 0."""
        self._made.extend(islice(self._rest, max(0, index + 1 - len(self._made))))
        return self._made[index]
