"""The Markdown files that become pages of the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Which files are pages, and what stands for them in the site's navigation. What is not there yet is left out;
#: any other Markdown file under docs/ is a page too, under its own title.
_KNOWN = {
    "docs/instructors.md": "Teach",
    "docs/class.md": "A class",
    "notebooks/glossary.md": "Glossary",
    "notebooks/since-2016.md": "Since 2016",
    "docs/architecture.md": "Architecture",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file.

    Attributes
    ----------
    path
        Where it stands in the repository: ``docs/architecture.md``.
    name
        Its page: ``architecture.html``.
    label
        What the navigation calls it.
    title, text
        Its first heading, and the rest.
    """

    path: str
    name: str
    label: str
    title: str
    text: str


def read(root: Path) -> list[Document]:
    """Return the documents that are there, in the order of the navigation."""
    others = sorted(path.relative_to(root).as_posix() for path in (root / "docs").glob("*.md"))
    return [
        _document(path, (root / path).read_text(encoding="utf-8"))
        for path in dict.fromkeys([*_KNOWN, *others])
        if (root / path).is_file()
    ]


def _document(path: str, text: str) -> Document:
    heading = re.match(r"#\s+(.+?)\s*\n", text)
    title = re.sub(r"[*_`]", "", heading[1]) if heading else path
    name = path.rpartition("/")[2].replace(".md", ".html")
    return Document(path, name, _KNOWN.get(path, title), title, text[heading.end() :] if heading else text)


def section(text: str, heading: str) -> str:
    """Return what stands below a heading of the second level, without it.

    Raises
    ------
    KeyError
        If there is no such heading.
    """
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise KeyError(heading)
    return found[1].strip()
