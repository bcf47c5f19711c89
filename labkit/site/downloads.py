"""The handouts that are offered to be downloaded: what each is, and for whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the files of handouts/build are: group → file → title and description.
_KNOWN = {
    "For learners": {
        "learner-a4.pdf": ("Learner's handout, A4", "Questions, ideas, commands, filmstrips, and room to write."),
        "learner-letter.pdf": ("Learner's handout, Letter", "The same on North American paper."),
        "learner-large.pdf": ("Learner's handout, large print", "The same in large letters."),
        "command-card.pdf": ("Command card", "The lesson's commands on one sheet, two sides, a line on each."),
        "exercises.pdf": ("Exercises", "The exercises of all chapters, with room to work them out."),
        "lesson.html": ("The lesson, one file", "All of it with its replays, for a screen without a network."),
    },
    "For instructors": {
        "instructor.pdf": ("Instructor's handout", "The same with solutions, notes, minutes, and what goes wrong."),
        "exercises-solutions.pdf": ("Exercises, solved", "The exercises with one way to do each."),
    },
}
_OTHERS = "More"


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its name, what it is called, what is said of it, and its size in words."""

    file: str
    title: str
    about: str
    size: str


def groups(there: Mapping[str, int]) -> list[tuple[str, list[Download]]]:
    """Return the handouts that there are, in groups.

    Parameters
    ----------
    there
        The files' names and sizes in bytes. One that is not known is offered under its name.
    """
    found = [
        (group, [Download(name, *words, _size(there[name])) for name, words in files.items() if name in there])
        for group, files in _KNOWN.items()
    ]
    known = {name for files in _KNOWN.values() for name in files}
    others = [Download(name, name, "", _size(size)) for name, size in sorted(there.items()) if name not in known]
    return [(group, files) for group, files in [*found, (_OTHERS, others)] if files]


def _size(count: int) -> str:
    """Return a number of bytes in words: a reader wants to know whether it is much."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"  # noqa: PLR2004 - a megabyte
