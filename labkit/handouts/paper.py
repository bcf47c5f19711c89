"""The PDF: chapters written as Typst and compiled. Nothing of the machine goes into it: no font, no date."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import font_source_sans_pro
import typst

from labkit.handouts import pictures
from labkit.handouts.source import Chapter, Code, Output, Part, Picture, Prose, Table
from labkit.handouts.typst_markdown import inline_code, render, string, table
from labkit.handouts.words import NOTE, SUBTITLE, TITLE
from labkit.handouts.wrapping import widest, wrap
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEMPLATE = REPO / "handouts" / "paper.typ"

#: Of A4 with its margins, less the insets of a code block (paper.typ): 174 mm - 18.5 pt, in points.
_CODE_WIDTH = 174 / 25.4 * 72 - 18.5
#: A letter's width in DejaVu Sans Mono, as a share of the font's size.
_ADVANCE = 0.6021
#: Letter sizes of code in points: as large as the longest line allows, and no smaller than can be read.
_LARGEST, _SMALLEST = 8.6, 7.2

#: The most of a page that a picture may take, in points.
_PICTURE_WIDTH, _PICTURE_HEIGHT = 485.0, 600.0
#: How much narrower than that the rows of a picture may be that goes over several pages, so that two stand on one.
_SMALLER = 0.82

_FACES = ("Regular", "It", "Semibold", "SemiboldIt", "Bold", "BoldIt")


def pdf(chapters: Sequence[Chapter]) -> bytes:
    """Return the handouts as a tagged PDF (PDF/UA-1: Typst refuses it where an alternative text is missing)."""
    with tempfile.TemporaryDirectory(prefix="labkit-handouts-") as name:
        root = Path(name)
        fonts = root / "fonts"
        fonts.mkdir()
        for face in _FACES:  # only these: the package has each face twice, as TrueType and as OpenType
            file = Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{face}.ttf"
            (fonts / file.name).write_bytes(file.read_bytes())
        (root / "paper.typ").write_bytes(TEMPLATE.read_bytes())
        (root / "main.typ").write_text(document(chapters, root), encoding="utf-8")
        compiled = typst.compile(
            root / "main.typ",
            root=root,
            font_paths=[fonts],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards="ua-1",
            timestamp=0,
        )
    if not isinstance(compiled, bytes):
        raise TypeError("Typst gave pages where one file was asked for")
    return compiled


def document(chapters: Sequence[Chapter], root: Path) -> str:
    """Return the Typst text of all chapters; their pictures are written beside it, into ``root``."""
    names = {chapter.name for chapter in chapters}
    lines = [
        '#import "paper.typ": *',
        f"#show: handout.with(title: {string(TITLE)}, subtitle: {string(SUBTITLE)}, note: {string(NOTE)})",
    ]
    for chapter in chapters:
        number = f"#{string(chapter.number + '  ')}" if chapter.number else ""
        lines.append(f"#heading(level: 1)[{number}#{string(chapter.title)}] <{_label(chapter.name)}>")
        following = [*chapter.parts[1:], Prose("")]
        for index, (part, after) in enumerate(zip(chapter.parts, following, strict=True)):
            context = _Context(
                root / f"{chapter.name}-{index}.svg", names, answered=not isinstance(after, Prose | Code)
            )
            lines.append(_part(part, context))
    return "\n\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a part stands: its picture's file, the chapters that links may lead to, and whether an output follows."""

    file: Path
    names: set[str]
    answered: bool


def _part(part: Part, context: _Context) -> str:
    match part:
        case Prose(text):
            return render(text, links=partial(_link, context.names), code=code)
        case Code(text, language):
            return code(text, language, answered=context.answered)
        case Output(text, kind, language):
            size, wrapped = fit(text)
            return f"#output({size}pt, {string(language)}, {string(kind)}, {string(wrapped)})"
        case Table(header, rows):
            cells = [[inline_code(cell) for cell in row] for row in (header, *rows)]
            return table(cells, ["left"] * len(header), mono=True)
        case Picture(svg, caption, alt):
            return "\n\n".join(_pictures(svg, caption, alt, context.file))


def _pictures(svg: str, caption: str, alt: str, file: Path) -> Iterator[str]:
    """Write a picture, and show it; one of several rows by its rows, the last of which has its caption.

    So a page is filled to its end, whatever stands before the picture; and all of its rows are drawn to one scale.
    """
    pieces = pictures.rows(svg)
    width, height = pictures.size(svg)
    tallest = max(pictures.size(piece)[1] for piece in pieces)
    two = _PICTURE_HEIGHT * width / min(height, 2 * tallest)
    shown = min(_PICTURE_WIDTH, max(two, _SMALLER * _PICTURE_WIDTH) if len(pieces) > 1 else two)
    for number, piece in enumerate(pieces, 1):
        path = file.with_stem(f"{file.stem}-{number}") if len(pieces) > 1 else file
        path.write_text(pictures.for_paper(piece), encoding="utf-8")
        said = caption if number == len(pieces) else ""
        words = alt if number == 1 else f"{caption}, part {number} of {len(pieces)}."
        yield f"#picture({string(path.name)}, {string(words)}, {string(said)}, {shown:.1f}pt)"


def code(text: str, language: str, *, answered: bool = False) -> str:
    """Return a block of code in the largest letters that its longest line allows; ``answered``: an output follows."""
    size, wrapped = fit(text)
    return f"#code({size}pt, {string(language)}, {string(wrapped)}, sticky: {str(answered).lower()})"


def fit(text: str) -> tuple[float, str]:
    """Return the letters' size in points, and the text with those lines wrapped that even the smallest can't hold."""
    size = min(_LARGEST, _CODE_WIDTH / _ADVANCE / max(widest(text), 1))
    size = int(max(size, _SMALLEST) * 20) / 20
    return size, wrap(text, int(_CODE_WIDTH / _ADVANCE / size))


def _label(name: str) -> str:
    return "chapter-" + "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name)


def _link(names: set[str], target: str) -> str | None:
    """Lead a link to another notebook to its chapter; only such links and addresses mean anything on paper."""
    if target.startswith(("https://", "http://", "mailto:")):
        return json.dumps(target)
    name = target.partition("#")[0].removeprefix("./").removesuffix(".ipynb")
    return f"<{_label(name)}>" if name in names else None
