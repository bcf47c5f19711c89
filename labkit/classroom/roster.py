"""Who is in the class: names out of a list or a CSV file, each of which Kubernetes and JupyterHub can take."""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING

from labkit.classroom import names
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

#: ``lab-NAME`` is a namespace, so it must be a label as RFC 1123 has it (Kubernetes docs, "Object Names and IDs").
LONGEST = 63 - len(names.LAB)
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
#: The class's own parts: whoever were named so could not be told from them in logs and lists.
RESERVED = frozenset({"class", "culler", "hub", "labkit", "proxy"})
COLUMN = "name"


def why_not(name: str) -> str:
    """Return why somebody in a class can't be named so, or nothing (pure)."""
    if not name:
        return "it is empty"
    if name in RESERVED:
        return "a part of the class itself has this name"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, and {LONGEST} are possible: {names.LAB}NAME is a namespace"
    if not _LABEL.fullmatch(name):
        return "it takes small letters, digits and '-' in between"
    if "--" in name:
        # KubeSpawner writes such a name differently into the labels of a Pod (kubespawner/slugs.py)
        return "it takes no two '-' in a row"
    return ""


def like(name: str) -> str:
    """Return a name that is possible, made of one that is not: ``Ana María`` becomes ``ana-maria`` (pure)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    return made if made and not why_not(made) else "learner-1"


def checked(found: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of a class in their order (pure).

    Parameters
    ----------
    found
        Where each stands (``learners[2]``, ``line 3 of roster.csv``), and the name.

    Raises
    ------
    LabError
        If there is none, one is not possible, or one stands there twice.
    """
    seen: dict[str, str] = {}
    for where, name in found:
        if why := why_not(name):
            raise LabError(f"{where}: {name!r} is no name for a learner: {why}.", remedy=f"{like(name)}, for instance")
        if name in seen:
            raise LabError(
                f"{where}: {name!r} stands there twice, first as {seen[name]}.",
                remedy="each learner needs a name of their own: take one away, or change it",
            )
        seen[name] = where
    if not seen:
        raise LabError("The class has no learners.", remedy="name them: learners: [alice, bob]")
    return tuple(seen)


def listed(said: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names of a list in ``values.yaml``, each with where it stands."""
    return [(f"learners[{at}]", name) for at, name in enumerate(said)]


def read_csv(file: Path) -> list[tuple[str, str]]:
    """Return the names of a CSV file, each with where it stands.

    Parameters
    ----------
    file
        With a line of headings, one of which is ``name``; separated by commas, semicolons or tabs, as spreadsheets do.

    Raises
    ------
    LabError
        If there is no such file, it is not text, or has no such column.
    """
    try:
        # spreadsheets put a byte order mark before it
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LabError(
            f"learners.csv: {file} can't be read: {error.strerror}.",
            remedy="give the path of a file; one that does not begin with / is looked for beside the values",
        ) from error
    except UnicodeDecodeError as error:
        raise LabError(
            f"learners.csv: {file} is no text in UTF-8 (byte {error.start}).", remedy="save it as CSV, UTF-8"
        ) from error
    return parse_csv(text, file.name)


def parse_csv(text: str, file: str) -> list[tuple[str, str]]:
    """Return the names of a CSV file's text; see :func:`read_csv` (pure)."""
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise LabError(f"learners.csv: {file} is empty.", remedy=f"its first line is the headings, such as: {COLUMN}")
    separator = next((each for each in "\t;" if each in lines[0]), ",")
    reader = csv.reader(lines, delimiter=separator)
    headings = [heading.strip().lower() for heading in next(reader)]
    if COLUMN not in headings:
        raise LabError(
            f"learners.csv: {file} has no column {COLUMN!r}; it has: {', '.join(headings)}.",
            remedy=f"name one of the columns {COLUMN!r} in the first line",
        )
    column = headings.index(COLUMN)
    found: list[tuple[str, str]] = []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        found.append((f"line {reader.line_num} of {file}", row[column].strip() if column < len(row) else ""))
    if not found:
        raise LabError(f"learners.csv: {file} has headings, and no learners below them.", remedy="one line for each")
    return found
