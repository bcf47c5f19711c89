"""What a machine must have: measured here, told by ``labkit doctor``, and a reason for ``labkit up`` to stop early."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from labkit import paths
from labkit.errors import EngineError

GIB = 1024**3

#: Free memory for the cluster (1.25 GB idle, measured) with the lesson and JupyterLab beside it.
MEMORY = 3 * GIB

#: Free disk for the cluster and its node image (1.4 GB, and 1 GB per node) where the image is there.
DISK = 6 * GIB

#: Free disk for building the node image: Go's caches, root file systems, images.
DISK_BUILD = 15 * GIB


@dataclass(frozen=True, slots=True)
class Space:
    """Memory or disk, as it is and as it should be.

    Attributes
    ----------
    what
        What it is, as a person would say it.
    free
        Bytes that are free.
    wanted
        Bytes that should be.
    remedy
        What to do when it is short.
    """

    what: str
    free: int
    wanted: int
    remedy: str

    @property
    def enough(self) -> bool:
        """Whether there is enough."""
        return self.free >= self.wanted

    @property
    def sentence(self) -> str:
        """How much there is and how much there should be."""
        return f"{self.what}: {self.free / GIB:.1f} GiB free, {self.wanted / GIB:.1f} GiB needed"


def memory(text: str | None = None) -> Space | None:
    """Return the memory that is available, or nothing on a machine that does not say it.

    Parameters
    ----------
    text
        The text of ``/proc/meminfo``, when it was read already.
    """
    file = Path("/proc/meminfo")
    if text is None:
        if not file.is_file():
            return None
        text = file.read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    free = int(fields["MemAvailable"].split()[0]) * 1024
    return Space("memory", free, MEMORY, "close other programs, or take a machine with 8 GB")


def disk(folder: Path, wanted: int) -> Space:
    """Return the disk that is free where a folder is or would be.

    Parameters
    ----------
    folder
        The folder.
    wanted
        Bytes that should be free.
    """
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Space(f"disk at {folder}", free, wanted, f"make room there (labkit clean --cache empties {paths.cache()})")


def docker_root() -> Path:
    """Return where Docker keeps its images on Linux, or the next folder above that is there."""
    return Path("/var/lib/docker")


def space(wanted: int) -> None:
    """Stop early when memory or disk is short, rather than fail in the middle.

    Parameters
    ----------
    wanted
        Bytes of disk that what comes next takes: :data:`DISK` or :data:`DISK_BUILD`.

    Raises
    ------
    EngineError
        If one of them is; with how much there is and how much there should be.
    """
    for one in (memory(), disk(paths.cache(), wanted), disk(docker_root(), wanted)):
        if one and not one.enough:
            raise EngineError(f"too little {one.sentence}", remedy=f"{one.remedy}; then: labkit up")


def room(building: bool) -> None:
    """Make sure that the disk has room for a cluster, or for building its images as well.

    Raises
    ------
    LabError
        If it has not.
    """
    space(DISK_BUILD if building else DISK)
