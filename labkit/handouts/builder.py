"""Build the handouts: read the notebooks, write ``handouts.html`` and ``handouts.pdf``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typst

from labkit.errors import LabError
from labkit.handouts import page, paper, source
from labkit.paths import RECORDINGS, REPO
from labkit.progress import Progress
from labkit.recording.file import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOTEBOOKS = REPO / "notebooks"


def build(out: Path, notebooks: Sequence[Path] | None = None) -> list[Path]:
    """Write the handouts. No cluster is needed; the same notebooks and recordings always give the same bytes.

    The HTML replays the runs of which there is a recording (``recordings/03-scale.rec``, say).

    Parameters
    ----------
    out
        The folder to write to; made where it is missing.
    notebooks
        Executed notebooks, in their order; all of ``notebooks/`` when not given.

    Returns
    -------
    list[Path]
        The HTML and the PDF.

    Raises
    ------
    LabError
        If there is no notebook, one was not run, or the folder cannot be written to.
    """
    progress = Progress()
    with progress.stage("Reading the notebooks"):
        paths = sorted(NOTEBOOKS.glob("*.ipynb")) if notebooks is None else list(notebooks)
        if not paths:
            raise LabError(f"There is no notebook in {NOTEBOOKS}.", remedy="git checkout notebooks")
        chapters = [source.read(path) for path in paths]
    with progress.stage("Writing the page (HTML)"):
        kept = (RECORDINGS / f"{chapter.name}.rec" for chapter in chapters)
        runs = {file.stem: load(file) for file in kept if file.is_file()}
        written = [_write(out / "handouts.html", page.html(chapters, runs).encode())]
    with progress.stage("Setting the pages (PDF)"):
        try:
            document = paper.pdf(chapters)
        except typst.TypstError as error:
            raise LabError(
                f"Typst cannot set the handouts: {error.message}",
                remedy="mend the text that it points to in the notebook; if nothing is wrong with it, please report it",
                detail="\n".join([error.diagnostic, *error.hints]),
            ) from error
        written.append(_write(out / "handouts.pdf", document))
    return written


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise LabError(
            f"{path} cannot be written: {error.strerror}", remedy="labkit handouts --out ANOTHER_FOLDER"
        ) from error
    return path
