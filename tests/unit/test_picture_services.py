"""Services on the picture: each once, with a line to every Pod that receives its traffic, whoever made the Pod.

Played on a real cluster (``tests/record.py``): a canary beside the stable version, a Pod of its own and a StatefulSet,
all behind one Service; and blue and green, with a Service that is turned from one to the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from labkit.board import picture
from labkit.board.table import table
from tests.unit import recording
from tests.unit.scenes import WIDTHS, text_lines, texts

if TYPE_CHECKING:
    from labkit.board.picture import Scene
    from labkit.state import Snapshot

PLAYS = ("canary", "blue-green")


def end_of_canary() -> Snapshot:
    """Return a moment in which the Service has six Pods behind it, of four owners, and a second one the canary."""
    moments = recording.play("canary")
    return next(s for s in moments if len(s.receiving("hello")) == 6 and s.receiving("canary-only"))


def links(scene: Scene) -> set[tuple[str, str]]:
    """Return the lines of a picture: uid of the Service, uid of the Pod."""
    found = (key.split(":")[1:] for key in scene.elements if key.startswith("link:"))
    return {(service, pod) for service, pod in found}


def sent(snapshot: Snapshot, *names: str) -> set[tuple[str, str]]:
    """Return what the EndpointSlices say: uid of the Service, uid of the Pod that receives its traffic."""
    chosen = [s for s in snapshot.services() if s.name in names or not names]
    known = {p.uid for p in snapshot.pods()}
    return {(s.uid, uid) for s in chosen for uid in snapshot.receiving(s.name) if uid in known}


@pytest.mark.parametrize("play", PLAYS)
@pytest.mark.parametrize("width", WIDTHS)
def test_each_service_is_drawn_once_and_its_lines_are_those_of_the_endpointslices(play: str, width: int) -> None:
    for snapshot in recording.play(play)[::3]:
        scene = picture.scene(snapshot, width=width)
        assert {f"service:{s.uid}" for s in snapshot.services()} == {
            k for k in scene.elements if k.startswith("service:")
        }
        assert links(scene) == sent(snapshot)
        assert {f"pod:{p.uid}" for p in snapshot.pods() if p.node} <= scene.elements.keys()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("focus", ["hello", "hello-canary"])
def test_in_focus_stands_everything_behind_the_same_service(focus: str, width: int) -> None:
    snapshot = end_of_canary()
    scene = picture.scene(snapshot, width=width, focus=focus)
    names = ("hello", "canary-only") if focus == "hello-canary" else ("hello",)
    assert links(scene) == sent(snapshot, *names)
    assert len(sent(snapshot, "hello")) == 6
    assert {f"pod:{p.uid}" for p in snapshot.pods()} <= scene.elements.keys()
    cards = {key: e for key, e in scene.elements.items() if key.startswith("card:")}
    assert {f"card:{d.uid}" for d in snapshot.deployments()} | {
        "card:StatefulSet set",
        "card:Pods without a controller",
    } == cards.keys()
    assert "Service hello sends to 3 Pods of hello" in scene.description or focus != "hello"
    assert "1 Pod of hello-canary" in scene.description
    assert "1 Pod of StatefulSet set, 1 Pod without a controller" in scene.description
    for line in text_lines(scene):
        assert 0 <= line.left <= line.right <= width + 0.5, line


def test_each_line_ends_at_the_top_of_its_pod() -> None:
    for width in WIDTHS:
        for focus in (None, "hello", "hello-canary"):
            scene = picture.scene(end_of_canary(), width=width, focus=focus)
            for key, element in scene.elements.items():
                if key.startswith("link:"):
                    pod = scene.elements[f"pod:{key.split(':')[2]}"]
                    numbers = re.findall(r"[-.\d]+", str(element.parts[0].attributes["d"]))
                    assert pod.y - 40 < float(numbers[-1]) < pod.y
                    x = float(numbers[-2 if focus else -3])
                    assert abs(x - pod.x) <= 6


def test_versions_behind_one_service_differ_in_colour_and_shape() -> None:
    for snapshot in (end_of_canary(), recording.play("blue-green")[-1]):
        scene = picture.scene(snapshot, width=1280)
        by_set: dict[str, set[tuple[str, ...]]] = {}
        for pod in snapshot.pods():
            element = scene.elements[f"pod:{pod.uid}"]
            owner = snapshot.replica_set_of(pod)
            by_set.setdefault(owner.name if owner else "none", set()).add(tuple(element.cls.split()[2:]))
        looks = [look for found in by_set.values() for look in found]
        assert len(looks) == len(set(looks)) == len(by_set)


def test_a_service_is_turned_from_blue_to_green_line_by_line() -> None:
    order: list[list[str]] = []
    for snapshot in recording.play("blue-green"):
        scene = picture.scene(snapshot)
        owners = {p.uid: p.labels["version"] for p in snapshot.pods()}
        colours = sorted({owners[pod] for _, pod in links(scene)})
        if not order or order[-1] != colours:
            order.append(colours)
    assert order[0] == []
    assert (order[1], order[-1]) == (["blue"], ["green"])


def test_in_focus_the_other_colour_is_named_but_not_shown() -> None:
    scene = picture.scene(recording.play("blue-green")[-1], width=900, focus="hello-green")
    assert texts(scene.elements["others"]) == ["also here: hello-blue 2/2"]


def test_the_table_names_the_services_of_each_pod() -> None:
    snapshot = end_of_canary()
    rows = {row[2]: row for row in table(snapshot, "hello")["rows"]}
    assert rows.keys() == {p.name for p in snapshot.pods()}
    assert (rows["by-hand"][0], rows["set-0"][0]) == ("none", "StatefulSet set")
    assert {row[6] for name, row in rows.items() if not name.startswith("hello-canary")} == {"hello"}
    assert {row[6] for name, row in rows.items() if name.startswith("hello-canary")} == {"canary-only, hello"}


def test_a_service_that_selects_nothing_is_there_without_a_line() -> None:
    snapshot = recording.play("canary")[-1]
    service = snapshot.service("canary-only")
    assert service is not None
    scene = picture.scene(snapshot)
    assert f"service:{service.uid}" in scene.elements
    assert not [pod for uid, pod in links(scene) if uid == service.uid]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_moves_because_a_card_says_something_else(width: int) -> None:
    """From the first Pod of green on until its last is Ready, what stands below keeps its place."""
    moments = [s for s in recording.play("blue-green") if len([p for p in s.pods() if p.node]) == 4]
    moments = [s for s in moments if (found := s.service("hello")) and found.selector["version"] == "blue"]
    assert len({picture.describe(s) for s in moments}) > 4
    places = [
        {key: (e.x, e.y) for key, e in picture.scene(s, width=width).elements.items() if not key.startswith("event:")}
        for s in moments
    ]
    assert all(places[0][key] == later[key] for later in places for key in places[0].keys() & later.keys())


@pytest.mark.parametrize("width", [620, 800])
def test_a_line_to_a_further_row_passes_beside_the_pods_above(width: int) -> None:
    scene = picture.scene(end_of_canary(), width=width, focus="hello-canary")
    pods = {key: e for key, e in scene.elements.items() if key.startswith("pod:")}
    straight = 0
    for key, element in scene.elements.items():
        if key.startswith("link:") and "V" in str(element.parts[0].attributes["d"]):
            way, _, _ = str(element.parts[0].attributes["d"]).partition("V")
            x, top = (float(n) for n in re.findall(r"[-.\d]+", way)[-2:])
            own = pods[f"pod:{key.split(':')[2]}"]
            above = [e for e in pods.values() if top - 5 < e.y < own.y - 10]
            assert above
            assert all(abs(e.x - x) > 22 for e in above), (key, width)
            straight += 1
    assert straight
