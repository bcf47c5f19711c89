"""All of the lab in one file.

For a room without Internet.

``unpacking.py`` stands in the archive itself, as ``unpack.py``, and needs nothing but Python. What came out of an
archive is found by the kit's first step (``labkit/bootstrap.py``: wheels) and by ``labkit/images/packed.py`` (programs,
the node image).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.pack import unpacking
from labkit.pack.packing import pack

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.progress import Progress

__all__ = ["pack", "unpack"]


def unpack(progress: Progress, archive: Path, folder: Path) -> str:
    """Unpack an archive, after looking at every byte of it; return what came out of it.

    Parameters
    ----------
    progress
        Where it is shown how far it is.
    archive
        What :func:`pack` has written.
    folder
        The folder to make.

    Raises
    ------
    LabError
        If it is cut off, changed, for another machine, or there is no room. Then nothing is left behind.
    """
    with progress.stage(f"{archive.name}, compared and unpacked") as stage:
        try:
            said = unpacking.unpack(archive, folder, lambda share, name: stage.note(f"{share:.0%}, {name}"))
        except unpacking.Problem as problem:
            raise LabError(problem.problem, remedy=problem.remedy, detail=problem.detail) from problem
    return unpacking.told(said)
