"""The live board in JupyterLab, looked at by Chromium while a notebook runs on the real cluster."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from labkit.jupyter import Server

pytestmark = pytest.mark.browser

#: Watches the first board of the page, and notes each change of what it shows of hello, with what the kernel does then.
WATCH = """
() => {
  window.seen = [];
  const look = () => {
    const board = document.querySelector('.lk-board');
    if (!board) return;
    const pods = [...board.querySelectorAll('g[data-key^="pod:"]')]
      .filter((pod) => /hello/.test(pod.querySelector('title')?.textContent ?? ''));
    const state = {
      ready: pods.filter((pod) => pod.classList.contains('s-ready')).length,
      pods: pods.length,
      busy: [...document.querySelectorAll('.jp-InputPrompt')].some((one) => one.textContent.includes('[*]')),
    };
    const last = window.seen.at(-1);
    if (!last || last.ready !== state.ready || last.pods !== state.pods) window.seen.push(state);
  };
  new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['class'],
  });
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page; what the page itself complains of fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(60_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []


def menu(page: Page, *names: str) -> None:
    """Choose an entry of JupyterLab's menu."""
    page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{names[0]}$")).click()
    for name in names[1:]:
        page.locator(".lm-Menu-item", has_text=re.compile(rf"^{re.escape(name)}")).first.click()


def test_the_board_moves_while_cells_run(server: Server, page: Page, screenshots: Path) -> None:
    """JupyterLab opens 03-scale, runs all its cells, and the board goes from one pod to three while they run."""
    page.goto(server.address("notebooks/03-scale.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_selector("text=Python 3", state="visible")
    page.evaluate(WATCH)
    menu(page, "Run", "Run All Cells")
    page.wait_for_selector(".lk-board svg", state="attached")
    page.wait_for_function("() => window.seen.some((state) => state.ready === 3)", timeout=120_000)
    page.screenshot(path=screenshots / "scale-light-1280.png")
    # the last cell has run: it has a number, and none is waiting any more
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-InputPrompt')].every((one) => !one.textContent.includes('[*]'))",
        timeout=120_000,
    )
    seen: list[dict[str, Any]] = page.evaluate("() => window.seen")
    readies = [state["ready"] for state in seen]
    assert 1 in readies
    assert 3 in readies
    assert readies.index(1) < readies.index(3)
    # the board was not drawn after the fact: cells were still running when the third pod was seen
    assert seen[readies.index(3)]["busy"]
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    page.wait_for_function("() => window.seen.at(-1).ready === 1", timeout=60_000)


@pytest.mark.parametrize("width", [1280, 800])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lab_looks_as_it_should(server: Server, page: Page, screenshots: Path, theme: str, width: int) -> None:
    """No news pop-up, no error box, and no picture wider than its cell, in both themes and on a narrow screen."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(server.address("notebooks/05-rolling-update.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    menu(page, "Settings", "Theme", f"JupyterLab {theme.title()}")
    page.wait_for_function(
        "(light) => document.body.dataset.jpThemeLight === light", arg="true" if theme == "light" else "false"
    )
    picture = page.locator(".jp-RenderedSVG img, .jp-RenderedSVG svg").first
    picture.scroll_into_view_if_needed()
    page.screenshot(path=screenshots / f"rolling-update-{theme}-{width}.png")
    assert page.locator(".jp-Notification, .Toastify__toast").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg')]
          .map((one) => [one, one.closest('.jp-OutputArea')].map((each) => each.getBoundingClientRect().right))
          .filter(([picture, area]) => picture > area + 1)
          .length"""
    )
    assert wide == 0
