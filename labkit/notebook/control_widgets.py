"""What the panel of controls is made of: its words, its buttons, and how a reply looks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets

from labkit.board import aside
from labkit.notebook import controls
from labkit.notebook.controls import Control

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: What stands on a button, and what it says when it is pointed at.
WORDS = {
    Control.ROLL_OUT: ("Roll out", "give all Pods this version, by a rolling update"),
    Control.UNDO: ("Undo", "go back to the revision before this one"),
    Control.PAUSE: ("Pause", "take changes of the template down without rolling them out"),
    Control.RESUME: ("Resume", "roll out what was changed during the pause"),
    Control.RESTART: ("Restart", "replace all Pods by new ones of the same version"),
    Control.LOSE: ("Lose", "cut this Node off, as a power cut would"),
    Control.BRING_BACK: ("Bring back", "let a lost Node go on"),
    Control.CORDON: ("Cordon", "no new Pods on this Node; those that are there stay"),
    Control.UNCORDON: ("Uncordon", "let new Pods come to this Node again"),
    Control.DRAIN: ("Drain", "cordon this Node and evict its Pods"),
    Control.START_REQUESTS: ("Start", f"a steady client asks {controls.RATE} times a second through the front door"),
    Control.STOP_REQUESTS: ("Stop", "end the steady client and count its answers"),
}
STYLE = (
    "margin: 2px 0; padding: 2px 8px; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.35;"
    " font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px);"
    " color: var(--jp-content-font-color1, inherit);"
)


class Reply(NamedTuple):
    """What was run and what was answered."""

    typed: str
    said: str
    failed: bool


def a_button(words: str, tooltip: str, pressed: Callable[[], None]) -> Any:  # noqa: ANN401 - ipywidgets is untyped
    """Return a button that calls a function when it is pressed."""
    button = ipywidgets.Button(description=words, tooltip=tooltip, layout=wide("auto"))
    button.on_click(lambda _: pressed())
    return button


def wide(width: str) -> Any:  # noqa: ANN401 - ipywidgets is untyped
    """Return the layout of something that wide, and never wider than the panel."""
    return ipywidgets.Layout(width=width, max_width="100%")


def narrow_label(width: str = "4.5em") -> dict[str, str]:
    """Return the style of something whose label is that wide."""
    return {"description_width": width}


def put(widget: Any, **values: object) -> None:  # noqa: ANN401 - ipywidgets is untyped
    """Set what has changed, so that nothing is sent to the page for nothing."""
    for name, value in values.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)


def hear_all(widget: Any) -> None:  # noqa: ANN401 - ipywidgets is untyped
    """Have a widget, and all that is in it, heard while a cell runs."""
    aside.hear(widget)
    for child in getattr(widget, "children", ()):
        hear_all(child)


def log(replies: Collection[Reply]) -> str:
    """Return the last replies, the newest at the top, where it is seen without scrolling."""
    shown = []
    for typed, said, failed in reversed(tuple(replies)):
        colour = "var(--jp-error-color1, #b00)" if failed else "var(--jp-border-color1, #999)"
        words = f"<strong>{html.escape(typed)}</strong>\n{html.escape(said)}"
        shown.append(f'<div style="{STYLE} border-left: 3px solid {colour}">{words}</div>')
    return f'<div role="log" aria-label="replies">{"".join(shown)}</div>'
