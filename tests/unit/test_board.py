"""The board's Python half: whole scenes once, changes after that, at once and not too many, and a still that stays."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.live import MIN_INTERVAL, Board
from labkit.board.still import Still
from labkit.board.table import table
from tests.unit import recording
from tests.unit.recording import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Kernel:
    """Notes what a board says to its pages, and says to the board what a page would."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.said: list[tuple[float, dict[str, Any]]] = []
        board.widget.say = self._take  # type: ignore[method-assign]

    def _take(self, message: dict[str, Any]) -> None:
        self.said.append((time.monotonic(), message))

    def here(self, view: str, width: int, **more: object) -> None:
        """Say that a view is there."""
        self.board.widget._heard(None, {"type": "here", "view": view, "width": width, **more}, [])

    def to(self, view: str) -> list[dict[str, Any]]:
        """Return the pictures that came for a view."""
        return [m for _, m in self.said if m.get("view") == view and m["type"] != "timeline"]

    def described(self, view: str) -> str:
        """Return what a view's picture is in words by now."""
        return str([m["description"] for m in self.to(view) if "description" in m][-1])

    def timeline(self, view: str) -> list[dict[str, Any]]:
        """Return what came for a view's timeline."""
        return [m for _, m in self.said if m.get("view") == view and m["type"] == "timeline"]

    def asks(self, view: str, do: str, **more: object) -> None:
        """Ask something of the cursor, as a view does."""
        self.board.widget._heard(None, {"type": "timeline", "view": view, "do": do, **more}, [])

    def types(self, view: str) -> list[str]:
        """Return the types of what came for a view."""
        return [message["type"] for message in self.to(view)]


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
    """Return what a page must show now."""
    return {**picture.scene(watch.snapshot, width=width, live=True).as_json()}


@pytest.fixture
def board(watch: Recorded) -> Iterator[Board]:
    """Return a board that follows the recording."""
    made = Board(watch.source())
    yield made
    made.close()


def test_nothing_is_drawn_or_sent_before_a_view_has_said_its_width(watch: Recorded, board: Board) -> None:
    kernel = Kernel(board)
    watch.play(20)
    time.sleep(0.2)
    assert kernel.said == []
    assert set(board.widget.get_state(["made", "_esm"])) == {"made", "_esm"}
    assert not {"first", "elements"} & set(board.widget.keys)


