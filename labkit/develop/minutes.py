"""How long each notebook takes: reading by its words, doing by its cells, waiting by the last run. Written into each.

``python -m labkit.develop.minutes`` tells it; with ``--write`` each notebook's first line, the instructor's notes, the
map in 00 and README's table say it too.

Reading goes by a measured rate. Waiting is measured: ``labkit notebooks`` notes how long the cells ran. Doing is an
estimate, so many minutes for an exercise, a prediction, a cell of one's own and a cell that is only run: nobody has
watched a class with a watch in hand yet.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from labkit import paths
from labkit.lesson import committed, wording
from labkit.lesson.committed import INSTRUCTOR_TAG
from labkit.lesson.notebooks import STARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Words a minute, silently, English non-fiction (M. Brysbaert 2019, "How many words do we read per minute?", Journal of
#: Memory and Language 109, 104047: a meta-analysis of 190 studies).
READING_RATE = 238.0
#: Minutes for one of each: our estimates.
EXERCISE, PREDICTION, OWN, CONTROLS, READY = 3.0, 0.5, 0.75, 2.0, 0.15
#: Seconds that each notebook's cells ran, what is optional by itself.
WAITING = Path(__file__).with_name("waiting.toml")
#: A new run changes what is written down only if it differs by more than so many seconds, or by this share.
_SAME_SECONDS, _SAME_SHARE = 10, 0.15

#: What a learner's own cell holds: comments only.
OWN_CELL = re.compile(r"(?:\s*#[^\n]*\n?)+")
#: A section that may be left out says so in its heading.
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_OPTIONAL = "(optional)"
_CALL = re.compile(r'lab\.(exercise|predict|controls)\("([\w-]+)"\)')
_LINK = re.compile(r"\]\([^)]*\)")

#: What a first line says of it, or said before it was measured.
_FIRST_LINE = re.compile(
    r"^\*\*About \d+ minutes\.?\*\*(?:: \d+ reading, \d+ doing, \d+ waiting\.(?: Optional: \d+ more\.)?)?", re.MULTILINE
)
_NOTED = re.compile(r"(\*Minutes\*: )\d+")


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long something takes, in minutes."""

    reading: float = 0.0
    doing: float = 0.0
    waiting: float = 0.0

    def __add__(self, other: Minutes) -> Minutes:
        """Return both together."""
        return Minutes(self.reading + other.reading, self.doing + other.doing, self.waiting + other.waiting)

    @property
    def whole(self) -> tuple[int, int, int]:
        """Reading, doing and waiting in whole minutes; whoever waits waits for one at least."""
        return round(self.reading), round(self.doing), max(1, round(self.waiting)) if self.waiting else 0

    @property
    def all(self) -> int:
        """All together, in whole minutes."""
        return sum(self.whole)


def of(notebook: Any, name: str, waited: Mapping[str, tuple[int, int]]) -> tuple[Minutes, Minutes]:  # noqa: ANN401 - nbformat is untyped
    """Return how long a notebook takes, and how long its optional parts take beside that.

    Parameters
    ----------
    notebook
        As nbformat has it.
    name
        ``03-scale``.
    waited
        Notebook → seconds that its cells ran, and those of its optional parts.
    """
    found = {False: Minutes(), True: Minutes()}
    for cell, source, optional in _parts(notebook):
        found[optional] += _of_markdown(source) if cell.cell_type == "markdown" else _of_code(source, name)
    # the cell of an exercise is counted with it
    seconds = waited.get(name, (0, 0))
    return tuple(found[optional] + Minutes(waiting=seconds[optional] / 60) for optional in (False, True))  # type: ignore[return-value]


def _parts(notebook: Any) -> Iterator[tuple[Any, str, bool]]:  # noqa: ANN401 - nbformat is untyped
    """Yield the parts that a learner gets: the cell, the text, and whether it stands in an optional section."""
    optional, in_exercise = False, False
    for cell in notebook.cells:
        if INSTRUCTOR_TAG in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code":
            if not (in_exercise and OWN_CELL.fullmatch(cell.source)):
                yield cell, cell.source, optional
            in_exercise = cell.source.startswith("lab.exercise(")
            continue
        # with the one group of the pattern: text, heading, text, heading, text …
        text, *rest = _HEADING.split(cell.source)
        yield cell, text, optional
        for heading, below in zip(rest[::2], rest[1::2], strict=True):
            optional = _OPTIONAL in heading
            yield cell, f"{heading}\n{below}", optional


def optional_cells(notebook: Any) -> set[str]:  # noqa: ANN401 - nbformat is untyped
    """Return the ids of the code cells in optional sections."""
    return {cell.id for cell, _, optional in _parts(notebook) if optional and cell.cell_type == "code"}


def _words(text: str) -> int:
    return len(re.findall(r"\w[\w'./:-]*", _LINK.sub("]", text)))


