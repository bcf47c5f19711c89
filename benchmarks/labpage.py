"""A board in JupyterLab in Chromium, with somebody who notes what the page shows, and when."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from benchmarks.samples import NotMeasuredError, Times, shown
from labkit import jupyter, paths
from labkit.develop.selftest import ensure_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from labkit.api.connection import Connection

#: No sandbox for root; nothing that would look for the Internet.
_FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
_OBSERVE = (Path(__file__).parent / "page.js").read_text(encoding="utf-8").split("\n", 2)[2]
_SQUARES = (Path(__file__).parent / "squares.js").read_text(encoding="utf-8").split("\n", 2)[2]
_WAIT_MS = 90_000
#: Seconds by which page and machine may drift apart while something is measured.
_DRIFT = 0.005

#: Counts what comes to the page by WebSocket, from before JupyterLab opens one.
_COUNT_BYTES = """
  window.received = 0;
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        window.received += data.byteLength ?? data.size ?? data.length;
      });
    }
  };
"""

_BOARD = """
import os, sys
sys.path.insert(0, {repository!r})
from pathlib import Path
from labkit.board.boards import Boards
from labkit.api.watch import Watch
from labkit.recording.source import live
watch = Watch(Path({kubeconfig!r}), {context!r}, {namespace!r})
source = live(watch)
watch.start()
watch.synced(60)
boards = Boards(source)
Path("kernel.pid").write_text(str(os.getpid()))
boards.show({focus!r})
"""

#: A cell that computes without a pause: the board has to share the interpreter with it.
_BUSY = """
while not Path("end").exists():
    sum(range(1000))
"""

_RUN_ALL = """
async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
  void jupyterapp.commands.execute('notebook:run-all-cells');
}
"""
#: Whether the board beside the notebook is.
LIVE = "() => document.querySelector('.jupyterlab-sidecar .lk-board')?.dataset.state === 'live'"
#: Counts the squares anew each time: asked while nothing else is measured.
_SHOWS = f"""
(pods) => {{
  const board = document.querySelector('.jupyterlab-sidecar .lk-board');
  if (board?.dataset.state !== 'live' || !board.querySelector('svg')) return false;
  ({_SQUARES})();
  return Object.values(window.squares.totals).reduce((a, b) => a + b, 0) === pods;
}}
"""
_IS_BUSY = "() => [...document.querySelectorAll('.jp-InputPrompt')].some((one) => one.textContent.includes('[*]'))"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page has shown while it was looked at.

    Attributes
    ----------
    times
        When it showed each change of each Pod.
    changes
        The same as it was noted: milliseconds by the page's clock, uid, classes.
    frames
        When it drew each frame, in seconds since the epoch.
    received
        Bytes that came to it by WebSocket since it was opened.
    squares
        How many Pods it drew as squares, by revision and state, each time that this changed: seconds since the epoch.
    """

    times: Times
    changes: list[tuple[float, str, str]]
    frames: list[float]
    received: int
    squares: list[tuple[float, dict[str, int]]]


