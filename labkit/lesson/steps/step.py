"""A step of the lesson that checks itself: ``setup``, ``check``, ``solve``, ``reset``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.lesson.steps.verdict import Grade, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence, Question

    Acts = Callable[[Evidence], tuple[Act, ...]]


def nothing(_: Evidence) -> tuple[Act, ...]:
    """Do nothing: the ground is the notebook's start, or what the cells before have made."""
    return ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing for a learner to do.

    Attributes
    ----------
    key
        Its name, by which its words are found.
    notebook
        Where it stands.
    check
        What the cluster says of it; pure. ``None`` in place of a verdict is not allowed: it may say ``unknown``.
    solve
        One way to do it, from wherever the learner is.
    setup
        What brings the notebook's start to where this step begins.
    reset
        What takes back what was done in this step, from wherever the learner is.
    causes
        All that the check may say.
    questions
        What the check wants to know beside the watch.
    asks_for
        Whether the box has a field for an answer in words.
    """

    key: str
    notebook: str
    check: Callable[[Evidence], Verdict]
    solve: Acts
    causes: frozenset[str]
    setup: Acts = nothing
    reset: Acts = nothing
    questions: tuple[Question, ...] = ()
    asks_for: bool = False

    def look(self, evidence: Evidence) -> Verdict:
        """Return what the check says.

        Raises
        ------
        ValueError
            If it says what the step does not name: there would be no words for it.
        """
        if evidence.snapshot.outdated:
            return Verdict(Grade.UNKNOWN, "not-heard", {"what": str(evidence.snapshot.outdated)})
        if any(question.key not in evidence.replies for question in self.questions):
            return Verdict(Grade.UNKNOWN, "asking")
        verdict = self.check(evidence)
        if verdict.cause not in self.causes:
            raise ValueError(f"step {self.key} has no words for {verdict.cause}")
        return verdict