def _of_markdown(text: str) -> Minutes:
    return Minutes(reading=_words(text) / READING_RATE)


def _of_code(source: str, name: str) -> Minutes:
    """Return what a code cell costs: what its box says is read, and something is done."""
    call = _CALL.fullmatch(source.strip())
    if call is None:
        return Minutes(doing=OWN) + _of_markdown(source) if OWN_CELL.fullmatch(source) else Minutes(doing=READY)
    function, key = call.groups()
    if function == "controls":
        return Minutes(doing=CONTROLS)
    if function == "exercise":
        step = wording.of_step(key, name)
        done = step.causes["done"]
        return _of_markdown(f"{step.title} {step.goal} {step.expected} {done.seen} {done.why}") + Minutes(
            doing=EXERCISE
        )
    asked = wording.of_prediction(key, name)
    happened = next(iter(asked.happened))
    text = " ".join([asked.question, *asked.choices.values(), asked.happened[happened], asked.why[happened]])
    return _of_markdown(text) + Minutes(doing=PREDICTION)


def line(needed: Minutes, optional: Minutes) -> str:
    """Return what a notebook's first line says."""
    reading, doing, waiting = needed.whole
    more = f" Optional: {optional.all} more." if optional.all else ""
    return f"**About {needed.all} minutes**: {reading} reading, {doing} doing, {waiting} waiting.{more}"


# --- what the last run took -------------------------------------------------------------------------------------------


def waited(file: Path = WAITING) -> dict[str, tuple[int, int]]:
    """Return what was measured: notebook → seconds that its cells ran, and those of its optional parts."""
    if not file.exists():
        return {}
    return {name: (need, more) for name, (need, more) in tomllib.loads(file.read_text(encoding="utf-8")).items()}


def note(name: str, seconds: tuple[float, float], file: Path = WAITING) -> None:
    """Write down what a run took, unless it took about as long as the one before.

    Otherwise the notebooks' first lines would change with every run.

    Parameters
    ----------
    name
        ``03-scale``.
    seconds
        What the cells took that everybody runs, and those of the optional parts.
    """
    known = waited(file)
    if name in known and all(_same(one, other) for one, other in zip(known[name], seconds, strict=True)):
        return
    known[name] = (round(seconds[0]), round(seconds[1]))
    head = "# Seconds that each notebook's cells ran, and those of its optional parts. Written by labkit notebooks.\n"
    lines = (f'"{each}" = [{need}, {more}]\n' for each, (need, more) in sorted(known.items()))
    file.write_text(head + "".join(lines), encoding="utf-8")


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= max(_SAME_SECONDS, _SAME_SHARE * one)


# --- where it is said -------------------------------------------------------------------------------------------------


def table(folder: Path) -> dict[str, tuple[Minutes, Minutes]]:
    """Return what each notebook takes: needed, and optional beside it."""
    measured = waited()
    return {
        name: of(nbformat.read(folder / f"{name}.ipynb", as_version=4), name, measured)
        for name in STARTS
        if (folder / f"{name}.ipynb").exists()
    }


def write(repository: Path) -> None:
    """Say it where it is said: in each notebook, in the instructor's notes, in the map in 00 and in README."""
    found = table(repository / "notebooks")
    for name, (needed, optional) in found.items():
        path = repository / "notebooks" / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        first = notebook.cells[0]
        first.source = _FIRST_LINE.sub(line(needed, optional), first.source, count=1)
        for cell in notebook.cells:
            if INSTRUCTOR_TAG in cell.metadata.get("tags", []):
                cell.source = _NOTED.sub(rf"\g<1>{needed.all}", cell.source)
            elif cell.cell_type == "markdown":
                cell.source = _rows(cell.source, found)
        nbformat.write(notebook, path)
    readme = repository / "README.md"
    readme.write_text(_rows(readme.read_text(encoding="utf-8"), found), encoding="utf-8")
    committed.update()


def _rows(text: str, found: Mapping[str, tuple[Minutes, Minutes]]) -> str:
    """Return a text with the minutes of each notebook in its row of a table."""
    for name, (needed, _) in found.items():
        text = re.sub(rf"^(\| \[{name}\]\(.*\| )\d+ \|$", rf"\g<1>{needed.all} |", text, flags=re.MULTILINE)
    return text


def main(arguments: list[str]) -> None:
    """Tell how long the notebooks take; with ``--write``, have the notebooks tell it."""
    if "--write" in arguments:
        write(paths.REPO)
    found = table(paths.REPO / "notebooks")
    for name, (needed, optional) in found.items():
        print(f"{name:24} {line(needed, optional)}")  # noqa: T201 - a command's answer
    print(f"{'all':24} {sum(needed.all for needed, _ in found.values())} minutes")  # noqa: T201 - likewise


if __name__ == "__main__":
    main(sys.argv[1:])
