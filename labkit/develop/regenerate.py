"""Run the notebooks on the real cluster and write them back with their outputs: references and handouts in one."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from labkit import cluster, paths
from labkit.develop import filmstrip, minutes, moving_picture, ways_picture
from labkit.errors import LabError
from labkit.jupyter import environment
from labkit.lesson import committed
from labkit.lesson.notebooks import STARTS
from labkit.notebook.lab import RECORD
from labkit.progress import Progress
from labkit.recording import file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Seconds that one cell may take; losing a node takes about half a minute.
CELL_TIMEOUT = 180

#: The notebooks whose runs are kept as recordings: the source of handouts and of the page that replays a run.
RECORDED = ("03-scale", "04-self-healing", "05-rolling-update")

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
#: What came before the last carriage return of a line was written over, and nobody sees it any more.
_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def main(names: Sequence[str] = ()) -> None:
    """Run notebooks and write them back, each only if all its cells ran.

    Parameters
    ----------
    names
        ``03-scale`` and so on; all when empty.

    Raises
    ------
    LabError
        If a notebook is unknown, or one of its cells fails; the file then stays as it was.
    """
    for name in names:
        if name not in STARTS:
            raise LabError(f"There is no notebook {name!r}.", remedy=f"one of: {', '.join(STARTS)}")
    progress = Progress()
    # what the cells edit must be known when they run: lab.restore tells the lesson's edits from a learner's by it
    committed.update()
    cluster.up(progress)
    for name in names or tuple(STARTS):
        with progress.stage(f"notebook {name}"), recorded(name):
            regenerate(paths.REPO / "notebooks" / f"{name}.ipynb")
            # at once: a later notebook may fail, and this one is written
            committed.update()
            if name == ways_picture.NOTEBOOK:
                ways_picture.write(paths.REPO / "notebooks" / f"{name}.ipynb")


@contextmanager
def recorded(name: str) -> Iterator[None]:
    """Record what a notebook's lab sees, if it is one of :data:`RECORDED`, and keep it once the notebook has run."""
    if name not in RECORDED:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.rec")
        os.environ[RECORD] = str(path)
        try:
            yield
        finally:
            del os.environ[RECORD]
        paths.RECORDINGS.mkdir(exist_ok=True)
        # written as it went, and perhaps not ended when the kernel was: saved anew it is whole, and smaller
        file.load(path).save(paths.RECORDINGS / path.name)
        if name == filmstrip.NOTEBOOK:
            filmstrip.write(paths.RECORDINGS / path.name)
            moving_picture.write(paths.RECORDINGS / path.name)


def regenerate(path: Path) -> None:
    """Run one notebook and write it back.

    Raises
    ------
    LabError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    # the kernel of this very environment, whatever kernels the user has, and its history in the kit's own folder
    os.environ.update(environment(paths.STATE / "jupyter"))
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        # for how long one waits (minutes.py); tidy takes it out
        record_timing=True,
        store_widget_state=False,
    )
    try:
        client.execute()
    except CellExecutionError as failed:
        raise LabError(
            f"A cell of {path.name} failed; the file is as it was.",
            remedy=f"open it by make lab, run it, mend it, then: labkit notebooks {path.stem}",
            detail=_last_lines(str(failed)),
        ) from failed
    minutes.note(path.stem, took(notebook))
    nbformat.write(tidy(notebook), path)


def took(notebook: Any) -> tuple[float, float]:  # noqa: ANN401 - nbformat is untyped
    """Return how many seconds an executed notebook's cells ran: those that everybody runs, and the optional ones."""
    optional = minutes.optional_cells(notebook)
    seconds = [0.0, 0.0]
    for cell in notebook.cells:
        times = cell.metadata.get("execution", {})
        if "iopub.status.busy" in times and "iopub.status.idle" in times:
            begun, over = (datetime.fromisoformat(times[f"iopub.status.{what}"]) for what in ("busy", "idle"))
            seconds[cell.id in optional] += (over - begun).total_seconds()
    return seconds[0], seconds[1]


def tidy(notebook: Any) -> Any:  # noqa: ANN401 - nbformat is untyped
    """Take out of an executed notebook what differs from run to run or works only while it runs."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = dict(_KERNEL)
    # the interpreter's exact version says nothing about the lesson
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        cell.outputs = [output for output in _merged(cell.outputs) if output.get("text") != ""]
        for output in cell.outputs:
            # without a running kernel it would read "model not found"; the still picture beside it always works
            output.get("data", {}).pop(_WIDGET_VIEW, None)
    return notebook


def _merged(outputs: list[Any]) -> list[Any]:
    """Merge neighbouring streams of one name, and drop what was written over."""
    merged: list[Any] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last["text"] += output.text
        else:
            merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            # blanks that only cleared the progress line go too
            output["text"] = re.sub(r"^ +\r", "", _OVERWRITTEN.sub("", output["text"]), flags=re.MULTILINE)
            output["text"] = output["text"].lstrip("\r")
    return merged


def _last_lines(text: str, lines: int = 30) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


if __name__ == "__main__":
    main(sys.argv[1:])
