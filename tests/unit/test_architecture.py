"""The architecture page: drawn from what import-linter holds the code to, and nothing of it out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from labkit.board.picture.text import width
from labkit.develop import architecture_picture
from labkit.paths import REPO

if TYPE_CHECKING:
    from pathlib import Path

PAGE = REPO / "docs" / "architecture.md"


def folders() -> set[str]:
    return {path.parent.name for path in (REPO / "labkit").glob("*/__init__.py")}


@pytest.mark.parametrize("drawing", list(architecture_picture.drawings()), ids=lambda pair: pair[0].name)
def test_the_drawings_are_those_of_the_code_as_it_is(drawing: tuple[Path, str]) -> None:
    file, text = drawing
    assert file.read_text(encoding="utf-8") == text, "python -m labkit.develop.architecture_picture"
    assert f"({file.name})" in PAGE.read_text(encoding="utf-8")


def test_all_rooms_are_drawn_and_no_others() -> None:
    drawn = re.findall(r'<text class="name"[^>]*>([\w]+)/</text>', architecture_picture.rooms())
    assert sorted(drawn) == sorted(folders())


def test_the_flow_names_rooms_that_there_are() -> None:
    named = re.findall(r"\b(\w+)/", " ".join(re.findall(r'class="name"[^>]*>([^<]+)<', architecture_picture.flow())))
    assert len(named) > 8
    assert set(named) <= folders()


def test_no_words_leave_their_box() -> None:
    """Small words are as large as the board's captions; the name's letters are 0.6 em wide each, of 16 pixels."""
    for box in architecture_picture._FLOW:
        assert max(width(line, "caption") for line in box.lines) <= box.width - 20, box
        assert len(box.name) * 9.6 <= box.width - 20, box


def test_files_that_the_page_names_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert len(linked) > 4
    assert [target for target in linked if not (PAGE.parent / target).exists()] == []
    modules = [name for name in re.findall(r"`([a-z]+/[\w/]+\.?\w*)`", text) if not name.startswith(("docs", "hand"))]
    assert [name for name in modules if not ((REPO / "labkit" / name).exists() or (REPO / name).exists())] == []
