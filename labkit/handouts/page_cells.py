"""What a reader without a kernel gets of a notebook: each cell and what it put out, told as parts of a page. Pure.

A notebook's cells are typed by a learner, and most of them call the lab: ``lab.predict("…")``, ``lab.wait_ready(…)``.
On a page nobody can run them. So kubectl's commands stand there as in a terminal, with what they said; a prediction is
a question whose answer opens where the lesson gives it; an exercise has its hints and one way to do it, folded; and
what only the lab needs is left out.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.handouts.page_words import Rewording, plainly, without_magic
from labkit.handouts.source import Code, Output, Picture, Prose, Table
from labkit.lesson import wording
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps.known import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from labkit.handouts.source import Chapter, Part


@dataclass(frozen=True, slots=True)
class Commands:
    """What was typed and what it said, as in a terminal.

    Attributes
    ----------
    lines
        kubectl's commands; what else was done is a sentence that begins with ``#``.
    said
        The output.
    warned
        What came on standard error, or an error.
    """

    lines: tuple[str, ...]
    said: str = ""
    warned: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is shown, and what it is written in."""

    name: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Sentences that are true now; ``start`` where they say how a chapter begins."""

    lines: tuple[str, ...]
    start: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A prediction: its key, what is asked, and what may be chosen (key → words)."""

    key: str
    asked: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What happened, of which something was predicted.

    Attributes
    ----------
    question
        What was asked.
    choice
        The key of the choice that it was; empty where the recording could not say.
    happened, why
        In words.
    pictures
        The moment.
    """

    question: Question
    choice: str
    happened: str
    why: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something to do: what, what is the case then, hints from the first to the last, one way, and why it works."""

    key: str
    title: str
    goal: str
    expected: str
    question: str
    hints: tuple[str, ...]
    way: str
    why: str


@dataclass(frozen=True, slots=True)
class Try:
    """Something to try, with a cluster."""

    text: str


@dataclass(frozen=True, slots=True)
class Board:
    """The board as it stood when a chapter began: where its run can be replayed. ``focus``: the Deployment on it."""

    pictures: tuple[Picture, ...]
    focus: str


Told = Commands | File | Facts | Question | Answer | Exercise | Try | Board | Prose | Picture | Table | Output

_CALL = re.compile(r'lab\.(predict|observe|exercise|ensure|as_before)\("([\w-]+)"\)')
_KUBECTL = re.compile(r"^\s*%kubectl (.+)$")
_SHOW = re.compile(r"""lab\.show\(["']([^"']+)["']""")
_EXIT = re.compile(r'lab\.exit_code\("{1,3}(.+?)"{1,3}\)')
_FOCUS = re.compile(r"""lab\.board\(.*?focus=["']([\w-]+)["']""")
_TRY = re.compile(r"^(?:Yours: |Your commands\. ?|Your changes, |Your own look at it, )")
#: A sentence for a call of the lab that changes or asks something and is no command of kubectl.
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"lab\.traffic\(rate=(\d+)", r"a client begins to ask \1 times a second, through the front door"),
        (r"client\.stop\(\)", r"the client ends, and counts"),
        (r'lab\.get\("([^"]+)", login=True', r"GET \1 at the front door, with user name and password"),
        (r'lab\.get\("([^"]+)", token=', r"GET \1 at the front door, with the token"),
        (r'sorted\(lab\.get\("([^"]+)"\)\.headers', r"GET \1 at the front door: the headers of the answer"),
        (r'lab\.get\("([^"]+)"\)', r"GET \1 at the front door"),
        (r"lab\.get_inside\((\w+)\)", r"a Pod of the cluster asks at that address"),
        (r'lab\.versions\("(\w+)"\)', r"which versions of \1 answer, and how many Pods of each"),
        (r'lab\.wait_event\("(\w+)", "(\w+)"\)', r"the event \2 of \1"),
        (r'lab\.edit\("([^"]+)"', r"a line of \1 is changed"),
        (r'lab\.restore\("([^"]+)"', r"\1 becomes the original again"),
        (r"lab\.lose_node\(", r"the lab takes a Node away"),
        (r"lab\.bring_back\(", r"the lab brings the Node back"),
        (r"lab\.try_ways\((.+)\)", r"tried, one after the other: \1"),
        (r'lab\.prepare\("([^"]+)"\)', r"made ready: \1"),
        (r"lab\.status\(\)", r"where you are"),
        (r'lab\.hash_of\("([^"]+)"\)', r"a hash of \1"),
    )
)
_EDIT = re.compile(r"lab\.(edit|restore)\((.+)\)")
#: Of a notebook's calls, those that say nothing to who only reads: what they put out does.
_QUIET = re.compile(r"lab\.(?:controls|progress)\(")
_BEGINS = re.compile(r"^The lab is at the start of .*$\n?", re.MULTILINE)


def retell(chapter: Chapter, rewording: Rewording) -> list[Told]:
    """Return a chapter as a reader gets it.

    Parameters
    ----------
    chapter
        The notebook.
    rewording
        What of its text is for JupyterLab only, and what stands there instead.
    """
    told: list[Told] = []
    teller = _Teller(chapter, rewording)
    for code, outputs in _cells(chapter.parts):
        if isinstance(code, Prose):
            text = without_magic(rewording(code.text))
            told += [Prose(text)] if text.strip() else []
            told += [each for each in outputs if isinstance(each, Picture | Table | Output)]
            continue
        for part in teller.cell(code, outputs):
            if not (isinstance(part, Try) and told and isinstance(told[-1], Exercise)):
                # behind an exercise stands the cell to do it in, and there is none
                told.append(part)
    return told


