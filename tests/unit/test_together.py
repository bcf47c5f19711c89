"""A Node is lost for a whole class: who takes it away, for whom a notebook waits, and what one can do alone."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.api.client import ApiError
from labkit.cluster import faults
from labkit.errors import LabError, ManifestError, WaitTimeoutError
from labkit.in_class import LOST, Class, NodeLoss
from labkit.notebook import together
from labkit.notebook.power import Power
from labkit.notebook.together import Together
from labkit.state import KINDS, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.state import Snapshot


def node(
    name: str, *, ready: bool = True, closed: bool = False, marked: bool | str = False, since: str = ""
) -> dict[str, Any]:
    """Return a Node as the API has it."""
    notes = {LOST: marked if isinstance(marked, str) else "2026-11-23T19:44:59Z"} if marked else {}
    return {
        "metadata": {"name": name, "uid": name, "annotations": notes, "creationTimestamp": "2026-11-23T19:44:59Z"},
        "spec": {"unschedulable": True} if closed else {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown", "lastTransitionTime": since}]
        },
    }


def pod(name: str, where: str, *, terminating: bool = False) -> dict[str, Any]:
    """Return a Pod of hello as the API has it."""
    told = {"deletionTimestamp": "2026-11-23T19:45:59Z"} if terminating else {}
    return {
        "metadata": {
            "name": name, "uid": name, "labels": {"app": "hello"}, "creationTimestamp": "2026-11-23T19:44:59Z", **told,
        },
        "spec": {"nodeName": where, "containers": []},
        "status": {"phase": "Running"},
    }  # fmt: skip


class Watch:
    """A watch that has seen one state of the cluster, and sees the next when it is waited for."""

    def __init__(self, *states: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
        self.states = list(states)
        self.store = Store()
        for kind in KINDS:
            self.store.replace(kind, [], 1.0)
        self.interrupted = False
        self._next()

    def _next(self) -> None:
        if self.states:
            nodes, pods = self.states.pop(0)
            self.store.replace("Node", nodes, 1.0)
            self.store.replace("Pod", pods, 1.0)

    @property
    def snapshot(self) -> Snapshot:
        """What is seen now."""
        return self.store.snapshot

    def wait_for(self, predicate: Callable[[Snapshot], bool], timeout: float) -> Snapshot:
        """See the next state, if that is enough."""
        time.sleep(min(timeout, 0.01))
        if self.interrupted:
            raise KeyboardInterrupt
        if not predicate(self.snapshot):
            self._next()
            raise TimeoutError
        return self.snapshot


class Asked:
    """An API server that answers evictions as it is told."""

    def __init__(self, answer: ApiError | None = None) -> None:
        self.answer, self.asked = answer, list[tuple[Any, ...]]()

    def send(self, *args: Any) -> None:
        """Answer."""
        self.asked.append(args)
        if self.answer:
            raise self.answer


class Notebook(Power, Together):
    """A notebook's lab, as far as Nodes go."""

    def __init__(self, watch: Watch, api: Asked | None = None) -> None:
        self.watch = watch  # type: ignore[assignment]  # no thread, no cluster
        self.kubectl = SimpleNamespace(connection=SimpleNamespace(namespace="lab-ann"), api=api)  # type: ignore[assignment]
        self._lost: set[str] = set()

    def check_holder(self) -> None:
        """Have the lab."""


THREE = [node("w1"), node("w2"), node("w3")]
PODS = [pod("h1", "w1"), pod("h2", "w2"), pod("h3", "w3")]


@pytest.fixture(autouse=True)
def in_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a class that loses a Node by a pause, and let nobody ask Docker."""
    monkeypatch.setenv("LABKIT_NODE_LOSS", "pause")
    monkeypatch.setenv("LABKIT_EVICTIONS", "1")

    def never(_: str) -> bool:
        raise AssertionError

    monkeypatch.setattr(faults, "lose", never)
    monkeypatch.setattr(faults, "bring_back", never)


def seen(*nodes: dict[str, Any]) -> Snapshot:
    return Watch(([*nodes], [])).snapshot


@pytest.mark.parametrize(
    ("way", "found"),
    [(NodeLoss.PAUSE, ("marked", "silent")), (NodeLoss.DRAIN, ("closed", "marked", "silent"))],
)
def test_which_nodes_are_taken_away(way: NodeLoss, found: tuple[str, ...]) -> None:
    """A mark is there before the cluster knows; a cordon counts where Nodes are drained."""
    nodes = [node("well"), node("marked", marked=True), node("silent", ready=False), node("closed", closed=True)]
    assert set(together.taken(seen(*nodes), way)) == set(found)


def test_a_node_that_came_back_by_itself_is_not_taken_away_any_more() -> None:
    """The kit brings a paused one back after ten minutes, and no instructor has taken the mark away."""
    before, after = node("well", marked=True, since="2026-11-23T19:40:00Z"), "2026-11-23T19:55:10Z"
    assert together.taken(seen(before), NodeLoss.PAUSE) == ("well",)
    assert together.taken(seen(node("well", marked=True, since=after)), NodeLoss.PAUSE) == ()
    assert together.taken(seen(node("well", marked="somebody else's words")), NodeLoss.PAUSE) == ()


def test_a_notebook_waits_for_the_instructor_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    lost = [node("w1"), node("w2", marked=True), node("w3")]
    assert Notebook(Watch((THREE, PODS), (lost, PODS))).lost_node("hello") == "w2"
    said = capsys.readouterr().out
    assert "waiting for your instructor to take a Node away" in said
    assert "3 of 3 workers Ready" in said
    assert said.endswith("node w2: your instructor has taken it away, it is frozen, and silent\n")


def test_a_wait_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, and what one can do alone."""
    watch = Watch((THREE, PODS))
    watch.interrupted = True
    with pytest.raises(LabError, match="You do not wait any more") as told:
        Notebook(watch).lost_node("hello")
    assert "Lab.replay" in told.value.remedy
    assert "lab.evict" in told.value.remedy
    assert told.value.__suppress_context__
    capsys.readouterr()


