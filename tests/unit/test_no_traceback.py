"""What a person can cause is told without a traceback: by the command line, and in a notebook's cell."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labkit import errors, paths

if TYPE_CHECKING:
    from pathlib import Path


def kinds(of: type[errors.LabError] = errors.LabError) -> list[type[errors.LabError]]:
    """Return a kind of error and all that are kinds of it."""
    return [of, *(kind for child in of.__subclasses__() for kind in kinds(child))]


CELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from labkit import errors")
for name in sys.argv[1:]:
    raised = f"raise errors.{name}('what was wrong', remedy='what to do') from cause"
    done = shell.run_cell(f"try:\\n    1 / 0\\nexcept ZeroDivisionError as cause:\\n    {raised}")
    assert not done.success
"""


def test_every_error_of_the_kit_in_a_cell() -> None:
    """Also one that another error led to; the cell counts as failed."""
    names = [kind.__name__ for kind in kinds() if kind.__module__ == "labkit.errors"]
    assert len(names) > 5
    done = subprocess.run(
        [sys.executable, "-c", CELL, *names], check=True, capture_output=True, text=True, cwd=paths.REPO, timeout=60
    )
    assert done.stdout == "what was wrong\nNext: what to do\n" * len(names)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("command", "variable", "file"), [("up", "LABKIT_CACHE", "/dev/null/x"), ("clean", "LABKIT_CACHE", "/dev/null")]
)
def test_a_folder_that_can_not_be_one(command: str, variable: str, file: str) -> None:
    """Named by mistake: the message says which."""
    done = subprocess.run(
        [sys.executable, "-m", "labkit", command],
        check=False,
        capture_output=True,
        text=True,
        cwd=paths.REPO,
        env={**os.environ, "LABKIT_CLUSTER": "labkit-nowhere", "LABKIT_KUBECONFIG": "", variable: file},
        timeout=60,
    )
    assert done.returncode == 1
    assert f"The kit can't use {file}" in done.stderr
    assert "\nNext: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none(tmp_path: Path) -> None:
    """Before a cluster is made for it."""
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "lab", "--port", "99999"],
        check=False,
        capture_output=True,
        text=True,
        cwd=paths.REPO,
        env={**os.environ, "LABKIT_CACHE": str(tmp_path / "cache"), "PATH": "/nowhere"},
        timeout=60,
    )
    assert done.returncode == 2
    assert "'--port': Input should be less than or equal to 65535" in done.stderr
    assert not (tmp_path / "cache").exists()
