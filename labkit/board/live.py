"""The live board: follows a watch, and sends each view what changed."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from labkit.board import picture
from labkit.board.beside import Beside, Clock
from labkit.board.hearing import Hearing
from labkit.board.still import Still
from labkit.board.table import table
from labkit.board.views import Views
from labkit.board.widget import BoardWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.api.watch import Watch
    from labkit.board.picture.requests_strip import Counts, Tick
    from labkit.state import Snapshot

_LOG = logging.getLogger(__name__)

#: Seconds between two messages in a burst; the first one of it goes out at once.
MIN_INTERVAL = 1 / 30
#: Seconds between two pictures of running requests.
TRAFFIC_INTERVAL = 0.1
#: Seconds between two signs of life, which say what each view must have heard by then.
PULSE = 2.0


class Traffic(Protocol):
    """A steady client, as far as the board looks at it (see :mod:`labkit.app.traffic`)."""

    url: str

    @property
    def ticks(self) -> Sequence[Tick]: ...  # noqa: D102 - the last requests, oldest first
    @property
    def under_way(self) -> Sequence[float]: ...  # noqa: D102 - when those were due that wait, seconds since the epoch
    @property
    def summary(self) -> Counts: ...  # noqa: D102 - what became of all of them
    @property
    def running(self) -> bool: ...  # noqa: D102 - whether more will come


class Board:
    """The live picture of a watched cluster: show it as the last thing of a cell.

    Parameters
    ----------
    watch
        What to follow; it must have been started, and it is not stopped by the board.
    focus
        The Deployment to show alone and large; all of them when None.
    """

    def __init__(self, watch: Watch, focus: str | None = None) -> None:
        self._watch, self.focus = watch, focus
        self._traffic: Traffic | None = None
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._why = ""
        self._views = Views()
        self._beside = Beside()
        self._hearing = Hearing()
        self.widget = BoardWidget(time.time(), self._here, self._views.gone)
        self.widget.on_about = self._about
        self._unsubscribe = watch.subscribe(lambda _snapshot: self._wake.set())
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
        client = self._traffic
        ticks, counts = (client.ticks, client.summary) if client else ((), None)
        return Still(self._watch.snapshot, caption=caption, focus=self.focus, traffic=ticks, counts=counts)

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
        return picture.describe(self._watch.snapshot, self.focus)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        found: Any = self.widget._repr_mimebundle_(**kwargs) or {}
        data, metadata = found if isinstance(found, tuple) else (found, {})
        # A saved notebook and a handout have no kernel: they show the picture in place of the widget.
        return {**data, **self.still()._repr_mimebundle_()}, metadata

    # -- inside --------------------------------------------------------------------------------------------------------

    def _scene(self, snapshot: Snapshot, width: float) -> picture.Scene:
        client = self._traffic
        return picture.scene(
            snapshot,
            width=width,
            focus=self.focus,
            traffic=client.ticks if client else None,
            counts=client.summary if client else None,
            # the strip goes on also while no answer comes
            now=time.time() if client and client.running else None,
            waiting=client.under_way if client else (),
            url=client.url if client else "",
            live=True,
        )

    def _here(self, view: str, width: float, table_open: bool, whole: bool) -> None:
        """Note that a view is there; it is told what it lacks next."""
        self._hearing.heard()
        self._views.here(view, width, table=table_open, whole=whole)
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

    def _run(self) -> None:
        pulse = time.monotonic()
        while not self._ending.is_set():
            running = self._traffic is not None and self._traffic.running
            rest = max(0.0, pulse + PULSE - time.monotonic())
            woken = self._wake.wait(min(rest, TRAFFIC_INTERVAL) if running else rest)
            if self._ending.is_set():
                return
            self._wake.clear()
            try:
                self._update()
                if time.monotonic() - pulse >= PULSE:
                    pulse = time.monotonic()
                    self._listen()
            except Exception:  # noqa: BLE001 - the board must not die of one picture; the log says of which
                _LOG.exception("the board could not be drawn")
            if woken:
                self._ending.wait(MIN_INTERVAL)

    def _listen(self) -> None:
        """Say what each view must have heard by now, and forget those that nobody has heard."""
        if self._hearing.deaf:
            self._views.excuse()
        self._views.forget()
        self.widget.say({"type": "pulse", "views": self._views.numbers()})

    def _update(self) -> None:
        """Tell every view what it does not show yet."""
        views = self._views.all()
        if not views:
            return
        snapshot = self._watch.snapshot
        scenes = {width: self._scene(snapshot, width) for width in {view.width for view in views.values()}}
        facts = table(snapshot, self.focus) if any(view.tabled for view in views.values()) else None
        for name, view in views.items():
            scene = scenes[view.width]
            message = view.message(scene, facts, snapshot.at)
            if message is not None:
                self._views.sent(name, view, scene, facts)
                self.widget.say({"view": name, **message})
        for told in self._beside.messages(
            snapshot, views.keys(), Clock(time.time(), 0.0 if self._ending.is_set() else 1.0)
        ):
            self.widget.say(told)
