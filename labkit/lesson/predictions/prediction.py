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
    """

    key: str
    notebook: str
    choices: tuple[str, ...]
    observe: Callable[[Evidence], Observed | None]
    questions: tuple[Question, ...] = ()
    focus: str = ""
