"""Several JavaScript modules as one: what a widget and a page that stands alone are given. Pure but for the reading."""

from __future__ import annotations

import re
from pathlib import Path

#: Where the modules of the board stand.
BROWSER = Path(__file__).parent / "browser"

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"\./(?P<file>[\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) )", re.MULTILINE)
_NOTHING = re.compile(r"^export \{\};\n", re.MULTILINE)


def bundle(entry: str) -> str:
    """Return a module and all that it imports as one module, each once, what is used before who uses it.

    Names are left as they are: the modules share one scope then, so each top-level name is used by one of them only
    (``tests/unit/test_bundle.py``).

    Parameters
    ----------
    entry
        The file in :data:`BROWSER` with which to begin, such as ``board.js``. What it exports by ``export default``
        is exported.
    """
    done: list[str] = []
    _add(entry, done, set())
    return "\n".join(done)


def _add(name: str, done: list[str], seen: set[str]) -> None:
    seen.add(name)
    text = (BROWSER / name).read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        if found["file"] not in seen:
            _add(found["file"], done, seen)
    done.append(_NOTHING.sub("", _EXPORT.sub("", _IMPORT.sub("", text))))
