"""Recordings in files: JSON lines, compressed. What is damaged can be read up to the damage.

The first line says ``{"format": "labkit recording", "version": 1, "facts": {…}}``. Each further line is a step of the
cluster (:mod:`labkit.recording.records`), a request (``{"request": […]}``), or the end (``{"end": TIME}``), in the
order in which they were heard. A record has the fields that the kit reads of an object, and no others: no Secret can
be in it.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.recording import records
from labkit.recording.facts import Facts
from labkit.recording.lines import Lines
from labkit.recording.request import Request
from labkit.recording.requests import Requests
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from labkit.state import Snapshot
from labkit.state.sharing import share
from labkit.state.step import Step, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = "labkit recording"
VERSION = 1
#: What makes one, in an error's remedy.
HOW = 'labkit record FILE, or lab.recording.save("FILE") in a notebook'


def save(source: Source, path: str | Path) -> Path:
    """Write all that a recording has so far into a file.

    Parameters
    ----------
    source
        The recording.
    path
        The file; a recording that it holds is replaced, in one go.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LabError
        If the file holds something else, or cannot be written.
    """
    target = check(path)
    with _told(target):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as plain, gzip.GzipFile("", "wb", fileobj=plain, mtime=0) as packed:
                packed.write(first_line(source.facts) + b"\n")
                for line in source.lines():
                    packed.write(line + b"\n")
                packed.write(end_line(source.span[1]) + b"\n")
            # as a file of the user's own would be, and not for their eyes only as mkstemp makes it
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return target


def load(path: str | Path) -> Source:
    """Read a recording; of a damaged one all up to the damage, which ``source.damage`` then tells.

    Raises
    ------
    LabError
        If there is no such file, it is no recording, a later kit wrote it, or nothing of it can be read.
    """
    file = _path(path)
    with _told(file), file.open("rb") as opened:
        lines = Lines(opened)
        facts = _facts(file, lines)
        source = Source(Timeline(), Requests(), facts)
        end, snapshot = 0.0, Snapshot()
        damage = ""
        try:
            for number, line in enumerate(lines, 2):
                what = f"line {number}"
                said = records.parsed(line)
                if isinstance(said, dict) and "request" in said:
                    source.requests.add(_request(said["request"]))
                elif isinstance(said, dict) and "end" in said:
                    end = records.number(said["end"])
                else:
                    step = _shared(records.read(said), snapshot)
                    snapshot = step.after(snapshot)
                    source.take(step, snapshot, line)
        except ValueError as error:
            damage = f"{what}: {error}"
    damage = damage or lines.damage or ("" if end else "it was not ended: it goes on to its last whole line")
    if not len(source.timeline):
        why = f": {damage}" if damage else ""
        raise LabError(f"The recording {file} has nothing of a cluster in it{why}.", remedy=f"make it anew: {HOW}")
    source.end(max(end, source.timeline.last, source.requests.last))
    source.damage = damage
    return source


def _facts(file: Path, lines: Lines) -> Facts:
    """Return what the first line says.

    Raises
    ------
    LabError
        If this is no recording that this kit can read.
    """
    foreign = LabError(f"{file} is not a recording of the lab.", remedy=f"a recording is made by: {HOW}")
    if lines.empty:
        raise LabError(f"The recording {file} is empty.", remedy=f"make it anew: {HOW}")
    try:
        line = next(lines, b"")
        said: Any = records.parsed(line) if line else None
    except ValueError as error:
        raise foreign from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        if lines.damage and lines.packed and not line:
            raise LabError(f"The recording {file} can't be read: {lines.damage}.", remedy=f"make it anew: {HOW}")
        raise foreign
    version, facts = said.get("version"), said.get("facts")
    if version != VERSION:
        by = f", written by labkit {facts['labkit']!s:.20}" if isinstance(facts, dict) and "labkit" in facts else ""
        raise LabError(
            f"The recording {file} has format version {version!r:.20}{by}; this kit reads version {VERSION}.",
            remedy="update the kit (git pull), or replay it with the kit that wrote it",
        )
    try:
        return records.made(Facts, facts)
    except ValueError as error:
        raise LabError(
            f"The recording {file} does not say where it comes from: {error}.", remedy=f"make it anew: {HOW}"
        ) from error


def check(path: str | Path) -> Path:
    """Return the path of a file into which a recording may be written.

    Raises
    ------
    LabError
        If it holds something else than a recording, or its folder is not there.
    """
    file = _path(path)
    if not file.parent.is_dir():
        raise LabError(f"There is no folder {file.parent} for the recording.", remedy=f"mkdir -p {file.parent}")
    with _told(file):
        if not file.exists():
            return file
        with file.open("rb") as opened:
            lines = Lines(opened)
            try:
                said = records.parsed(next(lines, b"null"))
            except ValueError:
                said = None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise LabError(
            f"{file} is there already and is not a recording: it is not overwritten.", remedy="choose another name"
        )
    return file


def first_line(facts: Facts) -> bytes:
    """Return the first line of a file, without its end."""
    return records.line({"format": FORMAT, "version": VERSION, "facts": records.fields_of(facts)})


def end_line(at: float) -> bytes:
    """Return the last line of a file, without its end."""
    return records.line({"end": at})


def _shared(step: Step, before: Snapshot) -> Step:
    """Return a step that shares with what was before what it has not changed."""
    for record in step.put:
        known = before.objects.get(kind_of(record))
        share(record, known.get(record.uid) if known is not None else None)
    return step


def _request(said: object) -> Request:
    read = records.made(_Request, dict(zip(Request._fields, said, strict=True)) if isinstance(said, list) else said)
    if read.latency < 0:
        raise ValueError(f"{read.latency!r} is not a latency")
    return Request(read.at, read.version, read.latency, read.pod, read.tries, read.met)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request's fields with their types, for reading one."""

    at: float
    version: str | None
    latency: float
    pod: str
    tries: int
    met: tuple[str, ...]


def _path(path: str | Path) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path):
        raise LabError(f"{path!r} is no name of a file.", remedy='such as "rollout.rec"')
    return Path(path).expanduser()


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Tell what the machine refuses in one sentence."""
    try:
        yield
    except FileNotFoundError as error:
        raise LabError(f"There is no recording {file}.", remedy=f"ls {file.parent}") from error
    except IsADirectoryError as error:
        raise LabError(f"{file} is a folder, not a recording.", remedy=f"ls {file}") from error
    except OSError as error:
        raise LabError(
            f"The recording {file} can't be used: {error.strerror or error}.",
            remedy=f"see whose it is (ls -ld {file}) and whether the disk is full (df -h)",
        ) from error


def _umask() -> int:
    # the only way to ask for it is to set it
    now = os.umask(0o077)
    os.umask(now)
    return now
