"""The one file that a pack is: a plain tar archive whose bytes depend on its content alone, with a list of checksums.

It is not compressed as a whole: what is in it is already (wheels, the node image), and ``tar xf`` and Python's own
tarfile can read it anywhere.
"""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from labkit.errors import LabError
from labkit.images.checksum import sha256
from labkit.pack.unpacking import SUMS, TOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.progress import Progress, Stage


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the archive.

    Attributes
    ----------
    name
        Its path below the archive's one folder.
    content
        The file, or its bytes.
    executable
        Whether it is a program.
    """

    name: str
    content: Path | bytes
    executable: bool = False

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def sha256(self) -> str:
        """Return its SHA-256 in hexadecimal."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        return sha256(self.content)

    def open(self) -> BinaryIO:
        """Return its content as a file."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


def sums(entries: Sequence[Entry], stage: Stage) -> Entry:
    """Return the list of checksums, as ``sha256sum --check`` reads it.

    Parameters
    ----------
    entries
        Everything else in the archive.
    stage
        Where it is shown how far it is.
    """
    lines = []
    for entry in entries:
        stage.note(f"checksum of {entry.name}")
        lines.append(f"{entry.sha256()}  {entry.name}\n")
    return Entry(SUMS, "".join(lines).encode())


def write(progress: Progress, out: Path, first: Sequence[Entry], rest: Sequence[Entry]) -> int:
    """Write the archive; it takes its name when it is whole.

    Parameters
    ----------
    progress
        Where it is shown how far it is.
    out
        The archive.
    first
        What is read first: how to unpack it. The list of checksums follows them.
    rest
        Everything else, in order.

    Returns
    -------
    int
        The archive's size in bytes.

    Raises
    ------
    LabError
        If there is too little room, or it cannot be written there.
    """
    check_room(out, sum(entry.size for entry in (*first, *rest)))
    part = out.with_name(out.name + ".part")
    try:
        with progress.stage(f"{out.name}, written") as stage:
            listed = sums([*first, *rest], stage)
            with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as archive:
                _add_all(archive, [*first, listed, *rest], stage)
        part.replace(out)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise too_little(out, f"is full after {part.stat().st_size / 1e6:.0f} MB") from error
        raise LabError(
            f"{out} cannot be written: {error.strerror}", remedy="labkit pack, with a file in another folder"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return out.stat().st_size


def _add_all(archive: tarfile.TarFile, entries: Sequence[Entry], stage: Stage) -> None:
    total = sum(entry.size for entry in entries) or 1
    done = 0
    for entry in entries:
        member = tarfile.TarInfo(f"{TOP}/{entry.name}")
        member.size = entry.size
        # the same bytes on every machine and every day: no owner, no time
        member.mode = 0o755 if entry.executable else 0o644
        member.mtime = 0
        with entry.open() as content:
            stage.note(f"{done / total:.0%} of {total / 1e6:.0f} MB, {entry.name}")
            archive.addfile(member, content)
        done += entry.size


def check_room(out: Path, size: int) -> None:
    """Stop before anything is written where there is too little room.

    Parameters
    ----------
    out
        Where to.
    size
        Bytes that will be written.

    Raises
    ------
    LabError
        With how much there is, and how much it takes.
    """
    free = shutil.disk_usage(out.parent).free
    if free < size:
        raise too_little(out, f"has {free / 1e6:.0f} MB free, and {size / 1e6:.0f} MB are needed")


def too_little(out: Path, how: str) -> LabError:
    """Return the error for a disk or a stick without room."""
    return LabError(
        f"{out.parent} {how}",
        remedy=f"make room there, or write it elsewhere: labkit pack {Path.home() / out.name}   (what is made is kept)",
    )
