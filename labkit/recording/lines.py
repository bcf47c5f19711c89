"""The lines of a compressed file, one at a time, up to where it is damaged; no file makes the memory grow."""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The longest line, in bytes: a list of 20,000 Pods has some 20 MB.
LONGEST = 32 * 1024**2
#: The most that is unpacked, in bytes: a day at 10 changes a second has some 700 MB.
MOST = 2 * 1024**3
_CHUNK = 64 * 1024
_MAGIC = b"\x1f\x8b"


class Lines:
    """The lines of a gzip'd file. It is read as far as it is asked for, and no further.

    Parameters
    ----------
    file
        Opened for reading bytes, at its start.

    Attributes
    ----------
    packed
        Whether it is a gzip'd file at all.
    empty
        Whether there is nothing in it.
    damage
        Why it ended before its end, in words; empty while it has not, and when it ends as it should.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._head = file.read(len(_MAGIC))
        self.empty = not self._head
        self.packed = self._head == _MAGIC
        self.damage = "" if self.packed else "it is not compressed by gzip"
        self._each = self._lines() if self.packed else iter(())

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next whole line, without its end."""
        return next(self._each)

    def _lines(self) -> Iterator[bytes]:
        rest = bytearray()
        for part in self._parts():
            begin = len(rest)
            rest += part
            if rest.find(b"\n", begin) < 0:
                if len(rest) > LONGEST:
                    self.damage = f"a line has more than {LONGEST // 1024**2} MB"
                    return
                continue
            *whole, last = rest.split(b"\n")
            rest = last
            yield from map(bytes, whole)
        if rest and not self.damage:
            self.damage = "it ends in the middle of a line"

    def _parts(self) -> Iterator[bytes]:
        """Iterate over what is in the file, a little at a time, however much that little holds."""
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        packed, unpacked = self._head, 0
        while not unpack.eof:
            if not packed and not (packed := self._file.read(_CHUNK)):
                self.damage = "it is cut off: it ends before its end"
                return
            try:
                part = unpack.decompress(packed, _CHUNK)
            except zlib.error as error:
                self.damage = f"it is damaged ({error})"
                return
            packed = unpack.unconsumed_tail
            unpacked += len(part)
            if unpacked > MOST:
                self.damage = f"it holds more than {MOST // 1024**3} GB"
                return
            if part:
                yield part
        if unpack.unused_data or self._file.read(1):
            self.damage = "something follows its end"
