"""In a class: where a learner is in the lesson, written onto the Lease that says which notebook has their lab.

An instructor's page reads it there (``classroom/hub/status.py``): so nobody's files have to be read, and the learner's
own rights suffice. It holds no code and no answers; it never leaves the cluster.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import urllib3

from labkit.api.client import ApiError
from labkit.lesson import holder, namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from labkit.api.kubectl import Kubectl

_LOG = logging.getLogger(__name__)

#: The annotation. What stands in it is JSON, with a version: the page may be older or newer than the notebook.
ANNOTATION = "labkit.dev/whereabouts"
VERSION = 1
#: Whose field it is: the Lease's others are the holder's.
_MANAGER = "labkit-whereabouts"
#: Seconds between two writings: a check may change its mind several times in one.
PAUSE = 2.0
#: So much of a sentence is told.
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Open:
    """An exercise that is on the page and not done.

    Attributes
    ----------
    key
        The step.
    title
        Its name, in the learner's language.
    grade
        ``not yet``, ``wrong way`` or ``unknown``.
    seen
        What its check sees, in words.
    since
        Since when the check has said no, in seconds since the epoch; since when it has said *wrong way*, where it does.
    """

    key: str
    title: str
    grade: str
    seen: str
    since: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a learner is.

    Attributes
    ----------
    notebook
        The notebook that has the lab.
    steps
        Step → ``done`` or ``shown``.
    predictions
        How many predictions were made.
    all_steps, all_predictions
        How many the lesson has.
    open
        Exercises that are not done, by their keys.
    waits
        What is waited for that only the instructor does, and since when; empty and 0 where nothing is.
    failed
        What the last cell failed by, and since when; empty and 0 where it did not.
    """

    notebook: str
    steps: Mapping[str, str] = field(default_factory=dict)
    predictions: int = 0
    all_steps: int = 0
    all_predictions: int = 0
    open: Mapping[str, Open] = field(default_factory=dict)
    waits: tuple[str, float] = ("", 0.0)
    failed: tuple[str, float] = ("", 0.0)

    def with_verdict(self, key: str, title: str, grade: str, seen: str, now: float) -> Whereabouts:
        """Return them with what the check of an exercise says now (pure).

        The time of an exercise begins anew when it turns from *not yet* to *wrong way*, or back; not with each change
        of what is seen.
        """
        rest = {name: each for name, each in self.open.items() if name != key}
        if grade == "done":
            return replace(self, open=rest)
        before = self.open.get(key)
        since = before.since if before and before.grade == grade else now
        return replace(self, open={**rest, key: Open(key, title, grade, _short(seen), since)})

    def without(self, key: str) -> Whereabouts:
        """Return them without an exercise that the notebook has gone on from (pure)."""
        return replace(self, open={name: each for name, each in self.open.items() if name != key})

    def text(self, now: float) -> str:
        """Return the annotation's text (pure)."""
        said: dict[str, Any] = {**asdict(self), "open": [asdict(each) for each in self.open.values()]}
        return json.dumps({"version": VERSION, "at": round(now), **said}, ensure_ascii=False, default=list)


def waiting(what: str, now: float) -> tuple[str, float]:
    """Return that something is waited for since now."""
    return _short(what), now


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


class Publisher:
    """Writes a learner's whereabouts, at most every two seconds, and never in the way of a cell. Safe for threads.

    Parameters
    ----------
    kubectl
        The learner's cluster and namespace.
    first
        Where they are.
    clock
        Seconds since the epoch.
    """

    def __init__(self, kubectl: Kubectl, first: Whereabouts, *, clock: Callable[[], float] = time.time) -> None:
        self._kubectl, self._clock = kubectl, clock
        self._now = first
        self._lock = threading.Lock()
        self._changed, self._closed = threading.Event(), threading.Event()
        self._changed.set()
        self._thread = threading.Thread(target=self._run, name="labkit-whereabouts", daemon=True)
        self._thread.start()

    def change(self, how: Callable[[Whereabouts, float], Whereabouts]) -> None:
        """Change what is written next.

        Parameters
        ----------
        how
            Gets what is written now and the time, in seconds since the epoch; returns what is to be.
        """
        with self._lock:
            before, self._now = self._now, how(self._now, self._clock())
            if self._now != before:
                self._changed.set()

    def close(self) -> None:
        """Write no more. May be called twice."""
        self._closed.set()
        self._changed.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._changed.wait()
            if self._closed.is_set():
                return
            self._changed.clear()
            with self._lock:
                now = self._now
            if not self._write(now):
                self._changed.set()  # once more, after the pause
            self._closed.wait(PAUSE)

    def _write(self, now: Whereabouts) -> bool:
        """Write, and return whether it is to be left at that: where it is refused, it will be again."""
        body = {
            "apiVersion": holder.VERSION,
            "kind": "Lease",
            "metadata": {"name": namespace.LEASE, "annotations": {ANNOTATION: now.text(self._clock())}},
        }
        try:
            self._kubectl.api.apply(holder.path(self._kubectl), body, _MANAGER)
        except ApiError as refused:
            _LOG.info("whereabouts were not written: %s", refused)
        except (urllib3.exceptions.HTTPError, OSError):
            return False
        return True
