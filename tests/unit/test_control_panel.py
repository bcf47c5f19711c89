"""The panel of controls: what it runs, what it shows, and that one thing runs at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from labkit.errors import ManifestError, TakenOverError
from labkit.notebook.control_panel import KEPT, ControlPanel
from labkit.notebook.controls import Control
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from labkit.notebook.controls import Command
    from labkit.state import Snapshot


class Actor:
    """Notes what it is to do; a test lets it end."""

    def __init__(self) -> None:
        self.snapshot = recording.when("hello: 3/3 ready on 3 nodes")
        self.lost: Collection[str] = ()
        self.asking = False
        self.done: list[str] = []
        self.fails: Exception | None = None
        self.began = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.callbacks: list[Callable[[Snapshot], None]] = []

    def act(self, control: Control, command: Command, subject: str) -> str:
        """Do it, when the test lets it."""
        assert threading.current_thread() is not threading.main_thread()
        self.done.append(f"{control} {subject}: {command.typed}")
        self.began.set()
        assert self.may_end.wait(10)
        if self.fails:
            raise self.fails
        return f"done: <{control}>\n"

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Remember a callback."""
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback) if callback in self.callbacks else None

    def tell(self, snapshot: Snapshot) -> None:
        """Tell a change of the cluster."""
        self.snapshot = snapshot
        for callback in tuple(self.callbacks):
            callback(snapshot)


@pytest.fixture
def actor() -> Actor:
    """Return who does it."""
    return Actor()


@pytest.fixture
def panel(actor: Actor) -> ControlPanel:
    """Return the panel."""
    return ControlPanel(actor, "hello")


def ended(panel: ControlPanel) -> None:
    """Wait until what runs has ended."""
    running = panel.running
    assert running is not None
    running.join(10)
    assert panel.running is None


def enabled(panel: ControlPanel) -> set[Control]:
    """Return the buttons that can be pressed."""
    return {control for control, button in panel._buttons.items() if not button.disabled}


NOW = {
    Control.ROLL_OUT,
    Control.UNDO,
    Control.PAUSE,
    Control.RESTART,
    Control.LOSE,
    Control.CORDON,
    Control.DRAIN,
    Control.START_REQUESTS,
}


def test_plus_scales_up_and_shows_command_and_reply(actor: Actor, panel: ControlPanel) -> None:
    panel._more.click()
    ended(panel)
    assert actor.done == ["scale hello: kubectl scale deployment/hello --replicas=4"]
    assert panel.replies[-1] == ("kubectl scale deployment/hello --replicas=4", "done: <scale>", False)
    assert "<strong>kubectl scale deployment/hello --replicas=4</strong>\ndone: &lt;scale&gt;" in panel._log.value


def test_a_number_that_is_typed(actor: Actor, panel: ControlPanel) -> None:
    panel._number.value = 5
    ended(panel)
    panel._fewer.click()
    ended(panel)
    assert [done.rpartition("=")[2] for done in actor.done] == ["5", "4"]


def test_the_number_follows_the_cluster_and_runs_nothing(actor: Actor, panel: ControlPanel) -> None:
    assert panel._number.value == 3
    actor.tell(recording.when("hello: 1/1 ready on 1 node"))
    assert panel._number.value == 1
    assert panel.running is None
    assert actor.done == []


def test_a_refused_number_is_taken_back(actor: Actor, panel: ControlPanel) -> None:
    actor.fails = ManifestError("too many", remedy="ask for fewer")
    panel._number.value = 9
    ended(panel)
    assert panel._number.value == 3
    assert len(actor.done) == 1
    assert panel.replies[-1] == ("kubectl scale deployment/hello --replicas=9", "too many\nNext: ask for fewer", True)


@pytest.mark.parametrize("control", sorted(NOW))
def test_each_button_runs_its_command(actor: Actor, panel: ControlPanel, control: Control) -> None:
    panel._buttons[control].click()
    ended(panel)
    (done,) = actor.done
    subject = {Control.LOSE: "poc-worker", Control.CORDON: "poc-worker", Control.DRAIN: "poc-worker"}
    assert done.startswith(f"{control} {subject.get(control, 'hello')}: ")
    assert panel.replies[-1].typed == done.partition(": ")[2]


