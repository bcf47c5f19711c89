"""Each notebook as far as it goes before it asks its learner for anything: whether it begins well after any other."""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING

import nbformat

from labkit import paths
from labkit.lesson.notebooks import STARTS

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

#: Where they are put, under the names of the whole ones.
FOLDER = paths.STATE / "beginnings"

#: What a cell does with which a beginning is over: a learner is asked, or a Node is lost.
_OVER = re.compile(r"lab\.(predict|exercise|try_ways|lose_node)\(")


def beginning(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of a notebook that ends where its learner is asked for a prediction or has an exercise to do.

    Parameters
    ----------
    notebook
        With its committed outputs.
    """
    kept = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and _OVER.search(cell.source):
            break
        kept.append(cell)
    begun = copy(notebook)
    begun.cells = kept
    return begun


def files() -> tuple[str, ...]:
    """Return the paths of the beginnings, the last notebook's first."""
    return tuple(str(FOLDER / f"{name}.ipynb") for name in reversed(STARTS))


def write(folder: Path = FOLDER) -> None:
    """Write the beginning of each notebook of the lesson."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in STARTS:
        notebook = nbformat.read(paths.REPO / "notebooks" / f"{name}.ipynb", as_version=4)
        nbformat.write(beginning(notebook), folder / f"{name}.ipynb")
