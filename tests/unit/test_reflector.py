"""A reflector and a server of our own that answers what no cluster can be made to answer at will."""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from labkit.api.backoff import Backoff
from labkit.api.client import Api
from labkit.api.reflector import Reflector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIST = {"metadata": {"resourceVersion": "7"}, "items": []}
GONE = {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}


class Server(ThreadingHTTPServer):
    """Answers lists with the next of `lists`, watches with `watch`, and writes down when it was asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, float]] = []
        self.lists: list[tuple[int, dict[str, str]]] = []
        self.watch: Callable[[Handler], None] = lambda _: None

    def times(self, what: str) -> list[float]:
        """Return when it was asked for a ``list`` or a ``watch``."""
        return [at for asked, at in self.asked if asked == what]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a list or a watch."""
        watch = "watch" in parse_qs(urlsplit(self.path).query)
        self.server.asked.append(("watch" if watch else "list", time.monotonic()))
        if watch:
            self.server.watch(self)
            self.close_connection = True
            return
        code, headers = self.server.lists.pop(0) if self.server.lists else (200, {})
        body = json.dumps(LIST if code == 200 else {"message": f"answer {code}"}).encode()
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, *events: dict[str, Any]) -> None:
        """Send the head of a watch and some lines, in chunks as an API server does."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Heard:
    """Keeps what a reflector says."""

    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    def listed(self, _: str, objects: list[dict[str, Any]]) -> None:
        """Take a list."""
        self.said.append(("listed", len(objects)))

    def changed(self, _: str, change: str, obj: dict[str, Any]) -> None:
        """Take a change."""
        self.said.append((change, obj["metadata"]["name"]))

    def failed(self, _: str, reason: str) -> None:
        """Take a failure."""
        self.said.append(("failed", reason))

    def denied(self, _: str, reason: str) -> None:
        """Take a refusal."""
        self.said.append(("denied", reason))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        threading.Thread(target=started.serve_forever, daemon=True).start()
        yield started
        started.shutdown()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def reflector(server: Server, heard: Heard, tmp_path: Path) -> Iterator[Reflector]:
    path = tmp_path / "kubeconfig"
    config = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(config))
    made = Reflector(Api(path, "x"), "Pod", "/api/v1/namespaces/lab/pods", heard)
    yield made
    made.end()
    made.join(3)


def until(test: Callable[[], bool], timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not test():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def done(handler: Handler, *events: dict[str, Any]) -> None:
    """Send lines, and the end."""
    handler.say(*events)
    handler.wfile.write(b"0\r\n\r\n")


def hold(handler: Handler, *events: dict[str, Any]) -> None:
    """Send lines, and then nothing for a while."""
    handler.say(*events)
    time.sleep(15)


def test_a_server_that_says_410_again_and_again_is_asked_less_and_less(
    server: Server, heard: Heard, reflector: Reflector
) -> None:
    server.watch = lambda handler: done(handler, GONE)
    reflector.start()
    time.sleep(3)
    lists = server.times("list")
    assert 3 <= len(lists) <= 6
    assert lists[1] - lists[0] > 0.1, "not even the first time at once"
    assert lists[-1] - lists[-2] > 2 * (lists[1] - lists[0])
    assert heard.said[:2] == [("listed", 0), ("listed", 0)], "once is no failure"
    assert heard.said[2] == ("failed", "too old resource version"), "twice is one"


def test_a_server_that_has_too_much_to_do_is_left_alone_as_long_as_it_asks(
    server: Server, heard: Heard, reflector: Reflector
) -> None:
    server.lists, server.watch = [(429, {"Retry-After": "2"})], hold
    reflector.start()
    until(lambda: ("listed", 0) in heard.said)
    first, second = server.times("list")
    assert 2 <= second - first < 4
    assert heard.said == [("failed", "answer 429"), ("listed", 0)]


def test_a_server_that_does_not_know_who_asks_is_told_with_what_was_wrong(
    server: Server, heard: Heard, reflector: Reflector, tmp_path: Path
) -> None:
    """Its own message is no more than "Unauthorized"."""
    server.lists, server.watch = [(401, {})], hold
    reflector.start()
    until(lambda: ("listed", 0) in heard.said)
    said = f"it does not accept the credentials of context 'x' in {tmp_path / 'kubeconfig'}: 401 answer 401"
    assert heard.said[0] == ("failed", said)


def test_errors_of_the_server_are_not_hurried_into(server: Server, heard: Heard, reflector: Reflector) -> None:
    server.lists, server.watch = [(500, {})] * 4, hold
    reflector.start()
    until(lambda: ("listed", 0) in heard.said)
    asked = server.times("list")
    pauses = [after - before for before, after in itertools.pairwise(asked)]
    assert len(pauses) == 4
    assert sum(pauses) > 0.75 * (0.2 + 0.4 + 0.8 + 1.6)
    assert pauses[-1] > 2 * pauses[0]


def test_a_watch_that_the_server_ends_at_once_is_not_begun_without_a_pause(
    server: Server, reflector: Reflector
) -> None:
    server.watch = done
    reflector.start()
    time.sleep(2)
    assert 2 <= len(server.times("watch")) <= 5


def test_the_head_of_a_watch_is_not_waited_for_long_and_its_body_is(
    server: Server, heard: Heard, reflector: Reflector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.api.reflector.HEAD_TIMEOUT", 0.5)
    server.watch = lambda _: time.sleep(15)
    reflector.start()
    until(lambda: ("failed", "no answer in time") in heard.said, 2)
    server.watch = lambda handler: hold(handler, {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "8"}}})
    heard.said.clear()
    until(lambda: ("listed", 0) in heard.said, 5)
    time.sleep(1.5)
    assert heard.said[-1] == ("listed", 0), "three times the time of a head without a word is no failure"


def test_after_a_cut_only_a_list_that_was_asked_for_later_counts(
    server: Server, heard: Heard, reflector: Reflector
) -> None:
    server.watch = hold
    reflector.start()
    until(lambda: len(server.times("watch")) == 1)
    reflector.cut()
    reflector.hurry()
    until(lambda: len(server.times("watch")) == 2)
    assert heard.said == [("listed", 0), ("listed", 0)], "it was listed anew, and breaking off is no failure"
    reflector.hurry()
    until(lambda: len(server.times("watch")) == 3)
    assert len(server.times("list")) == 2, "without a cut it goes on where it was"


def test_a_list_that_was_on_its_way_while_the_server_was_cut_off_is_read_again(
    server: Server, heard: Heard, reflector: Reflector, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages, server.watch = reflector._pages, hold

    def cut_meanwhile() -> tuple[list[dict[str, Any]], str]:
        found = pages()
        if len(server.times("list")) == 1:
            reflector.cut()
        return found

    monkeypatch.setattr(reflector, "_pages", cut_meanwhile)
    reflector.start()
    until(lambda: len(server.times("watch")) == 1)
    assert (len(server.times("list")), heard.said) == (2, [("listed", 0)])


def test_pauses_double_up_to_their_limit_and_begin_anew() -> None:
    backoff = Backoff(1.0, 4.0)
    for about in (1, 2, 4, 4):
        assert 0.75 * about <= backoff.next() <= 1.25 * about
    assert backoff.next(least=60.0) == 60.0
    backoff.reset()
    assert backoff.next() <= 1.25
