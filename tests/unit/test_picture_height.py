"""A tall panel: the picture uses its height, for larger Pods and more events; nothing is lost where it is short."""

from __future__ import annotations

import pytest

from labkit.board import picture
from tests.unit import recording
from tests.unit.scenes import WIDTHS, bodies, many, text_lines, ticks

FOCUS = (None, "hello")


@pytest.mark.parametrize("focus", FOCUS)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_picture_is_as_tall_as_the_panel_or_as_tall_as_it_must_be(width: int, focus: str | None) -> None:
    for snapshot in recording.moments()[60::70]:
        asked = ticks(snapshot.at)
        need = picture.scene(snapshot, width=width, focus=focus, traffic=asked).height
        for height in (300, need + 200, need + 700):
            scene = picture.scene(snapshot, width=width, height=height, focus=focus, traffic=asked)
            assert scene.height == pytest.approx(max(need, height), abs=60 if height < need else 1)
            for line in text_lines(scene):
                assert line.bottom <= scene.height, line


def sizes(scene: picture.Scene) -> set[float]:
    """Return how large the Pods on the Nodes are; those that wait for one are small."""
    return {half for key, _, _, half in bodies(scene) if key.startswith("pod:") and half > 12}


@pytest.mark.parametrize("width", [800, 1280])
@pytest.mark.parametrize("focus", FOCUS)
def test_pods_are_larger_and_there_are_more_events(width: int, focus: str | None) -> None:
    snapshot = next(s for s in reversed(recording.moments()) if all(n.ready for n in s.nodes()))
    low, high = (picture.scene(snapshot, width=width, height=h, focus=focus) for h in (400, 2000))
    assert min(sizes(high)) > max(sizes(low)) * 1.1
    events = [sum(key.startswith("event:") for key in scene.elements) for scene in (low, high)]
    assert events[0] == 3
    assert events[1] > 6


@pytest.mark.parametrize("focus", FOCUS)
def test_a_rollout_changes_the_size_of_no_pod(focus: str | None) -> None:
    """From 3 Pods of one revision to 3 of the next, with up to three on one Node meanwhile."""
    moments = [s for s in recording.moments() if (d := s.deployment("hello")) and d.desired == d.current == 3]
    assert len(moments) > 20
    for width, height in ((800, 1000), (1280, 900)):
        found = set().union(*(sizes(picture.scene(s, width=width, height=height, focus=focus)) for s in moments))
        assert len(found) <= 2, "a circle and a square of one size differ by a little"
        assert max(found) - min(found) < 3


def test_a_lone_pod_stands_in_the_middle_of_its_node_in_focus() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    scene = picture.scene(snapshot, width=1280, height=700, focus="hello")
    for pod in snapshot.pods("app=hello"):
        node = scene.elements[f"node:{pod.node}"]
        wide = float(node.parts[0].attributes["width"])
        assert scene.elements[f"pod:{pod.uid}"].x == pytest.approx(node.x + wide / 2, abs=0.2)


def test_thirty_pods_do_not_become_larger_than_there_is_room_for() -> None:
    snapshot = many(30)
    for width in WIDTHS:
        scene = picture.scene(snapshot, width=width, height=1400, focus="hello")
        boxes = [e for e in scene.elements.values() if e.key.startswith("node:")]
        bottom = max(box.y + float(box.parts[0].attributes["height"]) for box in boxes)
        assert all(y + half <= bottom for key, _, y, half in bodies(scene) if key.startswith("pod:"))
