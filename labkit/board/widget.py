"""The browser's half of the board, as a widget: it knows views and messages, and nothing of Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from labkit.board import aside
from labkit.board.bundle import BROWSER, bundle
from labkit.board.picture.svg import stylesheet, variables

if TYPE_CHECKING:
    from collections.abc import Callable

#: Colours that JupyterLab's theme has a word for; ours stand in where there is no JupyterLab.
_THEMED = {
    "paper": "--jp-layout-color0",
    "fg": "--jp-content-font-color1",
    "dim": "--jp-content-font-color2",
    "sans": "--jp-ui-font-family",
    "mono": "--jp-code-font-family",
}


def _css() -> str:
    """Return the picture's rules, the board's own, and the values of their variables in both themes."""

    def values(theme: str) -> str:
        pairs = variables("dark" if theme == "dark" else "light").items()
        return " ".join(f"--lk-{k}: {f'var({_THEMED[k]}, {v})' if k in _THEMED else v};" for k, v in pairs)

    return (
        f".lk-board {{ {values('light')} }}\n"
        f'[data-jp-theme-light="false"] .lk-board {{ {values("dark")} }}\n'
        + stylesheet()
        + "".join((BROWSER / name).read_text(encoding="utf-8") for name in ("board.css", "timeline.css", "details.css"))
    )


class BoardWidget(anywidget.AnyWidget):
    """Passes messages to the views on the pages, and theirs to the board.

    Parameters
    ----------
    made
        When it was made, in seconds since the epoch: of several beside the notebooks, the page keeps the newest.
    on_here
        Called with a view's name, its width in pixels, whether its table is open, and whether it needs the whole.
    on_gone
        Called with a view's name when it goes.
    """

    _esm = bundle("board.js")
    _css = _css()

    made = traitlets.Float().tag(sync=True)

    #: Called with a view's name and the key of the element whose details it asks for (empty: it shows none any more).
    on_about: Callable[[str, str], None] | None = None
    #: Called with a view's name and what it asks of the timeline.
    on_timeline: Callable[[str, dict[str, Any]], None] | None = None

    def __init__(
        self, made: float, on_here: Callable[[str, float, bool, bool, float], None], on_gone: Callable[[str], None]
    ) -> None:
        super().__init__(made=made)
        self._on_here, self._on_gone = on_here, on_gone
        self.on_msg(self._heard)
        aside.hear(self)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message to every page; from any thread."""
        self.send(message)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """Take a message of a view; anything that is not well-formed is not ours."""
        view, width = content.get("view"), content.get("width")
        if not isinstance(view, str):
            return
        if content.get("type") == "here" and isinstance(width, (int, float)):
            tall = content.get("height")
            height = float(tall) if isinstance(tall, (int, float)) else 0.0
            self._on_here(view, float(width), content.get("table") is True, content.get("whole") is True, height)
        elif content.get("type") == "gone":
            self._on_gone(view)
        elif (
            content.get("type") == "about" and self.on_about is not None and isinstance(key := content.get("key"), str)
        ):
            self.on_about(view, key)
        elif content.get("type") == "timeline" and self.on_timeline is not None:
            self.on_timeline(view, content)
