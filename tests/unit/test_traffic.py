"""Counting a steady client's requests, and the client against a real TLS server on loopback."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from labkit.errors import ClusterError
from labkit.frontdoor import FrontDoor
from labkit.traffic import SteadyClient, Tick, summarise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_summary_counts_by_version() -> None:
    """Lost requests are those without a version."""
    ticks = [Tick(float(n), "1.0.0" if n < 6 else "2.0.0", 0.01 * n, "pod") for n in range(10)]
    summary = summarise([*ticks, Tick(10.0, None, 5.0, "ReadTimeout")])
    assert (summary.answered, summary.lost) == (10, 1)
    assert summary.by_version == {"1.0.0": 6, "2.0.0": 4}
    assert str(summary) == "10 answered (6 by 1.0.0, 4 by 2.0.0), 1 lost"
    assert summary.p50 == pytest.approx(0.045)


def test_summary_of_nothing() -> None:
    """No answer yet is no error."""
    assert str(summarise([])) == "0 answered (none yet), 0 lost"


class _Hello(http.server.BaseHTTPRequestHandler):
    """Answers as hello does, and fails while told to."""

    failing = threading.Event()
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        body = json.dumps({"version": "1.0.0", "pod": "hello-x"}).encode()
        self.send_response(503 if self.failing.is_set() else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve TLS on loopback with a certificate made for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "tls.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/", pem
    server.shutdown()
    server.server_close()
    thread.join()


def test_client_counts_what_is_lost(door: tuple[str, Path]) -> None:
    """A refusal is a lost request, and the rate is kept all the while."""
    url, certificate = door
    _Hello.failing.clear()
    client = SteadyClient(url, certificate, rate=50)
    with client:
        _until(lambda: client.summary.answered >= 5)
        _Hello.failing.set()
        _until(lambda: client.summary.lost >= 5)
        _Hello.failing.clear()
    assert client.stop() == client.summary
    assert client.summary.by_version.keys() == {"1.0.0"}
    assert client.ticks == tuple(sorted(client.ticks))
    assert not client.running
    assert len(client.losses.splitlines()) == client.summary.lost
    assert "503" in client.losses


def test_the_door_is_open_when_the_app_behind_it_answers(door: tuple[str, Path]) -> None:
    """A gateway that has nobody to ask yet is waited for; one that never has says what it answered."""
    url, certificate = door
    found = FrontDoor(url, certificate)
    _Hello.failing.set()
    with pytest.raises(ClusterError, match=r"nobody answered within 1 s: 503 Service Unavailable"):
        found.wait_open(patience=0.6)
    later = threading.Timer(0.4, _Hello.failing.clear)
    later.start()
    found.wait_open(patience=10)
    assert not _Hello.failing.is_set()
    later.join()


def test_client_refuses_a_foreign_certificate(door: tuple[str, Path], tmp_path: Path) -> None:
    """Whoever else answers at the door is not the lab."""
    url, _ = door
    stranger = tmp_path / "other.pem"
    stranger.write_text("")
    with pytest.raises(ssl.SSLError):
        SteadyClient(url, stranger)


def _until(condition: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    assert callable(condition)
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
