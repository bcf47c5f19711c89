"""The files of the checkout that go into a pack: those that git knows, as they stand here."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.images import packed
from labkit.pack import unpacking
from labkit.pack.archive import Entry
from labkit.paths import IS_CHECKOUT, REPO

if TYPE_CHECKING:
    from pathlib import Path

#: What a pack adds to the checkout.
ADDED = ("pack/", "handouts/build/")

#: What people read first; it stands beside the checkout's own files, as ``unpack.py`` and the list of checksums do.
START = "START-HERE.txt"


def entries(repository: Path = REPO) -> list[Entry]:
    """Return the checkout's files in the order of their names.

    They are taken as they stand here, changes that are not committed included: an instructor's own come along.
    In a checkout that itself came in a pack, the list of that pack says which files there are.

    Parameters
    ----------
    repository
        The checkout.

    Raises
    ------
    LabError
        If the kit was installed as a wheel, or this is no checkout.
    """
    if not IS_CHECKOUT:
        raise LabError(
            "this labkit is installed as a wheel, and a pack is made out of a checkout",
            remedy="git clone the repository, then there: make lab, and .venv/bin/labkit pack FILE",
        )
    names = _of_git(repository)
    if names is None:
        names = _of_pack(repository)
    if names is None:
        raise LabError(
            f"{repository} is neither a git checkout nor out of a pack: nothing says which files belong to the kit",
            remedy="git clone the repository, then there: make lab, and .venv/bin/labkit pack FILE",
        )
    files = ((name, repository / name) for name in sorted(names))
    return [Entry(name, file, bool(file.stat().st_mode & 0o100)) for name, file in files if file.is_file()]


def _of_git(repository: Path) -> list[str] | None:
    asked = ["git", "-C", str(repository), "ls-files", "-z", "--full-name"]
    if not (repository / ".git").exists():
        return None  # a folder inside of somebody's own repository is not ours
    try:
        done = subprocess.run(asked, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as failed:
        said = str(getattr(failed, "stderr", "") or failed).strip()
        raise LabError(f"git does not say which files {repository} has", remedy="git status", detail=said) from failed
    return [name for name in done.stdout.split("\0") if name]


def _of_pack(repository: Path) -> list[str] | None:
    listed = repository / unpacking.SUMS
    if not listed.is_file():
        return None
    names = unpacking.read_sums(listed.read_text(encoding="utf-8"), listed)
    return [name for name in names if not name.startswith(ADDED) and name not in {unpacking.ITSELF, START}]


def described(repository: Path = REPO) -> str:
    """Return which commit this is, for the manifest; with ``+`` where something is not committed.

    In a checkout that itself came in a pack, that pack's manifest says it.
    """
    if not (repository / ".git").exists():
        return str((packed.manifest(repository / "pack") or {}).get("commit", ""))
    asked = ["git", "-C", str(repository), "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
