"""Asking from inside a Pod: the program that runs there, run here against TLS on loopback."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.app import inside, inside_pod
from labkit.app.tally import met
from labkit.cluster import tls
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Hello(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked for."""

    def do_GET(self) -> None:
        """Answer one request."""
        body = json.dumps({"path": self.path, "host": self.headers["Host"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Upstream-Status", "504, 200")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Serve TLS on loopback with a certificate as the lab makes it; return port and certificate."""
    key, certificate = tls.make(datetime.now(UTC))
    both = tmp_path / "both.pem"
    both.write_bytes(key + certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    # a client that says nothing holds its own thread up, not the server
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, certificate.decode()
    server.shutdown()
    server.server_close()
    thread.join()


def question(port: int, certificate: str, **changes: Any) -> dict[str, Any]:
    """Return what the program is asked."""
    return {
        "address": "127.0.0.1",
        "port": port,
        "path": "/version",
        "name": inside.NAME,
        "certificate": certificate,
        "patience": 0.0,
        **changes,
    }


def test_the_program_asks_with_nothing_but_python(door: tuple[int, str]) -> None:
    """As in the Pod: isolated, from standard input to standard output."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", Path(inside_pod.__file__).read_text()],
        input=json.dumps(question(*door)),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert said["status"] == 200
    assert json.loads(said["body"]) == {"path": "/version", "host": inside.NAME}
    assert met(said["headers"]) == ("504", "200")


def test_a_certificate_of_somebody_else_is_refused(door: tuple[int, str]) -> None:
    """An address that somebody else answers at is not the lab's front door: neither by key nor by name."""
    _, other = tls.make(datetime.now(UTC))
    said = inside_pod.ask(**question(door[0], other.decode()))
    assert "SSLCertVerificationError" in said["nobody"]
    said = inside_pod.ask(**question(*door, name="example.org"))
    assert "SSLCertVerificationError" in said["nobody"]


def test_a_connection_that_is_not_accepted_is_tried_again_for_a_while() -> None:
    """Bounded, and with the reason."""
    _, certificate = tls.make(datetime.now(UTC))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, and nobody listens
        began = time.monotonic()
        said = inside_pod.ask(**question(free.getsockname()[1], certificate.decode(), patience=0.8))
    assert said["nobody"].startswith("ConnectionRefusedError")
    assert 0.4 < time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("address", "path", "what"),
    [
        ("frontend", "/", "'frontend' is no IP address"),
        ("10.0.0.1:443", "/", "'10.0.0.1:443' is no IP address"),
        ("", "/", "'' is no IP address"),
        ("10.0.0.1", "version", "'version' is no path"),
        ("10.0.0.1", "/a b", "'/a b' is no path"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anybody_is_asked(address: str, path: str, what: str) -> None:
    """With the value; kubectl is not even needed."""
    nobody: Any = None
    with pytest.raises(LabError, match=what):
        inside.get(nobody, "hello-x", address, path)