def test_a_view_gets_the_whole_for_its_width_and_then_changes_numbered_one_by_one(
    watch: Recorded, board: Board
) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: bool(kernel.to("me")))
    first = kernel.to("me")[0]
    assert first["type"] == "whole"
    assert first["room"] == 640
    assert {key: first[key] for key in expected(watch, 640)} == expected(watch, 640)
    for _ in range(20):
        watch.play(12)
        time.sleep(0.01)
    time.sleep(0.3)
    assert set(kernel.types("me")[1:]) == {"changes"}
    numbers = [message["number"] for message in kernel.to("me")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert kernel.described("me") == expected(watch, 640)["description"]


def test_views_of_other_widths_each_get_their_own(watch: Recorded, board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("narrow", 400, whole=True)
    kernel.here("wide", 1000, whole=True)
    until(lambda: bool(kernel.to("narrow")) and bool(kernel.to("wide")))
    watch.play(60)
    until(lambda: len(kernel.to("narrow")) > 1 and len(kernel.to("wide")) > 1)
    assert {message["room"] for message in kernel.to("narrow")} == {400}
    assert {message["room"] for message in kernel.to("wide")} == {1000}


def test_a_view_of_another_width_gets_the_whole_for_it(board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: len(kernel.to("me")) == 1)
    kernel.here("me", 900)
    until(lambda: len(kernel.to("me")) == 2)
    assert [(m["type"], m["number"], m["room"]) for m in kernel.to("me")] == [("whole", 1, 640), ("whole", 2, 900)]


def test_a_view_that_missed_something_gets_the_whole_once(board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: len(kernel.to("me")) == 1)
    kernel.here("me", 640)
    time.sleep(0.2)
    assert kernel.types("me") == ["whole"], "it only said that it is there"
    kernel.here("me", 640, whole=True)
    until(lambda: len(kernel.to("me")) == 2)
    time.sleep(0.2)
    assert kernel.types("me") == ["whole", "whole"]


def test_the_first_change_goes_out_at_once_and_a_burst_at_most_sixty_times_a_second(
    watch: Recorded, board: Board
) -> None:
    kernel = Kernel(board)
    kernel.here("me", 800, whole=True)
    until(lambda: bool(kernel.to("me")))
    time.sleep(0.1)
    kernel.said.clear()
    began = time.monotonic()
    while watch.rest:
        watch.play(1)
        time.sleep(0.001)
    last = expected(watch, 800)["description"]
    until(lambda: kernel.described("me") == last)
    times = [t for t, message in kernel.said if message["type"] == "changes"]
    assert times[0] - began < 0.5, "even on a busy machine"
    assert len(times) <= (times[-1] - began) / MIN_INTERVAL + 2


def test_a_view_that_went_is_not_drawn_for(watch: Recorded, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: len(kernel.to("me")) == 1)
    kernel.board.widget._heard(None, {"type": "gone", "view": "me"}, [])
    drawn: list[float] = []
    monkeypatch.setattr(board, "_scene", lambda _snapshot, width, _where: drawn.append(width))
    watch.play(50)
    time.sleep(0.2)
    assert len(kernel.to("me")) == 1
    assert drawn == []


def test_a_view_that_is_not_heard_any_more_is_forgotten(
    watch: Recorded, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.board.live.PULSE", 0.05)
    monkeypatch.setattr("labkit.board.views.FORGET", 2.0)
    kernel = Kernel(board)
    kernel.here("reloaded", 640, whole=True)
    kernel.here("there", 640, whole=True)
    seen: list[set[str]] = []

    def forgotten() -> bool:
        kernel.here("there", 640)
        seen[:] = [set(message["views"]) for _, message in kernel.said if message["type"] == "pulse"]
        return {"there"} in seen

    until(forgotten, 20)
    assert seen[0] == {"reloaded", "there"}
    count = len(kernel.to("reloaded"))
    watch.play(60)
    until(lambda: len(kernel.to("there")) > 1)
    assert len(kernel.to("reloaded")) == count


def test_a_kernel_that_cannot_hear_forgets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.board.live.PULSE", 0.05)
    monkeypatch.setattr("labkit.board.views.FORGET", 0.2)
    events = Events()
    monkeypatch.setattr("labkit.board.hearing._events", lambda: events)
    watch = Recorded()
    board = Board(watch.source())
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)  # by the main thread, which is where cells run too
    time.sleep(0.5)
    assert set(board._views.all()) == {"me"}, "the cell that made the board still runs"
    events.tell("post_run_cell")
    until(lambda: not board._views.all())
    # the kit's own JupyterLab is heard beside a cell: there silence means something at any time
    events.tell("pre_run_cell")
    aside = threading.Thread(target=lambda: kernel.here("me", 640, whole=True))
    aside.start()
    aside.join()
    assert set(board._views.all()) == {"me"}
    until(lambda: not board._views.all())
    board.close()
    assert events.known == {"pre_run_cell": [], "post_run_cell": []}


class Events:
    """What IPython tells of cells."""

    def __init__(self) -> None:
        self.known: dict[str, list[Callable[[object], None]]] = {"pre_run_cell": [], "post_run_cell": []}

    def register(self, event: str, callback: Callable[[object], None]) -> None:
        """Call back from now on."""
        self.known[event].append(callback)

    def unregister(self, event: str, callback: Callable[[object], None]) -> None:
        """Call back no more."""
        self.known[event].remove(callback)

    def tell(self, event: str) -> None:
        """Tell that a cell begins or ends."""
        for callback in self.known[event]:
            callback(None)


def test_the_pulse_says_what_each_view_must_have_heard(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.board.live.PULSE", 0.05)
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)

    def pulses() -> list[dict[str, int]]:
        return [message["views"] for _, message in kernel.said if message["type"] == "pulse"]

    until(lambda: len(pulses()) > 2)
    assert pulses()[-1] == {"me": kernel.to("me")[-1]["number"]}


def test_the_table_is_sent_only_while_it_is_open(watch: Recorded, board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("me", 640, whole=True)
    until(lambda: bool(kernel.to("me")))
    watch.play(60)
    # all of it: what is still on its way would come with the table
    until(lambda: kernel.to("me")[-1]["at"] == watch.snapshot.at)
    assert not any("table" in message for message in kernel.to("me"))
    kernel.here("me", 640, table=True)
    until(lambda: "table" in kernel.to("me")[-1])
    assert kernel.to("me")[-1]["table"] == table(watch.snapshot, None)
    assert kernel.to("me")[-1]["put"] == []
    kernel.here("me", 640, table=False)
    time.sleep(0.1)
    count = len(kernel.to("me"))
    watch.play(100)
    until(lambda: len(kernel.to("me")) > count)
    assert not any("table" in message for message in kernel.to("me")[count:])


def test_a_view_in_a_panel_of_its_own_gets_a_picture_of_its_height(watch: Recorded, board: Board) -> None:
    kernel = Kernel(board)
    kernel.here("cell", 640, whole=True)
    kernel.here("panel", 640, whole=True, height=1500)
    until(lambda: bool(kernel.to("cell")) and bool(kernel.to("panel")))
    assert kernel.to("cell")[0]["height"] == picture.scene(watch.snapshot, width=640).height
    assert kernel.to("panel")[0]["height"] == pytest.approx(1500, abs=1)
    kernel.here("panel", 640, height=1700)
    until(lambda: len(kernel.to("panel")) > 1)
    assert kernel.to("panel")[1]["type"] == "whole", "another height is drawn at once, as another width is"
    assert kernel.to("panel")[1]["height"] == pytest.approx(1700, abs=1)


@pytest.mark.parametrize(
    "message", [{}, {"type": "here"}, {"type": "here", "view": 3, "width": 1}, {"type": "here", "view": "x"}]
)
def test_messages_that_are_not_ours_are_ignored(board: Board, message: dict[str, Any]) -> None:
    board.widget._heard(None, message, [])
    assert not board._views.all()


def test_closing_ends_the_thread_and_says_so(watch: Recorded) -> None:
    source = watch.source()
    board = Board(source)
    kernel = Kernel(board)
    board.close()
    board.close()
    assert [m["type"] for _, m in kernel.said].count("closed") == 1
    assert source._listeners._callbacks == []
    assert not any(t is board._thread for t in threading.enumerate())


def test_a_view_that_opens_after_the_end_gets_the_last_picture_and_is_told(watch: Recorded) -> None:
    board = Board(watch.source())
    board.close("the notebook was started over")
    kernel = Kernel(board)
    kernel.here("late", 640, whole=True)
    (whole,) = kernel.to("late")
    assert {key: whole[key] for key in expected(watch, 640)} == expected(watch, 640)
    assert kernel.said[-1][1] == {"type": "closed", "why": "the notebook was started over"}


def test_a_saved_notebook_has_the_picture_beside_the_widget(watch: Recorded) -> None:
    board = Board(watch.source(), focus="hello")
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
            assert {r[2] for r in rows if r[6] != "no"} == receiving
