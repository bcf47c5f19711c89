"""In a class: the lab tells where its learner is. On a machine of one's own nothing is told to anybody."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.errors import LabError
from labkit.lesson import progress, variants, wording
from labkit.lesson.steps.verdict import Grade
from labkit.lesson.whereabouts import Publisher, Whereabouts, waiting

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.lesson.progress import Progress
    from labkit.lesson.steps.verdict import Verdict
    from labkit.lesson.workspace import Workspace


class Telling:
    """What a notebook tells its class."""

    notebook: str
    kubectl: Kubectl
    workspace: Workspace
    _publisher: Publisher | None = None

    def _tell_class(self) -> None:
        """Begin to tell, where this is a class."""
        if in_class.found() is None:
            return
        from labkit.lesson.predictions.known import PREDICTIONS  # noqa: PLC0415 - a first cell elsewhere needs neither
        from labkit.lesson.steps.known import STEPS  # noqa: PLC0415 - likewise

        first = Whereabouts(
            self.notebook,
            all_steps=len(variants.here(STEPS)),
            all_predictions=len(variants.here(PREDICTIONS)),
        )
        self._publisher = Publisher(self.kubectl, _at(progress.read(self.workspace.root), first, 0.0))

    def _tell_class_no_more(self) -> None:
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None

    def _tell_of_progress(self, now: Progress) -> None:
        if self._publisher is not None:
            self._publisher.change(partial(_at, now))

    def _tell_of_step(self, key: str, words: wording.StepWords, verdict: Verdict) -> None:
        """Tell what the check of an exercise says; where it can't know just now, nothing."""
        if self._publisher is not None and verdict.grade is not Grade.UNKNOWN:
            seen = wording.said(words, verdict).seen
            self._publisher.change(lambda at, now: at.with_verdict(key, words.title, str(verdict.grade), seen, now))

    def _tell_of_leaving(self, key: str) -> None:
        if self._publisher is not None:
            self._publisher.change(lambda at, _: at.without(key))

    def _tell_of_wait(self, what: str) -> None:
        if self._publisher is not None:
            self._publisher.change(lambda at, now: replace(at, waits=waiting(what, now) if what else ("", 0.0)))

    def _tell_of_cell(self, error: BaseException | None) -> None:
        """Tell whether the last cell failed, and by what; of an error that is not the kit's, its kind alone."""
        if self._publisher is None or isinstance(error, KeyboardInterrupt):
            return
        what = error.problem if isinstance(error, LabError) else type(error).__name__
        self._publisher.change(lambda at, now: replace(at, failed=waiting(what, now) if error else ("", 0.0)))


def _at(done: Progress, at: Whereabouts, _now: float) -> Whereabouts:
    return replace(at, steps=dict(done.steps), predictions=len(done.predictions))
