"""Nodes that are not simply Ready: cordoned, tainted, lost, coming back; each has a word and a sign."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.picture import words
from labkit.board.picture.signs import sign
from labkit.state import Change, Snapshot
from tests.unit import recording
from tests.unit.scenes import WIDTHS, having, text_lines, texts, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.board.picture import Element

_UNREACHABLE = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
_CORDONED = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_GPU = {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}


def node(**spec: object) -> Callable[[dict[str, Any]], object]:
    """Return an edit of a Node's spec."""
    return lambda raw: raw["spec"].update(spec)


def signs(element: Element) -> set[str]:
    """Return the signs on an element."""
    known = {str(sign(name, 0, 0, "fg").attributes["d"]): name for name in ("lost", "again", "cordoned", "tainted")}
    return {known[d] for p in element.parts if (d := str(p.attributes.get("d"))) in known}


@pytest.mark.parametrize("focus", [None, "hello"])
@pytest.mark.parametrize("width", [352, *WIDTHS])
@pytest.mark.parametrize(
    ("edit", "said", "drawn"),
    [
        (node(unschedulable=True, taints=[_CORDONED]), "Ready,SchedulingDisabled", "cordoned"),
        (node(taints=[_GPU]), "Ready, tainted dedicated=gpu:NoSchedule", "tainted"),
        (node(taints=[_GPU, {**_GPU, "key": "b"}]), "Ready, tainted dedicated=gpu:NoSchedule and 1 more", "tainted"),
        (node(taints=[_UNREACHABLE]), "Ready, coming back", "again"),
        (node(unschedulable=True, taints=[_UNREACHABLE]), "Ready,SchedulingDisabled, coming back", "again"),
        (
            node(taints=[{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]),
            "Ready, tainted disk-pressure:NoSchedule",
            "tainted",
        ),
    ],
)
def test_a_word_and_a_sign(
    edit: Callable[[dict[str, Any]], object], said: str, drawn: str, width: int, focus: str | None
) -> None:
    moment = having(recording.when("hello: 3/3 ready on 3 nodes"), "Node", "poc-worker2", edit)
    assert words.node(moment, "poc-worker2") == words.Said(said, "warn")
    scene = picture.scene(moment, width=width, focus=focus)
    element = scene.elements["node:poc-worker2"]
    shown = "".join(texts(element)[1:]).replace(" ", "").replace(",", "")
    assert shown == said.replace(" ", "").replace(",", "")
    assert signs(element) == {drawn}
    assert signs(scene.elements["node:poc-worker3"]) == set()
    assert f"Node poc-worker2 is {said}." in scene.description
    for line in text_lines(scene):
        assert line.right <= width + 0.5


def test_a_lost_node_has_a_cross_and_none_of_its_taints_in_words() -> None:
    lost = next(s for s in recording.moments() if any(not n.ready for n in s.nodes()))
    moment = having(lost, "Node", "poc-worker", node(taints=[_UNREACHABLE]))
    assert words.node(moment, "poc-worker") == words.Said("NotReady", "bad")
    assert signs(picture.scene(moment).elements["node:poc-worker"]) == {"lost"}


def test_a_node_is_coming_back_until_its_pods_have_been_reached() -> None:
    """The node controller has marked a Pod not Ready; its kubelet has not said anything since."""
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    pod = next(p for p in moment.pods("app=hello") if p.node == "poc-worker2")

    found = moment.node("poc-worker2")
    assert found is not None
    since = next(c.since for c in found.conditions if c.type == "Ready")
    assert since

    def back(seconds: float) -> Snapshot:
        """Return the moment with that Pod marked not Ready, so many seconds after the Node was Ready again."""
        told = [c for c in recording.changes() if c.at <= moment.at]
        raw = copy.deepcopy(next(c.object for c in reversed(told) if c.object["metadata"]["name"] == pod.name))
        for condition in raw["status"]["conditions"]:
            condition["status"] = "False" if condition["type"] == "Ready" else "True"
        store = until([c for c in told if c.object["metadata"]["name"] != pod.name], moment.at)
        return store.apply(Change("Pod", "ADDED", raw, since + seconds))

    assert words.node(back(3), "poc-worker2").words == "Ready, coming back"
    assert words.node(back(300), "poc-worker2").words == "Ready", "a Pod that is not Ready for long is no return"
    assert words.node(moment, "poc-worker2").words == "Ready"
