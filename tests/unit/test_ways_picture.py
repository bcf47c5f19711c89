"""README's second picture is the one that notebook 06 has drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit import paths
from labkit.develop import ways_picture
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOKS = paths.REPO / "notebooks"


def test_it_is_that_of_the_committed_run(tmp_path: Path) -> None:
    ways_picture.write(NOTEBOOKS / f"{ways_picture.NOTEBOOK}.ipynb", tmp_path / "ways.svg")
    drawn = (tmp_path / "ways.svg").read_text(encoding="utf-8")
    assert drawn == ways_picture.PICTURE.read_text(encoding="utf-8"), "python -m labkit.develop.ways_picture"
    assert "docs/ways.svg" in (paths.REPO / "README.md").read_text(encoding="utf-8")


def test_a_notebook_without_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="has no picture") as told:
        ways_picture.write(NOTEBOOKS / "03-scale.ipynb", tmp_path / "ways.svg")
    assert told.value.remedy == "labkit notebooks 06-rollout-laboratory"
