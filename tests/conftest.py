"""In which order files of tests go to the processes that run them side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

#: Files that take long go first, by how their names begin: one that comes last keeps a single process busy. (By itself
#: pytest-xdist takes those with the most tests first; with us they are the quickest.)
FIRST = ("test_steps", "test_handouts", "test_site", "test_pack", "test_wheel", "test_rooms")
#: It needs the same lab as test_steps in Chromium: the other process has better things to do until then.
LAST = "test_board_in_jupyterlab"


def place(name: str) -> int:
    """Return where a file stands: the lower, the earlier."""
    if name.startswith(LAST):
        return len(FIRST) + 1
    return next((at for at, begin in enumerate(FIRST) if name.startswith(begin)), len(FIRST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of files that take long first; within a file nothing moves."""
    items.sort(key=lambda item: place(item.path.name))
