"""Follows one kind of object: list it, watch it from there, and start again when that breaks."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from labkit.kubeapi import Api, ApiError, why

if TYPE_CHECKING:
    import urllib3

#: Seconds after which the server ends a watch; we then start the next one where it ended.
SERVER_TIMEOUT = 30
#: Seconds of silence after which we give a connection up: longer than the server's own end of it.
READ_TIMEOUT = 40.0
#: Seconds between attempts: the first, and the longest.
BACKOFF = (0.2, 1.5)
#: Seconds after which we ask again for what we were not allowed to read.
DENIED_PAUSE = 30.0
_PAGE = "500"


class Sink(Protocol):
    """Where a reflector puts what it reads."""

    def listed(self, kind: str, objects: list[dict[str, Any]]) -> None:
        """Take a whole list."""

    def changed(self, kind: str, change: str, obj: dict[str, Any]) -> None:
        """Take one line of a watch."""

    def live(self, kind: str) -> None:
        """Note that the kind is being watched."""

    def failed(self, kind: str, reason: str) -> None:
        """Note that the kind cannot be read just now."""

    def denied(self, kind: str, reason: str) -> None:
        """Note that we may not read the kind."""


class Reflector(threading.Thread):
    """A daemon thread that keeps one kind up to date.

    Not the client's own informer, because that prints a traceback when it is stopped and has no read timeout.

    Parameters
    ----------
    api
        Where to read.
    kind, path
        Such as ``Pod`` and ``/api/v1/namespaces/lab/pods``.
    sink
        Gets what was read, on this thread.
    only
        Parameters that narrow the list, such as ``fieldSelector``.
    """

    def __init__(self, api: Api, kind: str, path: str, sink: Sink, only: dict[str, str] | None = None) -> None:
        super().__init__(name=f"labkit-watch-{kind}", daemon=True)
        self._api, self._kind, self._path, self._sink = api, kind, path, sink
        self._only = only or {}
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self._version = ""  # empty: list first

    def end(self) -> None:
        """Ask the thread to end, now, even if it waits for the server. Safe to call twice."""
        self._ending.set()
        self.hurry()

    def hurry(self) -> None:
        """Break off a connection that may be dead, or a pause, and connect anew."""
        self._wake.set()
        response = self._response
        if response is not None:
            # It may have ended by itself in the meantime.
            with contextlib.suppress(ValueError, OSError, RuntimeError):
                response.shutdown()

    def run(self) -> None:
        """List and watch until :meth:`end`."""
        pause = BACKOFF[0]
        while not self._ending.is_set():
            self._wake.clear()
            started = time.monotonic()
            try:
                if not self._version:
                    self._list()
                self._watch()
            except ApiError as error:
                if error.code == HTTPStatus.GONE:
                    # The server has forgotten where we were: begin again from a list. That is no failure.
                    self._version = ""
                    continue
                if error.code == HTTPStatus.FORBIDDEN:
                    self._version = ""
                    self._sink.denied(self._kind, str(error))
                    self._wake.wait(DENIED_PAUSE)
                    continue
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - whatever it was, the reader lives on and says why
                self._fail(error)
            else:
                pause = BACKOFF[0]
                continue
            if time.monotonic() - started > BACKOFF[1]:
                pause = BACKOFF[0]  # it had worked for a while
            self._wake.wait(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads retries, hides no secret
            pause = min(pause * 2, BACKOFF[1])

    def _fail(self, error: Exception) -> None:
        if not self._ending.is_set() and not self._wake.is_set():
            self._sink.failed(self._kind, why(error))

    def _list(self) -> None:
        objects: list[dict[str, Any]] = []
        query = {**self._only, "limit": _PAGE}
        while True:
            page = self._api.get(self._path, query)
            objects += page.get("items") or ()
            if not (rest := page["metadata"].get("continue")):
                break
            query["continue"] = rest
        self._sink.listed(self._kind, objects)
        self._version = page["metadata"]["resourceVersion"]

    def _watch(self) -> None:
        query = {
            **self._only,
            "watch": "1",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(SERVER_TIMEOUT),
        }
        self._response = response = self._api.open(self._path, query, READ_TIMEOUT)
        try:
            if self._ending.is_set():
                return
            self._sink.live(self._kind)
            for line in response:
                if self._ending.is_set():
                    return
                if line.strip():
                    self._take(json.loads(line))
        finally:
            self._response = None
            response.close()

    def _take(self, event: dict[str, Any]) -> None:
        obj = event["object"]
        if event["type"] == "ERROR":
            raise ApiError(obj.get("code", 0), obj.get("message", "the watch ended with an error"))
        if event["type"] != "BOOKMARK":
            self._sink.changed(self._kind, event["type"], obj)
        self._version = obj["metadata"]["resourceVersion"]
