"""A board without a page: says what a view says (``labkit/board/browser/view.js``), and notes what it is told. Pure."""

from __future__ import annotations

from typing import Any

#: Seconds between two signs of life, and between two questions for the whole where it is missing (view.js).
HERE_EVERY, ASK_AGAIN = 3.0, 0.4

_POD = "pod:"


class BoardView:
    """One board on one page.

    Parameters
    ----------
    name
        Its own.
    width, height
        The room that it has beside a notebook, in pixels.

    Attributes
    ----------
    log
        As a page's (``page.js``): milliseconds since the epoch, a Pod's uid, and the classes of its element; no classes
        where it was taken away.
    number
        The number of the last message to it; None while it lacks one.
    lacked
        How often it has missed a message.
    """

    def __init__(self, name: str, width: int = 560, height: int = 760) -> None:
        self.name, self._size = name, {"width": width, "height": height}
        self.log: list[tuple[float, str, str]] = []
        self.number: int | None = None
        self.lacked = 0
        self._moments = 0
        self._said: dict[str, str] = {}

    @property
    def live(self) -> bool:
        """Whether it shows what it was told last."""
        return self.number is not None

    def here(self) -> dict[str, Any]:
        """Return how it says that it is there, and what it needs."""
        return {"type": "here", "view": self.name, **self._size, "table": False, "whole": self.number is None}

    def take(self, message: dict[str, Any], at: float) -> list[dict[str, Any]]:
        """Take a message of the board, and return what it says to it.

        Parameters
        ----------
        message
            The message.
        at
            When it came, in seconds since the epoch.
        """
        kind = message.get("type")
        if kind == "pulse":
            return self._pulse(message)
        if message.get("view") != self.name:
            return []
        if kind == "whole":
            self.number = message["number"]
            there = {each["key"]: each["cls"] for each in message["elements"]}
            self._note(at, {**dict.fromkeys(self._said, ""), **there})
        elif kind == "changes" and self.number is not None:
            if message["number"] != self.number + 1:
                return self._lack()
            self.number = message["number"]
            self._note(at, _classes(message))
        elif kind == "timeline" and message.get("from") == self._moments:
            self._moments += len(message.get("moments", ()))
        return []

    def _pulse(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if message["views"].get(self.name) != self.number:
            return self._lack()
        if message.get("told", {}).get(self.name, 0) > self._moments:
            return [{"type": "timeline", "view": self.name, "do": "tell"}]
        return []

    def _lack(self) -> list[dict[str, Any]]:
        self.lacked += self.number is not None
        self.number = None
        return [self.here()]

    def _note(self, at: float, classes: dict[str, str]) -> None:
        for key, cls in classes.items():
            if not key.startswith(_POD) or self._said.get(key, "") == cls:
                continue
            self._said[key] = cls
            self.log.append((1000 * at, key.removeprefix(_POD), cls))


def _classes(message: dict[str, Any]) -> dict[str, str]:
    """Return the elements whose classes a message says: key → classes, none where it is taken away."""
    found = dict.fromkeys((key for key in message["remove"] if key.startswith(_POD)), "")
    found |= {key: own["cls"] for key, own, *_ in message.get("patch", ()) if "cls" in own}
    return found | {each["key"]: each["cls"] for each in message["put"]}
