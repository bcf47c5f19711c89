"""What the lab does when a control is pressed, and what becomes of a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from labkit.api.kubectl import Kubectl, Result
from labkit.errors import LabError, TakenOverError
from labkit.notebook.controlling import Controlling
from labkit.notebook.controls import Control
from tests.unit.recording import Recorded

if TYPE_CHECKING:
    from labkit.notebook.control_panel import ControlPanel


class Client:
    """A steady client that asks nobody."""

    url, rate, running = "https://127.0.0.1:30443/", 20.0, True

    def stop(self) -> str:
        """Stop, and return the count."""
        self.running = False
        return "280 answered"


class Notebook(Controlling):
    """A notebook's lab, as far as its controls go."""

    def __init__(self) -> None:
        self.recorded = Recorded()
        self.recorded.play(220)
        self.watch: Any = self.recorded
        self.asked: list[tuple[str, ...]] = []
        self.answer = Result("deployment.apps/hello scaled\n", "Warning: a word\n", 0)
        self.kubectl = Kubectl.__new__(Kubectl)
        self.kubectl.try_run = self._try_run  # type: ignore[method-assign,assignment]
        self._lost = set()
        self._client = None
        self._panels = {}
        self.taken = False

    def _try_run(self, *args: str, timeout: float) -> Result:
        assert timeout > 60
        self.asked.append(args)
        return self.answer

    def check_holder(self) -> None:
        """Have the lab, or not."""
        if self.taken:
            raise TakenOverError("This notebook does not have the lab any more.", remedy="run its first cell")

    def traffic(self, rate: float = 20.0, *, for_at_most: float | None = None) -> Any:
        """Start a client."""
        assert (rate, for_at_most) == (20, None)
        self._client = Client()  # type: ignore[assignment]
        return self._client

    def _lose(self, node: str) -> str:
        self._lost.add(node)
        return f"node {node}: it is frozen, and silent"

    def _bring_back(self, node: str) -> str:
        self._lost.discard(node)
        return f"node {node}: it goes on where it was"


@pytest.fixture
def lab() -> Notebook:
    """Return a notebook's lab."""
    return Notebook()


def pressed(panel: ControlPanel, control: Control, value: object = None) -> tuple[str, bool]:
    """Press a control, wait for its end, and return what was said, and whether it failed."""
    panel.press(control, value)
    running = panel.running
    assert running is not None
    running.join(10)
    return panel.replies[-1].said, panel.replies[-1].failed


def test_kubectl_runs_what_was_shown(lab: Notebook) -> None:
    """Its warnings are part of the answer."""
    panel = lab.controls("hello")
    assert pressed(panel, Control.SCALE, 2) == ("deployment.apps/hello scaled\nWarning: a word", False)
    assert lab.asked == [("scale", "deployment/hello", "--replicas=2")]
    assert panel.replies[-1].typed == "kubectl scale deployment/hello --replicas=2"


def test_what_kubectl_refuses_is_explained(lab: Notebook) -> None:
    """What it had done until then is not kept back."""
    lab.answer = Result("node/poc-worker cordoned\n", "error: unable to drain node\n", 1)
    said, failed = pressed(lab.controls("hello"), Control.DRAIN)
    assert failed
    assert "node/poc-worker cordoned" in said
    assert "error: unable to drain node" in said
    assert "\nNext: " in said
    assert lab.asked == [("drain", "poc-worker", "--ignore-daemonsets", "--timeout=60s")]


def test_losing_a_node_and_bringing_it_back(lab: Notebook) -> None:
    """By the lab's own calls; the buttons know of it at once."""
    panel = lab.controls("hello")
    assert pressed(panel, Control.LOSE) == ("node poc-worker: it is frozen, and silent", False)
    assert lab._lost == {"poc-worker"}
    assert panel._buttons[Control.LOSE].disabled
    assert pressed(panel, Control.BRING_BACK) == ("node poc-worker: it goes on where it was", False)
    assert not panel._buttons[Control.LOSE].disabled
    assert lab.asked == []


def test_requests(lab: Notebook) -> None:
    panel = lab.controls("hello")
    assert pressed(panel, Control.STOP_REQUESTS) == ("No client is asking.\nNext: press Start first", True)
    said, failed = pressed(panel, Control.START_REQUESTS)
    assert said == "A client asks https://127.0.0.1:30443/ 20 times a second, until it is stopped."
    assert not failed
    assert panel._buttons[Control.START_REQUESTS].disabled
    assert pressed(panel, Control.STOP_REQUESTS) == ("280 answered", False)
    assert not panel._buttons[Control.START_REQUESTS].disabled


def test_a_cell_that_stopped_the_client_is_noticed(lab: Notebook) -> None:
    """After each cell: nothing in the cluster has changed."""
    panel = lab.controls("hello")
    lab.traffic(rate=20)
    lab._follow_panels()
    assert panel._buttons[Control.START_REQUESTS].disabled
    lab._client.stop()  # type: ignore[union-attr]
    lab._follow_panels()
    assert not panel._buttons[Control.START_REQUESTS].disabled


def test_shown_anew_the_first_ends(lab: Notebook) -> None:
    """Two of one Deployment would only confuse; another's stays."""
    first, other, second = lab.controls("hello"), lab.controls("frontend"), lab.controls("hello")
    assert "Not live: the controls for hello were shown anew" in first._status.value
    assert "Not live" not in other._status.value + second._status.value
    assert len(lab.recorded.callbacks) == 2
    lab._end_panels("notebook 04 has the lab now")
    assert "Not live: notebook 04 has the lab now" in other._status.value
    assert lab.recorded.callbacks == []


def test_without_the_lab_nothing_is_changed(lab: Notebook) -> None:
    panel = lab.controls("hello")
    lab.taken = True
    said, failed = pressed(panel, Control.RESTART)
    assert (said, failed) == ("This notebook does not have the lab any more.\nNext: run its first cell", True)
    assert lab.asked == []
    with pytest.raises(TakenOverError):
        lab.controls("hello")


@pytest.mark.parametrize("name", ["", "--all", None, "Hello"])
def test_a_deployment_that_there_can_not_be(lab: Notebook, name: Any) -> None:
    with pytest.raises(LabError, match="No Deployment can be named"):
        lab.controls(name)
