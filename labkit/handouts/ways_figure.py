"""06's ways for paper: out of the picture that its notebook keeps, each way by itself, words as the page's own text."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from labkit.board import lanes, side_by_side
from labkit.board.paper_requests import LARGE, WIDTH
from labkit.board.picture.scene import Canvas, Scene
from labkit.errors import LabError
from labkit.handouts import pictures
from labkit.handouts.figures import Drawn, drawn
from labkit.lesson import ways, wording

_SVG = "{http://www.w3.org/2000/svg}"
_PLACE = re.compile(r"translate\(([\d.]+)[ ,]([\d.]+)\)")
#: The picture is printed at about half its size; the axis' numbers, 11 pixels tall on it, must not be.
_AXIS_LETTERS, _AXIS_ABOVE, _AXIS_BELOW = 21, 19.0, 4.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One way: its words, and its part of the picture."""

    title: str
    what: str
    facts: tuple[str, ...]
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways on one axis of time, and what bars and ticks mean: that twice, the second time for large print."""

    axis: Drawn
    lanes: tuple[Lane, ...]
    key: Drawn
    key_large: Drawn


def read(svg: str) -> Ways:
    """Return the ways out of a picture as :mod:`labkit.board.side_by_side` draws it.

    Raises
    ------
    LabError
        If it does not show the lesson's ways.
    """
    words = [wording.of_way(key, ways.NOTEBOOK) for key in ways.WAYS if key != ways.MINE]
    told = dict(line.split(": ", 1) for line in pictures.described(svg).splitlines())
    root = ET.fromstring(svg)  # noqa: S314 - our own document
    tops = [y for group in root if _begins(group) and (y := _top(group)) is not None]
    if [each.title for each in words] != list(told) or len(tops) != len(words):
        raise LabError("The picture of 06 does not show the lesson's ways.", remedy=f"labkit notebooks {ways.NOTEBOOK}")
    ends = [*tops[1:], 2 * tops[-1] - tops[-2]]
    axis = _cut(root, tops[0], tops[0], "Seconds since the new version was applied.")
    found = tuple(
        Lane(
            each.title,
            each.what,
            tuple(told[each.title].rstrip(".").split("; ")),
            _cut(root, top, end, told[each.title]),
        )
        for each, top, end in zip(words, tops, ends, strict=True)
    )
    return Ways(axis, found, drawn(_key(WIDTH)), drawn(_key(LARGE)))


def _key(across: float) -> Scene:
    words, canvas = side_by_side.WORDS, Canvas(across)
    tall = lanes.key(canvas, 0.0, across, words)
    said = (words.key_old, words.key_new, *words.key_beings, words.key_answered, words.key_retried, words.key_lost)
    return Scene(across, tall + 6, canvas.elements, "What bars and ticks mean", f"Told apart: {', '.join(said)}.")


def _top(group: ET.Element) -> float | None:
    """Return how far down an element of the picture stands; None where it stands at no height of its own."""
    found = _PLACE.match(group.get("transform", ""))
    return float(found[2]) if found else None


def _begins(group: ET.Element) -> bool:
    """Whether an element is a way's words, which its lane begins with."""
    first = next(iter(group), None)
    return first is not None and first.get("class") == "rule" and group.find(f"{_SVG}text") is not None


def _is_axis(group: ET.Element) -> bool:
    return any(path.get("class") == "desired" for path in group.iter(f"{_SVG}path"))


def _left(root: ET.Element) -> float:
    """Return where the axis of time begins: a little before the lines of requests."""
    found = re.search(r'd="M([\d.]+) \.8H', ET.tostring(root, encoding="unicode"))
    return float(found[1]) - 10 if found else 0.0


def _cut(root: ET.Element, top: float, end: float, alt: str) -> Drawn:
    """Return what stands between two heights, without words; of no height, the axis' numbers."""
    width = float(root.attrib["width"])
    left = _left(root)
    copy = ET.Element(root.tag, {name: root.attrib[name] for name in ("id", "class")})
    for group in root:
        y = _top(group)
        if group.tag == f"{_SVG}style" or _is_axis(group) or (y is not None and top <= y < end):
            copy.append(deepcopy(group))
    numbers = top == end
    for parent in list(copy.iter()):
        for child in list(parent):
            if child.tag == f"{_SVG}title" or (
                child.tag == f"{_SVG}text" and not (numbers and (child.text or "").isdigit())
            ):
                parent.remove(child)
    box = (
        (left, top - _AXIS_ABOVE - 18, width - left, _AXIS_ABOVE + 18 + _AXIS_BELOW)
        if numbers
        else (left, top, width - left, end - top)
    )
    copy.set("viewBox", " ".join(f"{each:g}" for each in box))
    ET.register_namespace("", _SVG.strip("{}"))
    svg = pictures.for_paper(ET.tostring(copy, encoding="unicode"))
    if numbers:
        svg = re.sub(r"(\.t-body \{ font-size: )[\d.]+px", rf"\g<1>{_AXIS_LETTERS}px", svg)
    return Drawn(svg, box[2], box[3], alt)
