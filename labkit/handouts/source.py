"""What a handout is made of: an executed notebook, read into chapters of plain parts. No cluster, no kernel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import nbformat

from labkit.errors import LabError
from labkit.handouts import notes as noted
from labkit.handouts import pictures
from labkit.lesson.committed import INSTRUCTOR_TAG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_TITLE = re.compile(r"\A#\s+(.+?)\s*$", re.MULTILINE)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_SHOWS_FILE = re.compile(r"""(?:\s*#[^\n]*\n)*\s*lab\.show\(["']([^"']+)["'][^)]*\)\s*""")
_EXERCISE = re.compile(r"""lab\.exercise\(["']([\w-]+)["']\)""")
#: What a shown file's suffix is called by Pygments and Typst.
_LANGUAGES = {"yaml": "yaml", "yml": "yaml", "conf": "nginx", "py": "python", "sh": "bash", "json": "json"}


@dataclass(frozen=True, slots=True)
class Prose:
    """A Markdown cell's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """What a cell runs; ``language`` is ``python`` or ``bash``."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Output:
    """Text that a cell put out; ``kind`` is ``result``, ``warning`` (standard error) or ``error``."""

    text: str
    kind: str = "result"
    language: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a cell put out: one header row, and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a cell put out, its caption, and the text that stands for it."""

    svg: str
    caption: str
    alt: str


Part = Prose | Code | Output | Table | Picture


@dataclass(frozen=True, slots=True)
class Chapter:
    """One notebook.

    Attributes
    ----------
    name
        The file's name without its suffix: ``03-scale``.
    title
        Its first heading.
    parts
        All the rest, in order.
    ways
        One way to do each exercise, by its key: the commands, as the instructor's note has them.
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    ways: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def number(self) -> str:
        """The two digits that the file's name begins with, or nothing."""
        found = re.match(r"\d+", self.name)
        return found[0] if found else ""


def opened(path: Path) -> Any:  # noqa: ANN401 - nbformat is untyped
    """Return a notebook that was run.

    Raises
    ------
    LabError
        If there is no such notebook, it cannot be read, or one of its cells was never run.
    """
    remedy = f"labkit notebooks {path.stem}"
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise LabError(f"There is no notebook {path}.", remedy=remedy) from None
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise LabError(f"{path.name} cannot be read: {reason}", remedy=remedy) from error
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and not _left_out(cell) and cell.source.strip() and cell.execution_count is None:
            raise LabError(f"{path.name} was not run: cell {number} has no number and no output.", remedy=remedy)
    return notebook


def _left_out(cell: Any) -> bool:  # noqa: ANN401 - nbformat is untyped
    return bool({"remove-cell", INSTRUCTOR_TAG} & set(cell.metadata.get("tags", [])))


def read(path: Path) -> Chapter:
    """Return a notebook as a chapter.

    Raises
    ------
    LabError
        If there is no such notebook, it cannot be read, or one of its cells was never run.
    """
    notebook = opened(path)
    parts: list[Part] = []
    title = path.stem
    for cell in notebook.cells:
        text = str(cell.source).strip("\n")
        if not text.strip() or _left_out(cell):
            continue
        if cell.cell_type == "markdown":
            found = _TITLE.search(text) if not parts else None
            if found:
                title, text = re.sub(r"[*_`]", "", found[1]), text[found.end() :].strip()
            parts.append(Prose(text))
        elif cell.cell_type == "code":
            parts.append(Code(text.rstrip(), _language(text)))
            parts.extend(_outputs(cell))
    return Chapter(path.stem, title, tuple(parts), _ways(notebook.cells))


def appendix(path: Path) -> Chapter:
    """Return a Markdown file beside the notebooks as a chapter without a number.

    Raises
    ------
    LabError
        If it is not there, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{path} cannot be read: {error}", remedy=f"git checkout {path.name}") from error
    found = _TITLE.search(text)
    title = re.sub(r"[*_`]", "", found[1]) if found else path.stem
    return Chapter(path.stem, title, (Prose(text[found.end() :].strip() if found else text),))


def _ways(cells: Iterable[Any]) -> dict[str, str]:
    """Return one way to do each exercise: in the instructor's note above it."""
    ways: dict[str, str] = {}
    way = ""
    for cell in cells:
        if INSTRUCTOR_TAG in cell.metadata.get("tags", []):
            way = noted.read(cell.source).one_way or way
        elif way and (exercise := _EXERCISE.search(cell.source)):
            ways[exercise[1]], way = way, ""
    return ways


def _language(text: str) -> str:
    """Tell kubectl's cells from Python's: in the former every line is a command line."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "bash" if lines and all(line.lstrip().startswith(("%", "!", "#")) for line in lines) else "python"


def _outputs(cell: Any) -> Iterator[Part]:  # noqa: ANN401 - nbformat is untyped
    shown = _SHOWS_FILE.fullmatch(cell.source)
    language = _LANGUAGES.get(shown[1].rpartition(".")[2], "text") if shown else "text"
    for output in cell.outputs:
        if output.output_type == "stream":
            kind = "warning" if output.name == "stderr" else "result"
            yield from _text(output.text, kind, language if kind == "result" else "text")
        elif output.output_type == "error":
            trace = "\n".join(output.get("traceback", [])) or f"{output.ename}: {output.evalue}"
            yield from _text(trace, "error")
        elif shown:
            # a page can't unfold what a cell has folded: it gets the whole file
            yield from _text(_joined(output.get("data", {}).get("text/plain", "")), "result", language)
        else:
            yield from _rich(output.get("data", {}))


def _rich(data: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the best of an output's forms: its picture, else its table, else its text."""
    plain = _joined(data.get("text/plain", ""))
    if svg := _joined(data.get("image/svg+xml", "")):
        yield Picture(svg, pictures.caption(svg), pictures.alternative(svg, plain))
        return
    table = _table(_joined(data.get("text/html", "")))
    if table is not None:
        yield table
    elif markdown := _joined(data.get("text/markdown", "")):
        yield Prose(markdown)
    else:
        yield from _text(plain)


def _text(text: str, kind: str = "result", language: str = "text") -> Iterator[Output]:
    # what came before a carriage return was written over, as in a terminal
    plain = re.sub(r"^.*\r(?!$)", "", _ANSI.sub("", text), flags=re.MULTILINE).replace("\r", "").strip("\n").rstrip()
    if plain:
        yield Output(plain.expandtabs(8), kind, language)


def _joined(value: object) -> str:
    """Return a MIME part's text: nbformat keeps it as a string or as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _table(html: str) -> Table | None:
    """Return the first table in HTML as pandas writes it, or None."""
    if "<table" not in html:
        return None
    reader = _TableReader()
    reader.feed(html)
    if not reader.rows:
        return None
    width = max(map(len, reader.rows))
    header, *rows = (tuple(row) + ("",) * (width - len(row)) for row in reader.rows)
    return Table(header, tuple(rows))


class _TableReader(HTMLParser):
    """Collects the cells of the first table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._done = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - not ours to name
        """Open a row or a cell."""
        if self._done:
            return
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self._cell = []

    def handle_data(self, data: str) -> None:
        """Keep a cell's text."""
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, a row, or the table."""
        if tag in {"td", "th"} and self._cell is not None:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "tr" and self.rows and not any(self.rows[-1]):
            self.rows.pop()
        elif tag == "table":
            self._done = True
