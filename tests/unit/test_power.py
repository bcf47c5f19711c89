"""What a notebook can do to nodes, and what it is told when that makes no sense."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from labkit.cluster import faults
from labkit.errors import EngineError, LabError
from labkit.notebook.power import Power
from labkit.state import Store

if TYPE_CHECKING:
    from collections.abc import Sequence


def node(name: str, *, ip: str = "", control_plane: bool = False) -> dict[str, object]:
    """Return a Node as the API has it."""
    labels = {"node-role.kubernetes.io/control-plane": ""} if control_plane else {}
    addresses = [{"type": "InternalIP", "address": ip}] if ip else []
    return {
        "metadata": {"name": name, "uid": name, "labels": labels, "creationTimestamp": "2026-11-23T19:44:59Z"},
        "spec": {},
        "status": {"addresses": addresses, "conditions": [{"type": "Ready", "status": "True"}]},
    }


class Notebook(Power):
    """A notebook's lab, as far as its nodes go."""

    def __init__(self, nodes: Sequence[dict[str, object]]) -> None:
        store = Store()
        store.replace("Node", list(nodes), 1.0)
        self.watch = SimpleNamespace(snapshot=store.snapshot)  # type: ignore[assignment]  # no thread, no cluster
        self._lost: set[str] = set()

    def check_holder(self) -> None:
        """Have the lab."""


@pytest.fixture
def lab() -> Notebook:
    """Return a lab with a control plane and two workers."""
    return Notebook([node("cp", ip="10.0.0.1", control_plane=True), node("w1"), node("w2", ip="10.0.0.3")])


def test_the_address_is_a_workers(lab: Notebook) -> None:
    """Of the first that has one."""
    assert lab.node_address() == "10.0.0.3"


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([node("cp", ip="10.0.0.1", control_plane=True), node("w1")], r"No worker has an address yet \(w1\)"),
        ([node("cp", ip="10.0.0.1", control_plane=True)], "no workers"),
        ([], "no workers"),
    ],
)
def test_no_worker_with_an_address(nodes: list[dict[str, object]], said: str) -> None:
    """A message, and where to look."""
    with pytest.raises(LabError, match=said) as told:
        Notebook(nodes).node_address()
    assert "kubectl get nodes" in told.value.remedy


def test_apps_to_keep_away_from_that_are_none(lab: Notebook) -> None:
    with pytest.raises(LabError, match="3 is no list of apps"):
        lab.node_with("hello", without=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["w9", "cp", "", None])
def test_a_node_that_is_no_worker_is_neither_lost_nor_brought_back(lab: Notebook, name: str) -> None:
    """The message lists the workers."""
    for deed in (lab.lose_node, lab.bring_back):
        with pytest.raises(LabError, match="no worker") as told:
            deed(name)
        assert told.value.remedy == "one of: w1, w2"


def test_losing_a_node_twice(
    lab: Notebook, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is lost already; nothing more is asked of Docker."""
    asked: list[str] = []
    monkeypatch.setattr(faults, "lose", asked.append)
    lab.lose_node("w1")
    lab.lose_node("w1")
    assert capsys.readouterr().out == "node w1: it is frozen, and silent\nnode w1: it is frozen already\n"
    assert asked == ["w1"]


def test_bringing_back_what_was_not_lost(
    lab: Notebook, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said as it is."""
    monkeypatch.setattr(faults, "bring_back", lambda _: False)
    lab.bring_back("w2")
    assert capsys.readouterr().out == "node w2: it is not frozen\n"


def test_a_docker_that_does_not_answer_leaves_the_rest_to_be_tidied_up(
    lab: Notebook, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told, not raised: what ends a notebook goes on to its end."""

    def fail(node: str) -> bool:
        raise EngineError(f"Node {node} is not back yet", remedy="wait")

    monkeypatch.setattr(faults, "bring_back", fail)
    lab._lost.update({"w1", "w2"})
    lab.bring_back_all(quietly=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert sorted(line for line in said.err.splitlines() if line.startswith("Node")) == [
        "Node w1 is not back yet",
        "Node w2 is not back yet",
    ]
