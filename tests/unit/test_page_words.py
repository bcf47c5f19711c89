"""What the notebooks say to who sits before JupyterLab does not stand on the page; nothing else is put otherwise."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from labkit.handouts import page_cells, page_words, source
from labkit.handouts.page_words import Rewording, plainly
from labkit.handouts.source import Prose
from labkit.lesson import wording
from labkit.lesson.notebooks import STARTS
from labkit.paths import REPO

if TYPE_CHECKING:
    from labkit.handouts.source import Chapter

NAMES = sorted(STARTS)

#: What a reader has nothing of: cells, boxes, buttons, JupyterLab's keys.
_LAB_ONLY = re.compile(
    r"Shift\+Enter|\b(?:next|first|empty|this|each|ready) cell\b|\bThe box\b|\b(?:are|by) buttons\b|Show me|Start over"
    r"|JupyterLab|%%?kubectl|folder symbol|eye on the board|Run a cell|Below stands|notebook's"
)


@cache
def chapter(name: str) -> Chapter:
    return source.read(REPO / "notebooks" / f"{name}.ipynb")


def test_every_chapter_that_is_reworded_is_one() -> None:
    assert set(page_words.of_chapters()) - {"every"} <= set(NAMES)


@pytest.mark.parametrize("name", ["every", *NAMES])
def test_what_is_put_otherwise_still_stands_in_the_notebook(name: str) -> None:
    """A sentence of the notebook that was changed is noticed here, and in its words of exercises and predictions."""
    names = NAMES if name == "every" else [name]
    said = "\n".join(_said(each) for each in names)
    gone = [find for find in page_words.of_chapters().get(name, {}) if find not in said]
    assert gone == [], "say in handouts/page.toml what the page says instead"


def _said(name: str) -> str:
    parts = [getattr(part, "text", "") for part in chapter(name).parts]
    comments = ["\n".join(line.lstrip("# ") for line in part.splitlines()) for part in parts]
    words = (wording.FOLDER / wording.LANGUAGE / f"{name}.toml").read_text(encoding="utf-8")
    return "\n".join([*parts, *comments, words])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_lab_only_is_left(name: str) -> None:
    left = [
        text for told in page_cells.retell(chapter(name), Rewording(name)) for text in _texts(told) if _lab_only(text)
    ]
    assert left == [], "say in handouts/page.toml what the page says instead"


def _texts(told: page_cells.Told) -> list[str]:
    """Return what a reader reads of a part: not what kubectl has said, which may speak of anything."""
    match told:
        case Prose(text) | page_cells.Try(text):
            return text.split("\n")
        case page_cells.Exercise():
            return [told.goal, told.expected, *told.hints, told.why, told.way]
        case page_cells.Question():
            return [told.asked, *(words for _, words in told.choices)]
        case page_cells.Answer():
            return [told.happened, told.why]
        case page_cells.Commands():
            return list(told.lines)
        case _:
            return []


def _lab_only(text: str) -> bool:
    return bool(_LAB_ONLY.search(text)) and "In the lab" not in text


def test_the_longer_of_two_is_put_otherwise_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_words, "_all", lambda: {"every": {"a cell": "X"}, "01-one": {"run a cell": "read"}})
    assert Rewording("01-one")("run a cell, a cell") == "read, X"
    assert Rewording("02-two")("run a cell") == "run X"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("%kubectl get pods", "kubectl get pods"),
        ("`%%kubectl apply -f -`", "`kubectl apply -f -`"),
        ("In an empty cell: `%kubectl delete pod {pod}`", "`kubectl delete pod POD`"),
        ("configMap: {{name: settings-2}}", "configMap: {name: settings-2}"),
        ("""patch -p '{"data": {"greeting": "x"}}'""", """patch -p '{"data": {"greeting": "x"}}'"""),
        ("--for=jsonpath={.status.readyReplicas}=3", "--for=jsonpath={.status.readyReplicas}=3"),
    ],
)
def test_commands_as_a_terminal_takes_them(typed: str, read: str) -> None:
    assert plainly(typed) == read
