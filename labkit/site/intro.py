"""What a chapter says of itself in its first lines: how long it takes, and which questions it answers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.handouts.source import Prose

if TYPE_CHECKING:
    from labkit.handouts.source import Chapter

_MINUTES = re.compile(r"\*\*About (\d+) minutes\*\*")
_QUESTIONS = re.compile(r"\*\*Questions\*\*\n\n((?:- .+\n?)+)")


@dataclass(frozen=True, slots=True)
class Intro:
    """A chapter in a list of chapters; ``minutes`` is None, and ``questions`` are none, where it does not say."""

    name: str
    number: str
    title: str
    minutes: int | None
    questions: tuple[str, ...]


def of(chapter: Chapter) -> Intro:
    """Return what a chapter says of itself."""
    text = next((part.text for part in chapter.parts if isinstance(part, Prose)), "")
    minutes, questions = _MINUTES.search(text), _QUESTIONS.search(text)
    return Intro(
        chapter.name,
        chapter.number,
        chapter.title,
        int(minutes[1]) if minutes else None,
        tuple(line[2:] for line in questions[1].splitlines()) if questions else (),
    )
