"""What a test does on a page of JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Runs the notebook that is open once its kernel answers, and does not wait for its end. By name: a menu that is chosen
#: before the kernel is there asks which one to start.
_RUN_ALL = """
async () => {
  const { sessionContext } = jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
  void jupyterapp.commands.execute('notebook:run-all-cells');
}
"""


def run_all(page: Page) -> None:
    """Run all cells of the notebook that is open, as the menu does, and return as soon as they wait for the kernel."""
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
    page.wait_for_function("() => globalThis.jupyterapp?.shell.currentWidget?.sessionContext")
    page.evaluate(_RUN_ALL)
    page.wait_for_function("() => document.querySelector('.jp-Notebook').textContent.match(/\\[[*1]/)")


def told(rule: dict[str, Any]) -> str:
    """Return what axe-core found against a rule, and where."""
    places = [f"{node['target']}: {node['failureSummary']}" for node in rule["nodes"][:8]]
    return "\n".join([f"{rule['id']} ({len(rule['nodes'])}): {rule['help']}", *places])
