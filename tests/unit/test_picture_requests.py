"""The strip of requests: each in the colour of the version that answered, and no empty strip without a word."""

from __future__ import annotations

import pytest

from labkit.board import picture
from labkit.board.picture import blocks, words
from tests.unit import recording
from tests.unit.scenes import WIDTHS, text_lines, texts, ticks


@pytest.mark.parametrize("width", WIDTHS)
def test_where_the_client_stopped_it_says_since_when(width: int) -> None:
    snapshot = recording.moments()[-1]
    asked = ticks(snapshot.at - 1)
    last = words.clock(asked[-1].at)
    said = []
    for later in (0.0, 1.0, 6.0, 600.0):
        scene = picture.scene(snapshot, width=width, traffic=asked, now=snapshot.at + later)
        found = [line for line in texts(scene.elements["requests"]) if line.startswith("no requests")]
        said.append(found)
        for line in text_lines(scene):
            assert line.right <= width, line
    assert said[:2] == [[], []], "a gap of a second or two is none"
    assert said[2] in ([f"no requests since {last}"], ["no requests"])
    assert said[3] == [f"no requests since {last}"]


def test_one_that_waits_is_no_silence_and_none_at_all_is_said() -> None:
    snapshot = recording.moments()[-1]
    scene = picture.scene(snapshot, traffic=ticks(snapshot.at), now=snapshot.at + 9, waiting=(snapshot.at + 1,))
    assert not [line for line in texts(scene.elements["requests"]) if line.startswith("no requests")]
    assert "no requests yet" in texts(picture.scene(snapshot, traffic=(), now=snapshot.at).elements["requests"])


def test_each_request_has_the_colour_of_its_version_and_a_lost_one_none() -> None:
    snapshot = next(s for s in recording.moments() if "1 Ready on revision 2, 1 Ready on" in picture.describe(s))
    scene = picture.scene(snapshot, traffic=ticks(snapshot.at, lost=2), focus="hello")
    hello = snapshot.deployment("hello")
    assert hello is not None
    for replica_set in snapshot.replica_sets_of(hello):
        colour = scene.elements[f"rs:{replica_set.uid}"].cls.split()[1]
        version = replica_set.images[0].rpartition(":")[2]
        drawn = next(p for p in scene.elements["requests"].parts if p.attributes["class"] == f"ticks {colour}")
        shown = [t for t in ticks(snapshot.at, lost=2) if t.version == version and t.at >= snapshot.at + 5.95 - 12]
        assert abs(str(drawn.attributes["d"]).count("M") - len(shown)) <= 1
    assert any(p.attributes["class"] == "lost" for p in scene.elements["requests"].parts)


@pytest.mark.parametrize("focus", [None, "hello"])
@pytest.mark.parametrize("width", WIDTHS)
def test_while_only_requests_go_by_nothing_else_is_laid_out_again(width: int, focus: str | None) -> None:
    """It is the very same; another moment is another picture."""
    before, snapshot = recording.moments()[100], recording.moments()[-1]
    other = picture.scene(before, width=width, focus=focus, traffic=ticks(before.at), now=before.at)
    one, two = (
        picture.scene(snapshot, width=width, focus=focus, traffic=ticks(snapshot.at), now=snapshot.at + later)
        for later in (0.0, 2.0)
    )
    assert one.elements.keys() == two.elements.keys()
    drawn = {key for key, element in two.elements.items() if element is not one.elements[key]}
    assert drawn == {"live", "said", "requests"}
    assert two.elements["requests"] != one.elements["requests"]
    again = picture.scene(before, width=width, focus=focus, traffic=ticks(before.at), now=before.at)
    assert again == other != one


@pytest.mark.parametrize(("width", "focus"), [(480, None), (960, "hello"), (960, None)])
def test_what_was_laid_out_before_is_what_is_laid_out_afresh(width: int, focus: str | None) -> None:
    """All that a block shows is among its inputs."""
    for snapshot in recording.moments()[::10]:
        carried_on = picture.scene(snapshot, width=width, focus=focus)
        blocks._KNOWN.clear()
        assert picture.scene(snapshot, width=width, focus=focus) == carried_on
