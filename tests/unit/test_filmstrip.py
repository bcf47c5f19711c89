"""Filmstrips: the figures of what was recorded, their sentences, and the one picture that holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from labkit.app.tally import Tick
from labkit.board import picture, strip_layout
from labkit.board.filmstrip import Filmstrip, filmstrip
from labkit.board.live import Board
from labkit.board.picture.text import STYLES, width
from labkit.develop import filmstrip as readme
from labkit.errors import LabError
from labkit.recording import figures
from labkit.recording.figures import FigureKind as F
from labkit.recording.moment import MomentKind
from labkit.recording.moments import find
from labkit.recording.requests import Requests
from labkit.recording.source import Source
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.recording.moment import Moment
    from labkit.state import Snapshot

#: When the recording's list of what was there before is over, and changes begin.
BEGIN = 1795463744.3
SVG = "{http://www.w3.org/2000/svg}"
THEMES: tuple[picture.Theme, ...] = ("auto", "light", "dark", "print")


class _Times:
    def __init__(self, snapshots: list[Snapshot]) -> None:
        self.snapshots = snapshots

    def at(self, at: float) -> Snapshot:
        return ([each for each in self.snapshots if each.at <= at] or self.snapshots)[-1]


class _Source:
    def __init__(self, snapshots: list[Snapshot], ticks: Sequence[Tick] = ()) -> None:
        self.timeline, self.requests = _Times(snapshots), Requests()
        for each in ticks:
            self.requests.add(each)
        self.moments: Sequence[Moment] = find(snapshots, ticks)


def _source(ticks: Sequence[Tick] = ()) -> _Source:
    return _Source([each for each in recording.moments() if each.at >= BEGIN], ticks)


SOURCE = _source()


def _began(kind: MomentKind, number: int = 0) -> Moment:
    return [m for m in SOURCE.moments if m.kind is kind][number]


def _rollout() -> Filmstrip:
    """Return the filmstrip of the first rollout: the last one is the way back from an image that cannot be had."""
    return filmstrip(SOURCE, "rollout", "hello", since=BEGIN)


def test_a_rollout_is_told_in_the_order_of_the_lesson() -> None:
    """A new Pod; an old one loses its line and is there still; a new one is Ready and has its; all are new."""
    told = figures.rollout(SOURCE.moments, _began(MomentKind.ROLLOUT_BEGAN))
    at = {f.kind: SOURCE.timeline.at(f.at) for f in told.figures}
    pod = {f.kind: f.data["moment"].subject[2] for f in told.figures if "moment" in f.data}
    assert [f.kind for f in told.figures] == [
        F.BEFORE, F.NEW_POD, F.OLD_LEFT, F.NEW_JOINED, F.HALF, F.COMPLETE, F.AFTER,
    ]  # fmt: skip
    before = at[F.BEFORE].deployment("hello")
    assert before is not None
    assert before.complete
    assert before.images[0].endswith("1.0.0")
    assert pod[F.NEW_POD] not in at[F.BEFORE].objects["Pod"]
    old = at[F.OLD_LEFT].objects["Pod"][pod[F.OLD_LEFT]]
    assert getattr(old, "terminating", False)
    assert pod[F.OLD_LEFT] not in at[F.OLD_LEFT].receiving("hello")
    assert pod[F.NEW_JOINED] in at[F.NEW_JOINED].receiving("hello")
    after = at[F.COMPLETE].deployment("hello")
    assert after is not None
    assert after.complete
    assert any(p.terminating for p in at[F.COMPLETE].pods("app=hello"))
    assert not any(p.terminating for p in at[F.AFTER].pods("app=hello"))


def test_its_sentences() -> None:
    assert repr(_rollout()).splitlines() == [
        "Rollout of hello: from 1.0.0 to 2.0.0",
        "1. before: 3 Pods of 1.0.0 receive requests.",
        "2. +0.1 s: New Pod 5hrzs (2.0.0) is scheduled to worker. 3 Pods of 1.0.0 receive requests.",
        (
            "3. +0.2 s: Old Pod cch48 (1.0.0) is Terminating: first it loses its requests, then it stops. "
            "2 Pods of 1.0.0 receive requests."
        ),
        (
            "4. +2.5 s: New Pod lc65d (2.0.0) is Ready, and gets its line: "
            "2 Pods of 1.0.0 and 1 of 2.0.0 receive requests."
        ),
        "5. +2.6 s: One after the other: 1 Pod of 1.0.0 and 1 of 2.0.0 receive requests; 2 Pods are Terminating.",
        "6. +4.2 s: Complete after 4.2 s: 3 Pods of 2.0.0 receive requests; 2 Pods are Terminating.",
        "7. +5.9 s: The last Pod that had to go is gone: 3 Pods of 2.0.0 receive requests.",
    ]


def test_a_rollout_that_is_stuck() -> None:
    told = filmstrip(SOURCE, "rollout", since=_began(MomentKind.ROLLOUT_BEGAN, 1).at)
    assert [f.when for f in told.frames][:1] == ["before"]
    assert told.frames[-2].sentence == (
        "Rollout of hello stuck: Pod hello-66967945db-6hndc is ErrImagePull. 2 Pods of 2.0.0 receive requests."
    )
    assert told.frames[-1].sentence == "And there it stays: 2 Pods of 2.0.0 receive requests."
    assert told.frames[-1].at < _began(MomentKind.ROLLOUT_BEGAN, 2).at


def test_the_way_back_ends_when_it_is_over() -> None:
    """A Node is lost 25 s later, and old Pods of the same ReplicaSet leave the Service: that is another tale."""
    told = filmstrip(SOURCE, "rollout", "hello")
    assert told.title == "Rollout of hello: from 3.0.0 to 2.0.0"
    assert told.frames[-1].at - told.frames[0].at < 2


def test_scaling_up() -> None:
    told = filmstrip(SOURCE, "scale")
    assert told.title == "Deployment hello scaled from 1 to 3 replicas"
    assert [f.sentence for f in told.frames] == [
        "1 Pod of 1.0.0 receives requests.",
        "Desired: 3 replicas. Current: 1 Pod: 2 to come.",
        "Every Pod has its Node: 1 on worker, 1 on worker2, 1 on worker3. 1 Pod of 1.0.0 receives requests.",
        "New Pod 5pw66 (1.0.0) is Ready, and gets its line: 2 Pods of 1.0.0 receive requests.",
        "3 of 3 Ready: 3 Pods of 1.0.0 receive requests.",
    ]


def test_scaling_down() -> None:
    canary = _Source([s for s in recording.play("canary") if s.at >= 1795630822])
    told = filmstrip(canary, "scale", "hello-canary")
    assert told.title == "Deployment hello-canary scaled from 1 to 0 replicas"
    assert [f.sentence for f in told.frames] == [
        "1 Pod of 2.0.0 receives requests.",
        "Desired: 0 replicas. Current: 1 Pod: 1 too many.",
        "No Pod is Ready; 1 Pod is Terminating.",
        "The last Pod that had to go is gone: no Pod is Ready.",
    ]


def test_the_loss_of_a_node() -> None:
    told = filmstrip(SOURCE, "node-loss")
    assert told.app == "hello", "whose Pods stood there"
    assert [f.sentence for f in told.frames] == [
        "3 Pods of 2.0.0 receive requests.",
        "Node worker does not answer: it is NotReady.",
        "The Service sends nothing to worker any more: 1 Pod of 2.0.0 receives requests.",
        "Its Pods are replaced on Nodes that are Ready: 1 on worker2, 2 on worker3.",
        "3 of 3 Ready: 3 Pods of 2.0.0 receive requests.",
        "Node worker is Ready again: 3 Pods of 2.0.0 receive requests.",
    ]


def test_a_recording_and_its_board_have_the_same() -> None:
    """Of the real thing: a source that has read its moments off its timeline."""
    source = Source(recording.recorded()[1])
    assert repr(filmstrip(source, "rollout", "hello", since=BEGIN)) == repr(_rollout())
    board = Board(source, "hello")
    try:
        assert repr(board.filmstrip("scale")) == repr(filmstrip(SOURCE, "scale", "hello"))
        with pytest.raises(LabError):
            board.filmstrip("scale", "auth")
    finally:
        board.close()


def test_the_filmstrip_of_the_readme(tmp_path: Path) -> None:
    """It is made from the file that the run of notebook 05 was kept in."""
    Source(recording.recorded()[1]).save(tmp_path / "run.rec")
    readme.write(tmp_path / "run.rec", tmp_path / "docs" / "rollout.svg")
    drawn = (tmp_path / "docs" / "rollout.svg").read_text(encoding="utf-8")
    assert drawn == _rollout().svg()


def test_moments_and_times_that_somebody_chose() -> None:
    joined = [m for m in SOURCE.moments if m.kind is MomentKind.POD_JOINED and m.app == "hello"]
    told = filmstrip(SOURCE, [joined[1], joined[0], joined[1].at + 1])
    assert told.app == "hello"
    assert [f.when for f in told.frames] == ["+0.0 s", "+19.0 s", "+20.0 s"]
    assert told.frames[0].sentence.endswith("joined Service hello: it receives requests.")
    assert told.frames[2].sentence == "3 Pods of 1.0.0 receive requests."


@pytest.mark.parametrize(
    ("ask", "problem", "remedy"),
    [
        (lambda s: filmstrip(s, "film"), "There is no filmstrip 'film'.", '"rollout", "scale", "node-loss"'),
        (lambda s: filmstrip(s, []), "A filmstrip of no moments has no pictures.", "lab.filmstrip"),
        (lambda s: filmstrip(s, "scale", "auth"), "filmstrip 'scale' of auth could show", 'lab.filmstrip("rollout")'),
        (lambda s: filmstrip(s, "scale", since=4e9), "filmstrip 'scale' could show", 'lab.filmstrip("rollout")'),
    ],
)
def test_what_was_not_recorded(ask: Any, problem: str, remedy: str) -> None:
    with pytest.raises(LabError) as error:
        ask(SOURCE)
    assert problem in error.value.problem
    assert remedy in error.value.remedy


def test_the_error_says_what_there_is() -> None:
    with pytest.raises(LabError) as error:
        filmstrip(SOURCE, "scale", "auth")
    assert "rollout: Rollout of hello began: from 1.0.0 to 2.0.0" in error.value.detail
    assert "scale: Deployment hello scaled from 1 to 3 replicas" in error.value.detail
    with pytest.raises(LabError) as error:
        filmstrip(_Source(recording.moments()[-1:]), "rollout")
    assert error.value.detail == ""
    assert "scale or roll out" in error.value.remedy


def _texts(root: ET.Element, scale: float = 1.0, x: float = 0.0) -> list[tuple[str, float, float, float]]:
    """Return each line of text with the size of its letters, its left and its right edge, all in pixels."""
    found = []
    move = re.match(r"translate\((\S+) \S+\)(?: scale\((\S+)\))?", root.get("transform", ""))
    if move:
        x += float(move[1]) * scale
        scale *= float(move[2] or 1)
    for child in root:
        if child.tag == f"{SVG}text":
            style = child.get("class", "").split()[0].removeprefix("t-")
            wide = width(child.text or "", style) * scale
            at = x + float(child.get("x", "0")) * scale
            left = at - {"end": wide, "middle": wide / 2}.get(child.get("text-anchor", ""), 0.0)
            found.append((child.text or "", STYLES[style].size * scale, left, left + wide))
        found += _texts(child, scale, x)
    return found


def _ticks(begin: float) -> list[Tick]:
    return [Tick(begin + i * 0.05, ("1.0.0", "2.0.0")[i > 200], 0.004, "hello-x") for i in range(400)]


@pytest.mark.parametrize("across", [100, 430, 480, 640, 820, 840, 900, 1280])
@pytest.mark.parametrize("what", ["rollout", "scale", "node-loss"])
def test_all_of_it_can_be_read(what: str, across: float) -> None:
    """No letter below 11 pixels, no word cut, nothing outside of the picture."""
    source = _source(_ticks(1795463760))
    told = filmstrip(source, what, since=BEGIN, width=across)
    root = ET.fromstring(told.svg("light"))  # noqa: S314 - our own document
    lines = _texts(root)
    assert len(lines) > 40
    for line, size, left, right in lines:
        assert size >= 11, line
        assert "…" not in line
        assert left >= 0, line
        assert right <= max(across, 430) + 0.5, line
    said = " ".join(line for line, *_ in lines)
    for frame in told.frames:
        assert all(word in said for word in frame.sentence.split())


@pytest.mark.parametrize("what", ["rollout", "scale", "node-loss"])
def test_no_picture_disagrees_with_the_boards(what: str) -> None:
    """Every Pod, Node, Service and line of each whole picture stands in the filmstrip as it is there, and no other."""
    told = filmstrip(SOURCE, what, since=BEGIN)
    drawn = told.svg("light")
    room = strip_layout.scene_width(told.width, 2)
    many = 0
    for frame in told.frames:
        scene = told.scene(frame, room)
        shown = {k: e for k, e in scene.elements.items() if k.startswith(("pod:", "node:", "service:", "link:"))}
        assert {p.uid for p in frame.snapshot.pods("app=hello")} == {k[4:] for k in shown if k.startswith("pod:")}
        for key, element in shown.items():
            one = picture.body(picture.Scene(1, 1, {key: element}, "", ""))
            assert one in drawn, key
        many += sum(key.startswith("pod:") for key in shown)
    drawn_pods = drawn.count('<g class="pod s-')
    assert drawn_pods == many


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_one_picture_that_needs_nothing_else(theme: picture.Theme) -> None:
    root = ET.fromstring(document := _rollout().svg(theme))  # noqa: S314 - our own document
    assert root.findtext(f"{SVG}title") == "Rollout of hello: from 1.0.0 to 2.0.0"
    assert "7. +5.9 s" in (root.findtext(f"{SVG}desc") or "")
    assert len(root.findall(f".//{SVG}svg")) == 0
    assert "var(" not in document
    assert ("@media" in document) == (theme == "auto")
    assert ".frame" in document


def test_a_notebook_keeps_picture_and_words() -> None:
    bundle = _rollout()._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert bundle["text/plain"].startswith("Rollout of hello: from 1.0.0 to 2.0.0\n1. before: ")


def test_requests_are_shown_where_there_were_some() -> None:
    begin = _began(MomentKind.ROLLOUT_BEGAN).at
    drawn = filmstrip(_source(_ticks(begin - 14)), "rollout", since=BEGIN).svg("light")
    assert drawn.count("Requests of the last 12 s") == 7
    assert "Requests" not in _rollout().svg("light")
    long_ago = filmstrip(_source(_ticks(begin - 60)), "rollout", since=BEGIN).svg("light")
    assert "Requests" not in long_ago


def test_colours_are_told_for_what_is_seen() -> None:
    """hello:3.0.0 was rolled out before the Node was lost: no picture shows a Pod of it."""
    lost = [line for line, *_ in _texts(ET.fromstring(filmstrip(SOURCE, "node-loss").svg("light")))]  # noqa: S314
    assert [line for line in lost if line.startswith("revision")] == ["revision 4: hello:2.0.0"]
    rolled = [line for line, *_ in _texts(ET.fromstring(_rollout().svg("light")))]  # noqa: S314
    assert [line for line in rolled if line.startswith("revision")] == [
        "revision 1: hello:1.0.0",
        "revision 2: hello:2.0.0",
    ]
