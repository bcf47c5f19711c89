"""What a check found: data, from which words are made at the end (:mod:`labkit.lesson.wording`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What may be filled into a sentence.
Fact = str | int | float


class Grade(StrEnum):
    """How far a step is."""

    DONE = "done"
    NOT_YET = "not yet"
    WRONG_WAY = "wrong way"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    grade
        How far the step is. ``UNKNOWN``: what decides it cannot be seen just now.
    cause
        Which of the step's causes it is: the key of its words.
    facts
        What was seen, to be filled into them.
    """

    grade: Grade
    cause: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


def done(cause: str = "done", **facts: Fact) -> Verdict:
    """Return that a step is done."""
    return Verdict(Grade.DONE, cause, facts)


def not_yet(cause: str, **facts: Fact) -> Verdict:
    """Return that a step is not done yet, and on no wrong way."""
    return Verdict(Grade.NOT_YET, cause, facts)


def wrong_way(cause: str, **facts: Fact) -> Verdict:
    """Return that something was done which does not lead there."""
    return Verdict(Grade.WRONG_WAY, cause, facts)


def unknown(cause: str, **facts: Fact) -> Verdict:
    """Return that nobody can tell just now."""
    return Verdict(Grade.UNKNOWN, cause, facts)
