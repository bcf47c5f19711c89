"""What is made once for all processes that run tests side by side: whoever needs it first makes it, the others wait."""

from __future__ import annotations

import fcntl
import pickle
from typing import TYPE_CHECKING, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_T = TypeVar("_T")


class Folder:
    """The folder that the processes of this run have in common (conftest.py sets it); None where there is one only."""

    path: ClassVar[Path | None] = None


def made(name: str, make: Callable[[], _T]) -> _T:
    """Return what a function makes, from the process that has made it.

    Parameters
    ----------
    name
        Tells it from all else that is shared.
    make
        Makes it; the same in every process.
    """
    if Folder.path is None:
        return make()
    file = Folder.path / name
    with (Folder.path / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            found = make()
            file.write_bytes(pickle.dumps(found))
            return found
    kept: _T = pickle.loads(file.read_bytes())  # noqa: S301 - what another process of this run has written
    return kept
