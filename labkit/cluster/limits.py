"""The host's inotify limits: every node watches many files, and the default is used up by two clusters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/proc/sys/fs/inotify")

#: What eight nodes in two clusters were seen to live with; 128 instances, the kernel's default, carry four nodes.
#: kind's own page on known issues ("Pod errors due to too many open files") names smaller ones: 512 and 524288.
WANTED = {"max_user_instances": 1024, "max_user_watches": 524288}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it is and as it should be.

    Attributes
    ----------
    name
        Its name below ``fs.inotify``.
    value
        What it is now.
    wanted
        The least that is enough.
    """

    name: str
    value: int
    wanted: int

    @property
    def enough(self) -> bool:
        """Whether it is high enough."""
        return self.value >= self.wanted

    @property
    def remedy(self) -> str:
        """The command that raises it."""
        return f"sudo sysctl -w fs.inotify.{self.name}={self.wanted}"


def read(root: Path = ROOT) -> list[Limit]:
    """Return the limits; none on a machine that has no inotify, where Docker's own Linux has its own.

    Parameters
    ----------
    root
        The folder with the kernel's files.
    """
    return [
        Limit(name, int((root / name).read_text(encoding="utf-8")), wanted)
        for name, wanted in WANTED.items()
        if (root / name).is_file()
    ]


def raise_them(root: Path = ROOT) -> list[Limit]:
    """Raise the limits that are too low, where we may; return those that stayed too low.

    Parameters
    ----------
    root
        The folder with the kernel's files.
    """
    left = []
    for limit in read(root):
        if limit.enough:
            continue
        try:
            (root / limit.name).write_text(str(limit.wanted), encoding="utf-8")
        except OSError:
            left.append(limit)
    return left
