"""The live board: shows what a recording says at its cursor, and sends each view what changed."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from labkit.board import mimebundle, page, picture
from labkit.board.beside import Beside, Clock
from labkit.board.cursor_commands import CursorCommands
from labkit.board.filmstrip import Filmstrip, filmstrip
from labkit.board.hearing import Hearing
from labkit.board.requests_shown import requests_shown
from labkit.board.still import Still
from labkit.board.table import table
from labkit.board.timelines import MOMENTS_INTERVAL, Timelines, Where
from labkit.board.views import Views
from labkit.board.widget import BoardWidget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.board.requests_shown import Traffic
    from labkit.recording.moments import Moment
    from labkit.recording.source import Source
    from labkit.state import Snapshot

_LOG = logging.getLogger(__name__)

#: Seconds between two pictures in a burst, at least and at most; the first one of it goes out at once.
MIN_INTERVAL, MAX_INTERVAL = 1 / 60, 1 / 10
#: Between two pictures of a burst it rests so many times as long as one costs, and the more so the dearer they are
#: above these seconds: the kernel is there for the learner's cells, and each message has its envelope. So drawing takes
#: a ninth of a core at most.
REST, DEAR = 8.0, 0.002
#: Seconds between two pictures of running requests.
TRAFFIC_INTERVAL = 0.1
#: Seconds between two signs of life, which say what each view must have heard by then.
PULSE = 2.0


class Board:
    """The picture of a cluster, live, or as it was: show it as the last thing of a cell.

    Parameters
    ----------
    source
        The recording to show, at its cursor; it is not ended by the board. All boards of one source are in step.
    focus
        The Deployment to show alone and large; all of them when None.
    """

    def __init__(self, source: Source, focus: str | None = None) -> None:
        self._source, self.focus = source, focus
        self._traffic: Traffic | None = None
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._why = ""
        self._views = Views()
        self._beside = Beside()
        self._timelines = Timelines()
        self._commands = CursorCommands(source)
        self._where: Where | None = None
        self._hearing = Hearing()
        self.widget = BoardWidget(time.time(), self._here, self._views.gone)
        self.widget.on_about = self._about
        self.widget.on_timeline = self._timeline
        self._unsubscribe = source.subscribe(self._wake.set)
        self._thread = threading.Thread(target=self._run, name="labkit-board", daemon=True)
        self._thread.start()

    # -- for the notebook ----------------------------------------------------------------------------------------------

    @property
    def traffic(self) -> Traffic | None:
        """The steady client whose requests run along the top, or None."""
        return self._traffic

    @traffic.setter
    def traffic(self, client: Traffic | None) -> None:
        self._traffic = client
        self._wake.set()

    def still(self, caption: str = "") -> Still:
        """Return what the board shows now as a picture that stays."""
        shown = self._requests(Where.of(self._source))
        ticks, counts = shown.get("traffic", ()), shown.get("counts")
        return Still(self._source.snapshot, caption=caption, focus=self.focus, traffic=ticks, counts=counts)

    def filmstrip(self, what: str | Sequence[Moment | float] = "rollout", app: str | None = None) -> Filmstrip:
        """Return what was recorded as a filmstrip: see :func:`labkit.board.filmstrip.filmstrip`."""
        return filmstrip(self._source, what, app or self.focus)

    def page(self, path: str | Path) -> Path:
        """Write what was recorded as one HTML file that plays it: see :func:`labkit.board.page.write`."""
        return page.write(self._source, path, focus=self.focus)

    def close(self, why: str = "the board was closed") -> None:
        """Stop following; the picture stays, and says why it is not live any more. Safe to call twice."""
        if self._ending.is_set():
            return
        self._unsubscribe()
        self._hearing.close()
        self._why = why
        self._ending.set()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)
        self.widget.say({"type": "closed", "why": why})

    def __repr__(self) -> str:
        """Return the picture in words."""
        return picture.describe(self._source.snapshot, self.focus)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = mimebundle.of(self.widget, **kwargs)
        # A saved notebook and a handout have no kernel: they show the picture in place of the widget.
        return {**data, **self.still()._repr_mimebundle_()}, metadata

    # -- inside --------------------------------------------------------------------------------------------------------

    def _requests(self, where: Where) -> dict[str, Any]:
        return requests_shown(where, self._traffic, self._source.requests, self._source.facts.front_door)

    def _scene(self, snapshot: Snapshot, size: tuple[float, float], where: Where) -> picture.Scene:
        width, height = size
        return picture.scene(
            snapshot, width=width, height=height or None, focus=self.focus, live=where.live, **self._requests(where)
        )

    def _here(self, view: str, width: float, table_open: bool, whole: bool, height: float = 0.0) -> None:
        """Note that a view is there; it is told what it lacks next."""
        self._hearing.heard()
        self._views.here(view, width, table=table_open, whole=whole, height=height)
        if self._ending.is_set():
            # the page was loaded anew since then: it gets the last picture, and is told that there will be no other
            self._update()
            self.widget.say({"type": "closed", "why": self._why})
        self._wake.set()

    def _about(self, view: str, key: str) -> None:
        """Note what a view wants to know more of; it is told next."""
        self._hearing.heard()
        self._beside.about(view, key)
        if self._ending.is_set():
            self._update()
        self._wake.set()

    def _timeline(self, view: str, asked: dict[str, Any]) -> None:
        """Note what a view asks of the timeline: all that happened, or that its cursor goes elsewhere."""
        self._hearing.heard()
        if asked.get("do") == "tell":
            self._timelines.lacks(view)
        elif not self._ending.is_set():
            self._commands.add(asked)
        self._wake.set()

    def _run(self) -> None:
        pulse = time.monotonic()
        while not self._ending.is_set():
            running = self._traffic is not None and self._traffic.running and self._source.live_now
            rest = max(0.0, pulse + PULSE - time.monotonic())
            soon = TRAFFIC_INTERVAL if running else MOMENTS_INTERVAL if self._timelines.waiting else rest
            woken = self._wake.wait(min(rest, soon))
            if self._ending.is_set():
                return
            self._wake.clear()
            began = time.thread_time()
            try:
                self._update(stepped=self._commands.do())
                if time.monotonic() - pulse >= PULSE:
                    pulse = time.monotonic()
                    self._listen()
            except Exception:  # noqa: BLE001 - the board must not die of one picture; the log says of which
                _LOG.exception("the board could not be drawn")
            if woken:
                cost = time.thread_time() - began
                self._ending.wait(min(MAX_INTERVAL, max(MIN_INTERVAL, REST * cost * max(1.0, cost / DEAR))))

    def _listen(self) -> None:
        """Say what each view must have heard by now, and forget those that nobody has heard."""
        if self._hearing.deaf:
            self._views.excuse()
        self._views.forget()
        where = Where.of(self._source).as_json()
        numbers, told = self._views.numbers(), self._timelines.counts()
        self.widget.say({"type": "pulse", "views": numbers, "told": told, "timeline": where})

    def _update(self, *, stepped: bool = False) -> None:
        """Tell every view what it does not show yet.

        Parameters
        ----------
        stepped
            Whether the cursor went on by one moment: that is drawn as it happens.
        """
        views = self._views.all()
        where = Where.of(self._source)
        jumped = not stepped and self._where is not None and not where.follows(self._where)
        self._where = where
        if not views:
            return
        snapshot = self._source.snapshot
        for told in self._timelines.messages(where, self._source.moments, views.keys()):
            self.widget.say(told)
        sizes = {(view.width, view.height) for view in views.values()}
        scenes = {size: self._scene(snapshot, size, where) for size in sizes}
        facts = table(snapshot, self.focus) if any(view.tabled for view in views.values()) else None
        for name, view in views.items():
            scene = scenes[view.width, view.height]
            message = view.message(scene, facts, snapshot.at)
            if message is not None:
                self._views.sent(name, view, scene, facts)
                self.widget.say({"view": name, **message, **({"jump": True} if jumped else {})})
        clock = Clock(where.at, 0.0 if self._ending.is_set() else where.rate)
        for told in self._beside.messages(snapshot, views.keys(), clock):
            self.widget.say(told)
