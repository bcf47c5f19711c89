"""The second lane of ``make test``: stages beside the others, on a cluster of their own, since tests mostly wait."""

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

#: Set in the process that runs the second lane: all that it makes has a name of its own.
SECOND = "LABKIT_TEST_SECOND_LANE"
#: How long it may take to put away what it set up, in seconds: two clusters' worth of time.
PUT_AWAY_SECONDS = 120.0
_PAUSE = 0.5


def own(name: str) -> str:
    """Return a name of which the second lane has its own."""
    return f"{name}-2" if os.environ.get(SECOND) else name


class Lane:
    """The stages of the second lane; what they say goes into a file, and is shown once their turn has come.

    Parameters
    ----------
    process
        That runs them.
    log
        The file.
    console
        Where it is shown.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, console: Console) -> None:
        self._process, self._log, self._console = process, log, console

    def follow(self) -> int:
        """Show what they have said so far and say from now on, until they have ended; return their exit code."""
        self._console.rule("[bold]the second lane")
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
def running(stages: Sequence[str], console: Console) -> Iterator[Lane]:
    """Run stages in the second lane, until the end of the context at the latest.

    Parameters
    ----------
    stages
        Their names, as ``labkit test`` takes them.
    console
        Where it is told.
    """
    paths.STATE.mkdir(parents=True, exist_ok=True)
    log = paths.STATE / "test-second-lane.log"
    asked = [sys.executable, "-m", "labkit", "test", *stages]
    console.print(f"second lane, on a cluster of its own: {', '.join(stages)} (what is said of it goes into {log}) …")
    with log.open("wb") as out:
        # a session of its own: Ctrl-C reaches only us, and it is given the time to put away what it set up
        process = subprocess.Popen(
            asked,
            cwd=paths.REPO,
            env={**os.environ, SECOND: "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    lane = Lane(process, log, console)
    try:
        yield lane
    finally:
        lane.end()
