"""A real board on a page of its own: its JavaScript, its CSS and its Python half, without JupyterLab."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from labkit.board.live import Board
from tests.unit.recording import Recorded

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

_URL = "http://localhost/board"
_HTML = """
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A board</title><style>
body { margin: 0; background: %(paper)s; color: %(ink)s; }
main { width: %(width)dpx; box-sizing: border-box; padding: 0 8px; }
%(css)s</style></head><body data-jp-theme-light="%(light)s"><main><h1 class="lk-live">A board</h1>
<button id="before">before</button><div id="board"></div><button id="after">after</button></main></body></html>
"""
#: What anywidget gives a view, with the kernel asked and heard through the test.
_RENDER = """
const callbacks = new Set();
const model = {
  get: () => 1,
  send: (message) => void window.toKernel(message),
  on: (_, callback) => callbacks.add(callback),
  off: (_, callback) => callbacks.delete(callback),
};
const url = URL.createObjectURL(new Blob([window.boardSource], { type: "text/javascript" }));
const { default: board } = await import(url);
board.render({ model, el: document.querySelector("#board") });
(async () => {
  for (;;) {
    for (const message of await window.fromKernel()) for (const callback of callbacks) callback(message);
    await new Promise((done) => setTimeout(done, 15));
  }
})();
"""


class BoardPage:
    """A board that follows the recorded rollout, and the page that it is on.

    Parameters
    ----------
    context
        Of the browser.
    width
        Of the panel, in pixels.
    dark
        Whether it is JupyterLab's dark theme.
    played
        How many of the recorded changes have happened.
    focus
        The Deployment in focus.
    """

    def __init__(
        self, context: BrowserContext, width: int, *, dark: bool = False, played: int = 220, focus: str | None = None
    ) -> None:
        self.watch = Recorded()
        self.watch.play(played)
        # the recording's own time: ages are those that it had
        self.board = Board(self.watch.source(lambda: self.watch.snapshot.at), focus=focus)
        self._said: deque[dict[str, Any]] = deque()
        self.board.widget.say = self._said.append  # type: ignore[method-assign, assignment]
        self.page: Page = context.new_page()
        self.page.expose_function("toKernel", self._hear)
        self.page.expose_function("fromKernel", self._take)
        paper, ink = ("#111418", "#fff") if dark else ("#fff", "#000")
        look = {"paper": paper, "ink": ink, "light": str(not dark).lower(), "width": width}
        html = _HTML % {**look, "css": self.board.widget._css}
        # only a page from this machine, or over https, has a clipboard
        self.page.route(_URL, lambda route: route.fulfill(body=html, content_type="text/html"))
        self.page.goto(_URL)
        self.page.evaluate("source => { window.boardSource = source; }", str(self.board.widget._esm))
        self.page.add_script_tag(content=_RENDER, type="module")
        self.page.wait_for_selector(".lk-board[data-state=live] [data-key]")

    def _hear(self, message: dict[str, Any]) -> None:
        self.board.widget._heard(None, message, [])

    def _take(self) -> list[dict[str, Any]]:
        taken = list(self._said)
        self._said.clear()
        return taken

    def focused(self) -> str:
        """Return the key of the element that has the focus, or the id of what else has it."""
        found: str = self.page.evaluate("() => document.activeElement.dataset.key ?? document.activeElement.id")
        return found

    def card(self) -> str:
        """Return what stands on the card, empty while there is none."""
        found: str = self.page.evaluate(
            "() => { const card = document.querySelector('.lk-card'); return card.hidden ? '' : card.innerText; }"
        )
        return found

    def close(self) -> None:
        """Leave nothing running."""
        self.page.close()
        self.board.close()
