"""The board's Python half: whole scenes once, changes after that, at once and not too many, and a still that stays."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from labkit import picture
from labkit.board import Board, Still
from labkit.board.live import MIN_INTERVAL
from labkit.board.table import table
from labkit.state import Change, Snapshot, Store
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorded:
    """Plays the recording as a watch would tell it."""

    def __init__(self) -> None:
        self.store = Store()
        self.rest: list[Change] = recording.changes()
        self.callbacks: list[Callable[[Snapshot], None]] = []

    @property
    def snapshot(self) -> Snapshot:
        """The latest snapshot."""
        return self.store.snapshot

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Remember a callback."""
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def play(self, count: int) -> None:
        """Tell the next changes."""
        for change in self.rest[:count]:
            snapshot = self.store.apply(change)
            for callback in self.callbacks:
                callback(snapshot)
        del self.rest[:count]


class Page:
    """Does with the messages what board.js does."""

    def __init__(self, board: Board) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.elements: dict[str, dict[str, Any]] = {e["key"]: e for e in board.widget.first["elements"]}
        self.tables: list[Any] = []
        board.widget.say = self.take  # type: ignore[method-assign]

    def take(self, message: dict[str, Any]) -> None:
        """Take one message."""
        self.heard.append((time.monotonic(), message))
        if message.get("view") != "me":
            return
        if message["type"] == "scene":
            self.elements = {}
        for key in message.get("remove", ()):
            self.elements.pop(key, None)
        for element in message.get("put", message.get("elements", ())):
            self.elements[element["key"]] = element

    def mine(self) -> list[tuple[float, dict[str, Any]]]:
        """Return what came for this view."""
        return [(t, m) for t, m in self.heard if m.get("view") == "me"]


@pytest.fixture
def watch() -> Recorded:
    """Return a watch at the point where the three apps run."""
    made = Recorded()
    made.play(220)
    return made


def until(test: Callable[[], bool], timeout: float = 10.0) -> None:
    """Wait for another thread."""
    end = time.monotonic() + timeout
    while not test():
        assert time.monotonic() < end
        time.sleep(0.002)


def expected(watch: Recorded, width: int) -> dict[str, Any]:
    """Return the elements that the page must have."""
    scene = picture.scene(watch.snapshot, width=width, live=True)
    return {key: element.as_json() for key, element in scene.elements.items()}


def test_a_view_gets_one_whole_scene_and_then_changes_that_lead_to_the_present(watch: Recorded) -> None:
    board = Board(watch)  # type: ignore[arg-type]
    page = Page(board)
    board.widget._heard(None, {"type": "size", "view": "me", "width": 640}, [])
    until(lambda: bool(page.mine()))
    for _ in range(20):
        watch.play(12)
        time.sleep(0.01)
    until(lambda: page.elements == expected(watch, 640))
    types = [m["type"] for _, m in page.mine()]
    assert types[0] == "scene"
    assert set(types[1:]) == {"changes"}
    board.close()


def test_the_first_change_goes_out_at_once_and_a_burst_at_most_thirty_times_a_second(watch: Recorded) -> None:
    board = Board(watch)  # type: ignore[arg-type]
    page = Page(board)
    board.widget._heard(None, {"type": "size", "view": "me", "width": 800}, [])
    until(lambda: bool(page.mine()))
    time.sleep(0.1)
    page.heard.clear()
    began = time.monotonic()
    while watch.rest:
        watch.play(1)
        time.sleep(0.001)
    until(lambda: page.elements == expected(watch, 800))
    times = [t for t, _ in page.mine()]
    assert times[0] - began < 0.5, "even on a busy machine"
    assert len(times) <= (times[-1] - began) / MIN_INTERVAL + 2
    board.close()


def test_a_view_that_asks_twice_is_answered_once_and_one_that_went_not_at_all(watch: Recorded) -> None:
    board = Board(watch)  # type: ignore[arg-type]
    page = Page(board)
    for _ in range(3):
        board.widget._heard(None, {"type": "size", "view": "me", "width": 640}, [])
        time.sleep(0.1)
    assert [m["type"] for _, m in page.mine()] == ["scene"]
    board.widget._heard(None, {"type": "gone", "view": "me"}, [])
    watch.play(50)
    time.sleep(0.2)
    assert len(page.mine()) == 1
    board.close()


@pytest.mark.parametrize(
    "message", [{}, {"type": "size"}, {"type": "size", "view": 3, "width": 1}, {"view": "x", "width": "1"}]
)
def test_messages_that_are_not_ours_are_ignored(watch: Recorded, message: dict[str, Any]) -> None:
    board = Board(watch)  # type: ignore[arg-type]
    board.widget._heard(None, message, [])
    assert set(board._views) == {"any"}
    board.close()


def test_closing_ends_the_thread_and_says_so(watch: Recorded) -> None:
    board = Board(watch)  # type: ignore[arg-type]
    page = Page(board)
    board.close()
    board.close()
    assert [m["type"] for _, m in page.heard].count("closed") == 1
    assert watch.callbacks == []
    assert not any(t is board._thread for t in threading.enumerate())


def test_without_news_a_pulse_says_that_the_kernel_lives(watch: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.board.live.PULSE", 0.05)
    board = Board(watch)  # type: ignore[arg-type]
    page = Page(board)
    until(lambda: [m["type"] for _, m in page.heard].count("pulse") >= 2)
    board.close()


def test_a_saved_notebook_has_the_picture_beside_the_widget(watch: Recorded) -> None:
    board = Board(watch, focus="hello")  # type: ignore[arg-type]
    data, _ = board._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/svg+xml"].startswith("<svg")
    assert data["text/plain"].startswith("hello: ")
    board.close()


def test_a_still_is_a_picture_and_a_description() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    still = Still(snapshot, caption="Three pods on three nodes.")
    assert set(still._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert "<title" in still.svg()
    assert "Three pods on three nodes." in still.svg("print")
    assert repr(still).startswith("Three pods on three nodes. auth: 1 of 1 ready.")


def test_the_table_has_a_row_for_every_pod_and_says_who_gets_traffic() -> None:
    for snapshot in recording.moments()[::9]:
        rows = table(snapshot, None)["rows"]
        assert {r[2] for r in rows} == {p.name for p in snapshot.pods()}
        receiving = {
            p.name for p in snapshot.pods() for s in snapshot.services() if p.uid in snapshot.receiving(s.name)
        }
        if all(snapshot.service(d.name) for d in snapshot.deployments()):
            assert {r[2] for r in rows if r[6] == "yes"} == receiving
