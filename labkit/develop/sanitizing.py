"""By which rules nbval compares: those of the newest Kubernetes, and a few more where an older one is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import paths
from labkit.images import versions

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = paths.REPO / "tests" / "notebooks"
#: Where the rules of a run are put together.
FILE = paths.STATE / "sanitize.cfg"


def rules(minor: str) -> str:
    """Return nbval's rules for references of the newest minor, where a cluster of `minor` is to say the same.

    Parameters
    ----------
    minor
        Such as ``1.35``.
    """
    names = ["sanitize.cfg", *(["older_minors.cfg"] if minor != versions.minors()[0] else [])]
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


def write(file: Path = FILE) -> None:
    """Write the rules for the Kubernetes that is wanted here (:func:`labkit.images.versions.minor`)."""
    wanted = rules(versions.minor())
    # never for a moment without them: another lane's nbval may be reading
    if not file.is_file() or file.read_text(encoding="utf-8") != wanted:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted, encoding="utf-8")
