"""How long a notebook takes: its words, its cells, and what its run took; what is optional stands apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from labkit.develop import minutes, regenerate
from labkit.develop.minutes import EXERCISE, OWN, PREDICTION, READING_RATE, READY, Minutes

if TYPE_CHECKING:
    from pathlib import Path

NAME = "00-start-here"
TEXT: Any = nbformat.v4.new_markdown_cell
CODE: Any = nbformat.v4.new_code_cell


def notebook(*cells: Any) -> Any:
    """Return a notebook of these cells."""
    return nbformat.v4.new_notebook(cells=list(cells))


def test_words_are_read_at_a_measured_rate() -> None:
    """What a link leads to is not read, and an instructor's note not by learners."""
    words = TEXT("word " * 237 + "[word](glossary.md#a-long-address)")
    note = TEXT("> **For the instructor.** " + "word " * 500, metadata={"tags": ["instructor"]})
    needed, optional = minutes.of(notebook(words, note), NAME, {})
    assert needed == Minutes(reading=238 / READING_RATE)
    assert optional == Minutes()


def test_cells_are_done() -> None:
    """An exercise with the cell below it, a prediction, a cell of one's own, and one that is only run."""
    cells = (
        (CODE('lab.predict("what-create-makes")'), PREDICTION),
        (CODE('lab.exercise("delete-a-pod")'), EXERCISE),
        (CODE("# Your commands."), 0.0),
        (CODE("# Yours: %kubectl get pods"), OWN),
        (CODE("lab.board()"), READY),
    )
    needed, _ = minutes.of(notebook(*(cell for cell, _ in cells)), NAME, {})
    assert needed.doing == pytest.approx(sum(each for _, each in cells))
    # what the boxes say is read
    assert needed.reading > 50 / READING_RATE


def test_what_is_optional_is_counted_apart() -> None:
    """From its heading to the next one, be it in the middle of a cell."""
    cells = (
        TEXT("## One\n\nread\n\n## Two (optional)\n\nnot read"),
        CODE("lab.status()", id="optional"),
        TEXT("### Still optional\n\nnot read\n\n## Three\n\nread"),
        CODE("lab.status()", id="needed"),
    )
    needed, optional = minutes.of(notebook(*cells), NAME, {NAME: (120, 30)})
    assert needed == Minutes(reading=4 / READING_RATE, doing=READY, waiting=2.0)
    assert optional.waiting == 0.5
    assert minutes.optional_cells(notebook(*cells)) == {"optional"}


def test_the_first_line_adds_up() -> None:
    """In whole minutes, waiting a minute at least."""
    said = minutes.line(Minutes(6.4, 8.6, 0.2), Minutes(doing=3.0))
    assert said == "**About 16 minutes**: 6 reading, 9 doing, 1 waiting. Optional: 3 more."
    assert minutes.line(Minutes(1.0, 1.0, 1.0), Minutes()) == "**About 3 minutes**: 1 reading, 1 doing, 1 waiting."


def test_a_run_that_took_about_as_long_changes_nothing(tmp_path: Path) -> None:
    """Otherwise the first line would change with every run."""
    file = tmp_path / "waiting.toml"
    assert minutes.waited(file) == {}
    minutes.note("03-scale", (60.4, 20.0), file)
    minutes.note("00-start-here", (30.0, 0.0), file)
    assert minutes.waited(file) == {"00-start-here": (30, 0), "03-scale": (60, 20)}
    minutes.note("03-scale", (69.0, 12.0), file)
    assert minutes.waited(file)["03-scale"] == (60, 20)
    minutes.note("03-scale", (75.0, 20.0), file)
    assert minutes.waited(file)["03-scale"] == (75, 20)


def test_a_runs_cells_are_timed() -> None:
    """By what nbclient notes of each; the optional ones apart."""
    times = {"iopub.status.busy": "2026-01-01T00:00:00.5Z", "iopub.status.idle": "2026-01-01T00:00:03Z"}
    cells = (
        CODE("lab.board()", metadata={"execution": times}),
        CODE("# not run"),
        TEXT("## More (optional)"),
        CODE("lab.status()", metadata={"execution": times}),
    )
    assert regenerate.took(notebook(*cells)) == (2.5, 2.5)


def test_it_is_said_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the notebook's first line, the instructor's note, the map and README's table."""
    monkeypatch.setattr("labkit.lesson.committed.update", lambda: None)
    (tmp_path / "notebooks").mkdir()
    row = f"| [{NAME}](NAME.ipynb) | what happens | 99 |"
    cells = (
        TEXT("# Title\n\n**About 15 minutes.** This is it."),
        TEXT("> **For the instructor.** *Minutes*: 99. *If late*: …", metadata={"tags": ["instructor"]}),
        TEXT(f"| notebook | what | minutes |\n|---|---|---|\n{row}"),
        CODE("lab.board()"),
    )
    path = tmp_path / "notebooks" / f"{NAME}.ipynb"
    nbformat.write(notebook(*cells), path)
    (tmp_path / "README.md").write_text(f"{row}\n")
    for _ in range(2):
        minutes.write(tmp_path)
        needed, optional = minutes.table(tmp_path / "notebooks")[NAME]
        found = nbformat.read(path, as_version=4).cells
        assert found[0].source == f"# Title\n\n{minutes.line(needed, optional)} This is it."
        assert f"*Minutes*: {needed.all}. *If late*" in found[1].source
        assert found[2].source.endswith(f"| what happens | {needed.all} |")
        assert (tmp_path / "README.md").read_text() == f"{row.replace('99', str(needed.all))}\n"