def _cells(parts: Iterable[Part]) -> Iterator[tuple[Code | Prose, list[Part]]]:
    """Yield prose, and each cell with what it put out."""
    cell: tuple[Code | Prose, list[Part]] | None = None
    for part in parts:
        if isinstance(part, Code | Prose):
            if cell is not None:
                yield cell
            cell = (part, [])
        elif cell is not None:
            cell[1].append(part)
    if cell is not None:
        yield cell


class _Teller:
    """Tells the cells of a chapter; remembers what was asked until it is answered."""

    def __init__(self, chapter: Chapter, rewording: Rewording) -> None:
        self._chapter, self._rewording = chapter, rewording
        self._asked: dict[str, Question] = {}

    def cell(self, code: Code, outputs: list[Part]) -> Iterator[Told]:
        """Yield what stands for a cell and what it put out."""
        text = code.text.strip()
        lines = [line for line in text.splitlines() if line.strip()]
        said = "\n".join(each.text for each in outputs if isinstance(each, Output) and each.kind == "result")
        pictures = tuple(each for each in outputs if isinstance(each, Picture))
        if all(line.startswith("#") for line in lines):
            hint = self._words(_TRY.sub("", "\n".join(line.lstrip("# ") for line in lines)))
            if hint and not hint.startswith("Write over"):
                yield Try(hint)
        elif found := _CALL.fullmatch(text):
            yield from self._call(found[1], found[2], said, pictures)
        elif "lab = Lab(" in text:
            facts = tuple(_BEGINS.sub("", said).splitlines())
            yield from [Facts(facts, start=True)] if facts else []
        elif text.startswith("lab.board("):
            focus = _FOCUS.match(text)
            yield Board(pictures, focus[1] if focus else "")
        elif not _QUIET.match(text):
            yield from _commands(lines, outputs, said)

    def _words(self, text: str) -> str:
        return plainly(self._rewording(text))

    def _call(self, name: str, key: str, said: str, pictures: tuple[Picture, ...]) -> Iterator[Told]:
        """Yield what stands for a call that has its words in the lesson's catalogue."""
        if name == "predict" and key in PREDICTIONS:
            words = wording.of_prediction(key, PREDICTIONS[key].notebook)
            choices = tuple((each, plainly(words.choices[each])) for each in PREDICTIONS[key].choices)
            self._asked[key] = Question(key, self._words(words.question), choices)
            yield self._asked[key]
        elif name == "observe" and key in self._asked:
            on_it = wording.common("prediction")
            told = said.replace(on_it["recorded"], "").strip().removeprefix(f"{on_it['happened']}: ")
            happened, _, why = told.partition(f"\n{on_it['why']}: ")
            happened, why = happened.strip(), plainly(why.strip())
            yield Answer(self._asked[key], _choice(key, happened), happened, why, pictures)
        elif name == "exercise" and key in STEPS:
            yield self._exercise(key)
        elif name in {"ensure", "as_before"} and said:
            yield Facts(tuple(said.splitlines()))

    def _exercise(self, key: str) -> Exercise:
        words = wording.of_step(key, STEPS[key].notebook)
        # who has not begun is helped most: that has the most hints
        most = max(words.causes.values(), key=lambda cause: len(cause.hints))
        done = words.causes["done"].why
        return Exercise(
            key,
            words.title,
            self._words(words.goal),
            self._words(words.expected),
            words.question,
            tuple(map(self._words, most.hints)),
            "\n".join(map(_done, plainly(self._chapter.ways.get(key, "")).splitlines())),
            "" if wording.names_in(done) else self._words(done),
        )


def _choice(key: str, happened: str) -> str:
    """Return which choice a sentence says that it was; a fact stands in its braces."""
    sentences = wording.of_prediction(key, PREDICTIONS[key].notebook).happened
    return next((c for c, sentence in sentences.items() if wording.pattern(sentence.strip()).fullmatch(happened)), "")


def _done(line: str) -> str:
    """Return a line of a way as who has no lab would do it: a call that edits a file says what it changes there."""
    found = _EDIT.fullmatch(line)
    if not found:
        return line
    file, *change = ast.literal_eval(f"({found[2]},)")
    if found[1] == "restore":
        return f"# {file}: as it was at first"
    old, new = (each.strip("\n").replace("\n", "\n#   ") for each in change)
    return f"# {file}: write\n#   {new}\n# in place of\n#   {old}"


def _commands(lines: list[str], outputs: list[Part], said: str) -> Iterator[Told]:
    typed: list[str] = []
    file = ""
    for line in lines:
        if found := _KUBECTL.match(line):
            typed.append(plainly(f"kubectl {found[1]}"))
        elif found := _EXIT.search(line):
            typed.append(f"kubectl {found[1]}")
        elif found := _SHOW.search(line):
            file = found[1]
        else:
            typed += [f"# {found.expand(say)}" for find, say in _SENTENCES if (found := find.search(line))][:1]
    warned = "\n".join(each.text for each in outputs if isinstance(each, Output) and each.kind != "result")
    if file:
        shown = next((each for each in outputs if isinstance(each, Output)), Output("", language="text"))
        yield File(file, shown.text, shown.language)
    elif typed:
        yield Commands(tuple(dict.fromkeys(typed)), said, warned)
    elif warned:
        yield Output(warned, "error")
    elif said:
        yield Facts(tuple(said.splitlines()))
    yield from (each for each in outputs if isinstance(each, Picture | Table | Prose))
