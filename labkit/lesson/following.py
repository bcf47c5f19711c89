"""Follows one step: checks it whenever the cluster, a file or an answer changes, and tells who shows it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from labkit.lesson.steps.verdict import Grade, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.gathering import Gatherer
    from labkit.lesson.steps.step import Step
    from labkit.recording.source import Source

_LOG = logging.getLogger(__name__)

#: Seconds between two checks while things change: a check of a long recording takes some milliseconds.
PAUSE = 0.25
#: Seconds after which it is checked anew although nothing was heard: files are not heard.
IDLE = 1.0
#: The same once the step is done.
IDLE_DONE = 3.0


class Follower:
    """Follows one step until it is closed. Safe for threads.

    Parameters
    ----------
    step
        The step.
    gatherer
        Gathers its evidence.
    source
        The recording that it is gathered from.
    tell
        Is called with each verdict that differs from the one before, on a thread of the follower's own.
    """

    def __init__(self, step: Step, gatherer: Gatherer, source: Source, tell: Callable[[Verdict], None]) -> None:
        self.step, self.gatherer = step, gatherer
        self.verdict = Verdict(Grade.UNKNOWN, "asking")
        self._tell = tell
        self._looking = threading.Lock()
        self._changed, self._closed = threading.Event(), threading.Event()
        self._unsubscribe = source.subscribe(self._changed.set)
        self._thread = threading.Thread(target=self._follow, name=f"labkit-step-{step.key}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def look(self, *, afresh: bool = False) -> Verdict:
        """Check now, tell what has changed, and return the verdict."""
        with self._looking:
            verdict = self.step.look(self.gatherer.gather(afresh=afresh))
            before, self.verdict = self.verdict, verdict
            if verdict != before:
                self._tell(verdict)
            return verdict

    def answer(self, text: str) -> None:
        """Take in what the learner answers, and check."""
        self.gatherer.answer = text
        self._changed.set()

    def begin_anew(self, since: float) -> None:
        """Let the step begin at another time, in seconds since the epoch, and forget the answer."""
        self.gatherer.since, self.gatherer.answer = since, ""
        self._changed.set()

    def close(self) -> None:
        """Stop following. May be called twice, and from the thread that is told."""
        self._unsubscribe()
        self._closed.set()
        self._changed.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=20.0)

    def _follow(self) -> None:
        while not self._closed.is_set():
            # before it looks: what is heard while it does is looked at after the pause
            self._changed.clear()
            try:
                self.look()
            except Exception:  # noqa: BLE001 - a fault of the kit: the box stays as it was, the log has the rest
                _LOG.exception("step %s could not be checked", self.step.key)
            self._closed.wait(PAUSE)
            self._changed.wait(IDLE_DONE if self.verdict.grade is Grade.DONE else IDLE)
