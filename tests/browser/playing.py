"""A learner at a notebook in JupyterLab: runs cells one by one, types into their own, and uses the boxes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Server(Protocol):
    """Whatever serves JupyterLab."""

    def address(self, notebook: str) -> str:
        """Return the address that opens a notebook."""
        ...


_OPENED = "() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext"
_KERNEL = """
async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  const late = new Promise((_, reject) => { setTimeout(() => reject(new Error('no kernel within 120 s')), 120000); });
  const there = sessionContext.ready.then(() => sessionContext.session.kernel.info);
  await Promise.race([there, late]);
}
"""
_CELLS = """
() => [...jupyterapp.shell.currentWidget.content.model.cells].map(
  (cell) => [cell.id, cell.type, cell.sharedModel.source],
)
"""
#: Runs one cell, waits for its end, and returns its errors. The cell's element gets the cell's id, to be found by.
_RUN = """
async (index) => {
  const book = jupyterapp.shell.currentWidget.content;
  book.deselectAll();
  book.activeCellIndex = index;
  await book.scrollToItem(index, 'center');
  const cell = book.widgets[index];
  cell.node.dataset.cell = cell.model.id;
  await jupyterapp.commands.execute('notebook:run-cell');
  return [...cell.model.outputs.toJSON()].filter((one) => one.output_type === 'error').map((one) => one.evalue);
}
"""
_TYPE = """
([index, source]) => {
  jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.setSource(source);
}
"""
_RESTART = """
async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.session.kernel.restart();
  await sessionContext.session.kernel.info;
}
"""
_CALL = re.compile(r'lab\.(?P<function>\w+)\("(?P<key>[\w-]+)"\)')


class Player:
    """A learner at one notebook.

    Parameters
    ----------
    page
        The browser's.
    server
        JupyterLab.
    notebook
        Its name, such as ``00-start-here``.
    """

    def __init__(self, page: Page, server: Server, notebook: str) -> None:
        self.page = page
        # how the board moves is looked at elsewhere, and without a graphics card it takes half of a core
        page.emulate_media(reduced_motion="reduce")
        page.goto(server.address(f"notebooks/{notebook}.ipynb") + "&reset")
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
        page.wait_for_function(_OPENED)
        page.evaluate(_KERNEL)
        found = page.evaluate(_CELLS)
        #: number and text of each code cell, by its id
        self.cells: dict[str, tuple[int, str]] = {
            name: (number, source) for number, (name, kind, source) in enumerate(found) if kind == "code"
        }

    def run(self, cell: str) -> None:
        """Run a cell, and wait for its end; it must not fail."""
        number, source = self.cells[cell]
        errors = self.page.evaluate(_RUN, number)
        assert errors == [], f"{source}: {errors}"

    def write(self, cell: str, source: str) -> None:
        """Type into a cell."""
        self.page.evaluate(_TYPE, [self.cells[cell][0], source])

    def restart(self) -> None:
        """Restart the kernel, as a learner does who thinks that something hangs."""
        self.page.evaluate(_RESTART)

    def call(self, cell: str) -> tuple[str, str]:
        """Return which function of the lab a cell calls, and with which key; two empty texts where it is none."""
        found = _CALL.fullmatch(self.cells[cell][1].strip())
        return (found["function"], found["key"]) if found else ("", "")

    def at(self, function: str, key: str) -> str:
        """Return the id of the cell that calls a function of the lab with a key."""
        return next(cell for cell in self.cells if self.call(cell) == (function, key))

    def box(self, cell: str) -> Locator:
        """Return the box below a cell."""
        return self.page.locator(f'[data-cell="{cell}"] .labkit-step').last

    def choose(self, cell: str, number: int) -> str:
        """Choose one of a prediction's choices by its number, from 0 on, and return its words."""
        choice = self.box(cell).locator("label", has=self.page.locator("input[type=radio]")).nth(number)
        choice.locator("input").check()
        self.box(cell).get_by_text("Kept:").wait_for()
        return choice.inner_text().strip()

    def press(self, cell: str, name: str) -> None:
        """Press a button of a box."""
        self.box(cell).get_by_role("button", name=name).click()

    def marked(self, cell: str, mark: str, *, seconds: float = 90.0) -> None:
        """Wait until a box has a mark, such as ``Done``."""
        self.box(cell).locator(".labkit-mark", has_text=re.compile(f"{mark}$")).wait_for(timeout=seconds * 1000)

    def says(self, cell: str, words: str, *, seconds: float = 60.0) -> None:
        """Wait until a box says something."""
        self.box(cell).get_by_text(words).first.wait_for(timeout=seconds * 1000)

    def show(self, cell: str) -> str:
        """Have an exercise shown and run, and return the commands."""
        self.press(cell, "Show me")
        shown = self.box(cell).locator(".labkit-commands").inner_text()
        self.press(cell, "Run these commands")
        self.marked(cell, "Done, as shown", seconds=150.0)
        return str(shown)

    def shown(self, cell: str) -> str:
        """Return the text below a cell."""
        return str(self.page.locator(f'[data-cell="{cell}"] .jp-OutputArea').inner_text())

    def all(self, *, upto: str = "") -> Any:
        """Iterate over the ids of the code cells, in order; up to and without one of them."""
        for cell in self.cells:
            if cell == upto:
                return
            yield cell
