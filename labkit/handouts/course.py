"""What is on paper: each notebook's questions, predictions, exercises, commands, notes and ideas. Read, not run.

The notebooks say what stands where; the words of predictions and exercises are those of :mod:`labkit.lesson.wording`,
which a learner's screen has as well. So paper cannot say something else than the lesson does.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.handouts import notes as noted
from labkit.handouts.source import opened
from labkit.lesson import wording
from labkit.lesson.committed import INSTRUCTOR_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.handouts.notes import Note

_TITLE = re.compile(r"\A# (.+)$", re.MULTILINE)
_MINUTES = re.compile(
    r"^\*\*About (\d+) minutes\*\*: (\d+) reading, (\d+) doing, (\d+) waiting\.(?: Optional: (\d+) more\.)?$",
    re.MULTILINE,
)
_CALL = re.compile(r'lab\.(exercise|predict)\("([\w-]+)"\)')
_OBSERVED = re.compile(r'lab\.observe\("([\w-]+)"\)')
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_KUBECTL = re.compile(r"^%%?(kubectl .+)$")
_ASKED = re.compile(r"lab\.exit_code\((.+)\)\s*$", re.DOTALL)
#: What a cell fills in: ``{node}``, and not ``{.status.readyReplicas}`` or ``{"spec": …}``.
_FILLED = re.compile(r"\{(\w+)\}")
_OPTIONAL = " (optional)"
_POINTS = "What you saw"
#: Of these causes a box says nothing that was done wrongly: it is done, it comes by itself, or nothing can be seen.
_NO_WAY = frozenset({"done", "on-its-way", "asking", "not-heard", "no-deployment", "no-reader", "rolling", "draining"})


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long a notebook takes, in minutes: reading, doing, waiting, and what is optional beside all three."""

    all: int
    reading: int
    doing: int
    waiting: int
    optional: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen, and whether it was what happened in the notebook's own run."""

    said: str
    happened: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction: its question and choices, what happened, why, and the instructor's notes right above it."""

    key: str
    question: str
    choices: tuple[Choice, ...]
    happened: str
    why: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise.

    Attributes
    ----------
    key, title, goal, expected, question
        What the step's words say.
    optional
        Whether it stands in a section that may be left out.
    note
        The instructor's.
    wrong
        What its box says of what is not it, in the order of the words.
    """

    key: str
    title: str
    goal: str
    expected: str
    question: str
    optional: bool
    note: Note
    wrong: tuple[wording.Cause, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One notebook.

    Attributes
    ----------
    name, title
        ``03-scale``, and its first heading.
    about
        The paragraph that tells what it is about.
    minutes
        What its first line says.
    questions, needs
        Its questions, and what one needs for it.
    commands
        What its cells run by kubectl, in their order, each once; what a cell fills in stands in capitals.
    predictions, exercises
        In their order.
    notes
        The instructor's notes that belong to no exercise, each with the heading above it.
    points
        What was seen: the ideas.
    """

    name: str
    title: str
    about: str
    minutes: Minutes
    questions: tuple[str, ...]
    needs: str
    commands: tuple[str, ...]
    predictions: tuple[Prediction, ...]
    exercises: tuple[Exercise, ...]
    notes: tuple[tuple[str, Note], ...]
    points: tuple[str, ...]

    @property
    def number(self) -> str:
        """The two digits that its name begins with."""
        return self.name[:2]


def read(path: Path) -> Session:
    """Return what is on paper of a notebook.

    Raises
    ------
    LabError
        If it cannot be read, was never run, or lacks what every notebook of the lesson has.
    """
    notebook = opened(path)
    first = str(notebook.cells[0].source) if notebook.cells else ""
    title, minutes = _TITLE.search(first), _MINUTES.search(first)
    points = _points(notebook)
    if not (title and minutes and points):
        lacks = "a title" if not title else "its minutes in the first cell" if not minutes else f"a section “{_POINTS}”"
        raise LabError(
            f"{path.name} lacks {lacks}, so it is no notebook of the lesson.",
            remedy="python -m labkit.develop.minutes --write" if title and not minutes else "git checkout notebooks",
        )
    walked = _Walk(path.stem, notebook)
    all_of_it = (int(found or 0) for found in minutes.groups())
    return Session(
        name=path.stem,
        title=title[1],
        about=_about(first[minutes.end() :]),
        minutes=Minutes(*all_of_it),
        questions=_bullets(_labelled(first, "Questions")),
        needs=_labelled(first, "You need").strip().partition("\n\n")[0],
        commands=tuple(dict.fromkeys(commands(notebook))),
        predictions=tuple(walked.predictions),
        exercises=tuple(walked.exercises),
        notes=tuple(walked.notes),
        points=points,
    )


