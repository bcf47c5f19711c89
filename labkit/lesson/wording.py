"""The words of the steps and predictions, in one language: TOML files with a table for each key.

Checks and predictions are data; what is said of them stands in ``words/<language>/<notebook>.toml``. In a text, a fact
stands in braces: ``{pods}``.
"""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import in_class
from labkit.lesson import variants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.verdict import Fact, Verdict

FOLDER = Path(__file__).with_name("words")
#: The language that is there.
LANGUAGE = "en"
_FACT = re.compile(r"\{\w+\}")
#: The file of what every step may say.
_COMMON = "common"


@dataclass(frozen=True, slots=True)
class Cause:
    """What is said of one thing that a check may find.

    Attributes
    ----------
    seen
        What was seen.
    why
        Why that is not what is expected, or why it is.
    remedy
        What to try; empty where nothing is to be done.
    hints
        What helps further, to be opened one by one.
    """

    seen: str
    why: str = ""
    remedy: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepWords:
    """What is said of a step.

    Attributes
    ----------
    title, goal, expected
        Its name, what is to be done, and what must be the case then.
    there
        The fact that a notebook prints once it has seen to it that the step is done.
    as_before
        The fact that a notebook prints once it has taken the step back.
    causes
        What is said of what its check finds.
    waits
        What is waited for while it is shown.
    question
        What is to be answered in words; empty where nothing is.
    """

    title: str
    goal: str
    expected: str
    there: str
    as_before: str
    causes: Mapping[str, Cause]
    waits: Mapping[str, str]
    question: str = ""


@dataclass(frozen=True, slots=True)
class PredictionWords:
    """What is said of a prediction.

    Attributes
    ----------
    question
        What is asked.
    choices
        What may be chosen: key → words.
    happened
        What is said when that happened: choice → a sentence.
    why
        Why it happened, for each choice that can happen.
    missed
        Why it can't be seen: cause → words. Empty where it is always seen.
    """

    question: str
    choices: Mapping[str, str]
    happened: Mapping[str, str]
    why: Mapping[str, str]
    missed: Mapping[str, Cause] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class WayWords:
    """What is said of a way to replace Pods.

    Attributes
    ----------
    title
        Its name.
    what
        What is another in it.
    """

    title: str
    what: str


def of_step(key: str, notebook: str) -> StepWords:
    """Return the words of a step.

    Raises
    ------
    KeyError
        If there are none.
    """
    found = _read(notebook)["steps"][key]
    causes = {name: _cause(each) for name, each in (_read(_COMMON)["causes"] | found["causes"]).items()}
    plain = {name: found[name] for name in ("title", "goal", "expected", "there", "as_before")}
    return StepWords(**plain, causes=causes, waits=found.get("waits", {}), question=found.get("question", ""))


def of_prediction(key: str, notebook: str) -> PredictionWords:
    """Return the words of a prediction.

    Raises
    ------
    KeyError
        If there are none.
    """
    found = _read(notebook)["predictions"][key]
    missed = {name: _cause(each) for name, each in found.get("missed", {}).items()}
    return PredictionWords(found["question"], found["choices"], found["happened"], found["why"], missed)


def of_way(key: str, notebook: str) -> WayWords:
    """Return the words of a way to replace Pods.

    Raises
    ------
    KeyError
        If there are none.
    """
    return WayWords(**_read(notebook)["ways"][key])


def said(words: StepWords, verdict: Verdict) -> Cause:
    """Return what is said of a verdict, with its facts filled in."""
    cause = words.causes[verdict.cause]
    return Cause(
        fill(cause.seen, verdict.facts),
        fill(cause.why, verdict.facts),
        fill(cause.remedy, verdict.facts),
        tuple(fill(hint, verdict.facts) for hint in cause.hints),
    )


def fill(text: str, facts: Mapping[str, Fact]) -> str:
    """Return a text with facts in place of their names in braces.

    Raises
    ------
    KeyError
        If a fact is missing.
    """
    return text.format_map(facts) if "{" in text else text


def pattern(text: str) -> re.Pattern[str]:
    """Return what finds a text whatever facts were filled in."""
    return re.compile(".+?".join(map(re.escape, _FACT.split(text))))


def names_in(text: str) -> frozenset[str]:
    """Return the names of the facts that a text needs."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def common(table: str) -> Mapping[str, str]:
    """Return the words of what stands on every box (``box``), prediction (``prediction``) or in ``progress``."""
    found: dict[str, str] = _read(_COMMON)[table]
    return found


def _cause(found: Mapping[str, Any]) -> Cause:
    return Cause(found["seen"], found.get("why", ""), found.get("try", ""), tuple(found.get("hints", ())))


def _read(name: str) -> dict[str, Any]:
    return _read_for(name, in_class.found())


@cache
def _read_for(name: str, ours: in_class.Class | None) -> dict[str, Any]:
    found = tomllib.loads((FOLDER / LANGUAGE / f"{name}.toml").read_text(encoding="utf-8"))
    return found if ours is None else variants.all_said(found, variants.of(name, ours))
