"""The board's timeline in JupyterLab in Chromium, by keyboard, on the real cluster, beside a cell that runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest

from labkit import cluster
from labkit.api.kubectl import Kubectl
from tests.browser.pages import run_all

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from labkit.jupyter import Server

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("learners_lab")]

CELLS = (
    'from labkit import Lab\n\nlab = Lab("01-create")\nlab.board()',
    "%kubectl create -f manifests/hello.yaml",
    'lab.wait_ready("hello", 1)',
    "%kubectl scale deployment hello --replicas=3",
    'lab.wait_ready("hello", 3)',
    # the kernel is busy, as it is while a learner waits
    "import time\nfrom pathlib import Path\nwhile not Path('end').exists():\n    time.sleep(0.05)",
)

#: How many Pods the board shows, and how many of them are Ready.
PODS = """
() => {
  const pods = [...document.querySelectorAll('.lk-board g[data-key^="pod:"]')];
  return [pods.length, pods.filter((pod) => pod.classList.contains('s-ready')).length];
}
"""
#: Where the picture is, and how wide: nothing moves because the board shows the past.
PLACE = """
() => {
  const { x, y, width } = document.querySelector('.lk-board > svg').getBoundingClientRect();
  return [x, y, width];
}
"""


def shows(page: Page, pods: int, ready: int) -> None:
    """Wait until the board shows so many Pods, and so many of them Ready."""
    page.wait_for_function(f"([pods, ready]) => ({PODS})().join() === `${{pods}},${{ready}}`", arg=[pods, ready])


def pods(page: Page) -> list[int]:
    """Return what the board shows."""
    found: list[int] = page.evaluate(PODS)
    return found


def three_are_ready(server: Server, folder: Path, page: Page) -> None:
    """Open a notebook that makes three Pods, one first, and is busy then; return when the board shows them."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(book, folder / "timeline.ipynb")
    page.goto(server.address("notebooks/timeline.ipynb"))
    run_all(page)
    page.wait_for_selector(".lk-board .lk-timeline", timeout=120_000)
    page.wait_for_function(f"() => ({PODS})().join() === '3,3'", timeout=120_000)
    page.wait_for_function("() => document.querySelectorAll('.lk-tl-mark').length > 1")


def test_back_in_time_by_keyboard_and_to_the_present_again(
    server: Server, jupyterlab: tuple[Server, Path], page: Page, screenshots: Path
) -> None:
    folder = jupyterlab[1] / "lab" / "notebooks"
    three_are_ready(server, folder, page)
    board = page.locator(".lk-board")
    band, slider = page.locator(".lk-tl-band"), page.get_by_role("slider", name="Time")
    assert band.inner_text().startswith("Live")
    place = page.evaluate(PLACE)

    # back, moment by moment, until one Pod was alone and Ready
    slider.focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Comma")
        page.wait_for_timeout(150)
        seen.append((band.inner_text(), pods(page)))
        if pods(page) == [1, 1]:
            break
    assert pods(page) == [1, 1], seen
    said = band.inner_text()
    assert re.match(r"In the past: [\d.]+ s ago|In the past: \d+ min \d\d s ago", said), said
    assert re.search(r" · \d\d:\d\d:\d\d", said)
    assert "lk-in-past" in str(board.get_attribute("class"))
    assert page.locator(".lk-past-tab").is_visible()
    assert page.evaluate(PLACE) == place
    page.screenshot(path=screenshots / "timeline-past-1280.png")

    # what happens now does not touch the past; the recording goes on
    kubectl = Kubectl(cluster.connection())
    kubectl.run("scale", "deployment", "hello", "--replicas=2")
    kubectl.run("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/hello", "--timeout=60s")
    assert pods(page) == [1, 1]
    assert band.inner_text().startswith("In the past")

    # on, to the moments at which the others came; and it plays
    page.keyboard.press("Period")
    page.wait_for_function(
        f"() => ({PODS})()[0] > 1 || !document.querySelector('.lk-tl-band').textContent.includes('now')"
    )
    page.keyboard.press("Home")
    shows(page, 0, 0)
    page.get_by_role("radio", name="four times").click()
    page.get_by_role("button", name="Play", exact=True).click()
    # one Ready Pod alone may be over before a machine that has much to do draws it
    page.wait_for_function(f"() => ({PODS})()[1] > 0")
    page.get_by_role("button", name="Pause", exact=True).click()
    assert band.inner_text().startswith("In the past")

    # the present is one key away
    page.keyboard.press("n")
    shows(page, 2, 2)
    assert band.inner_text().startswith("Live")
    assert "lk-in-past" not in str(board.get_attribute("class"))
    assert page.evaluate("() => document.querySelector('.lk-board').dataset.state") == "live"
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() == 1, "the cell still runs"
    assert page.evaluate(PLACE) == place
    (folder / "end").touch()
