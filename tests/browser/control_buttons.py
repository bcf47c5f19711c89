"""The panel of ``lab.controls`` on a page of JupyterLab, and the cluster behind it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import nbformat

from labkit import cluster
from labkit.api.kubectl import Kubectl

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

CELLS = (
    'from labkit import Lab\n\nlab = Lab("01-create")',
    "%kubectl create -f manifests/hello.yaml",
    'lab.wait_ready("hello", 1)',
    'lab.controls("hello")',
    # the kernel is busy, as it is while a learner waits
    "import time\nfrom pathlib import Path\nwhile not Path('end').exists():\n    time.sleep(0.05)",
)

#: What reaches out of the panel at 480 pixels, by its words.
TOO_WIDE = """
(panel) => {
  panel.style.width = '480px';
  const right = panel.getBoundingClientRect().right;
  const out = [...panel.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > right + 1);
  panel.style.width = '';
  return out.map((one) => one.textContent || one.tagName);
}
"""


def write_notebook(folder: Path) -> None:
    """Write a notebook with controls, whose kernel is then busy until there is a file ``end``."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(book, folder / "controls.ipynb")


class Panel:
    """The panel on the page, and the cluster behind it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.kubectl = Kubectl(cluster.connection())

    def button(self, name: str) -> Any:
        """Return a button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, name: str, command: str, reply: str) -> None:
        """Press a button, and see the command that it ran and what kubectl answered."""
        self.button(name).click()
        self.told(command, reply)

    def newest(self) -> Any:
        """Return the newest reply."""
        return self.page.get_by_role("log", name="replies").locator("> div").first

    def told(self, command: str, reply: str) -> None:
        """See a command at the top of the replies, and what kubectl answered."""
        newest = self.newest()
        newest.get_by_text(command, exact=True).wait_for()
        assert reply in newest.inner_text()
        # one at a time: the next may be pressed
        self.page.get_by_text("Each control shows the command that it runs.").wait_for()

    def asked(self, kind: str, path: str) -> str:
        """Ask the cluster."""
        return self.kubectl.run("get", kind, "-o", f"jsonpath={{{path}}}")

    def becomes(self, kind: str, path: str, value: str) -> None:
        """Wait until the cluster says so."""
        end = time.monotonic() + 60
        while (found := self.asked(kind, path)) != value:
            assert time.monotonic() < end, f"{kind} {path} is {found!r} and not {value!r}"
            time.sleep(0.2)

    def scales(self) -> None:
        """Scale by a button, by a number, and by two presses; undo what has no history."""
        # what kubectl refuses: in words, with what to do next
        self.press("Undo", "kubectl rollout undo deployment/hello", "Next: ")
        self.press("+1", "kubectl scale deployment/hello --replicas=2", "deployment.apps/hello scaled")
        assert self.asked("deployment/hello", ".spec.replicas") == "2"
        replicas = self.page.get_by_label("Replicas")
        assert replicas.input_value() == "2"
        self.types(1)
        # the second is sent before the page hears of the first
        self.button("+1").evaluate("(one) => { one.click(); one.click(); }")
        self.told("kubectl scale deployment/hello --replicas=3", "deployment.apps/hello scaled")
        assert self.asked("deployment/hello", ".spec.replicas") == "3"
        self.types(1)

    def types(self, replicas: int) -> None:
        """Type a number of replicas."""
        field = self.page.get_by_label("Replicas")
        field.fill(str(replicas))
        field.press("Enter")
        self.told(f"kubectl scale deployment/hello --replicas={replicas}", "deployment.apps/hello scaled")
        assert self.asked("deployment/hello", ".spec.replicas") == str(replicas)

    def asks_through_the_front_door(self) -> None:
        """Start the steady client and stop it: of the two, only the one that would change something can be pressed."""
        self.press("Start", "client = lab.traffic(rate=20)", "20 times a second")
        self.button("Start").and_(self.page.locator(":disabled")).wait_for()
        self.press("Stop", "client.stop()", "answered at the first try")
        self.button("Stop").and_(self.page.locator(":disabled")).wait_for()

    def loses_and_drains(self, node: str) -> None:
        """Lose a Node, bring it back, drain it: Docker is asked whether it stands still, the cluster what is on it."""
        self.press("Lose", f'lab.lose_node("{node}")', "it is frozen, and silent")
        assert node in cluster.paused_nodes()
        assert self.button("Lose").is_disabled()
        self.press("Bring back", f'lab.bring_back("{node}")', "it goes on where it was")
        assert node not in cluster.paused_nodes()

        self.press("Drain", f"kubectl drain {node} --ignore-daemonsets --timeout=60s", f"node/{node} drained")
        assert self.asked(f"node/{node}", ".spec.unschedulable") == "true"
        there = self.kubectl.run("get", "pods", f"--field-selector=spec.nodeName={node}", "-o", "name")
        assert there == ""
        self.press("Uncordon", f"kubectl uncordon {node}", f"node/{node} uncordoned")
