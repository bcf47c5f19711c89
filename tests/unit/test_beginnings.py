"""The beginnings of the notebooks: all that comes before a learner is asked for something, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest

from labkit.develop import beginnings
from labkit.lesson.notebooks import STARTS
from labkit.paths import REPO

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", STARTS)
def test_a_beginning_is_what_comes_before_the_first_question(name: str) -> None:
    """It starts the lab and shows the board, as committed, and the next cell asks for something."""
    whole = nbformat.read(REPO / "notebooks" / f"{name}.ipynb", as_version=4)
    begun = beginnings.beginning(whole)
    assert begun.cells == whole.cells[: len(begun.cells)]
    code = [cell.source for cell in begun.cells if cell.cell_type == "code"]
    assert f'Lab("{name}")' in code[0]
    assert code[1].startswith("lab.board(")
    asks = whole.cells[len(begun.cells)].source
    assert asks.startswith(("lab.predict(", "lab.exercise("))


def test_they_are_written_for_nbval_the_last_one_first(tmp_path: Path) -> None:
    """Under the names of the notebooks, valid, and with what nbval compares."""
    beginnings.write(tmp_path)
    assert [path.rsplit("/", 1)[-1] for path in beginnings.files()] == [f"{name}.ipynb" for name in reversed(STARTS)]
    for name in STARTS:
        nbformat.validate(nbformat.read(tmp_path / f"{name}.ipynb", as_version=4))
