"""What a view has open beside its picture: told once, told again when it changes, forgotten when it is closed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board.beside import Beside, Clock
from labkit.board.live import Board
from tests.unit import recording
from tests.unit.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Iterator


class Time:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def watch() -> Recorded:
    """Return a watch at the point where the three apps run."""
    made = Recorded()
    made.play(220)
    return made


@pytest.fixture
def board(watch: Recorded) -> Iterator[Board]:
    """Return a board that follows the recording."""
    made = Board(watch.source())
    yield made
    made.close()


def a_pod(watch: Recorded) -> str:
    """Return the key of one that is Ready."""
    return f"pod:{next(p.uid for p in watch.snapshot.pods() if p.ready)}"


def test_who_asks_is_told_once_and_again_when_it_changes(watch: Recorded) -> None:
    beside, passing = Beside(seconds := Time()), watch.snapshot
    key = a_pod(watch)
    beside.about("me", key)
    (told,) = beside.messages(passing, ["me"], Clock(100.0))
    assert (told["type"], told["view"], told["key"], told["at"], told["speed"]) == ("details", "me", key, 100.0, 1.0)
    assert told["details"]["kind"] == "Pod"
    seconds.now = 5.0
    assert beside.messages(passing, ["me"], Clock(105.2)) == [], "the page's own clock goes on"
    (again,) = beside.messages(passing, ["me"], Clock(50.0))
    assert again["at"] == 50.0, "somebody went back in time"
    (stands,) = beside.messages(passing, ["me"], Clock(50.0, 0.0))
    assert stands["speed"] == 0.0
    seconds.now = 60.0
    assert beside.messages(passing, ["me"], Clock(50.0, 0.0)) == []


def test_when_the_thing_is_gone_there_are_no_details() -> None:
    beside = Beside(Time())
    moments = recording.moments()
    uid = next(p.uid for p in moments[200].pods() if p.terminating)
    beside.about("me", f"pod:{uid}")
    said = [m["details"] for s in moments[200:] for m in beside.messages(s, ["me"], Clock(1.0, 0.0))]
    assert said[0]["rows"][0][1] == "Terminating"
    assert said[-1] is None
    assert said.count(None) == 1


def test_what_is_closed_and_who_has_gone_is_told_nothing(watch: Recorded) -> None:
    beside, passing = Beside(Time()), watch.snapshot
    beside.about("me", a_pod(watch))
    beside.about("me", "")
    assert beside.messages(passing, ["me"], Clock(1.0)) == []
    beside.about("me", a_pod(watch))
    assert beside.messages(passing, ["another"], Clock(1.0)) == []
    assert beside.messages(passing, ["me"], Clock(1.0)) == [], "it was forgotten with its view"


def test_a_board_answers_and_tells_again(watch: Recorded, board: Board) -> None:
    said: list[dict[str, Any]] = []
    board.widget.say = said.append  # type: ignore[method-assign, assignment]

    def told() -> list[dict[str, Any]]:
        return [m for m in said if m["type"] == "details"]

    def until(count: int) -> None:
        end = time.monotonic() + 5
        while len(told()) < count:
            assert time.monotonic() < end, told()
            time.sleep(0.005)

    board.widget._heard(None, {"type": "here", "view": "me", "width": 640, "whole": True}, [])
    board.widget._heard(None, {"type": "about", "view": "me", "key": 7}, [])
    key = f"card:{watch.snapshot.deployment('hello').uid}"  # type: ignore[union-attr]
    board.widget._heard(None, {"type": "about", "view": "me", "key": key}, [])
    until(1)
    assert told()[0]["key"] == key
    assert abs(told()[0]["at"] - time.time()) < 5
    watch.play(120)
    until(2)
    assert told()[1]["details"] != told()[0]["details"]
