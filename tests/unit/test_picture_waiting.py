"""The line of those without a Node: slim, in words while there is room, and nothing below it moves for it."""

from __future__ import annotations

import pytest

from labkit.board import picture
from labkit.board.picture import words
from tests.unit import recording
from tests.unit.scenes import WIDTHS, having, many, texts


@pytest.mark.parametrize("focus", [None, "hello"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_moves_because_a_pod_waits_for_its_node(width: int, focus: str | None) -> None:
    """In a rollout each new Pod waits for about a tenth of a second."""
    distances, waits = set(), set()
    for snapshot in recording.moments()[::3]:
        elements = picture.scene(snapshot, width=width, focus=focus).elements
        found = {round(e.y - elements["waiting"].y, 1) for key, e in elements.items() if key.startswith("node:")}
        waiting = sum(p.node is None for p in snapshot.pods()) + sum(key.startswith("ghost:") for key in elements)
        waits.add(waiting)
        distances |= found
    assert waits >= {0, 1, 2}
    assert len(distances) == 1
    assert distances.pop() < 50


def test_who_waits_is_named_with_its_status_where_there_is_room() -> None:
    seen = set()
    for snapshot in recording.moments():
        scene = picture.scene(snapshot, width=1280)
        for pod in (p for p in snapshot.pods() if p.node is None):
            assert (
                texts(scene.elements[f"pod:{pod.uid}"]) == ["hello", words.status(pod)] or pod.labels["app"] != "hello"
            )
            assert words.status(pod) in scene.elements[f"pod:{pod.uid}"].title
            seen.add(words.status(pod))
        waits = any(p.node is None for p in snapshot.pods()) or any(k.startswith("ghost:") for k in scene.elements)
        said = "".join(texts(scene.elements["waiting"]))
        assert (said == "no Node yet") == waits, said
    assert seen == {"Pending"}


def test_many_that_wait_lose_their_words_and_then_are_counted() -> None:
    snapshot = having(many(3), "Deployment", "hello", lambda raw: raw["spec"].update(replicas=90))
    for width in WIDTHS:
        scene = picture.scene(snapshot, width=width)
        drawn = [e for key, e in scene.elements.items() if key.startswith("ghost:")]
        assert not [line for e in drawn for line in texts(e)]
        assert texts(scene.elements["waiting:more"]) == [f"+{87 - len(drawn)}"]
        assert max(e.x for e in drawn) < scene.elements["waiting:more"].x < width - 20
