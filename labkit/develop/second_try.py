"""A test that failed is tried a second time, and that it had to be is said.

A cluster, a browser and two cores that others use too now and then bring a test to fail that says nothing of the kit.
One such test must not hide what all the others say; a fault of the kit fails twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def remembering(command: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Return a pytest command that writes down in a folder which tests failed.

    Parameters
    ----------
    command
        What is run, without the Python interpreter: ``-m pytest …``.
    folder
        pytest's cache folder for it.
    """
    return (*command, f"--override-ini=cache_dir={folder}")


def failed(folder: Path) -> tuple[str, ...]:
    """Return the tests that failed in the last run; none where pytest wrote down none, or did not get that far."""
    try:
        found = json.loads((folder / "v" / "cache" / "lastfailed").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(sorted(found))


def again(command: Sequence[str], tests: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs what failed once more.

    A notebook is run from its first cell: one of its cells alone means nothing.

    Parameters
    ----------
    command
        What was run.
    tests
        Which tests failed, as pytest names them: ``notebooks/03-scale.ipynb::Cell 4``.
    """
    if "--nbval" not in command:
        return (*command, "--last-failed")
    files = {test.partition("::")[0] for test in tests}
    return tuple(word for word in command if not word.endswith(".ipynb") or word in files)
