"""What moves the cursor on while a recording is played: a thread that is there only as long."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import RLock

#: The least seconds between two signs of a cursor that moves.
SHORTEST = 1 / 60


class Player:
    """Tells whoever looks where the cursor is, as long as it moves. Safe for threads.

    Parameters
    ----------
    lock
        Held while the cursor is looked at.
    rest
        Returns the seconds until the cursor is somewhere else; None when it does not move any more.
    tell
        Is called whenever the cursor has moved; nothing is locked meanwhile.
    """

    def __init__(self, lock: RLock, rest: Callable[[], float | None], tell: Callable[[], None]) -> None:
        self._lock, self._rest, self._tell = lock, rest, tell
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Have it go on, if it does not."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="labkit-recording-player", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Have it look now: the cursor has been moved or stopped."""
        self._wake.set()

    def join(self) -> None:
        """Wait for its end, which is near once the cursor stands still."""
        with self._lock:
            thread = self._thread
        self.wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2.0)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._wake.clear()
                rest = self._rest()
                if rest is None:
                    self._thread = None
                    break
            self._wake.wait(max(SHORTEST, rest))
            self._tell()
        self._tell()