def test_the_version_that_is_typed_is_rolled_out(actor: Actor, panel: ControlPanel) -> None:
    panel._version.value = "3.0.0"
    panel._buttons[Control.ROLL_OUT].click()
    ended(panel)
    assert actor.done == ["roll-out hello: kubectl set image deployment/hello hello=localhost/board/hello:3.0.0"]
    panel._version.value = "3 0"
    panel._buttons[Control.ROLL_OUT].click()
    ended(panel)
    assert len(actor.done) == 1
    assert panel.replies[-1].failed
    assert "No version of an image can be named '3 0'" in panel.replies[-1].said


def test_one_at_a_time_and_it_says_so(actor: Actor, panel: ControlPanel) -> None:
    assert enabled(panel) == NOW
    actor.may_end.clear()
    panel.press(Control.UNDO)
    assert enabled(panel) == set()
    assert all(each.disabled for each in (panel._number, panel._fewer, panel._more, panel._version, panel._node))
    assert actor.began.wait(10)
    assert "Running: kubectl rollout undo deployment/hello" in panel._status.value
    panel.press(Control.RESTART)
    actor.may_end.set()
    ended(panel)
    assert [done.split()[0] for done in actor.done] == ["undo"]
    assert enabled(panel) == NOW
    assert "Running" not in panel._status.value


def test_quick_presses_add_up(actor: Actor, panel: ControlPanel) -> None:
    """A page sends the second before it hears that the first one runs; the cluster's answer to that changes nothing."""
    actor.may_end.clear()
    panel._more.click()
    assert actor.began.wait(10)
    panel._more.click()
    panel._more.click()
    actor.tell(recording.when("hello: 1/1 ready on 1 node"))
    assert panel._number.value == 6
    actor.may_end.set()
    while (running := panel.running) is not None:
        running.join(10)
    assert [done.rpartition("=")[2] for done in actor.done] == ["4", "6"]
    assert panel._number.value == 6


def test_the_last_few_replies_are_kept(panel: ControlPanel) -> None:
    for _ in range(KEPT + 2):
        panel.press(Control.RESTART)
        ended(panel)
    assert len(panel.replies) == KEPT
    assert panel._log.value.count("<strong>") == KEPT


def test_a_fault_of_the_kit_is_a_line(actor: Actor, panel: ControlPanel) -> None:
    actor.fails = RuntimeError("a fault")
    panel.press(Control.UNDO)
    ended(panel)
    assert panel.replies[-1].said == "The kit could not do it: RuntimeError: a fault"
    assert enabled(panel) == NOW


def test_a_notebook_that_lost_the_lab_says_so(actor: Actor, panel: ControlPanel) -> None:
    """And lets nothing be pressed any more."""
    actor.fails = TakenOverError("This notebook does not have the lab any more.", remedy="run its first cell")
    panel.press(Control.UNDO)
    ended(panel)
    assert enabled(panel) == set()
    assert "This notebook does not have the lab any more." in panel._status.value
    assert "Next: run its first cell" in panel._log.value
    assert actor.callbacks == []
    panel.press(Control.RESTART)
    assert panel.running is None


def test_ended_twice_the_first_reason_stays(actor: Actor, panel: ControlPanel) -> None:
    panel.end("notebook 04 has the lab now")
    panel.end("the notebook has ended")
    assert "Not live: notebook 04 has the lab now" in panel._status.value
    assert enabled(panel) == set()
    assert actor.callbacks == []


def test_without_the_deployment(actor: Actor) -> None:
    """Its controls wait for it; the Nodes and the requests do not."""
    panel = ControlPanel(actor, "nobody")
    assert enabled(panel) == {Control.LOSE, Control.CORDON, Control.DRAIN, Control.START_REQUESTS}
    assert "There is no Deployment nobody." in panel._status.value
    panel._more.click()
    assert actor.done == []


def test_the_chosen_node_stays_chosen(actor: Actor, panel: ControlPanel) -> None:
    """While Nodes come and go; its STATUS stands beside it."""
    panel._node.value = "poc-worker3"
    lost = next(s for s in recording.moments() if any(not n.ready for n in s.nodes()) and s.deployment("hello"))
    actor.tell(lost)
    assert panel._node.value == "poc-worker3"
    assert panel._node_status.value == "Ready"
    panel._node.value = next(node.name for node in lost.nodes() if not node.ready)
    assert panel._node_status.value == "NotReady"
    assert Control.BRING_BACK in enabled(panel)


def test_a_saved_notebook_holds_the_same_words_every_time(actor: Actor, panel: ControlPanel) -> None:
    data, _ = panel._repr_mimebundle_()
    assert data["text/plain"] == repr(ControlPanel(actor, "hello"))
    assert set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
