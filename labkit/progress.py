"""What the kit is doing, for how long, and what it waits for: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from labkit.durations import elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Without a terminal (CI, a log file) a long stage says every so many seconds that it is alive.
HEARTBEAT_SECONDS = 30.0


def page() -> Console:
    """Return standard output for what a command was asked to show.

    A file or a pipe has no width: then it is as wide as a line is easily read.
    """
    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


class Stage:
    """One thing that takes a while, under way.

    Parameters
    ----------
    title
        What is done, as a person would say it.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self._note = ""

    def note(self, text: str) -> None:
        """Say what the stage is at just now; only the latest note is shown.

        Parameters
        ----------
        text
            A few words, for instance the last line of a tool's output.
        """
        self._note = text.strip()

    @property
    def seconds(self) -> float:
        """How long the stage has been running, in seconds."""
        return time.monotonic() - self.started

    def line(self) -> str:
        """Return the stage as one line: title, time, and what it is at."""
        note = f" · {self._note}" if self._note else ""
        return f"{self.title} ({elapsed(self.seconds)}){note}"


class Progress:
    """The stages of a command, one after the other.

    Parameters
    ----------
    console
        Where to write; standard error when not given, so that ``labkit status --json`` stays clean on standard output.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(file=sys.stderr, highlight=False, soft_wrap=True)
        #: Seconds per finished stage, by title: what ``nodeimage/README.md`` and the benchmarks report.
        self.times: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Write one line of its own.

        Parameters
        ----------
        text
            What to say; taken literally, not as markup.
        """
        self.console.print(Text(text))

    @contextmanager
    def stage(self, title: str) -> Iterator[Stage]:
        """Show a stage from its start to its end.

        Parameters
        ----------
        title
            What is done.

        Yields
        ------
        Stage
            Where the work can leave a note about what it is at.
        """
        stage = Stage(title)
        try:
            if self.console.is_terminal:
                with self._moving(stage):
                    yield stage
            else:
                with self._plain(stage):
                    yield stage
        except BaseException:
            self.console.print(Text(f"✗ {title} ({elapsed(stage.seconds)})", style="red"))
            raise
        self.times[title] = stage.seconds
        self.console.print(Text(f"✓ {title} ({elapsed(stage.seconds)})"))

    @contextmanager
    def _moving(self, stage: Stage) -> Iterator[None]:
        spinner = Spinner("dots")

        def render() -> Spinner:
            text = Text(stage.line(), no_wrap=True, overflow="ellipsis")
            text.truncate(max(20, self.console.width - 4), overflow="ellipsis")
            spinner.update(text=text)
            return spinner

        with Live(get_renderable=render, console=self.console, transient=True, refresh_per_second=8):
            yield

    @contextmanager
    def _plain(self, stage: Stage) -> Iterator[None]:
        self.console.print(Text(f"… {stage.title}"))
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(HEARTBEAT_SECONDS):
                self.console.print(Text(f"  … {stage.line()}"))

        heart = threading.Thread(target=beat, name="labkit-progress", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()
