"""Many Pods and many Nodes: each is on the picture, counted as it is, in its place, and costs only what changed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.board import picture
from labkit.board.picture.waffle import SIZES
from labkit.state import Change, pod_state
from tests.unit.crowd import STATES, change, crowd, node
from tests.unit.scenes import overlapping, text_lines, texts

if TYPE_CHECKING:
    from labkit.board.picture import Scene
    from labkit.state import Snapshot

SIZES_OF = [(400, 3), (1000, 3), (300, 12), (1000, 50)]


def squares(scene: Scene) -> Counter[tuple[str, str]]:
    """Return how many squares there are of each revision and state, as they are drawn."""
    found: Counter[tuple[str, str]] = Counter()
    gaps = dict(SIZES)
    for element in scene.elements.values():
        if not element.key.startswith("ten:"):
            continue
        for part in element.parts:
            if drawn := re.fullmatch(r"sq q(\d+) (r\d) s-(\w+)", str(part.attributes["class"])):
                side, gap = int(drawn[1]), gaps[int(drawn[1])]
                for run in re.findall(r"h(\d+)", str(part.attributes["d"])):
                    number, rest = divmod(int(run) + gap, side + gap)
                    assert rest == 0, "whole squares"
                    found[drawn[2], drawn[3]] += number
    return found


def there(snapshot: Snapshot) -> Counter[tuple[str, str]]:
    """Return how many Pods with a Node there are of each revision and state."""
    return Counter((f"r{int((p.owner_uid or '')[-1]) - 1}", pod_state(p).value) for p in snapshot.pods() if p.node)


@pytest.mark.parametrize(("count", "nodes"), SIZES_OF)
@pytest.mark.parametrize("width", [480, 800, 1280])
def test_every_pod_is_a_square_of_its_revision_and_state(count: int, nodes: int, width: int) -> None:
    store = crowd(count, nodes)
    for i in range(0, count, 3):
        change(store, i, STATES[i % len(STATES)], i % nodes)
        change(store, i, STATES[i // 3 % len(STATES)], i % nodes, revision=2)
    snapshot = change(store, count, "ContainerCreating", None)
    for focus in (None, "web"):
        scene = picture.scene(snapshot, width=width, focus=focus)
        # fifty Nodes in half a window: a small tile each (test_picture_small_tiles.py)
        assert squares(scene) == (Counter() if (nodes, width) == (50, 480) else there(snapshot))
        assert {f"node:{node(n)}" for n in range(nodes)} <= scene.elements.keys(), "each Node, none merged with others"
        lines = text_lines(scene)
        assert all(line.left >= 0 and line.right <= width + 0.5 and line.bottom <= scene.height for line in lines)
        assert not overlapping(lines)


def test_those_that_cannot_start_are_large_and_named() -> None:
    store = crowd(400, 3)
    snapshot = change(store, 7, "ImagePullBackOff", 1)
    for width in (480, 1280):
        element = picture.scene(snapshot, width=width).elements["pod:pod-1-7"]
        assert texts(element) == ["00007", "ImagePullBackOff"]
        assert element.cls == "pod s-failing r0"


@pytest.mark.parametrize(("count", "nodes"), SIZES_OF)
def test_a_change_leaves_all_others_in_their_place(count: int, nodes: int) -> None:
    store = crowd(count, nodes)
    before = picture.scene(store.snapshot, width=900)
    after = picture.scene(change(store, 5, "gone", 5 % nodes), width=900)
    tens = {key for key in before.elements if key.startswith("ten:")}
    changed = {key for key in tens if after.elements.get(key) != before.elements[key]}
    assert len(tens) > count / 20
    assert len(changed) == 1, "the ten of which one is gone"
    again = picture.scene(change(store, 5, "Ready", 5 % nodes, revision=2), width=900)
    assert squares(again)["r1", "ready"] == 1
    assert {key for key in tens if again.elements[key] != before.elements[key]} == changed, "the free slot is used"


steps = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from([*STATES, "gone"]), st.sampled_from([0, 1, 2, None]), st.integers(1, 2)
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(steps, st.sampled_from([20, 170]), st.sampled_from([480, 1000]), st.sampled_from([None, "web"]))
def test_a_chain_of_messages_leads_to_the_whole(taken: list[Any], count: int, width: int, focus: str | None) -> None:
    store = crowd(count, 3)
    scene = picture.scene(store.snapshot, width=width, focus=focus)
    page = scene.as_json()
    for i, state, on, revision in taken:
        fresh = picture.scene(change(store, i, state, on, revision), width=width, focus=focus)
        page = followed(page, picture.diff(scene, fresh).as_json())
        scene = fresh
        key = lambda element: str(element["key"])  # noqa: E731 - twice, on one line each
        assert sorted(page["elements"], key=key) == sorted(scene.as_json()["elements"], key=key)
        assert {**page, "elements": 0} == {**scene.as_json(), "elements": 0}


def followed(page: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """Return what a page shows after a message, as browser/picture.js follows it."""
    known = {element["key"]: element for element in page["elements"] if element["key"] not in message["remove"]}
    known |= {element["key"]: element for element in message["put"]}
    for key, own, parts, *between in message["patch"]:
        element = {**known[key], **own, "parts": [[tag, dict(a), text] for tag, a, text in known[key]["parts"]]}
        for at, gone, came in between:
            element["parts"][at : at + gone] = [[tag, dict(a), text] for tag, a, text in came]
        for number, attributes, *text in parts:
            part = element["parts"][number]
            part[1] = {n: v for n, v in {**part[1], **attributes}.items() if v is not None}
            part[2] = text[0] if text else part[2]
        known[key] = element
    frame = {n: v for n, v in message.items() if n not in {"put", "patch", "remove"}}
    return {**page, **frame, "elements": list(known.values())}


def test_what_has_not_changed_is_the_very_same() -> None:
    """Not only equal: it was not laid out again."""
    store = crowd(1000, 50)
    before = picture.scene(store.snapshot, width=900)
    after = picture.scene(store.apply(Change("Pod", "MODIFIED", {"metadata": {}}, 0.0)), width=900)
    moved = picture.scene(change(store, 3, "Terminating", 3), width=900)
    fresh = [key for key, e in moved.elements.items() if e is not before.elements.get(key)]
    assert len([key for key in fresh if key.startswith(("ten:", "cell:", "node:"))]) == 2
    assert after.elements.keys() == before.elements.keys()
