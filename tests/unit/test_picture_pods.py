"""What stands at a Pod: how often it was restarted, and when it was made."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.picture import words
from labkit.board.picture.signs import sign
from tests.unit import recording
from tests.unit.scenes import WIDTHS, having, text_lines, texts

if TYPE_CHECKING:
    from labkit.state import Pod, Snapshot

_AGAIN = sign("again", 0, 0, "warn").attributes["d"]


def restarted(count: int) -> tuple[Snapshot, Pod]:
    """Return a moment in which a Pod of hello was restarted so often."""
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    pod = moment.pods("app=hello")[0]

    def edit(raw: dict[str, Any]) -> None:
        raw["status"]["containerStatuses"][0]["restartCount"] = count

    return having(moment, "Pod", pod.name, edit), pod


@pytest.mark.parametrize("focus", [None, "hello"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("count", "said"), [(2, "2"), (37, "37"), (120, "99+")])
def test_restarts_have_a_sign_and_a_number(count: int, said: str, width: int, focus: str | None) -> None:
    moment, pod = restarted(count)
    scene = picture.scene(moment, width=width, focus=focus)
    for each in moment.pods("app=hello"):
        element = scene.elements[f"pod:{each.uid}"]
        drawn = [p for p in element.parts if p.attributes.get("d") == _AGAIN]
        assert bool(drawn) == (each.uid == pod.uid)
        assert (said in texts(element)) == (each.uid == pod.uid)
    assert f", {count} restarts" in scene.elements[f"pod:{pod.uid}"].title
    lines = text_lines(scene)
    mine = next(line for line in lines if line.key == f"pod:{pod.uid}" and line.text == said)
    assert not [line for line in lines if line != mine and line.overlaps(mine)]


def test_a_pod_that_never_restarted_has_no_sign() -> None:
    moment, pod = restarted(0)
    assert "restart" not in picture.scene(moment).elements[f"pod:{pod.uid}"].title


def test_large_pods_say_when_they_were_made() -> None:
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    scene = picture.scene(moment, width=1280, height=800, focus="hello")
    for pod in moment.pods("app=hello"):
        assert texts(scene.elements[f"pod:{pod.uid}"])[-1] == f"made {words.clock(pod.created)}"


def test_time_that_goes_by_changes_no_pod() -> None:
    """No message is sent because a Pod becomes older."""
    moments = [s for s in recording.moments() if s.deployment("hello")]
    for before, after in pairwise(moments):
        same = {p.uid for p in before.pods()} & {p.uid for p in after.pods()}
        same = {uid for uid in same if before.objects["Pod"][uid] == after.objects["Pod"][uid]}
        scenes = [picture.scene(s, width=1280, height=1000, focus="hello") for s in (before, after)]
        drawn = [{uid: texts(s.elements[f"pod:{uid}"]) for uid in same if f"pod:{uid}" in s.elements} for s in scenes]
        assert drawn[0] == drawn[1]
