"""The nodes: a box each, with its name and what ``kubectl get nodes`` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import words
from labkit.board.picture.scene import BACK, Canvas, Part, rect, text
from labkit.board.picture.signs import sign
from labkit.board.picture.text import fit_end, width, wrap, wrap_name

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement, Column
    from labkit.board.picture.stage import Stage
    from labkit.board.picture.words import Said

#: Height of a heading of one line.
HEADER = 30
_LINE = 11
_MOST = 3


class _Heading(NamedTuple):
    """What stands beside a node's name, and on the lines below it where that is too long."""

    word: str
    below: tuple[str, ...]
    pad: int


def header(seen: Arrangement, stage: Stage) -> float:
    """Return how tall the nodes' headings are: as tall as the one that says most."""
    return HEADER + _LINE * max((len(_heading(stage, c, _said(seen, c)).below) for c in stage.columns), default=0)


def draw(canvas: Canvas, seen: Arrangement, stage: Stage, h: float, *, foot: bool) -> None:
    """Draw the nodes' boxes and their headings."""
    tall = header(seen, stage)
    for i, column in enumerate(stage.columns):
        said = _said(seen, column)
        dimmed = words.silent(seen.snapshot, column.name)
        heading = _heading(stage, column, said)
        line = h - tall + 18 if foot else 20.0
        box = rect(0, 0, stage.column, h, "box", 8)
        aside = (width(heading.word, "strong") + 14 if heading.word else 10) if said.words else 0
        named = fit_end(column.label, "strong", stage.column - 2 * heading.pad - aside - 1)
        parts = [box, text(heading.pad, line, named, "strong")]
        right = stage.column - heading.pad
        if heading.word:
            parts.append(text(right - width(heading.word, "strong"), line, heading.word, "strong", said.tone))
        if said.words:
            parts.append(mark(right - aside + 5, line - 4, said))
        for n, more in enumerate(heading.below, 1):
            parts.append(text(heading.pad, line + n * _LINE + 1, more, "tiny", said.tone))
        title = f"node {column.name}{': ' if said.words else ''}{said.words}"
        cls = "node lost" if dimmed else "node"
        canvas.put(f"node:{column.name}", stage.left(i), stage.y, parts, cls, layer=BACK, title=title)


def _said(seen: Arrangement, column: Column) -> Said:
    return words.node(seen.snapshot, column.name)


def _heading(stage: Stage, column: Column, said: Said) -> _Heading:
    """Choose where the words go: beside the name, or below it; of a node that is well, the mark alone can say it."""
    if width(column.label, "strong") + width(said.words, "strong") + 20 <= stage.column - 20:
        return _Heading(said.words, (), 10)
    if said.words == "Ready":
        return _Heading("", (), 6)
    room = stage.column - 12
    if ", " not in said.words:
        return _Heading("", tuple(wrap_name(said.words, "tiny", room, _MOST)), 6)
    lines = [line for part in said.words.split(", ") for line in _lines(part, room)]
    return _Heading("", tuple(lines), 6)


def _lines(part: str, room: float) -> list[str]:
    """Return a part of what is said as lines; a taint's key may be long, and is broken rather than cut."""
    return wrap_name(part, "tiny", room, _MOST) if " " not in part else wrap(part, "tiny", room)


def mark(x: float, y: float, said: Said) -> Part:
    """Return the mark: a dot for a Node that is simply Ready, else a sign."""
    drawn = words.node_sign(said)
    if drawn:
        return sign(drawn, x, y, said.tone)
    return Part("circle", {"cx": round(x, 1), "cy": round(y, 1), "r": 4, "class": f"f-{said.tone}"})
