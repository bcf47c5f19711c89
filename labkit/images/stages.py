"""The steps of a build: each has inputs with a hash, and an output that is there whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from labkit.paths import cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from labkit.progress import Progress, Stage

#: So many hexadecimal digits of a hash stand in names; 48 bits are enough to tell a handful of builds apart.
SHORT = 12


def digest(*parts: str | bytes) -> str:
    """Return the hash of some inputs, in order.

    Each part goes in with its length, so that ``("ab", "c")`` and ``("a", "bc")`` differ.

    Parameters
    ----------
    parts
        Texts or bytes.

    Returns
    -------
    str
        64 hexadecimal digits (SHA-256).
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)}:".encode())
        total.update(data)
    return total.hexdigest()


def digest_files(root: Path, files: Iterable[Path]) -> str:
    """Return the hash of files: of their names below ``root`` and their content, in the order of names.

    Parameters
    ----------
    root
        The folder that the names are taken below.
    files
        The files.
    """
    parts: list[str | bytes] = []
    for file in sorted(files):
        parts += [file.relative_to(root).as_posix(), file.read_bytes()]
    return digest(*parts)


def log_file(name: str) -> Path:
    """Return the log file of one stage, in the cache folder."""
    return cache() / "logs" / f"{name}.log"


def output_folder(name: str, inputs: str) -> Path:
    """Return where a stage's files are, once it has run with these inputs."""
    return cache() / "stages" / f"{name}-{inputs[:SHORT]}"


def make(progress: Progress, name: str, title: str, inputs: str, work: Callable[[Path, Path, Stage], None]) -> Path:
    """Have the files of one stage: those of an earlier run with the same inputs, or new ones.

    The work is done in a folder of its own which takes its final name in one step at the end, so that an interrupted
    stage never looks finished.

    Parameters
    ----------
    progress
        Where the stage is shown.
    name
        The stage's short name: of its folder and of its log file.
    title
        What people read.
    inputs
        The hash of everything that the output depends on.
    work
        Called with the folder to fill, the log file and the stage.

    Returns
    -------
    Path
        The folder with the output.
    """
    final = output_folder(name, inputs)
    if final.is_dir():
        return final
    part = final.with_name(final.name + ".part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    log = log_file(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    with progress.stage(title) as stage:
        work(part, log, stage)
    part.rename(final)
    return final
