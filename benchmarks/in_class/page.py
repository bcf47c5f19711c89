"""A learner with a browser: a notebook in JupyterLab in Chromium, through the class's proxy, its board looked at."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks import labpage
from benchmarks.samples import NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

#: A full class takes its time.
_WAIT_MS = 300_000

#: So often the first cells are run again where they end with an error, as it tells learners to do.
TRIES = 3

_OPENED = "() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext"
#: Keeps the notebook's panel by name: the board's comes beside it. Then it runs the first code cells.
_BEGIN = """
async (count) => {
  const panel = (window.benchPanel = jupyterapp.shell.currentWidget);
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  const cells = [...panel.content.model.cells];
  const code = cells.map((cell, i) => [cell.type, i]).filter(([type]) => type === "code").map(([, i]) => i);
  for (const index of code.slice(0, count)) {
    panel.content.deselectAll();
    panel.content.activeCellIndex = index;
    await jupyterapp.commands.execute("notebook:run-cell");
  }
  window.benchNext = code[count];
}
"""
#: Runs all the cells that are left; whether it has ended is asked later.
_REST = """
() => {
  const { content } = window.benchPanel;
  content.deselectAll();
  content.activeCellIndex = window.benchNext;
  window.benchEnded = null;
  const begun = performance.now();
  const end = () => (window.benchEnded = (performance.now() - begun) / 1000);
  jupyterapp.commands.execute("notebook:run-all-below").then(end, end);
}
"""
#: Runs something in the kernel that is in no cell, and waits for it.
_EXECUTE = """
async (code) => {
  const reply = await window.benchPanel.sessionContext.session.kernel.requestExecute({ code }).done;
  return reply.content.status === "ok" ? "" : `${reply.content.ename}: ${reply.content.evalue}`;
}
"""
#: The errors of the first code cells, or of all.
_ERRORS = """
(count) => [...window.benchPanel.content.model.cells]
  .filter((cell) => cell.type === "code")
  .slice(0, count ?? undefined)
  .flatMap((cell) => cell.outputs.toJSON())
  .filter((one) => one.output_type === "error")
  .map((one) => `${one.ename}: ${one.evalue}`)
"""
#: Or a page that is closed would ask whether to leave what is not saved.
_SAVE = "() => jupyterapp.commands.execute('docmanager:save')"


class LearnersPage:
    """The page of a learner whose board is live.

    Parameters
    ----------
    page
        It.
    again
        How often its first cells had to be run again.
    """

    def __init__(self, page: Page, again: int) -> None:
        self._page, self.again = page, again
        self.lab = labpage.LabPage(page)

    def execute(self, code: str) -> None:
        """Run something in the kernel, beside the cells.

        Raises
        ------
        NotMeasuredError
            If it ends with an error.
        """
        if said := self._page.evaluate(_EXECUTE, code):
            raise NotMeasuredError(f"in the page's kernel: {said}")

    def run_the_rest(self) -> None:
        """Begin to run all cells that were not run yet."""
        self._page.evaluate(_REST)

    def ended(self) -> tuple[float, list[str]]:
        """Wait for their end; return the seconds that it took, and the cells' errors."""
        self._page.wait_for_function("() => window.benchEnded !== null")
        seconds: float = self._page.evaluate("() => window.benchEnded")
        return seconds, list(self._page.evaluate(_ERRORS))


@contextmanager
def opened(base: str, who: str, password: str, notebook: str, cells: int) -> Iterator[LearnersPage]:
    """Have a learner's notebook in Chromium, its first code cells run and its board live, as long as the block lasts.

    Parameters
    ----------
    base
        The class's address.
    who, password
        By which they sign in; their server runs.
    notebook
        Its path in the learner's home.
    cells
        How many code cells it takes until there is a board.
    """
    where = f"/user/{who}/lab/tree/{notebook}"
    with labpage.chromium() as page:
        page.set_default_timeout(_WAIT_MS)
        page.goto(f"{base}/hub/login?next={quote(where, safe='')}")
        page.get_by_label("Username").fill(who)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{base}{where}**", wait_until="commit")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(_OPENED)
        again = 0
        page.evaluate(_BEGIN, cells)
        while page.evaluate(_ERRORS, cells) and again < TRIES:
            again += 1
            page.evaluate(_BEGIN, cells)
        page.wait_for_function(labpage.LIVE)
        yield LearnersPage(page, again)
        page.evaluate(_SAVE)
