"""Build the handouts: read notebooks and recordings, and write the page and the PDFs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from labkit.board import paper_requests
from labkit.errors import LabError
from labkit.handouts import card, course, figures, page, paper, source, ways_figure
from labkit.handouts.content import Shown, content
from labkit.handouts.source import Code, Picture
from labkit.lesson import ways
from labkit.paths import RECORDINGS, REPO
from labkit.progress import Progress
from labkit.recording.file import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labkit.handouts.content import Content
    from labkit.handouts.source import Chapter
    from labkit.recording.source import Source

NOTEBOOKS = REPO / "notebooks"
WORDS = REPO / "handouts" / "words.toml"
PAGE = "lesson.html"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What handouts are made of: executed notebooks, their chapters, and the recordings of their runs by name."""

    notebooks: tuple[Path, ...]
    chapters: tuple[Chapter, ...]
    runs: Mapping[str, Source] = field(hash=False)


def build(out: Path, notebooks: Path = NOTEBOOKS, recordings: Path = RECORDINGS) -> list[Path]:
    """Write the handouts. No cluster is needed; the same notebooks and recordings always give the same bytes.

    Parameters
    ----------
    out
        The folder to write to; made where it is missing.
    notebooks
        The folder with the executed notebooks of the lesson.
    recordings
        The folder with the recordings of these runs: ``03-scale.rec``, say.

    Returns
    -------
    list[Path]
        The page, and the PDFs.

    Raises
    ------
    LabError
        If there is no notebook, one was not run, a recording is missing or lacks what is drawn of it, or the folder
        cannot be written to.
    """
    _make(out)
    with Progress().stage("Reading notebooks and recordings"):
        lesson = read_lesson(notebooks, recordings)
    return write(out, lesson)


def read_lesson(notebooks: Path = NOTEBOOKS, recordings: Path = RECORDINGS) -> Lesson:
    """Return what handouts are made of.

    Raises
    ------
    LabError
        If there is no notebook, or one was not run.
    """
    paths = tuple(sorted(notebooks.glob("*.ipynb")))
    if not paths:
        raise LabError(f"There is no notebook in {notebooks}.", remedy="git checkout notebooks")
    return Lesson(paths, tuple(map(source.read, paths)), read_runs(paths, recordings))


def write(out: Path, lesson: Lesson) -> list[Path]:
    """Write the handouts of a lesson that was read; see :func:`build`.

    Raises
    ------
    LabError
        If the lesson lacks something, or the folder cannot be written to.
    """
    _make(out)
    progress = Progress()
    with progress.stage("Choosing what stands on paper"):
        told = read(lesson)
    with progress.stage("Writing the page (HTML)"):
        written = [_write(out / PAGE, page.html(lesson.chapters, lesson.runs).encode())]
    with progress.stage(f"Setting {len(paper.SHEETS)} PDFs") as stage, paper.press(told) as press:
        for sheet in paper.SHEETS:
            stage.note(sheet.file)
            written.append(_write(out / sheet.file, press.pdf(sheet)))
    return written


def read_runs(notebooks: Sequence[Path], recordings: Path = RECORDINGS) -> dict[str, Source]:
    """Return the recordings of these notebooks' runs, by their names; of some there is none."""
    kept = (recordings / f"{path.stem}.rec" for path in notebooks)
    return {file.stem: load(file) for file in kept if file.is_file()}


def read(lesson: Lesson) -> Content:
    """Return all that is on paper of a lesson.

    Raises
    ------
    LabError
        If something of it is missing, or the command card lacks a command.
    """
    sessions = [course.read(path) for path in lesson.notebooks]
    groups = card.read()
    card.check(groups, [command for session in sessions for command in session.commands])
    compared = {each.name: ways_figure.read(_ways(each)) for each in lesson.chapters if each.name == ways.NOTEBOOK}
    films = figures.films(lesson.runs)
    strips = {name: tuple(map(figures.strip, several)) for name, several in films.items()}
    legend, large = (figures.legend(films, across) for across in (paper_requests.WIDTH, paper_requests.LARGE))
    shown = Shown(strips, legend, large, compared)
    return content(sessions, shown, groups, tomllib.loads(WORDS.read_text(encoding="utf-8")))


def _ways(chapter: Chapter) -> str:
    """Return the picture that 06 keeps of its ways.

    Raises
    ------
    LabError
        If it has none.
    """
    for cell, part in pairwise(chapter.parts):
        if isinstance(cell, Code) and "lab.compare()" in cell.text and isinstance(part, Picture):
            return part.svg
    raise LabError(f"{chapter.name}.ipynb keeps no picture of its ways.", remedy=f"labkit notebooks {chapter.name}")


def _make(folder: Path) -> None:
    """Make a folder, before there is much to be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write(path: Path, content_of_it: bytes) -> Path:
    try:
        path.write_bytes(content_of_it)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _unwritable(path: Path, error: OSError) -> LabError:
    return LabError(f"{path} cannot be written: {error.strerror}", remedy="labkit handouts --out ANOTHER_FOLDER")
