"""Very many Nodes: a small tile each, with counts and a bar; who can't start is named; an event changes one bar."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.picture import words
from labkit.board.picture.small_tiles import bar, counts
from labkit.state import Change, PodState
from labkit.state.placement import Sort
from tests.unit.crowd import STATES, change, crowd, node
from tests.unit.scenes import overlapping, text_lines, texts

if TYPE_CHECKING:
    from labkit.board.picture import Scene
    from labkit.state import Store

AT = 1_795_463_779.0
#: So many Nodes at such a width have small tiles.
SMALL = [(50, 480), (300, 480), (300, 1280)]


def rolled(nodes: int) -> Store:
    """Return a store in the middle of a rollout, in which some Pods can't start."""
    store = crowd(1000, nodes)
    for i in range(0, 1000, 3):
        change(store, i, STATES[i % len(STATES)] if i % 7 else "Ready", i % nodes)
        change(store, i, "ContainerCreating" if i % 2 else "Ready", i % nodes, revision=2)
    return store


def put(store: Store, name: str, spec: dict[str, Any], ready: str = "True") -> None:
    """Change a Node."""
    status = {"conditions": [{"type": "Ready", "status": ready}]}
    raw = {"metadata": {"uid": f"node-{int(name[5:])}", "name": name}, "spec": spec, "status": status}
    store.apply(Change("Node", "MODIFIED", raw, AT))


@pytest.mark.parametrize(("nodes", "width"), SMALL)
def test_every_pod_is_counted_on_its_node(nodes: int, width: int) -> None:
    snapshot = rolled(nodes).snapshot
    scene = picture.scene(snapshot, width=width)
    here: dict[str, Counter[str]] = {}
    for pod in snapshot.pods():
        here.setdefault(pod.node or "", Counter())[words.status(pod)] += 1
    for n in range(nodes):
        said = Counter({w: int(k) for k, _, w in (p.partition(" ") for p in _bar(scene, n).title.split(" · "))})
        assert said == here[node(n)]
        (line,) = texts(scene.elements[f"counts:{node(n)}"])
        assert line.startswith(f"{here[node(n)]['Ready']}/{here[node(n)].total()}")
    lines = text_lines(scene)
    assert all(line.left >= 0 and line.right <= width + 0.5 and line.bottom <= scene.height for line in lines)
    assert not overlapping(lines)


def _bar(scene: Scene, n: int) -> picture.Element:
    return scene.elements[f"cell:{node(n)}/web"]


def test_the_level_follows_from_the_room_and_no_pod_changes_it() -> None:
    few, many = crowd(50, 50).snapshot, crowd(1000, 50).snapshot
    for snapshot in (few, many):
        assert any(key.startswith("counts:") for key in picture.scene(snapshot, width=480).elements)
        assert not any(key.startswith("counts:") for key in picture.scene(snapshot, width=1280).elements)
    assert picture.scene(many, width=480).height < 1100
    assert picture.scene(crowd(1000, 300).snapshot, width=1280).height < 1300


@pytest.mark.parametrize(("nodes", "width"), SMALL)
def test_all_that_cannot_start_are_named_and_move_no_node(nodes: int, width: int) -> None:
    store = crowd(1000, nodes)
    before = picture.scene(store.snapshot, width=width)
    for i in range(30):
        change(store, i, "ImagePullBackOff", i % nodes)
    scene = picture.scene(store.snapshot, width=width)
    for i in range(30):
        assert texts(scene.elements[f"pod:pod-1-{i}"]) == [f"{i:05d}", "ImagePullBackOff"]
    for n in range(nodes):
        was, now = (s.elements[f"node:{node(n)}"] for s in (before, scene))
        assert (was.x, was.y) == (now.x, now.y)


def test_of_more_than_can_be_named_the_number_is_said() -> None:
    scene = picture.scene(crowd(1000, 50, "ImagePullBackOff").snapshot, width=480)
    named = sum(key.startswith("pod:") for key in scene.elements)
    assert 100 < named < 200
    assert texts(scene.elements["failing:rest"]) == [f"and {1000 - named} more that can't start"]


@pytest.mark.parametrize(("nodes", "width"), SMALL)
def test_an_event_changes_one_bar_and_its_counts(nodes: int, width: int) -> None:
    store = crowd(1000, nodes)
    before = picture.scene(store.snapshot, width=width)
    after = picture.scene(change(store, 7, "Terminating", 7), width=width)
    changed = picture.diff(before, after)
    of_tiles = ("cell:", "counts:", "node:", "pod:", "link:")
    assert {e.key for e in changed.put if e.key.startswith(of_tiles)} == {
        f"cell:{node(7)}/web",
        f"counts:{node(7)}",
    }
    keys = {"put", "patch"}
    told = [each for name in keys for each in changed.as_json()[name] if node(7) in json.dumps(each)]
    assert len(json.dumps(told)) < 700


def test_what_is_wrong_with_a_node_has_its_sign() -> None:
    store = crowd(300, 300)
    put(store, node(3), {}, ready="Unknown")
    put(store, node(5), {"unschedulable": True})
    put(store, node(8), {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]})
    for width in (480, 1280):
        elements = picture.scene(store.snapshot, width=width).elements
        signs = {n: [p for p in elements[f"node:{node(n)}"].parts if p.tag == "path"] for n in (3, 5, 8, 9)}
        assert {n: len(found) for n, found in signs.items()} == {3: 1, 5: 1, 8: 1, 9: 0}
        assert len({str(found[0].attributes["d"]) for n, found in signs.items() if n != 9}) == 3
        assert [elements[f"node:{node(n)}"].cls for n in (3, 5)] == ["node lost", "node"]


def test_a_bar_is_by_state_and_revision_and_a_single_pod_is_seen() -> None:
    sorts = {
        "ready": Sort("one", PodState.READY, "Running", ready=True, terminating=False),
        "open": Sort("two", PodState.STARTING, "ContainerCreating", ready=False, terminating=False),
        "failing": Sort("two", PodState.FAILING, "ImagePullBackOff", ready=False, terminating=False),
        "leaving": Sort("one", PodState.TERMINATING, "Terminating", ready=True, terminating=True),
    }
    tally = {sorts["leaving"]: 20, sorts["failing"]: 1, sorts["open"]: 29, sorts["ready"]: 50}
    parts = bar(tally, {"one": 0, "two": 1}, 200, (100, 9))
    assert [p.attributes["class"] for p in parts] == [
        "share ready r0",
        "share open r1",
        "share failing r1",
        "share leaving r0",
    ]
    wide = [float(p.attributes["width"]) + 1.5 for p in parts]
    assert wide == pytest.approx([25, 14.5, 3, 10], abs=0.11)
    full = bar(tally, {"one": 0, "two": 1}, 10, (50, 9))
    assert float(full[-1].attributes["x"]) + float(full[-1].attributes["width"]) == pytest.approx(49.25, abs=0.2)
    assert [line for line, _ in counts(tally)][1:] == [
        "50/100 Ready · 20 Terminating · 1 failing",
        "50/100 · 1 failing",
        "50/100",
    ]
