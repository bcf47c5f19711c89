"""The live board: follows a watch, and sends each view what changed."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from labkit import picture
from labkit.board.still import WIDTH, Still
from labkit.board.table import table
from labkit.board.widget import BoardWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.picture.strips import Tick
    from labkit.state import Snapshot
    from labkit.watch import Watch

_LOG = logging.getLogger(__name__)

#: Seconds between two messages in a burst; the first one of it goes out at once.
MIN_INTERVAL = 1 / 30
#: Seconds between two pictures of running requests.
TRAFFIC_INTERVAL = 0.1
#: Seconds between two signs of life; a view that hears none says that it is not live any more.
PULSE = 2.0
#: Seconds between two pictures for views that were not heard yet, while others are there to be drawn for.
ANY_INTERVAL = 0.5
#: Views are not known by their size before the kernel has had time to listen to them.
_ANY = "any"


class Traffic(Protocol):
    """A steady client, as far as the board looks at it (see :mod:`labkit.traffic`)."""

    url: str

    @property
    def ticks(self) -> Sequence[Tick]: ...  # noqa: D102 - the requests so far, oldest first
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

    #: The width of the last view there was: the next one will be as wide.
    _usual_width: ClassVar[float] = WIDTH

    def __init__(self, watch: Watch, focus: str | None = None) -> None:
        self._watch, self.focus = watch, focus
        self._traffic: Traffic | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._views: dict[str, tuple[float, picture.Scene | None]] = {}
        self._any_at = 0.0
        first = self._scene(watch.snapshot, self._usual_width)
        self._views[_ANY] = (self._usual_width, first)
        self._table = table(watch.snapshot, focus)
        self.widget = BoardWidget({**first.as_json(), "table": self._table, "made": time.time()}, self._view)
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
        return Still(self._watch.snapshot, caption=caption, focus=self.focus, traffic=client.ticks if client else ())

    def close(self, why: str = "the board was closed") -> None:
        """Stop following; the picture stays, and says why it is not live any more. Safe to call twice."""
        if self._ending.is_set():
            return
        self._unsubscribe()
        self._ending.set()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)
        self._send({"type": "closed", "why": why})

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
            url=client.url if client else "",
            live=True,
        )

    def _view(self, view: str, width: float | None) -> None:
        """Note a view's size; it gets a whole scene next, and changes from then on."""
        with self._lock:
            if width is None:
                self._views.pop(view, None)
            elif view not in self._views or self._views[view][0] != round(width):
                # (A view asks again until it is heard; the late ones of its questions change nothing.)
                self._views[view] = (round(width), None)
                Board._usual_width = round(width)
        self._wake.set()

    def _run(self) -> None:
        heard = time.monotonic()
        while not self._ending.is_set():
            running = self._traffic is not None and self._traffic.running
            woken = self._wake.wait(TRAFFIC_INTERVAL if running else PULSE)
            if self._ending.is_set():
                return
            self._wake.clear()
            try:
                sent = self._update()
                if not sent and time.monotonic() - heard >= PULSE:
                    self._send({"type": "pulse"})
                    sent = True
            except Exception:  # noqa: BLE001 - the board must not die of one picture; the log says of which
                _LOG.exception("the board could not be drawn")
                sent = False
            if sent:
                heard = time.monotonic()
            if woken:
                self._ending.wait(MIN_INTERVAL)

    def _update(self) -> bool:
        """Send every view what changed for it, and return whether anything was sent."""
        snapshot = self._watch.snapshot
        facts = table(snapshot, self.focus)
        extra = {"at": snapshot.at} if facts == self._table else {"at": snapshot.at, "table": facts}
        self._table = facts
        sent = False
        with self._lock:
            views = dict(self._views)
        for view, (width, before) in views.items():
            if view == _ANY and len(views) > 1 and not self._any_is_due():
                continue
            after = self._scene(snapshot, width)
            changes = picture.diff(before, after)
            if before is None:
                self._send({"type": "scene", "view": view, **after.as_json(), "at": snapshot.at, "table": facts})
            elif changes or before.description != after.description or before.stale != after.stale:
                self._send({"type": "changes", "view": view, **changes.as_json(), **extra})
            else:
                continue
            sent = True
            with self._lock:
                # It may have been resized or closed while its scene was laid out: then it waits for a whole one.
                if self._views.get(view) == (width, before):
                    self._views[view] = (width, after)
        return sent

    def _any_is_due(self) -> bool:
        """Whether it is time to draw for views that have not been heard yet: rarely, once others have been."""
        now = time.monotonic()
        if now - self._any_at < ANY_INTERVAL:
            return False
        self._any_at = now
        return True

    def _send(self, message: dict[str, Any]) -> None:
        self.widget.say(message)
