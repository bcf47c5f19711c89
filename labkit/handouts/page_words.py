"""What a notebook says to who sits before JupyterLab, said to who reads: ``handouts/page.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from labkit.paths import REPO

WORDS = REPO / "handouts" / "page.toml"

#: A fact that only a cluster knows, in a hint: ``{pod}``.
_FACT = re.compile(r"\{(\w+)\}")


class Rewording:
    """What of a chapter's text is put otherwise.

    Parameters
    ----------
    name
        The chapter's. What the file has under ``every`` holds for each.
    """

    def __init__(self, name: str) -> None:
        both = {**_all().get("every", {}), **_all().get(name, {})}
        # the longer first: one may stand within another
        self._said = sorted(both.items(), key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        """Return the text as a reader gets it."""
        for find, say in self._said:
            text = text.replace(find, say)
        return re.sub(r"\n{3,}", "\n\n", text).strip()


def of_chapters() -> dict[str, dict[str, str]]:
    """Return what is put otherwise: chapter → what its notebook says → what the page says."""
    return _all()


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def without_magic(text: str) -> str:
    """Return text in which kubectl is called as in a terminal: ``%`` before it is IPython's."""
    return re.sub(r"%{1,2}(?=kubectl\b)", "", text)


def plainly(text: str) -> str:
    """Return commands and hints without what only JupyterLab understands: ``%`` before kubectl, Python's braces."""
    text = without_magic(text).replace("In an empty cell: ", "")
    if "{{" in text:
        text = text.replace("{{", "{").replace("}}", "}")
    return _FACT.sub(lambda found: found[1].upper(), text)
