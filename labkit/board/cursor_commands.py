"""What the views of a board ask of the recording's cursor: done one after the other, of seeks only the latest."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

from labkit.recording.cursor import SPEEDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.recording.source import Source


class CursorCommands:
    """Commands that wait to be done. Any thread may add some; one does them.

    Parameters
    ----------
    source
        Whose cursor it is.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._waiting: deque[tuple[str, float]] = deque()

    def add(self, asked: Mapping[str, Any]) -> None:
        """Take what a page asks for; anything that is not well-formed is not ours.

        Parameters
        ----------
        asked
            ``do``: ``seek`` (``at``: seconds since the epoch), ``play`` (``speed``), ``pause``, ``step`` (``by``: 1 or
            -1) or ``now``.
        """
        do = asked.get("do")
        value = asked.get({"seek": "at", "play": "speed", "step": "by"}.get(str(do), ""), 0.0)
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return
        if do in {"seek", "pause", "now"} or (do == "play" and value in SPEEDS) or (do == "step" and abs(value) == 1):
            self._waiting.append((str(do), float(value)))

    def do(self) -> bool:
        """Do all that waits, and return whether it led one moment on: then what happened in between is to be seen."""
        stepped = False
        while self._waiting:
            do, value = self._waiting.popleft()
            if do == "seek" and self._waiting and self._waiting[0][0] == "seek":
                continue
            stepped = do == "step" and value > 0
            if do == "seek":
                self._source.seek(value)
            elif do == "play":
                self._source.play(value)
            elif do == "step":
                self._source.step(int(value))
            elif do == "pause":
                self._source.pause()
            else:
                self._source.now()
        return stepped
