"""The handout's page for those who see little, or hear it: contrast, and what a screen reader reads of a table."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labkit.handouts import builder, page, page_markdown, page_parts
from labkit.handouts.source import Chapter, Code, Picture, Prose
from tests.unit import replayed

if TYPE_CHECKING:
    from labkit.recording.source import Source


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("theme", "shade"), [(page_markdown.LIGHT, "#f6f7f9"), (page_markdown.DARK, "#1a1e24")])
def test_every_colour_of_code_stands_out(theme: str, shade: str) -> None:
    """Also those that no cell has yet; the shades are page.css's."""
    assert f"--shade: {shade}" in (page.TEMPLATES / "page.css").read_text(encoding="utf-8")
    rules = re.findall(r"pre \.(\w+) \{ color: (#[0-9A-Fa-f]{3,6})", page_markdown.rules(theme))
    assert len(rules) > 20
    for name, colour in rules:
        light, dark = sorted((luminance(colour), luminance(shade)), reverse=True)
        # white space has a colour, and nobody sees it
        assert name == "w" or (light + 0.05) / (dark + 0.05) >= 4.5, (name, colour)


def test_a_tables_corner_heads_nothing() -> None:
    """Over pandas' index stands no word: no head for a screen reader to read out, and the index heads the rows."""
    drawn = page_parts.table(("", "phase"), (("hello-1", "Running"),))
    assert "<tr><td></td><th scope=" in drawn
    assert '<tr><th scope="row">hello-1</th><td>Running</td></tr>' in drawn
    assert "<td></td>\n<th>b</th>" in page_markdown.html("| | b |\n|-|-|\n| a | 1 |", str, page_markdown.Sections())
    assert "<td>hello</td>" in page_parts.table(("name", "phase"), (("hello", "x"),))


PICTURE = Picture('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"></svg>', "Three Pods", "Three Pods.")
BOARD = Code('lab.board(focus="hello")', "python")
CHAPTER = Chapter(
    "05-rolling-update",
    "Roll out",
    (Prose("It runs."), BOARD, PICTURE, Prose("And again."), Code("lab.picture()", "python"), PICTURE),
)
OTHER = Chapter("06-more", "More", (Code("lab.board()", "python"), PICTURE))


def test_a_run_plays_where_its_chapter_shows_the_board_whose_picture_stays_without_scripts() -> None:
    """Without a recording there is no script at all."""
    still = page.html([CHAPTER, OTHER])
    assert "<script" not in still
    assert "script-src" not in still
    played = page.html([CHAPTER, OTHER], {CHAPTER.name: replayed.beginning()})
    assert played.count('<section class="lk-board lk-replay"') == 1
    inside = played[played.index('class="lk-fallback"') : played.index('<script type="application/gzip"')]
    assert inside.count("<figure") == inside.count("Three Pods</figcaption>") == 1
    assert played.count("<figure") == still.count("<figure") == 3
    # one script, and a policy that runs it and fetches nothing
    scripts = re.findall(r'<script type="module">(.*?)</script>', played, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"default-src &#39;none&#39;; script-src &#39;sha256-{digest}&#39;" in played


def test_two_runs_share_one_script() -> None:
    runs = {CHAPTER.name: replayed.beginning(), OTHER.name: replayed.beginning()}
    played = page.html([CHAPTER, OTHER], runs)
    assert played.count('<section class="lk-board lk-replay"') == 2
    assert played.count("class Replay ") == 1


def test_the_recordings_that_are_kept_are_found_by_their_chapters_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def load(file: Path) -> Source:
        seen.append(file)
        return replayed.beginning()

    monkeypatch.setattr(builder, "load", load)
    (tmp_path / "05-rolling-update.rec").touch()
    (tmp_path / "99-other.rec").touch()
    runs = builder.read_runs([Path("05-rolling-update.ipynb"), Path("06-more.ipynb")], tmp_path)
    assert seen == [tmp_path / "05-rolling-update.rec"]
    assert "lk-replay" in page.html([CHAPTER, OTHER], runs)
