"""The lanes of ``make test``: stages beside the others, on a cluster of their own, since tests mostly wait."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from labkit import command, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

#: The lane's number, set in the process that runs a lane beside the first one: all that it makes has a name of its own.
LANE = "LABKIT_TEST_LANE"
#: How long it may take to put away what it set up, in seconds: two clusters' worth of time.
PUT_AWAY_SECONDS = 120.0
_PAUSE = 0.5


def own(name: str) -> str:
    """Return a name of which each lane has its own."""
    number = os.environ.get(LANE)
    return f"{name}-{number}" if number else name


class Lane:
    """The stages of a lane; what they say goes into a file, and is shown once their turn has come.

    Parameters
    ----------
    number
        Which lane it is.
    process
        That runs them.
    log
        The file.
    console
        Where it is shown.
    """

    def __init__(self, number: int, process: subprocess.Popen[bytes], log: Path, console: Console) -> None:
        self._number, self._process, self._log, self._console = number, process, log, console

    def follow(self) -> int:
        """Show what they have said so far and say from now on, until they have ended; return their exit code."""
        self._console.rule(f"[bold]lane {self._number}")
        with self._log.open(encoding="utf-8", errors="replace") as said:
            while True:
                ended = self._process.poll() is not None
                if text := said.read():
                    self._console.print(text, markup=False, end="", soft_wrap=True)
                if ended:
                    return self._process.returncode
                time.sleep(_PAUSE)

    def end(self) -> None:
        """End them, if they still run: they take away what they have made."""
        if self._process.poll() is None:
            command.interrupt(self._process, PUT_AWAY_SECONDS)


@contextlib.contextmanager
def running(number: int, stages: Sequence[str], console: Console) -> Iterator[Lane]:
    """Run stages in a lane of their own, until the end of the context at the latest.

    Parameters
    ----------
    number
        Which lane it is, from 2 on.
    stages
        Their names, as ``labkit test`` takes them.
    console
        Where it is told.
    """
    paths.STATE.mkdir(parents=True, exist_ok=True)
    log = paths.STATE / f"test-lane-{number}.log"
    asked = [sys.executable, "-m", "labkit", "test", *stages]
    console.print(f"lane {number}, on a cluster of its own: {', '.join(stages)} (what is said of it goes into {log}) …")
    with log.open("wb") as out:
        # a session of its own: Ctrl-C reaches only us, and it is given the time to put away what it set up
        process = subprocess.Popen(
            asked,
            cwd=paths.REPO,
            env={**os.environ, LANE: str(number)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    lane = Lane(number, process, log, console)
    try:
        yield lane
    finally:
        lane.end()
