"""What the lesson says and does in a class, where that is not what it says and does on one's own machine.

The notebooks stand in the repository as they are run on a machine of one's own. What a class has in their place stands
in ``words/<language>/class/notebooks.toml``, sentence by sentence and cell by cell; a notebook is put into its class's
form when it is opened (:mod:`labkit.contents`), and the words of steps and predictions when they are read.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import in_class
from labkit.in_class import Class, NodeLoss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE = Path(__file__).with_name("words") / "en" / "class" / "notebooks.toml"
#: What holds in every notebook, and in each way of a Node's loss.
EVERY = "every"
#: What holds where learners may not evict their own Pods.
NO_EVICTIONS = "no-evictions"


@dataclass(frozen=True, slots=True)
class More:
    """A cell that only a class has.

    Attributes
    ----------
    after
        The cell behind which it stands.
    key
        Its id.
    kind
        ``markdown`` or ``code``.
    source
        Its text.
    """

    after: str
    key: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One notebook in a class.

    Attributes
    ----------
    say
        What the notebook and its steps and predictions say → what a class says.
    cells
        Id of a cell → its whole text in a class.
    gone
        Ids of cells that a class does not have.
    more
        Cells that only a class has, in their order.
    without
        Steps and predictions that a class does not have.
    images
        The lesson's images: their names on one's own machine → in this class.
    """

    say: Mapping[str, str]
    cells: Mapping[str, str]
    gone: frozenset[str]
    more: tuple[More, ...]
    without: frozenset[str]
    images: Mapping[str, str] = field(default_factory=dict)


def of(notebook: str, ours: Class) -> Variant:
    """Return what is another in a class.

    Parameters
    ----------
    notebook
        Its name; a name that is no notebook's has what holds for all.
    ours
        The class.
    """
    which = (EVERY, str(ours.node_loss), *(() if ours.evictions else (NO_EVICTIONS,)))
    parts = [_read().get(EVERY, {}), *(_read().get(notebook, {}).get(each, {}) for each in which)]
    gone = frozenset(key for part in parts for key in part.get("gone", ()))
    say = {find: said for part in parts for find, said in part.get("say", {}).items()}
    return Variant(
        # the longer first: one may stand within another
        say=dict(sorted(say.items(), key=lambda pair: -len(pair[0]))),
        cells={key: text for part in parts for key, text in part.get("cells", {}).items() if key not in gone},
        gone=gone,
        more=tuple(
            More(each["after"], each["id"], each["kind"], each["source"])
            for part in parts
            for each in part.get("more", ())
            if each["id"] not in gone
        ),
        without=frozenset(key for part in parts for key in part.get("without", ())),
        images={in_class.image(name, variables={}): in_class.image(name) for name in in_class.NAMES},
    )


def said(text: str, variant: Variant) -> str:
    """Return a text as a class says it (pure)."""
    for find, say in (*variant.say.items(), *variant.images.items()):
        text = text.replace(find, say)
    return text


def all_said(found: Any, variant: Variant) -> Any:  # noqa: ANN401 - what TOML may hold
    """Return what was read of a TOML file with every text in it as a class says it; keys stay (pure)."""
    if isinstance(found, str):
        return said(found, variant)
    if isinstance(found, dict):
        return {key: all_said(value, variant) for key, value in found.items()}
    return [all_said(value, variant) for value in found] if isinstance(found, list) else found


def put(notebook: dict[str, Any], variant: Variant) -> None:
    """Put a notebook into its class's form (pure but for the notebook itself).

    Outputs of cells that are another stand for what they did not do: they go.

    Parameters
    ----------
    notebook
        As nbformat has it.
    variant
        What is another.
    """
    cells: list[dict[str, Any]] = []
    for cell in notebook["cells"]:
        key = cell.get("id", "")
        if key not in variant.gone:
            before = "".join(cell["source"])
            now = variant.cells.get(key) or said(before, variant)
            if now != before:
                cell["source"] = now
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
            cells.append(cell)
        cells += [_cell(more) for more in variant.more if more.after == key]
    notebook["cells"] = cells


def names() -> tuple[str, ...]:
    """Return the names of the notebooks that are another in a class."""
    return tuple(name for name in _read() if name != EVERY)


def here(found: Iterable[str]) -> tuple[str, ...]:
    """Return those of the keys of steps or predictions that the lesson has where this runs: in a class, or not."""
    ours = in_class.found()
    absent = {key for name in names() for key in of(name, ours).without} if ours else set()
    return tuple(key for key in found if key not in absent)


def code_of_all() -> dict[str, str]:
    """Return the code of all cells that a class has in place of others, or more: ``NOTEBOOK CELL`` → text."""
    found: dict[str, str] = {}
    for name in names():
        for way in NodeLoss:
            variant = of(name, Class(way, evictions=True))
            cells = {**variant.cells, **{more.key: more.source for more in variant.more if more.kind == "code"}}
            found |= {f"{name} {key}": text for key, text in cells.items() if "lab.edit(" in text}
    return found


def _cell(more: More) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": more.kind, "id": more.key, "metadata": {}, "source": more.source}
    return {**cell, "outputs": [], "execution_count": None} if more.kind == "code" else cell


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
