"""Follows one kind of object: list it, watch it from there, and start again when that breaks."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from labkit.api.backoff import Backoff
from labkit.api.client import Api, ApiError, why

if TYPE_CHECKING:
    import urllib3

#: Seconds after which the server ends a watch; we then start the next one where it ended.
SERVER_TIMEOUT = 30
#: Seconds that the head of a watch's answer may take: the server sends it before anything has happened.
HEAD_TIMEOUT = 5.0
#: Seconds of silence after which we give a connection up: longer than the server's own end of it.
READ_TIMEOUT = 40.0
#: Seconds between attempts to reach a server that does not answer: the first, and the longest.
UNREACHED = (0.2, 1.5)
#: Seconds between attempts when it answers with an error (410, 429, 5xx): it has enough to do.
REFUSED = (0.2, 15.0)
#: Seconds that we wait at most because a server asks for it (``Retry-After``).
LONGEST_ASKED = 60.0
#: Seconds after which we ask again for what we were not allowed to read.
DENIED_PAUSE = 10.0
#: Seconds after which a connection counts as one that works, and the pauses begin anew.
_WORKED = 2.0
_PAGE = "500"


class Sink(Protocol):
    """Where a reflector puts what it reads."""

    def listed(self, kind: str, objects: list[dict[str, Any]]) -> None:
        """Take a whole list, read after every cut that the reflector was told of: the kind is the present again."""

    def changed(self, kind: str, change: str, obj: dict[str, Any]) -> None:
        """Take one line of a watch."""

    def failed(self, kind: str, reason: str) -> None:
        """Note that the kind cannot be read just now."""

    def denied(self, kind: str, reason: str) -> None:
        """Note that we may not read the kind."""


class Reflector(threading.Thread):
    """A daemon thread that keeps one kind up to date.

    Not the client's own informer, because that prints a traceback when it is stopped and has no read timeout.

    After a failure, and after a cut that it was told of, it lists anew before it watches. The first change that comes
    after a cut would not do: it may be the oldest of many that are on their way, and a kind on which nothing happens
    hears of no change at all.

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
        self._api, self.kind, self._path, self._sink = api, kind, path, sink
        self._only = only or {}
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self._version = ""  # empty: list first
        self._cuts = 0  # how many cuts we were told of; only the pulse's thread counts them
        self._listed_after = 0  # how many of them our last list came after
        self._unreached, self._refused = Backoff(*UNREACHED), Backoff(*REFUSED)
        self._gone = False  # the last answer was 410

    def end(self) -> None:
        """Ask the thread to end, now, even if it waits for the server. Safe to call twice."""
        self._ending.set()
        self.hurry()

    def cut(self) -> None:
        """Be told that the server was silent: what is on its way may be old, and only a new list is the present."""
        self._cuts += 1

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
        while not self._ending.is_set():
            self._wake.clear()
            started = time.monotonic()
            try:
                if not self._version or self._listed_after != self._cuts:
                    self._list()
                self._watch()
            except ApiError as error:
                pause = self._refusal(error)
            except Exception as error:  # noqa: BLE001 - whatever it was, the reader lives on and says why
                pause = self._failure(error, self._unreached)
            else:
                # A server that ends watches as soon as they begin is not asked again and again without a pause.
                pause = 0.0 if time.monotonic() - started > _WORKED else self._refused.next()
            if time.monotonic() - started > _WORKED:
                self._gone = False
                self._unreached.reset()
                self._refused.reset()
            if pause:
                self._wake.wait(pause)

    def _refusal(self, error: ApiError) -> float:
        """Return how long to wait after the server has answered with an error."""
        if error.code == HTTPStatus.GONE:
            # The server has forgotten where we were: begin again from a list. That is no failure, once.
            again, self._gone, self._version = self._gone, True, ""
            return self._failure(error, self._refused) if again else self._refused.next(error.retry_after)
        if error.code == HTTPStatus.FORBIDDEN:
            self._version = ""
            if not self._ending.is_set():
                self._sink.denied(self.kind, str(error))
            return DENIED_PAUSE
        return self._failure(error, self._refused, min(error.retry_after, LONGEST_ASKED))

    def _failure(self, error: Exception, backoff: Backoff, least: float = 0.0) -> float:
        """Say that the kind cannot be read, unless we broke it off ourselves, and return how long to wait."""
        if not self._ending.is_set() and not self._wake.is_set():
            self._version = ""
            self._sink.failed(self.kind, why(error))
        return backoff.next(least)

    def _list(self) -> None:
        while not self._ending.is_set():
            cuts = self._cuts
            objects, version = self._pages()
            if cuts == self._cuts:  # otherwise the answer may have been held up since before the cut
                self._sink.listed(self.kind, objects)
                self._version, self._listed_after = version, cuts
                return

    def _pages(self) -> tuple[list[dict[str, Any]], str]:
        objects: list[dict[str, Any]] = []
        query = {**self._only, "limit": _PAGE}
        while True:
            page = self._api.get(self._path, query)
            objects += page.get("items") or ()
            if not (rest := page["metadata"].get("continue")):
                return objects, page["metadata"]["resourceVersion"]
            query["continue"] = rest

    def _watch(self) -> None:
        query = {
            **self._only,
            "watch": "1",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(SERVER_TIMEOUT),
        }
        self._response = response = self._api.open(self._path, query, HEAD_TIMEOUT, READ_TIMEOUT)
        try:
            # Whoever ended or hurried us while we waited for the head found no connection to break off.
            if self._ending.is_set() or self._wake.is_set():
                return
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
            asked = (obj.get("details") or {}).get("retryAfterSeconds") or 0.0
            raise ApiError(obj.get("code", 0), obj.get("message", "the watch ended with an error"), asked)
        if event["type"] != "BOOKMARK":
            self._sink.changed(self.kind, event["type"], obj)
        self._version = obj["metadata"]["resourceVersion"]