class LabPage:
    """A page with a board that is looked at.

    Parameters
    ----------
    page
        The page in Chromium, whose board is live.
    kernel
        The process of its kernel; None where it is out of sight.
    busy
        Whether its kernel has a cell to run all the time.
    """

    def __init__(self, page: Page, kernel: int | None = None, *, busy: bool = False) -> None:
        self.page, self.kernel, self._busy = page, kernel, busy
        page.evaluate(_OBSERVE)
        page.evaluate(_SQUARES)
        self._ahead = 0.0
        self.set_clock()

    def set_clock(self) -> None:
        """Compare the page's clock and the machine's: what is measured begins now."""
        self._ahead = self._clock()

    def cpu(self) -> float:
        """Return the seconds of processor time that the kernel has used up to now.

        Raises
        ------
        NotMeasuredError
            If the kernel is out of sight.
        """
        if self.kernel is None:
            raise NotMeasuredError("the kernel's process cannot be seen from here")
        fields = Path(f"/proc/{self.kernel}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def received(self) -> int:
        """Return the bytes that came to the page by WebSocket up to now."""
        found: int = self.page.evaluate("() => window.received")
        return found

    def pods(self) -> set[str]:
        """Return the uids of the Pods on the page now."""
        return set(self.page.evaluate("() => [...window.bench.nodes.keys()].map((key) => key.slice(4))"))

    def squares(self) -> dict[str, int]:
        """Return how many Pods the page draws as squares now, by the classes of their revision and state."""
        found: dict[str, int] = self.page.evaluate("() => window.squares.totals")
        return {kind: count for kind, count in found.items() if count}

    def afresh(self, pods: int) -> float:
        """Load the page anew, and return the seconds until its board is live and shows so many Pods."""
        begin = time.monotonic()
        self.page.reload()
        self.page.wait_for_function(_SHOWS, arg=pods)
        return time.monotonic() - begin

    def seen(self) -> Seen:
        """Return what was seen up to now.

        Raises
        ------
        NotMeasuredError
            If the board is not live, the cell is not as it should be, or the clocks have drifted apart.
        """
        if not self.page.evaluate(LIVE):
            raise NotMeasuredError("the board in the page is not live")
        if self.page.evaluate(_IS_BUSY) is not self._busy:
            raise NotMeasuredError(f"the notebook's cell is {'not ' if self._busy else ''}busy")
        ahead = self._clock()
        if abs(ahead - self._ahead) > _DRIFT:
            drift = 1000 * (ahead - self._ahead)
            raise NotMeasuredError(f"the page's clock and the machine's have drifted by {drift:.1f} ms")
        found: dict[str, Any] = self.page.evaluate(
            "() => ({log: window.bench.log, frames: window.bench.frames, received: window.received,"
            " squares: window.squares.log})"
        )
        frames = [at / 1000 - ahead for at in found["frames"]]
        squares = [(at / 1000 - ahead, counts) for at, counts in found["squares"]]
        return Seen(shown(found["log"], ahead), found["log"], frames, found["received"], squares)

    def _clock(self) -> float:
        """Return the seconds by which the page's clock is ahead of the machine's, by the quickest of some answers."""
        tries: list[tuple[float, float]] = []
        for _ in range(20):
            before = time.time()
            said: float = self.page.evaluate("() => performance.timeOrigin + performance.now()") / 1000
            after = time.time()
            tries.append((after - before, said - (before + after) / 2))
        return min(tries)[1]


@contextmanager
def opened(connection: Connection, *, focus: str | None = None, busy: bool = False) -> Iterator[LabPage]:
    """Have JupyterLab with a notebook that shows a board beside it, in Chromium, as long as the block lasts.

    Parameters
    ----------
    connection
        The cluster, and the namespace that the board follows.
    focus
        The Deployment that the board looks at closely.
    busy
        Whether a cell computes all the time.
    """
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="labkit-bench-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        folder = root / "lab"
        folder.mkdir()
        _write(folder / "board.ipynb", connection, focus, busy=busy)
        server = stack.enter_context(jupyter.server(root=folder, home=root / "jupyter"))
        stack.callback((folder / "end").touch)
        page = stack.enter_context(chromium())
        page.goto(server.address("board.ipynb"))
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function("() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext")
        page.evaluate(_RUN_ALL)
        page.wait_for_function(LIVE)
        page.wait_for_function(_IS_BUSY if busy else f"() => !({_IS_BUSY})()")
        yield LabPage(page, int((folder / "kernel.pid").read_text(encoding="utf-8")), busy=busy)


@contextmanager
def chromium() -> Iterator[Page]:
    """Have an empty page in Chromium, as long as the block lasts; it counts what comes by WebSocket."""
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=flags)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(_WAIT_MS)
            page.add_init_script(_COUNT_BYTES)
            yield page
        finally:
            _close(browser)


def _close(browser: Browser) -> None:
    """Close Chromium; Ctrl-C on a terminal has reached it too, and it may have gone first."""
    with suppress(PlaywrightError):
        browser.close()


def _write(file: Path, connection: Connection, focus: str | None, *, busy: bool) -> None:
    board = _BOARD.format(
        repository=str(paths.REPO),
        kubeconfig=str(connection.kubeconfig),
        context=connection.context,
        namespace=connection.namespace,
        focus=focus,
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (board, *([_BUSY] * busy))])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    file.write_text(json.dumps(book), encoding="utf-8")
