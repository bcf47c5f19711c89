"""Other programs: run with their output in a log file, and named, with their last lines, when they fail."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from labkit.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labkit.progress import Stage

#: So many last lines of a failed command are shown; the rest is in its log file.
TAIL_LINES = 12

#: How long an interrupted child may take to end by itself before it is killed, in seconds.
GRACE_SECONDS = 5.0


def shown(command: Sequence[str | Path]) -> str:
    """Return a command as one would type it."""
    return shlex.join(str(part) for part in command)


def environment() -> dict[str, str]:
    """Return our own environment, for a child that gets some variables more."""
    return dict(os.environ)


def runs(command: Sequence[str | Path]) -> bool:
    """Whether a program starts here and ends well; what it says does not matter."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child that we started, and its own children: first politely, then for good.

    Parameters
    ----------
    process
        A child that was started with ``start_new_session=True``.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
            return


def interrupt(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a child as Ctrl-C does, with some time to put away what it has set up; then as :func:`stop` does.

    Parameters
    ----------
    process
        A child that was started with ``start_new_session=True``.
    seconds
        How long it may take.
    """
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    stop(process)


def run(
    command: Sequence[str | Path],
    *,
    log: Path,
    stage: Stage | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    feed: Path | None = None,
    remedy: str = "",
) -> None:
    """Run a program to its end, with both of its outputs appended to a log file.

    Parameters
    ----------
    command
        The program and its arguments.
    log
        The log file; its folder is made.
    stage
        Where the program's latest line is shown.
    env
        Variables that are added to our own environment.
    cwd
        The folder to run in.
    feed
        A file that becomes the program's standard input.
    remedy
        What to do when it fails; to look into the log file and try again when empty.

    Raises
    ------
    BuildError
        If the program is missing or ends with another code than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("ab"))
        out.write(f"$ {shown(command)}\n".encode())
        out.flush()
        stdin = stack.enter_context(feed.open("rb")) if feed else subprocess.DEVNULL
        try:
            # its own session: Ctrl-C reaches only us, and we end the whole group in order
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**environment(), **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        except FileNotFoundError as missing:
            raise BuildError(
                f"the program {str(command[0])!r} is not on this machine", remedy=remedy or f"install {command[0]}"
            ) from missing
        assert process.stdout is not None  # noqa: S101 - it is a pipe, as asked for above
        stack.callback(process.stdout.close)
        try:
            for raw in process.stdout:
                out.write(raw)
                out.flush()
                line = raw.decode(errors="replace").rstrip()
                if line:
                    tail.append(line)
                    if stage:
                        stage.note(line)
            code = process.wait()
        except BaseException:
            stop(process)
            raise
    if code:
        raise BuildError(
            f"{shown(command)[:200]} ended with code {code}",
            detail="\n".join(tail),
            remedy=remedy or f"read {log}, then run the same command again: it goes on where it stopped",
        )