def test_nobody_takes_a_node_away_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WaitTimeoutError, match="in vain") as told:
        Notebook(Watch((THREE, PODS))).lost_node("hello", timeout=0.05)
    assert "Lab.replay" in told.value.remedy
    capsys.readouterr()


def test_no_pod_of_ones_own_stood_there() -> None:
    gone = [pod("h1", "w1"), pod("h2", "w2", terminating=True)]
    with pytest.raises(LabError, match=r"Taken away: w2\. Of hello, no Pod of yours stands there") as told:
        Notebook(Watch(([node("w1"), node("w2", marked=True)], gone))).lost_node("hello")
    assert "another Node" in told.value.remedy


def test_a_class_that_loses_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_NODE_LOSS", "none")
    monkeypatch.setenv("LABKIT_EVICTIONS", "")
    with pytest.raises(LabError, match="In this class no Node is taken away") as told:
        Notebook(Watch((THREE, PODS))).lost_node("hello")
    assert "lab.evict" not in told.value.remedy


def test_no_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_NODE_LOSS")
    with pytest.raises(LabError, match="This is no class") as told:
        Notebook(Watch((THREE, PODS))).lost_node("hello")
    assert "lab.lose_node" in told.value.remedy


def test_a_learner_takes_no_node_away() -> None:
    """Docker is not asked: there is none."""
    lab = Notebook(Watch((THREE, PODS)))
    with pytest.raises(LabError, match="only your instructor") as told:
        lab.lose_node("w1")
    assert "lab.lost_node" in told.value.remedy
    with pytest.raises(LabError, match="only your instructor"):
        lab._bring_back("w1")  # what a button does
    lab.return_nodes()
    lab.bring_back_all()


def test_one_waits_until_the_node_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Until it is Ready, and rid of the Pod that had to go."""
    old = [pod("h2", "w2", terminating=True)]
    states = [([node("w2", ready=False)], old), ([node("w2")], old), ([node("w2")], [])]
    watch = Watch(*states)
    Notebook(watch).bring_back("w2")
    assert watch.states == []
    assert capsys.readouterr().out.endswith("node w2: it is back\n")


def test_bringing_back_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch(([node("w2", ready=False)], []))
    watch.interrupted = True
    with pytest.raises(LabError, match="w2 is still away") as told:
        Notebook(watch).bring_back("w2")
    assert "bring-back" in told.value.remedy
    capsys.readouterr()


def test_an_eviction(capsys: pytest.CaptureFixture[str]) -> None:
    """By the Eviction API, in one's own namespace; a budget's no is an answer, and no error."""
    api = Asked()
    Notebook(Watch((THREE, PODS)), api).evict("h1")
    method, path, body = api.asked[0]
    assert (method, path) == ("POST", "/api/v1/namespaces/lab-ann/pods/h1/eviction")
    assert body["kind"] == "Eviction"
    assert body["metadata"] == {"name": "h1", "namespace": "lab-ann"}
    Notebook(Watch((THREE, PODS)), Asked(ApiError(429, "Cannot evict pod", 10.0, "TooManyRequests"))).evict("h2")
    assert capsys.readouterr().out == "h1: it may go, and is told to end\nh2: not yet (429). Cannot evict pod\n"


def test_an_eviction_that_is_forbidden() -> None:
    with pytest.raises(ManifestError):
        Notebook(Watch((THREE, PODS)), Asked(ApiError(403, "no", 0.0, "Forbidden"))).evict("h1")
    with pytest.raises(LabError):
        Notebook(Watch((THREE, PODS)), Asked()).evict(3)  # type: ignore[arg-type]


def test_what_one_can_do_alone() -> None:
    assert "evict" not in together.alone(Class(NodeLoss.PAUSE, evictions=False))
