"""Views of a board in JupyterLab: each shows what the board says, all of it, at its own width, and nothing else.

The board follows the recorded rollout here, so that a test can say when something happens: what is tested is the way
from the kernel to the page. On the cluster, the lesson's own notebooks are looked at (test_board_in_jupyterlab.py).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from labkit import paths
from tests.browser.pages import run_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from labkit.jupyter import Server

pytestmark = pytest.mark.browser

_SET_UP = f"""
import json, sys
sys.path.insert(0, {str(paths.REPO)!r})
from pathlib import Path
from labkit.board import picture
from labkit.board.boards import Boards
from tests.unit.recording import Recorded
watch = Recorded()
watch.play(220)
boards = Boards(watch.source())
"""

#: Beside the cells, plays what a file tells it to, and writes down what there is to see, and who is seeing it.
_PLAY = """
import threading, time
def play():
    asked, played = Path("asked"), 0
    while True:
        count = int(asked.read_text()) if asked.exists() else 0
        if count > played:
            watch.play(count - played)
            played = count
        widths = sorted(view.width for view in boards._docked.board._views.all().values())
        keys = {width: list(picture.scene(watch.snapshot, width=width, live=True).elements) for width in widths}
        Path("model.new").write_text(json.dumps({"played": played, "widths": widths, "keys": keys}))
        Path("model.new").rename("model.json")
        time.sleep(0.05)
