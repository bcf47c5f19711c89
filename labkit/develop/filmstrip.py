"""Make README's filmstrip from the recorded run of notebook 05: ``python -m labkit.develop.filmstrip``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from labkit import paths
from labkit.board.filmstrip import filmstrip
from labkit.recording import file

if TYPE_CHECKING:
    from pathlib import Path

#: The notebook whose run it shows, and where it stands.
NOTEBOOK = "05-rolling-update"
PICTURE = paths.REPO / "docs" / "rollout.svg"


def write(recording: Path, picture: Path = PICTURE) -> None:
    """Write the filmstrip of the first rollout of hello in a recording.

    Raises
    ------
    LabError
        If the recording cannot be read, or has no rollout of hello.
    """
    source = file.load(recording)
    drawn = filmstrip(source, "rollout", "hello", since=source.span[0]).svg()
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    write(paths.RECORDINGS / f"{NOTEBOOK}.rec")
    sys.stdout.write(f"{PICTURE}\n")
