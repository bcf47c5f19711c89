"""Build the handouts: read notebooks and recordings, and write the page and the PDFs."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import nbformat

from labkit.board import paper_requests
from labkit.errors import LabError
from labkit.handouts import card, course, figures, page, paper, source, ways_figure
from labkit.handouts.content import Shown, content
from labkit.lesson import ways
from labkit.paths import RECORDINGS, REPO
from labkit.progress import Progress
from labkit.recording.file import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labkit.handouts.content import Content
    from labkit.recording.source import Source

NOTEBOOKS = REPO / "notebooks"
WORDS = REPO / "handouts" / "words.toml"
PAGE = "lesson.html"


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
    progress = Progress()
    _make(out)
    with progress.stage("Reading notebooks and recordings"):
        paths = sorted(notebooks.glob("*.ipynb"))
        if not paths:
            raise LabError(f"There is no notebook in {notebooks}.", remedy="git checkout notebooks")
        chapters = [source.read(path) for path in paths]
        runs = read_runs(paths, recordings)
        told = read(paths, runs)
    with progress.stage("Writing the page (HTML)"):
        written = [_write(out / PAGE, page.html(chapters, runs).encode())]
    with progress.stage(f"Setting {len(paper.SHEETS)} PDFs") as stage, paper.press(told) as press:
        for sheet in paper.SHEETS:
            stage.note(sheet.file)
            written.append(_write(out / sheet.file, press.pdf(sheet)))
    return written


def read_runs(notebooks: Sequence[Path], recordings: Path = RECORDINGS) -> dict[str, Source]:
    """Return the recordings of these notebooks' runs, by their names; of some there is none."""
    kept = (recordings / f"{path.stem}.rec" for path in notebooks)
    return {file.stem: load(file) for file in kept if file.is_file()}


def read(notebooks: Sequence[Path], runs: Mapping[str, Source]) -> Content:
    """Return all that is on paper.

    Raises
    ------
    LabError
        If something of it is missing, or the command card lacks a command.
    """
    sessions = [course.read(path) for path in notebooks]
    groups = card.read()
    card.check(groups, [command for session in sessions for command in session.commands])
    compared = {path.stem: ways_figure.read(_ways(path)) for path in notebooks if path.stem == ways.NOTEBOOK}
    films = figures.films(runs)
    strips = {name: tuple(map(figures.strip, several)) for name, several in films.items()}
    legend, large = (figures.legend(films, across) for across in (paper_requests.WIDTH, paper_requests.LARGE))
    shown = Shown(strips, legend, large, compared)
    return content(sessions, shown, groups, tomllib.loads(WORDS.read_text(encoding="utf-8")))


def _ways(path: Path) -> str:
    """Return the picture that 06 keeps of its ways.

    Raises
    ------
    LabError
        If it has none.
    """
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if "lab.compare()" in cell.source]
    found = ["".join(o.get("data", {}).get("image/svg+xml", "")) for cell in cells for o in cell.get("outputs", [])]
    drawn = next((svg for svg in found if svg), "")
    if not drawn:
        raise LabError(f"{path.name} keeps no picture of its ways.", remedy=f"labkit notebooks {path.stem}")
    return drawn


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
