"""Ways side by side: one scale for all, no line upon another, no word cut; and the same as a table."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

import pytest

from labkit.board import lanes
from labkit.board.lanes import Lane
from labkit.board.picture.text import STYLES, width
from labkit.board.side_by_side import WORDS, SideBySide
from labkit.lesson import ways, wording
from labkit.recording.replacement import Being, PodLife, Replacement, Stretch
from labkit.recording.request import Request
from tests.unit.test_picture_contrast import SEEN, TEXT, contrast, ground, style

if TYPE_CHECKING:
    from labkit.board.picture.scene import Element

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SVG = "{http://www.w3.org/2000/svg}"


def lived(name: str, *times: float, new: bool) -> PodLife:
    """Return the life of an old Pod (until it is Terminating, and gone) or of a new one (each stretch's beginning)."""
    beings = (Being.STARTING, Being.RUNNING, Being.RECEIVING) if new else (Being.RECEIVING, Being.TERMINATING)
    begins = times if new else (-1.5, *times)
    found = [Stretch(being, *each) for being, each in zip(beings, pairwise(begins), strict=True)]
    return PodLife(name, new, tuple(found))


def tried(way: str, *, end: float = 10.7, lost: bool = False, complete: float | None = 8.3) -> Replacement:
    """Return one way: three old Pods, three new ones, and a request every 50 ms."""
    lives = (
        *(lived(f"old{i}", 0.1 + 2 * i, 6.6, new=False) for i in range(3)),
        *(lived(f"new{i}", 0.1 + i, 1 + i, 4.0 + i, end, new=True) for i in range(3)),
    )
    asked = []
    for i in range(int(end * 20)):
        nobody = lost and 100 < i < 140
        pod = "503" if nobody else ("new0" if i % 2 else "old0")
        version = None if nobody else "2.0.0"
        asked.append(Request(i / 20, version, 0.004 + i % 7 / 100, pod, 2 if i % 50 == 1 else 1))
    earlier = tuple(Request(i / 20, "1.0.0", 0.004, "old0") for i in range(-30, 0))
    return Replacement(way, 0.0, end, complete, lives, tuple(asked), earlier, 2, 4, 6)


def lane(found: Replacement) -> Lane:
    """Return a way with the lesson's own words."""
    words = wording.of_way(found.way, ways.NOTEBOOK)
    return Lane(found, words.title, words.what)


@cache
def all_ways(across: float = 900) -> SideBySide:
    """Return the picture of all ways."""
    losing = {"recreate", "no probe", "ready but wrong"}
    found = [
        tried(key, end=8.0 + 3 * i, lost=key in losing, complete=None if i == 3 else 7.0)
        for i, key in enumerate(ways.WAYS)
    ]
    return SideBySide([lane(each) for each in found], across)


def elements(across: float = 900) -> dict[str, Element]:
    """Return what is drawn."""
    shown = all_ways(across)
    return dict(lanes.draw(shown._lanes, shown._width, WORDS)[0].elements)


def boxes(drawn: dict[str, Element]) -> list[tuple[str, float, float, float, float]]:
    """Return each line of text with its left, top, right and bottom."""
    found = []
    for element in drawn.values():
        for part in element.parts:
            if part.tag != "text":
                continue
            name = str(part.attributes["class"]).split()[0].removeprefix("t-")
            wide, tall = width(part.text, name), STYLES[name].size
            at = element.x + float(part.attributes["x"])
            left = at - {"end": wide, "middle": wide / 2}.get(str(part.attributes.get("text-anchor", "")), 0.0)
            base = element.y + float(part.attributes["y"])
            found.append((part.text, left, base - 0.8 * tall, left + wide, base + 0.2 * tall))
    return found


@pytest.mark.parametrize("across", [100, 560, 700, 900, 1400])
def test_no_text_lies_upon_another_and_none_is_cut(across: float) -> None:
    """Nor outside of the picture, nor smaller than 11 pixels."""
    found = boxes(elements(across))
    assert len(found) > 40
    for i, (line, left, top, right, bottom) in enumerate(found):
        assert "…" not in line
        assert left >= 0, line
        assert right <= max(560, across) + 0.5, line
        for other, other_left, other_top, other_right, other_bottom in found[i + 1 :]:
            apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
            assert apart, (line, other)
    lines = [part for element in elements(across).values() for part in element.parts if part.tag == "text"]
    assert min(STYLES[str(part.attributes["class"]).split()[0][2:]].size for part in lines) >= 11


def test_no_bar_and_no_tick_lies_upon_the_words() -> None:
    """They begin to the right of the longest line."""
    words = max(right for line, left, _, right, _ in boxes(elements()) if left < 100 and line not in _key_words())
    bars = [e for key, e in elements().items() if key.startswith("life:")]
    lefts = [float(p.attributes["x"]) for e in bars for p in e.parts if p.tag == "rect"]
    assert min(lefts) > words + 4


def _key_words() -> set[str]:
    return {WORDS.title, WORDS.key_old, WORDS.key_new, WORDS.key_answered, WORDS.key_retried, WORDS.key_lost}


def test_one_scale_for_all() -> None:
    """A second is as long in every lane, and all fit."""
    drawn = elements()
    marks = [p for p in drawn["axis"].parts if p.text and p.text.isdigit()]
    at = {int(p.text): float(p.attributes["x"]) for p in marks}
    step = (at[4] - at[0]) / 4
    for number, found in enumerate(all_ways().ways.values()):
        if found.complete is not None:
            line = str(drawn[f"complete:{number}"].parts[0].attributes["d"])
            assert float(re.findall(r"[\d.]+", line)[0]) == pytest.approx(at[0] + found.complete * step, abs=0.2)
        ends = [p for p in drawn[f"life:{number}:5"].parts if p.tag == "rect"]
        right = max(float(p.attributes["x"]) + float(p.attributes["width"]) for p in ends)
        assert right == pytest.approx(at[0] + found.end * step, abs=0.6)
        assert right <= 900 - 14


def test_lanes_do_not_touch() -> None:
    """Each begins below what the one before has drawn."""
    drawn = elements()
    tops = [drawn[f"lane:{i}"].y for i in range(len(ways.WAYS))]
    for i, below in enumerate(tops[1:]):
        lowest = drawn[f"requests:{i}"].y + 9
        words = max(float(p.attributes["y"]) for p in drawn[f"lane:{i}"].parts if p.text) + tops[i]
        assert max(lowest, words + 3) < below
        assert max(drawn[f"life:{i}:{n}"].y for n in range(6)) + 5 < drawn[f"requests:{i}"].y - 13


def test_losses_point_down_and_have_their_own_colour() -> None:
    """Told by place and by colour; a way without any has none."""
    drawn = elements()
    for number, found in enumerate(all_ways().ways.values()):
        series = {str(p.attributes["class"]): str(p.attributes["d"]) for p in drawn[f"requests:{number}"].parts}
        assert ("lost" in series) == bool(found.lost)
        if found.lost:
            assert series["lost"].count("M") == found.lost
            assert all(float(y) > 0 for y in re.findall(r" ([\d.]+)V", series["lost"]))
        assert series["retried"].count("M") == found.retried
        assert {"ticks r0", "ticks r1"} <= set(series)
        facts = lanes.facts(lane(found), WORDS)
        assert facts[0] == f"{found.lost} lost, {found.retried} retried"
    assert "not complete" in lanes.facts(lane(tried("1/1", complete=None)), WORDS)


@pytest.mark.parametrize("theme", THEMES)
def test_bars_ticks_and_words_stand_out_from_the_paper(theme: Literal["light", "dark"]) -> None:
    """Of the classes that the picture uses, in both themes."""
    paper = ground(theme, ".paper")
    for revision in ("r0", "r1", "rx"):
        for kind in ("ready", "open", "leaving"):
            assert contrast(style(theme, "stroke", "bar", f"share {kind} {revision}"), paper) >= SEEN
        assert contrast(style(theme, "stroke", "requests", f"ticks {revision}"), paper) >= SEEN
    for cls in ("lost", "retried"):
        assert contrast(style(theme, "stroke", "requests", cls), paper) >= SEEN
    for tone in ("fg", "dim", "bad"):
        assert contrast(style(theme, "fill", f"c-{tone}"), paper) >= TEXT
    full = style(theme, "fill", "bar", "share ready r0")
    empty = style(theme, "fill", "bar", "share open r0")
    assert contrast(full, empty) >= SEEN, "receiving or not is told without the hue"


@pytest.mark.parametrize("theme", ["auto", "light", "dark", "print"])
def test_it_is_one_picture_that_needs_nothing_else(theme: Literal["auto", "light", "dark", "print"]) -> None:
    document = all_ways().svg(theme)
    root = ET.fromstring(document)  # noqa: S314 - our own document
    assert root.findtext(f"{SVG}title") == "The same change, way by way"
    assert "Recreate: " in (root.findtext(f"{SVG}desc") or "")
    assert "var(" not in document
    rows = [float(each) for each in root.attrib["data-rows"].split()]
    assert len(rows) == len(ways.WAYS) - 1
    assert rows == sorted(rows)


def test_a_notebook_keeps_picture_words_and_table() -> None:
    shown = all_ways()
    bundle = shown._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert bundle["text/plain"].splitlines()[1] == "1/1: 0 lost, 4 retried; complete after 7.0 s."
    table = shown.table()
    assert list(table.index) == list(ways.WAYS)
    assert table.loc["recreate", "LOST"] == shown.ways["recreate"].lost > 0
    assert table.loc["recreate", "COMPLETE"] == "-"
    assert table.loc["1/1", "WITH TERMINATING"] == "at most 6"
