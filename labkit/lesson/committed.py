"""What the committed notebooks are: each one's hash, and the edits that they make in the learner's working copy.

It stands in ``committed.json`` beside this file, so that it is known where a learner has changed the notebooks
themselves, and from a wheel as well. ``labkit notebooks`` writes it; so does ``python -m labkit.lesson.committed``,
without running anything.
"""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

FILE = Path(__file__).with_name("committed.json")
#: The tag of cells for the instructor alone: a learner's JupyterLab and the handout leave them out.
INSTRUCTOR_TAG = "instructor"
#: So many texts are tried at most when a file may be the lesson's; its edits of one file make about ten.
_MOST_TEXTS = 2000


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """One edit of the lesson: a text of a file is replaced by another one.

    Each text is given as the pieces of it that are known: a plain text is one piece; in
    ``f'externalIPs: ["{address}"]'`` there are two, and what stands between them is known when the cell runs.

    Attributes
    ----------
    path
        The file, below the working copy.
    old, new
        The pieces of the text before and after.
    """

    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether both texts are wholly known."""
        return len(self.old) == len(self.new) == 1

    def covers(self, path: str, old: str, new: str) -> bool:
        """Whether replacing `old` by `new` is this edit, with whatever the cell filled in."""
        return path == self.path and _fits(self.old, old) and _fits(self.new, new)


@dataclass(frozen=True, slots=True)
class Committed:
    """The committed notebooks.

    Attributes
    ----------
    notebooks
        Name → SHA-256 of the whole notebook (:func:`fingerprint`).
    edits
        What their cells, and the starts of notebooks, change in the working copy.
    """

    notebooks: Mapping[str, str]
    edits: tuple[Edit, ...]


def fingerprint(notebook: bytes) -> str:
    """Return the SHA-256 of a notebook's content: cells, outputs and metadata, whatever the file's white space.

    Parameters
    ----------
    notebook
        The file's bytes.

    Raises
    ------
    ValueError
        If that is not JSON.
    """
    content = json.dumps(json.loads(notebook), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def read(file: Path = FILE) -> Committed:
    """Return what was written down of the committed notebooks."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    edits = tuple(Edit(path, tuple(old), tuple(new)) for path, old, new in kept["edits"])
    return Committed(kept["notebooks"], edits)


def of(
    folder: Path, starts: Iterable[Mapping[str, Mapping[str, str]]], others: Mapping[str, str] | None = None
) -> Committed:
    """Return what a folder's notebooks are, and what they and the notebooks' starts edit.

    Parameters
    ----------
    folder
        The folder with the notebooks.
    starts
        Of each notebook's start: path → {old text: new text}.
    others
        Where → a code cell that a class has in a notebook's place: its edits are the lesson's too.
    """
    files = sorted(folder.glob("*.ipynb"))
    found = {
        Edit(path, (old,), (new,)) for start in starts for path, pairs in start.items() for old, new in pairs.items()
    }
    for file in files:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found.update(edit for source in code for edit in edits_of(source, file.stem))
    found.update(edit for where, source in (others or {}).items() for edit in edits_of(source, where))
    return Committed({file.stem: fingerprint(file.read_bytes()) for file in files}, tuple(sorted(found)))


def edits_of(source: str, where: str) -> Iterator[Edit]:
    """Yield the edits that a cell makes by ``lab.edit(path, old, new)``.

    Parameters
    ----------
    source
        The cell's text, magics and all.
    where
        The notebook's name, for the message.

    Raises
    ------
    LabError
        If a path is not written out, or a text is neither a string nor an f-string: then nobody could tell later what
        the lesson itself changed.
    """
    # a magic is no Python, and edits nothing that we keep a list of
    python = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    for node in ast.walk(ast.parse(python)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "edit"):
            continue
        pieces = [_pieces(argument) for argument in node.args]
        if len(pieces) != 3 or None in pieces or len(pieces[0] or ()) != 1:  # noqa: PLR2004 - path, old, new
            raise LabError(
                f"{where} has a cell with {ast.unparse(node)!r}: what it edits can't be read off the cell.",
                remedy="write all three arguments as strings, in this order: path, old text, new text",
            )
        path, old, new = (piece or () for piece in pieces)
        yield Edit(path[0], old, new)


def is_lessons(text: str, original: str, edits: Collection[tuple[str, str]]) -> bool:
    """Tell whether a text is the original, or can be had from it by some of the lesson's edits, in any order (pure).

    Parameters
    ----------
    text
        What stands in the file.
    original
        What stood in it first.
    edits
        Old and new text of each of the lesson's edits of this file.
    """
    seen, new = {original}, {original}
    while new and text not in seen and len(seen) < _MOST_TEXTS:
        new = {one.replace(old, then) for one in new for old, then in edits if one.count(old) == 1} - seen
        seen |= new
    return text in seen


def write(committed: Committed, file: Path = FILE) -> None:
    """Write it down, one notebook or edit a line: two people's changes merge."""
    notebooks = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(committed.notebooks.items()))
    edits = ",\n".join(f"    {json.dumps([edit.path, edit.old, edit.new])}" for edit in committed.edits)
    text = f'{{\n  "notebooks": {{\n{notebooks}\n  }},\n  "edits": [\n{edits}\n  ]\n}}\n'
    file.write_text(text, encoding="utf-8")


def _pieces(node: ast.expr) -> tuple[str, ...] | None:
    """Return the known pieces of a string in the source, or None when it is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if not isinstance(node, ast.JoinedStr):
        return None
    pieces = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
        else:
            pieces.append("")
    return tuple(pieces)


def _fits(pieces: tuple[str, ...], text: str) -> bool:
    """Whether a text has all the pieces, in order, from its beginning to its end."""
    if len(pieces) == 1:
        return text == pieces[0]
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    at, end = len(pieces[0]), len(text) - len(pieces[-1])
    for piece in pieces[1:-1]:
        at = text.find(piece, at, end) + len(piece)
        if at < len(piece):
            return False
    return at <= end


def update(folder: Path | None = None, file: Path = FILE) -> Committed:
    """Write down what the notebooks are now, and return it.

    Parameters
    ----------
    folder
        The folder with the notebooks; the kit's own when not given.
    file
        Where to.
    """
    from labkit import paths  # noqa: PLC0415 - who only reads the list needs neither
    from labkit.lesson import notebooks, variants  # noqa: PLC0415 - who only reads the list needs neither

    starts = [start.edits for start in notebooks.STARTS.values()]
    found = of(folder or paths.REPO / "notebooks", starts, variants.code_of_all())
    write(found, file)
    return found


def main() -> None:
    """Write down what the notebooks are now."""
    print(f"{FILE}: {len(update().notebooks)} notebooks")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