class _Walk:
    """Goes through a notebook's cells in their order, and knows which heading stands above."""

    def __init__(self, name: str, notebook: Any) -> None:  # noqa: ANN401 - nbformat is untyped
        self.name = name
        self.predictions: list[Prediction] = []
        self.exercises: list[Exercise] = []
        self.notes: list[tuple[str, Note]] = []
        self.section = ""
        self.observed = dict(_observed(notebook))
        pending: Note | None = None
        for cell in notebook.cells:
            text = str(cell.source)
            if INSTRUCTOR_TAG in cell.metadata.get("tags", []):
                self._keep(pending)
                pending = noted.read(text)
                continue
            call = _CALL.fullmatch(text.strip()) if cell.cell_type == "code" else None
            if call and call[1] == "exercise":
                self.exercises.append(self._exercise(call[2], pending or noted.NONE))
                pending = None
            self._keep(pending)
            pending = None
            if call and call[1] == "predict":
                self.predictions.append(self._prediction(call[2]))
            if cell.cell_type == "markdown" and (headings := _SECTION.findall(text)):
                self.section = str(headings[-1])
        self._keep(pending)

    def _keep(self, note: Note | None) -> None:
        if note is not None:
            self.notes.append((self.section.removesuffix(_OPTIONAL), note))

    @property
    def _optional(self) -> bool:
        return self.section.endswith(_OPTIONAL)

    def _exercise(self, key: str, note: Note) -> Exercise:
        words = wording.of_step(key, self.name)
        wrong = tuple(cause for name, cause in words.causes.items() if name not in _NO_WAY)
        return Exercise(key, words.title, words.goal, words.expected, words.question, self._optional, note, wrong)

    def _prediction(self, key: str) -> Prediction:
        words = wording.of_prediction(key, self.name)
        # the run says which of the choices it was, and what was seen: its cell prints the sentence
        observed = self.observed.get(key, "")
        seen = {choice: wording.pattern(said).search(observed) for choice, said in words.happened.items()}
        happened, found = next(((choice, found) for choice, found in seen.items() if found), ("", None))
        if found is None:
            raise LabError(
                f"{self.name} does not say what came of the prediction {key!r}.", remedy=f"labkit notebooks {self.name}"
            )
        choices = tuple(Choice(said, choice == happened) for choice, said in words.choices.items())
        return Prediction(key, words.question, choices, found[0], words.why[happened], self._optional)


def commands(notebook: Any) -> Iterator[str]:  # noqa: ANN401 - nbformat is untyped
    """Yield what a notebook's cells run by kubectl, in their order."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for line in str(cell.source).splitlines():
            asked = _ASKED.search(line)
            found = _KUBECTL.match(line)
            if asked or found:
                command = f"kubectl {ast.literal_eval(asked[1])}" if asked else found[1] if found else ""
                yield _FILLED.sub(lambda name: {"victim": "POD"}.get(name[1], name[1].upper()), command)


def _about(text: str) -> str:
    return text.strip().partition("\n\n")[0].replace("\n", " ")


def _labelled(text: str, label: str) -> str:
    """Return what follows a label in bold, up to the next one."""
    return next(iter(re.findall(rf"\*\*{label}\*\*(.*?)(?=^\*\*|\Z)", text, re.MULTILINE | re.DOTALL)), "")


def _bullets(text: str) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in re.findall(r"^- (.+)$", text, re.MULTILINE))


def _points(notebook: Any) -> tuple[str, ...]:  # noqa: ANN401 - nbformat is untyped
    sections = (
        str(cell.source).partition(f"## {_POINTS}\n")[2] for cell in notebook.cells if cell.cell_type == "markdown"
    )
    return next((_bullets(text) for text in sections if text), ())


def _observed(notebook: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - nbformat is untyped
    """Yield each prediction that was answered, with what its cell put out."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and (call := _OBSERVED.fullmatch(str(cell.source).strip())):
            texts = [each.get("text", "") for each in cell.outputs]
            texts += [each.get("data", {}).get("text/plain", "") for each in cell.outputs]
            said = " ".join("\n".join("".join(text) for text in texts).split())
            yield call[1], said.partition(wording.common("prediction")["recorded"])[2].strip()
