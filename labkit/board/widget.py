"""The browser's half of the board, as a widget: it knows views and messages, and nothing of Kubernetes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from labkit.picture.svg import stylesheet, variables

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = Path(__file__).parent

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
        + (_HERE / "board.css").read_text(encoding="utf-8")
    )


class BoardWidget(anywidget.AnyWidget):
    """Draws scenes that it is sent.

    Parameters
    ----------
    first
        What to draw before the first message: a cell that is busy keeps the kernel from answering a new view.
    on_view
        Called with a view's id and its width in pixels when it appears or changes, and with None when it goes.
    """

    _esm = _HERE / "board.js"
    _css = _css()

    first = traitlets.Dict().tag(sync=True)

    def __init__(self, first: dict[str, Any], on_view: Callable[[str, float | None], None]) -> None:
        super().__init__(first=first)
        self._on_view = on_view
        self.on_msg(self._heard)
        self._free_replies()

    def say(self, message: dict[str, Any]) -> None:
        """Send a message to every view; from any thread."""
        self.send(message)
        self._free_replies()

    def _free_replies(self) -> None:
        """Let views reach a kernel that is busy.

        JupyterLab sends widgets' messages through a subshell, which answers while a cell runs. ipykernel 7.4 sends them
        back to the shell that last wrote to the widget, the busy one (``BaseComm._reply_subshell_for``), unless it does
        not know which that was. Where there is nothing to forget, nothing happens, and a view is heard when the cell is
        done: until then it shows the picture in the usual width.
        """
        if self.comm is not None:
            self.comm.__dict__.pop("_reply_subshell_id", None)

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """Take a message of a view; anything that is not well-formed is not ours."""
        view, width = content.get("view"), content.get("width")
        if not isinstance(view, str):
            return
        if content.get("type") == "size" and isinstance(width, (int, float)):
            self._on_view(view, float(width))
        elif content.get("type") == "gone":
            self._on_view(view, None)
