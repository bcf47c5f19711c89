"""The PDFs of the lesson, set once for all tests, and read: each letter with its place, size and font.

Processes that run tests side by side share them: whoever needs one first makes it, and the others wait for it.
"""

from __future__ import annotations

import io
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pikepdf
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTComponent, LTContainer
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import stream_value
from pdfminer.psparser import LIT
from pypdf import PdfReader

from labkit.handouts import builder, paper
from tests.unit import shared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from labkit.handouts.content import Content

#: Letters that a font sets as one.
_LIGATURES = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}

FILES = [sheet.file for sheet in paper.SHEETS]


class Letter(NamedTuple):
    """One letter: its box in points from the page's lower left corner, its size in points, and its font."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    font: str


class Page(NamedTuple):
    """A page: width and height in points, and all letters but blanks."""

    width: float
    height: float
    letters: tuple[Letter, ...]


@cache
def content() -> Content:
    """Return what the committed notebooks and recordings make."""
    return builder.read(builder.read_lesson())


@cache
def pdf(file: str) -> bytes:
    """Return one of the PDFs."""
    return shared.made(file, lambda: _pdf(file))


def _pdf(file: str) -> bytes:
    sheet = next(each for each in paper.SHEETS if each.file == file)
    with paper.press(content()) as press:
        return press.pdf(sheet)


class _Letters(PDFPageAggregator):
    """Collects letters only: the lines of the pictures are thousands."""

    def paint_path(self, *_: object, **__: object) -> None:
        """Leave it out."""


class _Interpreter(PDFPageInterpreter):
    """Has what is on a page taken apart by qpdf: pdfminer's own parser takes most of the time, being Python."""

    def execute(self, streams: Sequence[object]) -> None:
        """Do what stands in the streams of a page."""
        data = b"\n".join(stream_value(stream).get_data() for stream in streams)
        with pikepdf.Pdf.new() as empty:
            for each in pikepdf.parse_content_stream(pikepdf.Stream(empty, data)):
                name = str(each.operator).replace("*", "_a").replace('"', "_w").replace("'", "_q")
                do = getattr(self, f"do_{name}")
                taken = list(map(_plain, each.operands))
                if do.__code__.co_argcount > 1:
                    do(*taken)
                else:
                    self.argstack += taken  # it takes as many as it needs
                    do()


def _plain(operand: object) -> Any:
    """Return an operand as pdfminer has it."""
    match operand:
        case Decimal():
            return float(operand)
        case pikepdf.String():
            return bytes(operand)
        case pikepdf.Name():
            return LIT(str(operand)[1:])
        case pikepdf.Array():
            return [_plain(each) for each in operand]
        case pikepdf.Dictionary():
            return {name[1:]: _plain(each) for name, each in operand.items()}
        case _:
            return operand


@cache
def pages(file: str) -> tuple[Page, ...]:
    """Return the pages of one of the PDFs, letter by letter."""
    return shared.made(f"{file}.pages", lambda: _pages(file))


def _pages(file: str) -> tuple[Page, ...]:
    resources = PDFResourceManager()
    device = _Letters(resources)
    interpreter = _Interpreter(resources, device)
    found = []
    for one in PDFPage.get_pages(io.BytesIO(pdf(file))):
        interpreter.process_page(one)
        page = device.get_result()
        letters = (
            Letter(_text(c), c.x0, c.y0, c.x1, c.y1, c.size, c.fontname.partition("+")[2])
            for c in _chars(page)
            if c.get_text().strip()
        )
        found.append(Page(page.width, page.height, tuple(letters)))
    return tuple(found)


def _text(char: LTChar) -> str:
    """Return a letter's text; what a font sets as one is taken apart."""
    text: str = char.get_text()
    return _LIGATURES.get(text, text)


def _chars(item: LTComponent) -> Iterator[LTChar]:
    if isinstance(item, LTChar):
        yield item
    elif isinstance(item, LTContainer):
        for child in item:
            yield from _chars(child)


@cache
def reader(file: str) -> PdfReader:
    """Return a reader of one of the PDFs."""
    return PdfReader(io.BytesIO(pdf(file)))


@cache
def text(file: str) -> str:
    """Return all letters of one of the PDFs in a row, without blanks: lines may be broken anywhere."""
    return "".join(letter.text for page in pages(file) for letter in page.letters)
