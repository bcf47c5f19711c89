"""Writes a recording into a file as it goes: what a crash takes is about the last second."""

from __future__ import annotations

import contextlib
import gzip
import queue
import threading
import time
from typing import TYPE_CHECKING, Self

from labkit.errors import LabError
from labkit.recording import file

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.recording.source import Source

#: Seconds after which what was heard stands in the file.
FLUSH = 1.0


class Writer:
    """Writes all that a recording has, and all that comes, on a thread of its own.

    Parameters
    ----------
    source
        The recording.
    path
        The file; a recording that it holds is replaced.

    Raises
    ------
    LabError
        If the file holds something else, or cannot be written.
    """

    def __init__(self, source: Source, path: str | Path) -> None:
        self.path = file.check(path)
        self._source = source
        self.error = ""
        self.lines = 0
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self._plain = self.path.open("wb")
        except OSError as error:
            raise LabError(f"The recording can't be written: {error}.", remedy=f"ls -ld {self.path.parent}") from error
        before, self._end = source.write_to(self._queue.put)
        self._before = before
        self._thread = threading.Thread(target=self._run, name="labkit-recording-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end the file. May be called twice.

        Raises
        ------
        LabError
            If something could not be written.
        """
        self._end()
        self._queue.put(None)
        self._thread.join()
        if self.error:
            raise LabError(f"The recording {self.path} is not whole: {self.error}.", remedy=f"df -h {self.path.parent}")

    def __enter__(self) -> Self:
        """Write."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def _run(self) -> None:
        try:
            with self._plain, gzip.GzipFile("", "wb", fileobj=self._plain, mtime=0) as packed:
                self._write(packed)
        except OSError as error:
            self._end()
            self.error = error.strerror or str(error)

    def _write(self, packed: gzip.GzipFile) -> None:
        packed.write(file.first_line(self._source.facts) + b"\n")
        for line in self._before:
            self._line(packed, line)
        packed.flush()
        self._before = iter(())
        due: float | None = None
        while True:
            with contextlib.suppress(queue.Empty):
                came = self._queue.get(timeout=None if due is None else max(0.0, due - time.monotonic()))
                if came is None:
                    break
                self._line(packed, came)
                due = due or time.monotonic() + FLUSH
            if due is not None and time.monotonic() >= due:
                packed.flush()
                self._plain.flush()
                due = None
        packed.write(file.end_line(self._source.span[1]) + b"\n")

    def _line(self, packed: gzip.GzipFile, line: bytes) -> None:
        packed.write(line + b"\n")
        self.lines += 1
