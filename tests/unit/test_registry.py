"""A registry that had too many requests is not an absent one: asked for real, on this machine."""

from __future__ import annotations

import datetime as dt
import http.server
import re
import shutil
import ssl
import threading
from typing import TYPE_CHECKING, ClassVar

import pytest

from labkit.cluster import doctor, tls
from labkit.errors import RateLimitedError
from labkit.images import lesson, registry, versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

needs_docker = pytest.mark.skipif(shutil.which("docker") is None, reason="asks with the docker client")


class _Registry(http.server.BaseHTTPRequestHandler):
    """Answers as a registry that has nothing, or had enough: status, body and headers are set by a test."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 429
    body: ClassVar[bytes] = b""
    more: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        """Answer."""
        ping = self.path == "/v2/"
        self.send_response(200 if ping else self.status)
        body = b"{}" if ping else self.body
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **self.more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server's own name

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name an image of a registry on this machine, which the docker client trusts."""
    key, certificate = tls.make(dt.datetime.now(dt.UTC))
    pem = tmp_path / "registry.pem"
    pem.write_bytes(key + certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    # a client that says nothing holds its own thread up, not the server
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}/kindest/node:v1.0.0"
    server.shutdown()
    server.server_close()
    thread.join()


TOO_MANY = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit."}]}'


@needs_docker
@pytest.mark.parametrize("body", [TOO_MANY, b"", b"<html>Too Many Requests</html>"], ids=["code", "empty", "html"])
def test_a_registry_that_had_too_many_requests_is_told(
    image: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Registry, "body", body)
    monkeypatch.setattr(_Registry, "more", {"Retry-After": "125"})
    with pytest.raises(RateLimitedError) as told:
        registry.answers(image)
    assert "429" in told.value.problem
    assert registry.split(image)[0] in told.value.problem
    assert "wait 2 min 05 s" in told.value.remedy
    assert "docker login" in told.value.remedy
    assert "LABKIT_NODE_IMAGE=build" in told.value.remedy


@needs_docker
def test_without_a_time_it_says_what_to_do_all_the_same(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Registry, "body", TOO_MANY)
    with pytest.raises(RateLimitedError, match=r"had too many requests") as told:
        registry.answers(image)
    assert told.value.remedy.startswith("wait (")


@needs_docker
def test_a_registry_without_the_image_counts_as_none(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Registry, "status", 404)
    monkeypatch.setattr(_Registry, "body", b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
    # a digest may hold any digits
    assert registry.answers(f"{image}@sha256:{'429' * 21}4") is False


@needs_docker
def test_nobody_there_counts_as_none() -> None:
    assert registry.answers("127.0.0.1:1/kindest/node:v1.0.0") is False


@needs_docker
def test_set_up_stops_before_it_builds(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits twelve minutes for what is there in one: the choice is theirs."""
    from labkit import images  # noqa: PLC0415 - next to what is tried
    from labkit.progress import Progress  # noqa: PLC0415 - likewise

    monkeypatch.setattr(versions, "kindest_node", lambda: image)
    with pytest.raises(RateLimitedError):
        images._choose(Progress())


@needs_docker
def test_doctor_tells_it(image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "kindest_node", lambda: image)
    found, limited = doctor._registry()
    assert not found
    said = doctor.of_images(there=False, registry_answers=found, go="", buildable=True, limited=limited)
    assert said.verdict == "problem"
    assert "429" in said.found
    assert "docker login" in said.remedy


def test_the_time_to_wait() -> None:
    now = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
    assert registry.seconds_to_wait("17", now) == 17
    assert registry.seconds_to_wait("Wed, 25 Nov 2026 12:01:00 GMT", now) == 60
    assert registry.seconds_to_wait("Wed, 25 Nov 2026 11:00:00 GMT", now) is None
    assert registry.seconds_to_wait("", now) is None
    assert registry.seconds_to_wait("soon", now) is None


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", (registry.DOCKER_HUB, "library/nginx", "latest")),
        ("kindest/node:v1", (registry.DOCKER_HUB, "kindest/node", "v1")),
        ("kindest/node:v1@sha256:ab", (registry.DOCKER_HUB, "kindest/node", "sha256:ab")),
        ("localhost/hello:1.0.0", ("localhost", "library/hello", "1.0.0")),
        ("127.0.0.1:5000/a/b:2", ("127.0.0.1:5000", "a/b", "2")),
    ],
)
def test_where_an_image_comes_from(image: str, parts: tuple[str, str, str]) -> None:
    host, repository, reference = registry.split(image)
    assert (host, reference) == (parts[0], parts[2])
    assert repository == parts[1].removeprefix("library/" if host == "localhost" else "")


def test_no_tag_that_can_move_is_part_of_a_cache_key() -> None:
    for image in (*lesson.PUBLIC_BASES.values(), *versions.KINDEST_NODES.values()):
        assert re.fullmatch(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}", image), image


def test_what_a_failed_pull_says() -> None:
    """As Docker 26 and 28 write it."""
    daemon = "Error response from daemon: "
    assert registry.limited(f"{daemon}toomanyrequests: You have reached your unauthenticated pull rate limit.")
    assert registry.limited("received unexpected HTTP status: 429 Too Many Requests")
    assert not registry.limited(f"{daemon}manifest for python@sha256:{'429' * 21}4 not found: manifest unknown")
