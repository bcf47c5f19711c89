"""What an executed notebook keeps, and what it loses."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from labkit.develop.regenerate import main, tidy
from labkit.errors import LabError

V4 = nbformat.v4


def notebook(*outputs: Any) -> Any:
    """Return a notebook with one cell and these outputs."""
    cell = V4.new_code_cell("x", outputs=list(outputs), execution_count=1)
    cell.metadata["execution"] = {"iopub.execute_input": "2026-11-23"}
    return V4.new_notebook(
        cells=[cell], metadata={"widgets": {"state": {}}, "language_info": {"name": "python", "version": "3.11.2"}}
    )


def test_what_was_written_over_is_dropped() -> None:
    """A progress line leaves no trace, and what came before and after it stays."""
    outputs = [
        V4.new_output("stream", name="stdout", text="first\n"),
        V4.new_output("stream", name="stdout", text="\r  2 s · waiting"),
        V4.new_output("stream", name="stdout", text="\r                \r"),
        V4.new_output("stream", name="stdout", text="hello: 3/3 ready\n"),
    ]
    cell = tidy(notebook(*outputs)).cells[0]
    assert [output.text for output in cell.outputs] == ["first\nhello: 3/3 ready\n"]


def test_a_cell_that_only_waited_shows_nothing() -> None:
    """Blanks that cleared a line are no output."""
    cell = tidy(notebook(V4.new_output("stream", name="stdout", text="\rwaiting\r       \r"))).cells[0]
    assert "".join(output.text for output in cell.outputs).strip() == ""


def test_streams_of_different_names_stay_apart() -> None:
    """Warnings are not mixed into what was printed."""
    outputs = [V4.new_output("stream", name=name, text=f"{name}\n") for name in ("stdout", "stderr", "stdout")]
    assert [output.name for output in tidy(notebook(*outputs)).cells[0].outputs] == ["stdout", "stderr", "stdout"]


def test_a_widget_leaves_its_picture() -> None:
    """A live view is dead in a saved notebook; the picture beside it is not."""
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "image/svg+xml": "<svg/>", "text/plain": "x"}
    tidied = tidy(notebook(V4.new_output("display_data", data=data)))
    assert set(tidied.cells[0].outputs[0].data) == {"image/svg+xml", "text/plain"}


def test_nothing_of_the_machine_is_kept() -> None:
    """No times, no interpreter's version, no widgets' state."""
    tidied = tidy(notebook())
    assert tidied.metadata.keys() == {"kernelspec", "language_info"}
    assert tidied.metadata.language_info == {"name": "python"}
    assert "execution" not in tidied.cells[0].metadata


def test_an_unknown_notebook_is_named() -> None:
    """Before anything is started."""
    with pytest.raises(LabError, match="no notebook '06-nope'") as unknown:
        main(["06-nope"])
    assert "03-scale" in unknown.value.remedy
