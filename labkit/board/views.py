"""The views of a board: which there are, how wide each is, and what each has been sent."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labkit.board import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Seconds after which a view that was not heard is forgotten; it says every 3 s that it is there (browser/view.js).
FORGET = 10.0

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One board on one page.

    Attributes
    ----------
    width
        How wide it is, in pixels.
    height
        How much room there is for its picture from top to bottom, in pixels; 0 in a cell, which is as tall as it is.
    tabled
        Whether its table is open.
    asked
        How often it needed the whole; goes up by one when the whole is due again.
    number
        The number of the last message to it.
    scene
        The picture that it has; None when the whole is due.
    table
        The table that it has, or None.
    """

    width: int
    tabled: bool = False
    asked: int = 1
    number: int = 0
    scene: picture.Scene | None = None
    table: Table | None = None
    height: int = 0

    def message(self, scene: picture.Scene, table: Table | None, at: float) -> dict[str, Any] | None:
        """Return what the view must be told so that it shows a scene, or None if it does already.

        Parameters
        ----------
        scene
            The picture, laid out for the view's width.
        table
            The same facts as a table; only a view whose table is open gets it.
        at
            The moment, in seconds since the epoch.
        """
        told: dict[str, Any] = {"number": self.number + 1, "room": self.width, "at": at}
        news = self.tabled and table != self.table
        if news:
            told["table"] = table
        if self.scene is None:
            return {"type": "whole", **scene.as_json(), **told}
        changes = picture.diff(self.scene, scene)
        if changes or news or _frame(self.scene) != _frame(scene):
            return {"type": "changes", **changes.as_json(), **told}
        return None


def _frame(scene: picture.Scene) -> tuple[object, ...]:
    return scene.width, scene.height, scene.title, scene.description, scene.stale


class Views:
    """All views of a board. Any thread may ask.

    Parameters
    ----------
    clock
        What tells the time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._views: dict[str, View] = {}
        self._heard: dict[str, float] = {}

    def here(self, name: str, width: float, *, table: bool = False, whole: bool = False, height: float = 0.0) -> None:
        """Note that a view is there.

        Parameters
        ----------
        name
            The view's own name.
        width
            How wide it is, in pixels.
        table
            Whether its table is open.
        whole
            Whether it has missed something, or has nothing yet.
        height
            How tall the panel is that it has to itself, in pixels; 0 when it has none.
        """
        with self._lock:
            self._heard[name] = self._clock()
            view = self._views.get(name)
            if view is None:
                self._views[name] = View(round(width), table, height=round(height))
                return
            if view.tabled != table:
                view = replace(view, tabled=table, table=None)
            if whole or (view.width, view.height) != (round(width), round(height)):
                view = replace(
                    view, width=round(width), height=round(height), asked=view.asked + 1, scene=None, table=None
                )
            self._views[name] = view

    def gone(self, name: str) -> None:
        """Forget a view."""
        with self._lock:
            self._views.pop(name, None)
            self._heard.pop(name, None)

    def forget(self) -> None:
        """Forget the views that were not heard for :data:`FORGET` seconds: pages that were closed or loaded anew."""
        oldest = self._clock() - FORGET
        with self._lock:
            for name in [name for name, heard in self._heard.items() if heard < oldest]:
                del self._views[name], self._heard[name]

    def excuse(self) -> None:
        """Count no view's silence up to now: none could be heard."""
        with self._lock:
            self._heard = dict.fromkeys(self._heard, self._clock())

    def all(self) -> Mapping[str, View]:
        """Return the views by name, as they are now."""
        with self._lock:
            return dict(self._views)

    def numbers(self) -> dict[str, int]:
        """Return the number of the last message to each view."""
        return {name: view.number for name, view in self.all().items()}

    def sent(self, name: str, before: View, scene: picture.Scene, table: Table | None) -> None:
        """Note what a view was sent.

        Parameters
        ----------
        name
            The view.
        before
            What it was when the message was made. Where it needs the whole since then, it goes on needing it.
        scene
            The picture that it has now.
        table
            The table that it has now, if it is open.
        """
        with self._lock:
            view = self._views.get(name)
            if view is None:
                return
            view = replace(view, number=before.number + 1)
            if view.asked == before.asked:
                view = replace(view, scene=scene, table=table if view.tabled and before.tabled else None)
            self._views[name] = view
