"""How JupyterLab reads notebooks in the kit's own lab: a committed one that nobody has run yet opens for a learner.

That is without outputs and without the instructor's notes; in a class, as a class has it
(:mod:`labkit.lesson.variants`). The outputs of the committed notebooks are CI's references
and the handouts' source; a learner who saw them would read what happened before having predicted it. On disk nothing is
changed; what somebody has run and saved is theirs, and opens as it is. An instructor who sets ``LABKIT_INSTRUCTOR``
gets all of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from labkit import in_class
from labkit.lesson import committed, variants

if TYPE_CHECKING:
    from collections.abc import Mapping


#: The environment variable that opens the notebooks as they were committed.
INSTRUCTOR = "LABKIT_INSTRUCTOR"


class Contents(AsyncLargeFileManager):
    """Jupyter Server's own manager of files, but for untouched notebooks."""

    async def get(self, path: str, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - Jupyter Server's own
        """Return a file or folder, as Jupyter's contents API has it.

        Parameters
        ----------
        path
            Below the server's root.
        args, options
            Jupyter Server's own: whether with content, of which type, in which format.
        """
        model: dict[str, Any] = await super().get(path, *args, **options)  # type: ignore[no-untyped-call]
        if model["type"] == "notebook" and model["content"] is not None and (name := self._untouched(path)):
            if (ours := in_class.found()) is not None:
                variants.put(model["content"], variants.of(name, ours))
            if not os.environ.get(INSTRUCTOR):
                for_learners(model["content"])
        return model

    def _untouched(self, path: str) -> str:
        """Return the name of a notebook that is as it was committed; empty where it is none."""
        name = path.rpartition("/")[2].removesuffix(".ipynb")
        known: Mapping[str, str] = committed.read().notebooks
        if name not in known:
            return ""
        file = Path(str(self._get_os_path(path)))  # type: ignore[no-untyped-call]  # Jupyter Server's own
        return name if committed.fingerprint(file.read_bytes()) == known[name] else ""


def for_learners(notebook: dict[str, Any]) -> None:
    """Take outputs and the instructor's notes out of a notebook (pure but for the notebook itself).

    Parameters
    ----------
    notebook
        As nbformat has it.
    """
    notebook["cells"] = [
        cell for cell in notebook["cells"] if committed.INSTRUCTOR_TAG not in cell["metadata"].get("tags", ())
    ]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
