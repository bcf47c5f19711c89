"""The live board in JupyterLab, looked at by Chromium while a notebook runs on the real cluster."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from labkit.lesson import holder
from tests.browser.control_buttons import TOO_WIDE, Panel, write_notebook
from tests.browser.pages import run_all, told

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from labkit.jupyter import Server

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("learners_lab")]

#: Watches the first board of the page, and notes each change of what it shows of hello, with what the kernel does then.
WATCH = """
() => {
  window.seen = [];
  const look = () => {
    const board = document.querySelector('.lk-board');
    if (!board) return;
    const pods = [...board.querySelectorAll('g[data-key^="pod:"]')]
      .filter((pod) => /hello/.test(pod.getAttribute('aria-label') ?? ''));
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


def menu(page: Page, *names: str) -> None:
    """Choose an entry of JupyterLab's menu."""
    page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{names[0]}$")).click()
    for name in names[1:]:
        page.locator(".lm-Menu-item", has_text=re.compile(rf"^{re.escape(name)}")).first.click()


def test_the_board_moves_while_cells_run(server: Server, page: Page, screenshots: Path) -> None:
    """JupyterLab opens 03-scale, runs all its cells, and the board goes from one pod to three while they run."""
    page.goto(server.address("notebooks/03-scale.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.evaluate(WATCH)
    run_all(page)
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


#: No cell waits any more, and at least one has run.
ALL_RAN = """
() => {
  const prompts = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-InputPrompt')];
  const said = prompts.map((one) => one.textContent);
  return said.some((one) => /[0-9]/.test(one)) && !said.some((one) => one.includes('[*]'));
}
"""

#: The boards beside the notebook: how wide each is, and whether it says that it is live.
BOARDS = """
() => [...document.querySelectorAll('.jupyterlab-sidecar .lk-board')].map((board) => ({
  width: board.getBoundingClientRect().width,
  dead: board.classList.contains('lk-dead'),
  made: board.dataset.made,
}))
"""


def the_board(page: Page) -> dict[str, Any]:
    """Return the one board there is beside the notebook, once there is no more than one."""
    page.wait_for_function(f"() => ({BOARDS})().length === 1", timeout=20_000)
    (board,) = page.evaluate(BOARDS)
    found: dict[str, Any] = board
    return found


def test_there_is_one_board_whoever_has_the_lab(server: Server, page: Page, screenshots: Path) -> None:
    """From notebook to notebook, back again, after a reload and after a kernel's restart: one board, and it is live."""
    page.goto(server.address())
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    run_all(page)
    page.wait_for_function(ALL_RAN, timeout=120_000)
    first = the_board(page)

    # on to the next notebook as a learner goes there: by the link at the end of the first
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) a", has_text="01-create").last.click()
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) h1:has-text('three Deployments')")
    run_all(page)
    page.wait_for_function(ALL_RAN, timeout=120_000)
    second = the_board(page)
    assert second["made"] != first["made"]
    page.screenshot(path=screenshots / "second-notebook-light-1280.png")
    # notebook and board share the window fairly: it was not cut in ever smaller pieces
    notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").bounding_box()
    assert notebook is not None
    assert notebook["width"] > 400
    assert second["width"] > 400

    # a kernel that is restarted cannot take its board away any more
    menu(page, "Kernel", "Restart Kernel and Run All Cells")
    page.locator(".jp-Dialog button", has_text="Restart").click()
    page.wait_for_function(f"(made) => ({BOARDS})().some((board) => board.made !== made)", arg=second["made"])
    page.wait_for_function(ALL_RAN, timeout=120_000)
    third = the_board(page)
    assert third["made"] != second["made"]
    assert not third["dead"]

    # after a reload both kernels are still there; only the one that has the lab shows a board
    page.reload()
    page.wait_for_selector(".jupyterlab-sidecar .lk-board", state="attached")
    again = the_board(page)
    assert again["made"] == third["made"]
    assert not again["dead"]


@pytest.mark.parametrize("width", [1280, 800])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lab_looks_as_it_should(  # noqa: PLR0917 - fixtures and parameters
    server: Server, jupyterlab: tuple[Server, Path], page: Page, screenshots: Path, theme: str, width: int
) -> None:
    """No news pop-up, no error box, and no picture wider than its cell, in both themes and on a narrow screen."""
    page.set_viewport_size({"width": width, "height": 900})
    folder = jupyterlab[1] / "lab" / "notebooks"
    # under a name of its own it opens with its outputs, as what a learner has run does
    shutil.copy(folder / "05-rolling-update.ipynb", folder / "mine.ipynb")
    page.goto(server.address("notebooks/mine.ipynb"))
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
    scrolled = page.evaluate(
        """() => [...document.querySelectorAll('.jp-CodeCell .cm-scroller')]
          .filter((one) => one.scrollWidth > one.clientWidth + 1)
          .map((one) => one.textContent)"""
    )
    assert scrolled == [], "a command is read whole"


def in_both_themes(page: Page, axe: str, screenshots: Path) -> None:
    """See to it that axe-core has nothing against the controls, whatever the theme."""
    for theme in ("Light", "Dark"):
        menu(page, "Settings", "Theme", f"JupyterLab {theme}")
        page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light", arg=str(theme == "Light").lower()
        )
        # JupyterLab covers the page while it changes its theme
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.screenshot(path=screenshots / f"controls-{theme.lower()}-1280.png")
        page.evaluate(axe)
        found: dict[str, Any] = page.evaluate("axe.run('.jp-OutputArea-output .widget-vbox')")
        assert {"button-name", "color-contrast", "label", "select-name"} <= {rule["id"] for rule in found["passes"]}
        assert [told(rule) for rule in found["violations"]] == []


def test_each_control_does_what_it_says(
    server: Server, jupyterlab: tuple[Server, Path], page: Page, screenshots: Path, axe: str
) -> None:
    """Each of them, all while a cell runs: what the page says, and what the cluster says."""
    folder = jupyterlab[1] / "lab" / "notebooks"
    write_notebook(folder)
    page.goto(server.address("notebooks/controls.ipynb"))
    run_all(page)
    panel = Panel(page)
    panel.button("Undo").wait_for(timeout=120_000)
    panel.scales()

    # a change during a pause is taken down, and rolled out by resume
    panel.press("Pause", "kubectl rollout pause deployment/hello", "deployment.apps/hello paused")
    assert panel.asked("deployment/hello", ".spec.paused") == "true"
    page.wait_for_function("(one) => one.disabled", arg=panel.button("Pause").element_handle())
    assert page.get_by_label("Version").input_value() == "2.0.0"
    command = "kubectl set image deployment/hello hello=localhost/hello:2.0.0"
    panel.press("Roll out", command, "deployment.apps/hello image updated")
    assert panel.asked("replicaset", ".items[*].spec.template.spec.containers[0].image") == "localhost/hello:1.0.0"
    panel.press("Resume", "kubectl rollout resume deployment/hello", "deployment.apps/hello resumed")
    panel.becomes("deployment/hello", r".metadata.annotations.deployment\.kubernetes\.io/revision", "2")

    panel.press("Undo", "kubectl rollout undo deployment/hello", "deployment.apps/hello rolled back")
    assert panel.asked("deployment/hello", ".spec.template.spec.containers[0].image") == "localhost/hello:1.0.0"
    panel.press("Restart", "kubectl rollout restart deployment/hello", "deployment.apps/hello restarted")
    restarted = r".spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt"
    assert panel.asked("deployment/hello", restarted) != ""
    panel.asks_through_the_front_door()

    node = page.get_by_label("Node").locator("option").last.inner_text()
    page.get_by_label("Node").select_option(node)
    panel.press("Cordon", f"kubectl cordon {node}", f"node/{node} cordoned")
    assert panel.asked(f"node/{node}", ".spec.unschedulable") == "true"
    page.get_by_text("Ready,SchedulingDisabled", exact=True).wait_for()
    panel.press("Uncordon", f"kubectl uncordon {node}", f"node/{node} uncordoned")
    assert panel.asked(f"node/{node}", ".spec.unschedulable") == ""
    panel.loses_and_drains(node)

    # what kubectl refuses is said in the lab's words, and the cell still runs
    page.get_by_label("Version").fill("3 0")
    panel.press("Roll out", "Roll out", "No version of an image can be named '3 0'.")
    assert page.locator(".jp-InputPrompt", has_text="[*]").count() == 1
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator(".jp-OutputArea-output .widget-vbox").first.evaluate(TOO_WIDE) == []

    in_both_themes(page, axe, screenshots)

    # another notebook takes the lab
    holder.take(panel.kubectl, "04-self-healing")
    page.get_by_text("Not live: notebook 04-self-healing has the lab now").wait_for()
    assert page.locator(".jp-OutputArea-output .widget-vbox button:enabled").count() == 0
    page.screenshot(path=screenshots / "controls-taken-1280.png")
    (folder / "end").touch()
