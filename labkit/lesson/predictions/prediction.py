"""A prediction: what will happen? Made before the change, answered by the recording after it, never scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from labkit.lesson.steps.evidence import Evidence, Question
    from labkit.lesson.steps.verdict import Fact


@dataclass(frozen=True, slots=True)
class Observed:
    """What happened.

    Attributes
    ----------
    choice
        Which of the prediction's choices it was.
    at
        The moment to draw, in seconds since the epoch.
    facts
        What was seen, to be filled into the words.
    """

    choice: str
    at: float
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Missed:
    """It can't be seen any more, or not yet by itself: why, and what would have been seen.

    Attributes
    ----------
    cause
        The key of its words, among the prediction's ``missed``.
    choice
        What happens otherwise.
    facts
        What was seen, to be filled into the words.
    """

    cause: str
    choice: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


def _nothing_missed(_: Evidence) -> Missed | None:
    """Return None: it will be seen."""
    return None


@dataclass(frozen=True, slots=True)
class Prediction:
    """One question, put before the change that answers it.

    Attributes
    ----------
    key
        Its name, by which its words are found.
    notebook
        Where it stands.
    choices
        The keys of what may be chosen, in the order in which they are shown.
    observe
        What happened since the question was put; None as long as it has not happened. Pure.
    questions
        What that wants to know beside the watch.
    focus
        The Deployment to draw; all of them when empty.
    missed
        Why it can't be seen, where that is certain: nobody should wait for it then. Pure.
    misses
        The causes that this may name.
    nodes_back
        Whether it is about a Node that returns: one that the notebook has lost is brought back then.
    """

    key: str
    notebook: str
    choices: tuple[str, ...]
    observe: Callable[[Evidence], Observed | None]
    questions: tuple[Question, ...] = ()
    focus: str = ""
    missed: Callable[[Evidence], Missed | None] = _nothing_missed
    misses: frozenset[str] = frozenset()
    nodes_back: bool = False
