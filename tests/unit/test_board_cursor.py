"""A board shows the recording at its cursor: sought, stepped, played, in all its views, and live again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.cursor_commands import CursorCommands
from labkit.board.live import Board
from labkit.board.phrases import GAP
from labkit.board.requests_shown import requests_shown
from labkit.board.table import table
from labkit.board.timelines import MOMENTS_INTERVAL, Timelines, Where
from labkit.recording import moments
from labkit.recording.moment_words import sentence
from labkit.recording.request import Request
from labkit.recording.requests import Requests
from tests.unit import recording
from tests.unit.recording import Recorded
from tests.unit.test_board import Kernel, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.recording.source import Source
    from labkit.state import Snapshot


class Clock:
    """Seconds since the epoch, begun when the recording ended."""

    def __init__(self) -> None:
        self.end = recording.moments()[-1].at
        self.offset = self.end - time.monotonic()

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic() + self.offset


@pytest.fixture
def source() -> Iterator[Source]:
    """Return a live recording of the whole rollout."""
    watch = Recorded()
    made = watch.source(Clock())
    watch.play(len(watch.rest))
    yield made
    made.close()


@pytest.fixture
def board(source: Source) -> Iterator[Board]:
    """Return a board of it."""
    made = Board(source)
    yield made
    made.close()


def keys(messages: list[dict[str, Any]]) -> set[str]:
    """Return the elements that a page shows after these messages."""
    shown: set[str] = set()
    for message in messages:
        if message["type"] == "whole":
            shown = {element["key"] for element in message["elements"]}
        else:
            shown = (shown - set(message["remove"])) | {element["key"] for element in message["put"]}
    return shown


def shows(kernel: Kernel, view: str, snapshot: Snapshot, *, live: bool = False) -> None:
    """Wait until a page shows that snapshot."""
    wanted = set(picture.scene(snapshot, width=640, live=live).elements)
    until(lambda: keys(kernel.to(view)) == wanted)


def test_a_seek_shows_what_was_then_at_once_and_now_shows_the_present(board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True, table=True)
    until(lambda: bool(kernel.to("me")))
    then = recording.when("hello: 3/3 ready on 3 nodes")
    kernel.asks("me", "seek", at=then.at)
    shows(kernel, "me", then)
    assert kernel.to("me")[-1]["jump"] is True
    assert kernel.to("me")[-1]["table"] == table(then, None)
    told = kernel.timeline("me")[-1]
    assert (told["live"], told["playing"], told["at"]) == (False, False, then.at)
    assert board.still().snapshot == then
    assert repr(board) == picture.describe(then, None)

    kernel.asks("me", "now")
    shows(kernel, "me", recording.moments()[-1], live=True)
    assert kernel.timeline("me")[-1]["live"] is True
    assert kernel.to("me")[-1]["jump"] is True


def test_what_happens_meanwhile_is_not_shown_in_the_past() -> None:
    watch = Recorded()
    watch.play(220)
    live = watch.source(clock=lambda: watch.snapshot.at)  # it is when what was recorded happened
    following = Board(live)
    kernel = Kernel(following)
    kernel.here("me", 640, whole=True)
    until(lambda: bool(kernel.to("me")))
    kernel.asks("me", "pause")
    until(lambda: not live.live_now)
    until(lambda: kernel.timeline("me")[-1]["live"] is False)
    then = picture.scene(live.snapshot, width=640).description
    until(lambda: kernel.described("me") == then)
    # the sign that it is live changes as well, and that is the last that is sent
    until(lambda: [part[0] for part in kernel.to("me")[-1].get("patch", [])] == ["live"])
    count = len(kernel.to("me"))
    watch.play(100)
    time.sleep(0.2)
    assert len(kernel.to("me")) == count
    kernel.asks("me", "now")
    until(lambda: kernel.described("me") == picture.scene(watch.snapshot, width=640).description)
    following.close()
    live.close()


def test_two_views_of_two_boards_are_in_step(source: Source, board: Board) -> None:
    other = Board(source, focus=None)
    here, there = Kernel(board), Kernel(other)
    here.here("me", 640, whole=True)
    here.here("too", 640, whole=True)
    there.here("you", 640, whole=True)
    until(lambda: bool(here.to("me") and here.to("too") and there.to("you")))
    then = recording.moments()[400]
    here.asks("me", "seek", at=then.at)
    for kernel, view in ((here, "me"), (here, "too"), (there, "you")):
        shows(kernel, view, source.timeline.at(then.at))
        assert kernel.timeline(view)[-1]["at"] == then.at
    other.close()


def test_playing_shows_what_happened_one_after_the_other_and_moves_no_cursor_by_messages(
    source: Source, board: Board
) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: bool(kernel.to("me")))
    then = recording.when("hello: 3/3 ready on 3 nodes")
    begin = then.at
    kernel.asks("me", "seek", at=begin)
    shows(kernel, "me", then)
    until(lambda: bool(kernel.timeline("me")) and not kernel.timeline("me")[-1]["live"])
    kernel.said.clear()
    started = time.monotonic()
    kernel.asks("me", "play", speed=4)
    time.sleep(2.0)
    kernel.asks("me", "pause")
    until(lambda: kernel.timeline("me")[-1]["playing"] is False)
    assert begin + 6 < source.at <= begin + 4 * (time.monotonic() - started)
    assert not any("jump" in message for message in kernel.to("me"))
    # it began, and it ended: in between the page reckons
    assert [m["playing"] for m in kernel.timeline("me")] == [True, False]
    assert len(kernel.to("me")) > 3


def test_of_many_seeks_only_the_last_is_done(source: Source) -> None:
    commands = CursorCommands(source)
    done: list[float] = []
    source.seek = done.append  # type: ignore[method-assign, assignment]
    first = source.span[0]
    for second in range(50):
        commands.add({"do": "seek", "at": first + second})
    commands.add({"do": "pause"})
    commands.add({"do": "seek", "at": first + 3})
    assert commands.do() is False
    assert done == [first + 49, first + 3]
    commands.add({"do": "step", "by": 1})
    assert commands.do() is True


@pytest.mark.parametrize(
    "asked",
    [{}, {"do": "fly"}, {"do": "seek", "at": "now"}, {"do": "seek", "at": float("nan")}, {"do": "play", "speed": 7},
     {"do": "step", "by": 5}, {"do": "play"}],
)  # fmt: skip
def test_commands_that_are_none_are_ignored(source: Source, asked: dict[str, Any]) -> None:
    commands = CursorCommands(source)
    commands.add(asked)
    commands.do()
    assert source.live_now


LIVE = Where(begin=0.0, end=100.0, at=100.0, live=True, growing=True, playing=False, speed=1.0)
PAST = Where(begin=0.0, end=100.0, at=40.0, live=False, growing=True, playing=True, speed=4.0)


def test_a_page_is_told_only_what_it_cannot_reckon() -> None:
    timelines = Timelines()
    assert [m["live"] for m in timelines.messages(LIVE, [], ["me"])] == [True]
    assert timelines.messages(replace(LIVE, end=105.0, at=105.0, when=5.0), [], ["me"]) == []
    assert [m["at"] for m in timelines.messages(replace(PAST, when=5.0), [], ["me"])] == [40.0]
    assert timelines.messages(replace(PAST, end=106.0, at=44.1, when=6.0), [], ["me"]) == []
    jumped = replace(PAST, end=106.0, at=60.0, when=6.0)
    assert len(timelines.messages(jumped, [], ["me"])) == 1
    assert len(timelines.messages(replace(jumped, playing=False), [], ["me"])) == 1


class Page:
    """What a page knows of the moments, as browser/view.js follows the messages."""

    def __init__(self) -> None:
        self.phrases: list[tuple[str, str, str]] = []
        self.moments: list[tuple[float, str, str, str]] = []

    def hear(self, message: dict[str, Any]) -> None:
        """Take a message that came as JSON."""
        message = json.loads(json.dumps(message))
        told = message.get("phrases", {"from": 0, "all": []})
        assert message["from"] <= len(self.moments)
        assert told["from"] <= len(self.phrases)
        del self.moments[message["from"] :], self.phrases[told["from"] :]
        self.phrases += [tuple(phrase) for phrase in told["all"]]
        for micros, number, *names in message.get("moments", []):
            kind, app, text = self.phrases[number]
            self.moments.append((message["since"] + micros / 1e6, kind, text.replace(GAP, "".join(names)), app))

    def check(self, found: list[moments.Moment]) -> None:
        """See that it knows these moments, and no others."""
        assert [each[1:] for each in self.moments] == [(str(m.kind), sentence(m), m.app) for m in found]
        for (at, *_), moment in zip(self.moments, found, strict=True):
            assert -2e-7 <= at - moment.at <= 1.2e-6, "rounded up to a millionth of a second"


def later(seconds: float) -> Where:
    return replace(LIVE, end=100.0 + seconds, at=100.0 + seconds, when=seconds)


def test_moments_are_told_once_each_and_again_to_who_lacks_them() -> None:
    found = moments.find(recording.moments())
    assert len(found) > 20
    timelines, page = Timelines(), Page()
    (first,) = timelines.messages(LIVE, found[:3], ["me"])
    assert (first["from"], len(first["moments"])) == (0, 3)
    page.hear(first)
    page.check(found[:3])
    assert timelines.messages(later(0.1), found[:5], ["me"]) == []
    assert timelines.waiting, "they wait for those that come right after"
    (news,) = timelines.messages(later(0.1 + MOMENTS_INTERVAL), found[:6], ["me"])
    assert (news["from"], len(news["moments"])) == (3, 3)
    assert not timelines.waiting
    assert timelines.counts() == {"me": 6}
    (rest,) = timelines.messages(later(1.0), found, ["me"])
    page.hear(news)
    page.hear(rest)
    page.check(found)
    timelines.lacks("me")
    (again,) = timelines.messages(later(2.0), found, ["me"])
    assert (again["from"], len(again["moments"])) == (0, len(found))
    page = Page()
    page.hear(again)
    page.check(found)


def test_a_moment_that_was_heard_late_stands_in_its_place() -> None:
    """Requests are heard on another thread: one may come when a later moment has been told."""
    found = moments.find(recording.moments())
    timelines, page = Timelines(), Page()
    (first,) = timelines.messages(LIVE, [*found[:4], *found[5:8]], ["me"])
    (news,) = timelines.messages(later(1.0), found[:8], ["me"])
    assert (news["from"], len(news["moments"])) == (4, 4)
    page.hear(first)
    page.hear(news)
    page.check(found[:8])


def test_a_crowd_of_moments_is_few_words() -> None:
    pods = [
        moments.Moment(float(i), kind, ("Pod", f"hello-6d4cf56db6-{i:05d}", f"uid-{i}"), "hello", {"version": "2.0.0"})
        for i in range(500)
        for kind in (moments.MomentKind.POD_READY, moments.MomentKind.POD_GONE)
    ]
    (told,) = Timelines().messages(LIVE, pods, ["me"])
    assert [kind for kind, *_ in told["phrases"]["all"]] == ["pod ready", "pod gone"]
    assert len(json.dumps(told)) / len(pods) < 30, "bytes for a moment"
    page = Page()
    page.hear(told)
    page.check(pods)


def test_the_requests_are_those_of_then() -> None:
    requests = Requests()
    for second in range(60):
        requests.add(Request(at=float(second), version="1.0.0", latency=0.5, pod="hello-1"))
    past = Where(0.0, 60.0, 30.2, live=False, growing=True, playing=False, speed=1.0)
    shown = requests_shown(past, None, requests, "https://127.0.0.1:30443/")
    assert [tick.at for tick in shown["traffic"]] == [float(s) for s in range(19, 30)]
    assert shown["waiting"] == [30.0]
    assert shown["counts"].first_try == 30
    assert (shown["now"], shown["url"]) == (30.2, "https://127.0.0.1:30443/")
    assert requests_shown(past, None, Requests()) == {"now": 30.2}
    assert requests_shown(LIVE, None, requests) == {}
