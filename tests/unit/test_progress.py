"""How far a learner is: kept in a file that may be missing, broken, or written by two notebooks at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from labkit.lesson import progress
from labkit.lesson.progress import BY_LEARNER, BY_SHOWING, Progress
from labkit.lesson.steps.known import STEPS
from labkit.notebook.progress_table import ProgressTable, table

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_done_at_first(tmp_path: Path) -> None:
    assert progress.read(tmp_path) == Progress()


def test_what_is_noted_stays(tmp_path: Path) -> None:
    progress.note_step("delete-a-pod", BY_LEARNER, tmp_path)
    progress.note_prediction("what-create-makes", "pod", tmp_path)
    progress.note_prediction("what-create-makes", "all-three", tmp_path)
    progress.note_observed("what-create-makes", "all-three", tmp_path)
    found = progress.read(tmp_path)
    assert found.steps == {"delete-a-pod": "done"}
    assert found.predictions == found.observed == {"what-create-makes": "all-three"}


def test_what_one_did_oneself_is_not_lost_by_being_shown(tmp_path: Path) -> None:
    progress.note_step("delete-a-pod", BY_SHOWING, tmp_path)
    progress.note_step("delete-a-pod", BY_LEARNER, tmp_path)
    progress.note_step("delete-a-pod", BY_SHOWING, tmp_path)
    assert progress.read(tmp_path).steps == {"delete-a-pod": BY_LEARNER}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"steps": 3}', '{"steps": {"a": 1}}', "null"])
def test_a_broken_file_is_nothing(tmp_path: Path, text: str) -> None:
    """And is mended by the next note."""
    (tmp_path / progress.NAME).write_text(text)
    assert progress.read(tmp_path) == Progress()
    progress.note_step("delete-a-pod", BY_LEARNER, tmp_path)
    assert progress.read(tmp_path).steps == {"delete-a-pod": BY_LEARNER}


def test_reset(tmp_path: Path) -> None:
    """Twice is as good as once; nothing else in the folder is touched."""
    (tmp_path / "mine.txt").write_text("mine")
    progress.note_step("delete-a-pod", BY_LEARNER, tmp_path)
    progress.reset(tmp_path)
    progress.reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_many_notes_at_once(tmp_path: Path) -> None:
    """Boxes are followed by threads."""
    threads = [threading.Thread(target=progress.note_step, args=(f"step-{i}", BY_LEARNER, tmp_path)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(progress.read(tmp_path).steps) == 20
    assert [path.name for path in tmp_path.iterdir()] == [progress.NAME]


def test_the_table() -> None:
    """A row for each notebook; what was shown is told from what was done; a saved notebook has the same for all."""
    empty = ProgressTable(Progress())
    assert repr(empty) == repr(ProgressTable(Progress({"delete-a-pod": "done"})))
    assert str(len(STEPS)) in repr(empty)
    assert "(open)" in table(Progress())
    assert "✓" in table(Progress({"delete-a-pod": BY_LEARNER}))
    assert "(shown)" in table(Progress({"delete-a-pod": BY_SHOWING}))
    assert "1 of 2 made" in table(Progress({}, {"what-create-makes": "pod"}))
    empty.follow(Progress({"delete-a-pod": BY_LEARNER}))
    assert "✓" in empty.widget.value