threading.Thread(target=play, daemon=True).start()
"""

#: The kernel is busy, as it is while a learner waits.
_BUSY = "while not Path('end').exists(): time.sleep(0.05)\nPath('done').touch()"

#: Notes in each frame where the board's elements stand, from the first frame that shows any.
_FRAMES = """
() => {
  window.frames_ = [];
  const look = () => {
    const board = document.querySelector('.jupyterlab-sidecar .lk-board');
    const svg = board?.querySelector('svg');
    const box = svg?.getBoundingClientRect();
    if (box?.width) {
      const at = {};
      for (const node of svg.querySelectorAll('[data-key], [data-left]')) {
        const { x, y, width } = node.getBoundingClientRect();
        at[node.dataset.key ?? `left:${node.dataset.left}`] = [x, y, width].map((n) => Math.round(n)).join();
      }
      const room = Number(svg.getAttribute('viewBox').split(' ')[2]);
      window.frames_.push({ time: performance.now(), width: box.width, room, at });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""

_KEYS = "() => [...document.querySelectorAll('.jupyterlab-sidecar .lk-board svg [data-key]')].map((n) => n.dataset.key)"
_WIDTH = "() => document.querySelector('.jupyterlab-sidecar .lk-board').clientWidth"
_STATE = "() => document.querySelector('.jupyterlab-sidecar .lk-board')?.dataset.state"


class Lab:
    """A notebook with a docked board that follows the recording, in JupyterLab in Chromium."""

    def __init__(self, server: Server, root: Path) -> None:
        self.server, self.folder, self._settings = server, root / "notebooks", root.parent / "jupyter" / "settings"
        self.write(_SET_UP, "boards.show()", _PLAY)

    def write(self, *sources: str) -> None:
        """Write the notebook."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        nbformat.write(book, self.folder / "views.ipynb")

    def busy(self) -> None:
        """Have the kernel busy after the board has been made."""
        self.write(_SET_UP, "boards.show()", _PLAY, _BUSY)

    def open(self, page: Page, *, run: bool) -> None:
        """Open the notebook, and run it if nobody has."""
        page.goto(self.server.address("notebooks/views.ipynb"))
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        if run:
            page.evaluate(_FRAMES)
            run_all(page)

    def dark(self) -> None:
        """Have JupyterLab's dark theme from the next page on."""
        file = self._settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": "JupyterLab Dark"}))

    def live(self, page: Page) -> None:
        """Wait until the board is live."""
        page.wait_for_function(f"() => ({_STATE})() === 'live'", timeout=60_000)

    def play(self, count: int) -> None:
        """Let so many changes of the recording have happened since the beginning."""
        (self.folder / "asked.new").write_text(str(count))
        (self.folder / "asked.new").rename(self.folder / "asked")

    def model(self) -> dict[str, Any]:
        """Return how far the recording is, which widths the board draws for, and the elements at each."""
        found: dict[str, Any] = json.loads((self.folder / "model.json").read_text())
        return found

    def shows_the_model(self, page: Page, played: int) -> None:
        """Wait until the page shows exactly the elements that Python lays out after so many changes, and is live."""
        end = time.monotonic() + 15
        while True:
            model = self.model()
            shown = page.evaluate(f"() => [({_STATE})(), ({_WIDTH})(), ({_KEYS})()]")
            state, width, keys = shown
            if (
                model["played"] == played
                and state == "live"
                and sorted(keys) == sorted(model["keys"].get(str(width), ()))
            ):
                return
            assert time.monotonic() < end, (model, shown)
            page.wait_for_timeout(100)


@pytest.fixture
def lab(server: Server, jupyterlab: tuple[Server, Path]) -> Iterator[Lab]:
    """Have the notebook, and end its busy cell in the end."""
    made = Lab(server, jupyterlab[1] / "lab")
    yield made
    (made.folder / "end").touch()


def new_page(browser: Browser, width: int = 1280) -> Page:
    """Open a page in a browser of its own: nothing is shared with other pages."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_while_the_panel_settles_nothing_moves(
    browser: Browser, lab: Lab, screenshots: Path, width: int, theme: str
) -> None:
    """From the first frame that shows anything, for a second: every element stands where it stood."""
    page = new_page(browser, width)
    lab.busy()
    if theme == "dark":
        lab.dark()
    lab.open(page, run=True)
    assert page.evaluate("() => document.body.dataset.jpThemeLight") == str(theme == "light").lower()
    page.wait_for_selector(".jupyterlab-sidecar .lk-board", state="attached")
    for i in range(10):
        page.screenshot(path=screenshots / f"first-second-{theme}-{width}-{i}.png")
        page.wait_for_timeout(60)
    lab.live(page)
    page.wait_for_timeout(1000)
    frames: list[dict[str, Any]] = page.evaluate("() => window.frames_")
    assert len(frames) > 10
    first = frames[0]["time"]
    shown = [frame for frame in frames if frame["time"] - first < 1000]
    assert {frame["room"] for frame in shown} == {max(320, round(frames[-1]["width"]))}
    places: dict[str, set[str]] = {}
    for frame in shown:
        for key, place in frame["at"].items():
            places.setdefault(key, set()).add(place)
    assert {key: seen for key, seen in places.items() if len(seen) > 1} == {}
    page.context.close()


def test_a_view_that_opens_late_shows_exactly_what_is_there(browser: Browser, lab: Lab) -> None:
    """The second browser opens when much has changed since the board was made."""
    page = new_page(browser)
    lab.open(page, run=True)
    lab.live(page)
    lab.play(150)
    lab.shows_the_model(page, 150)
    late = new_page(browser, 1000)
    lab.open(late, run=False)
    lab.live(late)
    lab.shows_the_model(late, 150)
    lab.play(300)
    lab.shows_the_model(late, 300)
    lab.shows_the_model(page, 300)
    assert len(set(lab.model()["widths"])) == 2, "each has its own width"
    page.context.close()
    late.context.close()


def test_after_a_reload_one_view_is_drawn_for(browser: Browser, lab: Lab) -> None:
    """The page that went could not say so: its view is forgotten, and the new one is live and right."""
    page = new_page(browser)
    lab.open(page, run=True)
    lab.live(page)
    again = new_page(browser)
    # as a page that crashed: no word reaches the kernel any more
    page.goto("about:blank")
    lab.open(again, run=False)
    lab.live(again)
    end = time.monotonic() + 20
    while len(lab.model()["widths"]) != 1:
        assert time.monotonic() < end, lab.model()["widths"]
        again.wait_for_timeout(200)
    again.wait_for_timeout(12_000)
    assert len(lab.model()["widths"]) == 1, "a view that is seen is never forgotten"
    lab.play(200)
    lab.shows_the_model(again, 200)
    page.context.close()
    again.context.close()


def test_a_page_that_is_loaded_anew_has_its_board_while_a_cell_runs(browser: Browser, lab: Lab) -> None:
    """JupyterLab asks what widgets there are: the kernel, which is busy, answers at once."""
    page = new_page(browser)
    lab.busy()
    lab.open(page, run=True)
    lab.live(page)
    page.wait_for_function("() => document.querySelector('.jp-Notebook').textContent.includes('[*]')")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    lab.live(page)
    lab.play(150)
    lab.shows_the_model(page, 150)
    assert not (lab.folder / "done").exists(), "the cell still runs"
    page.context.close()


def test_messages_that_are_lost_are_made_good(browser: Browser, lab: Lab) -> None:
    """Half of what comes over the wire never arrives: the page asks for the whole, and ends right."""
    page = new_page(browser)
    # before JupyterLab opens its connection: frames that carry changes are dropped while the page says so
    page.add_init_script(
        """
        const Real = WebSocket;
        window.lose = false;
        window.lost = 0;
        window.wholes = 0;
        window.WebSocket = class extends Real {
          set onmessage(callback) {
            super.onmessage = (event) => {
              const raw = typeof event.data === 'string' ? event.data : new TextDecoder().decode(event.data);
              if (raw.includes('"type": "whole"') || raw.includes('"type":"whole"')) window.wholes += 1;
              const changes = raw.includes('"type": "changes"') || raw.includes('"type":"changes"');
              if (window.lose && changes && Math.random() < 0.5) { window.lost += 1; return; }
              callback(event);
            };
          }
          get onmessage() { return super.onmessage; }
        };
        """
    )
    lab.open(page, run=True)
    lab.live(page)
    page.evaluate("() => { window.lose = true; window.before = window.wholes; }")
    for count in range(10, 310, 10):
        lab.play(count)
        page.wait_for_timeout(100)
    # the very last one is lost too, and nothing comes after it that would give it away but the pulse
    page.evaluate("() => { window.lose = false; }")
    assert page.evaluate("() => window.lost") > 3
    lab.shows_the_model(page, 300)
    assert page.evaluate("() => window.wholes - window.before") > 0
    page.context.close()
