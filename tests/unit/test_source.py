"""A source: a recording with one cursor, live on a watch or not."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.recording.log import Log
from labkit.recording.requests import Requests
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = recording.recorded()[1].last

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def replay(clock: Clock) -> Iterator[Source]:
    """Return a source that does not grow."""
    timeline = recording.recorded()[1]
    source = Source(timeline, end=timeline.last, clock=clock)
    yield source
    source.close()
    assert not [t for t in threading.enumerate() if t.name == "labkit-recording-player"]


@pytest.fixture
def live(clock: Clock) -> Iterator[tuple[recording.Recorded, Source]]:
    """Return a watch that has told half of the recording, and a source on it."""
    watch = recording.Recorded()
    source = watch.source(clock)
    watch.play(200)
    clock.now = watch.snapshot.at
    yield watch, source
    source.close()


def test_a_live_one_is_at_the_present(live: tuple[recording.Recorded, Source], clock: Clock) -> None:
    watch, source = live
    assert source.live_now
    assert source.growing
    assert source.snapshot is watch.snapshot
    drawn: list[float] = []
    unsubscribe = source.subscribe(lambda: drawn.append(source.snapshot.at))
    watch.play(3)
    assert drawn[-1] == watch.snapshot.at
    assert source.snapshot is watch.snapshot
    unsubscribe()
    seen = len(drawn)
    watch.play(3)
    assert len(drawn) == seen
    assert source.at == clock.now
    assert source.facts.kubernetes == "v1.37.2"


def test_in_the_past_it_stands_still_while_the_recording_grows(
    live: tuple[recording.Recorded, Source], clock: Clock
) -> None:
    watch, source = live
    then = source.timeline.at(source.timeline.first + 10)
    source.seek(source.timeline.first + 10)
    assert not source.live_now
    assert source.snapshot == then
    assert source.snapshot is source.snapshot
    drawn: list[float] = []
    source.subscribe(lambda: drawn.append(source.at))
    watch.play(100)
    clock.now = watch.snapshot.at
    assert (drawn, source.snapshot, source.span[1]) == ([], then, clock.now)
    source.now()
    assert source.live_now
    assert source.snapshot is watch.snapshot
    assert drawn == [clock.now]


def test_paused_at_the_present_it_stays_there(live: tuple[recording.Recorded, Source], clock: Clock) -> None:
    watch, source = live
    before = watch.snapshot
    source.pause()
    clock.now += 0.001
    watch.play(100)
    clock.now = watch.snapshot.at
    assert not source.live_now
    assert source.snapshot == before
    source.seek(clock.now + 1)
    assert source.live_now


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 4.0])
def test_it_plays_at_a_speed(replay: Source, clock: Clock, speed: float) -> None:
    first, last = replay.span
    replay.seek(first + 5)
    replay.play(speed)
    assert replay.playing
    assert replay.speed == speed
    clock.now += 2
    assert replay.at == pytest.approx(first + 5 + 2 * speed)
    assert replay.snapshot == replay.timeline.at(first + 5 + 2 * speed)
    replay.pause()
    clock.now += 100
    assert replay.at == pytest.approx(first + 5 + 2 * speed)
    replay.play(speed)
    clock.now += 10_000
    eventually(lambda: not replay.playing)
    assert replay.at == last
    assert replay.snapshot == replay.timeline.latest


def test_who_looks_is_told_while_it_plays(replay: Source, clock: Clock) -> None:
    replay.seek(replay.span[0])
    seen: list[float] = []
    replay.subscribe(lambda: seen.append(replay.at))
    replay.play(4.0)
    clock.now += 5
    eventually(lambda: replay.span[0] + 20 in seen)
    replay.pause()


def test_at_the_end_of_a_replay_it_begins_anew(replay: Source) -> None:
    assert replay.at == replay.span[1]
    assert not replay.live_now
    replay.play()
    assert replay.at == replay.span[0]


def test_playing_up_to_the_present_ends_there(live: tuple[recording.Recorded, Source], clock: Clock) -> None:
    _, source = live
    source.play()
    assert not source.playing, "there is nothing to play at the present"
    source.seek(clock.now - 10)
    source.play(4.0)
    clock.now += 10
    eventually(lambda: source.live_now)
    assert not source.playing


@pytest.mark.parametrize("speed", [0, -1, 3, float("nan"), "fast", None])
def test_a_speed_that_it_has_not_is_told(replay: Source, speed: float) -> None:
    with pytest.raises(LabError, match=r"one of: 0\.25, 0\.5, 1, 4") as caught:
        replay.play(speed)
    assert repr(speed) in str(caught.value)


def test_seek_stays_within_what_there_is(replay: Source) -> None:
    first, last = replay.span
    replay.seek(0)
    assert replay.at == first
    replay.seek(last + 100)
    assert replay.at == last


def test_a_closed_one_does_not_grow(live: tuple[recording.Recorded, Source], clock: Clock) -> None:
    watch, source = live
    source.close()
    source.close()
    before = len(source.timeline)
    watch.play(10)
    clock.now += 50
    assert len(source.timeline) == before
    assert not source.growing
    assert not source.live_now
    assert source.at == source.span[1] == clock.now - 50


def test_a_reader_that_fails_does_not_blind_the_others(
    live: tuple[recording.Recorded, Source], caplog: pytest.LogCaptureFixture
) -> None:
    watch, source = live
    told: list[int] = []
    source.subscribe(lambda: told[5])  # type: ignore[arg-type]
    source.subscribe(lambda: told.append(1))
    watch.play(1)
    assert told == [1]
    assert "a subscriber of the recording failed" in caplog.text


def test_of_too_many_moments_the_oldest_go() -> None:
    watch = recording.Recorded()
    bounded, whole = Log(Timeline(), Requests(), limit=20), Log(Timeline(), Requests())
    watch.hear(bounded.step)
    watch.hear(whole.step)
    counts = set()
    for _ in range(60):
        watch.play(10)
        kept = bounded.moments
        counts.add(len(kept))
        assert kept == whole.moments[len(whole.moments) - len(kept) :]
    assert len(whole.moments) > 60
    assert max(counts) == 20
    assert len(bounded.moments) > 14
