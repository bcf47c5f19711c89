"""A file as a cell shows it: the lines that matter now stand open, and the rest folds. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: A file of so many lines is shown whole.
SHORT = 20
#: So many lines stand open where nobody says which matter; and at the beginning of each file so many.
FIRST, HEAD = 10, 3
#: So few lines between two that stand open are not worth a fold.
_GAP = 2
#: A field of YAML: its indentation (a list's dash belongs to it), and its name.
_FIELD = re.compile(r"(?P<indent>\s*(?:- )?)(?P<name>[\w.-]+):")

#: JupyterLab's own colours, light or dark; what is outside JupyterLab gets what stands behind the comma. The class
#: stands three times: by JupyterLab's own rule for outputs, words would be broken in their middle.
_STYLE = """<style>
.labkit-file.labkit-file.labkit-file pre { margin: 0; padding: 0 0 0 10px; line-height: 1.4;
  white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere;
  background: transparent; color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.labkit-file summary { cursor: pointer; padding: 1px 0; font-size: 12px;
  color: var(--jp-content-font-color2, inherit); }
.labkit-file.labkit-file.labkit-file details pre { padding-left: 8px;
  border-left: 2px solid var(--jp-border-color1, #9e9e9e); }
</style>"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a file that stand together.

    Attributes
    ----------
    lines
        The lines.
    open
        Whether they are seen at once.
    """

    lines: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A file, to be displayed.

    Attributes
    ----------
    text
        All of it.
    fields
        What matters now: fields of YAML by the end of their path (``template.metadata.labels``), or how lines of
        another file begin.
    """

    text: str
    fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the whole file: in plain text, and on paper, nothing folds."""
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        return {"text/html": as_html(pieces(self.text, self.fields)), "text/plain": self.text}


def pieces(text: str, fields: Iterable[str] = ()) -> tuple[Piece, ...]:
    """Return a file in pieces that stand open or are folded, in its order.

    Parameters
    ----------
    text
        The file.
    fields
        What matters now (:class:`Shown`). Where none of it is there, the first lines stand open.
    """
    lines = text.splitlines()
    if len(lines) <= SHORT:
        return (Piece(tuple(lines), open=True),)
    chosen = _chosen(lines, tuple(fields))
    seen = chosen | set(range(HEAD)) if chosen else set(range(FIRST))
    seen |= set(_gaps([*sorted(seen), len(lines)]))
    stretches = groupby(range(len(lines)), key=seen.__contains__)
    return tuple(Piece(tuple(lines[number] for number in numbers), is_open) for is_open, numbers in stretches)


def matches(text: str, field: str) -> bool:
    """Whether a file has what is said to matter."""
    return bool(_chosen(text.splitlines(), (field,)))


def as_html(found: Iterable[Piece]) -> str:
    """Return pieces as HTML; what is folded opens by a click, or by Enter."""
    made, first = [], 1
    for piece in found:
        last = first + len(piece.lines) - 1
        inner = f"<pre>{html.escape(chr(10).join(piece.lines))}</pre>"
        said = f"{len(piece.lines)} more lines ({first} to {last})"
        made.append(inner if piece.open else f"<details><summary>{said}</summary>{inner}</details>")
        first = last + 1
    return f'{_STYLE}<div class="labkit-file">{"".join(made)}</div>'


def _chosen(lines: list[str], fields: tuple[str, ...]) -> set[int]:
    """Return the numbers of the lines that matter, each with the lines below it that are indented more."""
    found: set[int] = set()
    for number, path in enumerate(_paths(lines)):
        if any(_is(field, path, lines[number]) for field in fields):
            found |= {number, *_block(lines, number)}
    return found


def _is(field: str, path: str, line: str) -> bool:
    return f".{path}".endswith(f".{field}") if path else line.strip().startswith(field)


def _paths(lines: list[str]) -> Iterator[str]:
    """Yield the path of the field that each line begins, empty where it begins none."""
    above: list[tuple[int, str]] = []
    for line in lines:
        field = _FIELD.match(line)
        if field is None:
            yield ""
            continue
        indent = len(field["indent"])
        above = [each for each in above if each[0] < indent]
        above.append((indent, field["name"]))
        yield ".".join(name for _, name in above)


def _block(lines: list[str], number: int) -> Iterator[int]:
    """Yield the numbers of the lines that belong to one: indented more, or the brace that closes it."""
    field = _FIELD.match(lines[number])
    indent = len(field["indent"]) if field else _indent(lines[number])
    for below in range(number + 1, len(lines)):
        if _indent(lines[below]) > indent:
            yield below
        else:
            if lines[below].strip() == "}" and lines[number].rstrip().endswith("{"):
                yield below
            return


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _gaps(seen: list[int]) -> Iterator[int]:
    """Yield the numbers of lines between two that are seen, where they are few."""
    for one, other in pairwise(seen):
        if other - one - 1 <= _GAP:
            yield from range(one + 1, other)
