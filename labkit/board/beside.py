"""What each view of a board has open beside its picture: the details of one thing, told again when they change."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from labkit.board.details import details

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from labkit.board.facts import Details
    from labkit.state import Snapshot


#: Seconds by which the time on the picture may differ from the one that a page has reckoned before it is told again.
_JUMP = 1.0


class Clock(NamedTuple):
    """What time it is on the picture: ``at`` in seconds since the epoch, and how fast it runs (0: it stands)."""

    at: float
    speed: float = 1.0


class _Told(NamedTuple):
    """What a view knows, and since when (s, of whatever clock)."""

    details: Details | None
    clock: Clock
    when: float


class Beside:
    """Of each view, the key of the element whose details it shows. Any thread may ask.

    Parameters
    ----------
    seconds
        What tells how time goes by.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: dict[str, str] = {}
        self._told: dict[str, _Told] = {}

    def about(self, view: str, key: str) -> None:
        """Note that a view asks for the details of an element; with an empty key, that it shows none any more."""
        with self._lock:
            self._told.pop(view, None)
            self._open.pop(view, None)
            if key:
                self._open[view] = key

    def messages(self, snapshot: Snapshot, views: Collection[str], clock: Clock) -> list[dict[str, Any]]:
        """Return what the views must be told: a message for each whose details changed, or that has just asked.

        Parameters
        ----------
        snapshot
            The moment that is on the picture.
        views
            The names of the views that there are; what others had open is forgotten.
        clock
            The time on the picture. Ages run on the page by themselves: a view is told again when they jump.
        """
        with self._lock:
            for view in self._open.keys() - set(views):
                del self._open[view]
                self._told.pop(view, None)
            found = []
            for view, key in self._open.items():
                now = _Told(details(snapshot, key), clock, self._seconds())
                before = self._told.get(view)
                if before is not None and _same(before, now):
                    continue
                self._told[view] = now
                shown = now.details.as_json(before.details if before else None) if now.details else None
                found.append(
                    {
                        "type": "details",
                        "view": view,
                        "key": key,
                        "at": clock.at,
                        "speed": clock.speed,
                        "details": shown,
                    }
                )
            return found


def _same(told: _Told, now: _Told) -> bool:
    """Return whether a page that was told the one shows the other by now: its clock has gone on since then."""
    reckoned = told.clock.at + told.clock.speed * (now.when - told.when)
    return (told.details, told.clock.speed) == (now.details, now.clock.speed) and abs(now.clock.at - reckoned) < _JUMP
