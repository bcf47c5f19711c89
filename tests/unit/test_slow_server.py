"""An API server on a busy machine: it takes connections at once, and its time for the TLS handshake."""

from __future__ import annotations

import http.server
import ssl
import threading
import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
import yaml

from labkit.api.client import Api, why
from labkit.cluster import tls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds that a handshake takes. More than two were too many once.
SLOW = 2.3


class _Slow(http.server.BaseHTTPRequestHandler):
    """Does nothing for a while, then shakes hands and answers."""

    def setup(self) -> None:
        """Take one's time."""
        time.sleep(SLOW)
        super().setup()

    def do_GET(self) -> None:
        """Answer one request."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone meanwhile."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """Serve on loopback, and return a client of it."""
    key, certificate = tls.make(datetime.now(UTC))
    both = tmp_path / "both.pem"
    both.write_bytes(key + certificate)
    server = _Server(("127.0.0.1", 0), _Slow)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    where = {
        "server": f"https://127.0.0.1:{server.server_port}",
        "certificate-authority-data": b64encode(certificate).decode(),
    }
    file = tmp_path / "kubeconfig"
    file.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "slow", "cluster": where}],
                "users": [{"name": "me", "user": {"token": "mine"}}],
                "contexts": [{"name": "slow", "context": {"cluster": "slow", "user": "me"}}],
                "current-context": "slow",
            }
        ),
        encoding="utf-8",
    )
    client = Api(file, "slow")
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_slow_handshake_is_waited_for(api: Api) -> None:
    """As long as for an answer."""
    assert api.get("/version") == {}


def test_but_not_longer_than_for_an_answer(api: Api) -> None:
    """Who asks for a pulse wants to know soon."""
    began = time.monotonic()
    with pytest.raises(urllib3.exceptions.HTTPError) as silence:
        api.open("/readyz", read_timeout=0.5)
    assert time.monotonic() - began < SLOW
    assert why(silence.value) == "no answer in time"
