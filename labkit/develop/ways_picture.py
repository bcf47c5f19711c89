"""Take README's second picture out of notebook 06's own outputs: ``python -m labkit.develop.ways_picture``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import nbformat

from labkit import paths
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

#: The notebook that has the picture, the call that draws it, and where it stands for README.
NOTEBOOK = "06-rollout-laboratory"
CALL = "lab.compare()"
PICTURE = paths.REPO / "docs" / "ways.svg"
_SVG = "image/svg+xml"


def write(notebook: Path, picture: Path = PICTURE) -> None:
    """Write the picture of all ways side by side, as the committed notebook has it.

    Raises
    ------
    LabError
        If no cell of the notebook has one.
    """
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code" and CALL in cell.source:
            for output in cell.outputs:
                if drawn := output.get("data", {}).get(_SVG):
                    picture.parent.mkdir(exist_ok=True)
                    picture.write_text(f"{drawn.rstrip()}\n", encoding="utf-8")
                    return
    raise LabError(f"{notebook.name} has no picture of {CALL}.", remedy=f"labkit notebooks {NOTEBOOK}")


if __name__ == "__main__":
    write(paths.REPO / "notebooks" / f"{NOTEBOOK}.ipynb")
    sys.stdout.write(f"{PICTURE}\n")
