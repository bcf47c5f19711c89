"""Counting a steady client's requests, and the client against a real TLS server on loopback."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from labkit.app.frontdoor import FrontDoor
from labkit.app.tally import KEPT, Summary, Tally, Tick, met
from labkit.app.traffic import SteadyClient
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def summarise(ticks: Iterable[Tick]) -> Summary:
    """Count requests."""
    tally = Tally()
    for tick in ticks:
        tally.add(tick)
    return tally.summary()


def test_summary_counts_by_version_and_by_outcome() -> None:
    """What nginx had to ask twice for is no answer at the first try."""
    ticks = [Tick(float(n), "1.0.0" if n < 6 else "2.0.0", 0.01 * n, "pod") for n in range(10)]
    retried = Tick(10.0, "2.0.0", 2.01, "pod", 2, ("504", "200"))
    lost = Tick(11.0, None, 0.01, "502 Bad Gateway", 3, ("502", "502", "502"))
    assert [tick.outcome for tick in (ticks[0], retried, lost)] == ["first", "retried", "lost"]
    summary = summarise([*ticks, retried, lost])
    assert (summary.first_try, summary.retried, summary.lost, summary.answered) == (10, 1, 1, 11)
    assert summary.by_version == {"1.0.0": 6, "2.0.0": 5}
    assert str(summary) == (
        "10 answered at the first try (6 by 1.0.0, 4 by 2.0.0), 1 after a retry (1 by 2.0.0), 1 lost"
    )
    assert summarise(ticks).p50 == pytest.approx(0.045)
    assert str(summarise(ticks)) == "10 answered at the first try (6 by 1.0.0, 4 by 2.0.0), 0 after a retry, 0 lost"


def test_summary_of_nothing() -> None:
    """No answer yet is no error."""
    assert str(summarise([])) == "0 answered at the first try, 0 after a retry, 0 lost"


def test_what_each_try_met_is_told() -> None:
    """A loss and a retry say when, how long, and what became of each try."""
    tally = Tally()
    tally.add(Tick(101.0, None, 6.02, "504 Gateway Time-out", 3, ("504", "502", "504")))
    tally.add(Tick(100.5, "2.0.0", 2.01, "hello-x", 2, ("504", "200")))
    tally.add(Tick(100.0, "1.0.0", 0.01, "hello-y", 1, ("200",)))
    assert tally.told("retried") == (
        "0.50 s: answered after 2.01 s by hello-x (2.0.0), try 1: no answer in time (504); try 2: answered (200)"
    )
    assert tally.told("lost") == (
        "1.00 s: given up after 6.02 s, 504 Gateway Time-out, try 1: no answer in time (504); "
        "try 2: no connection, or cut off (502); try 3: no answer in time (504)"
    )


def test_counts_forget_nothing_and_memory_is_bounded() -> None:
    """The strip needs the last minutes; the count needs all."""
    tally = Tally()
    tally.add(Tick(0.0, None, 1.0, "lost long ago"))
    for n in range(2 * KEPT + 10):
        tally.add(Tick(1.0 + n, "1.0.0", 0.01, "pod"))
    summary = tally.summary()
    assert (summary.first_try, summary.lost) == (2 * KEPT + 10, 1)
    assert len(tally.ticks) == KEPT
    assert tally.ticks[-1].at == 2 * KEPT + 10
    assert len(tally._ticks) <= 2 * KEPT
    assert "lost long ago" in tally.told("lost")


def test_requests_due_at_the_same_moment_are_in_some_order() -> None:
    """A version and None can't be compared, and need not be."""
    tally = Tally()
    for version in ("1.0.0", None, "1.0.0", None):
        tally.add(Tick(1.0, version, 0.01, "pod"))
    tally.add(Tick(0.5, "1.0.0", 0.6, "pod"))
    assert [tick.at for tick in tally.ticks] == [0.5, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("said", "tries"),
    [("200", ("200",)), ("504, 502, 200", ("504", "502", "200")), ("502 : 200", ("502", "200")), ("", ())],
)
def test_the_front_doors_header_is_read(said: str, tries: tuple[str, ...]) -> None:
    """One status for each try, separated as nginx does it."""
    assert met({"x-upstream-status": said}) == tries


class _Hello(http.server.BaseHTTPRequestHandler):
    """Answers as the front door does, and fails, or keeps silent, while told to."""

    failing = threading.Event()
    silent = threading.Event()
    slow = 0.0
    tried = ""
    connections = 0
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Count one connection."""
        type(self).connections += 1
        super().setup()

    def do_GET(self) -> None:
        """Answer one request."""
        while self.silent.is_set():
            time.sleep(0.02)
        time.sleep(self.slow)
        body = json.dumps({"version": "1.0.0", "pod": "hello-x"}).encode()
        self.send_response(503 if self.failing.is_set() else 200)
        self.send_header("Content-Length", str(len(body)))
        if self.tried:
            self.send_header("X-Upstream-Status", self.tried)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    """A server whose clients may hang up whenever they like."""

    daemon_threads = True
    request_queue_size = 200

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that was stopped has hung up."""


@pytest.fixture(autouse=True)
def _as_usual() -> Iterator[None]:
    """Let the server answer at once, before and after each test."""
    yield
    _Hello.failing.clear()
    _Hello.silent.clear()
    _Hello.slow, _Hello.tried = 0.0, ""


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
    server = _Server(("127.0.0.1", 0), _Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    # a client that says nothing holds its own thread up, not the server
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/", pem
    server.shutdown()
    server.server_close()
    thread.join()


def test_client_counts_what_is_lost(door: tuple[str, Path]) -> None:
    """A refusal is a lost request, and the rate is kept all the while."""
    url, certificate = door
    client = SteadyClient(url, certificate, rate=50)
    with client:
        _until(lambda: client.summary.answered >= 5)
        _Hello.failing.set()
        _until(lambda: client.summary.lost >= 5)
        _Hello.failing.clear()
    assert client.stop() == client.summary
    assert client.summary.by_version.keys() == {"1.0.0"}
    assert [tick.at for tick in client.ticks] == sorted(tick.at for tick in client.ticks)
    assert not client.running
    assert len(client.losses.splitlines()) == client.summary.lost
    assert "503" in client.losses
    assert client.retries == ""


def test_client_tells_a_retry_from_an_answer_at_the_first_try(door: tuple[str, Path]) -> None:
    """The front door says what each try met."""
    url, certificate = door
    client = SteadyClient(url, certificate, rate=50)
    _Hello.tried = "200"
    with client:
        _until(lambda: client.summary.first_try >= 3)
        assert client.summary.retried == 0
        _Hello.tried = "504, 200"
        _until(lambda: client.summary.retried >= 3)
        _Hello.tried = "504, 504, 502"
        _Hello.failing.set()
        _until(lambda: client.summary.lost >= 3)
    assert "try 1: no answer in time (504); try 2: answered (200)" in client.retries.splitlines()[0]
    assert "503 Service Unavailable, try 1: no answer in time (504)" in client.losses.splitlines()[-1]
    assert client.ticks[-1].tries == 3


def test_the_rate_holds_however_slow_the_answers_are(door: tuple[str, Path]) -> None:
    """Also above what any small number of workers could hold: 1.5 s for each answer, 40 of them a second."""
    url, certificate = door
    _Hello.slow = 1.5
    client = SteadyClient(url, certificate, rate=40)
    with client:
        _until(lambda: client.waiting >= 50)
        _until(lambda: len(client.ticks) >= 40)
        # in this order: a request that is answered in between is in both
        due = sorted({*client.under_way, *(tick.at for tick in client.ticks)})
    gaps = [after - before for before, after in pairwise(due)]
    assert max(gaps) < 0.03, "a request that was due was not sent"
    assert min(tick.latency for tick in client.ticks) >= 1.5


def test_a_request_counts_from_when_it_was_due(door: tuple[str, Path]) -> None:
    """A client that was held up for half a second was half a second late, and says so; no request is left out."""
    url, certificate = door
    with SteadyClient(url, certificate, rate=50) as client:
        _until(lambda: len(client.ticks) >= 5)
        with client._lock:
            time.sleep(0.5)
        _until(lambda: len(client.ticks) >= 40)
        # in this order: a request that is answered in between is in both
        due = sorted({*client.under_way, *(tick.at for tick in client.ticks)})
    assert [after - before for before, after in pairwise(due)] == pytest.approx([0.02] * (len(due) - 1), abs=1e-3)
    assert max(tick.latency for tick in client.ticks) > 0.4


def test_stop_does_not_wait_for_an_outage_to_end(door: tuple[str, Path]) -> None:
    """Requests without an answer are seen to wait, and are neither answered nor lost when the client stops."""
    url, certificate = door
    client = SteadyClient(url, certificate, rate=50).start()
    _until(lambda: client.summary.answered >= 5)
    _Hello.silent.set()
    _until(lambda: client.waiting >= 20)
    under_way = client.under_way
    assert list(under_way) == sorted(under_way)
    assert time.time() - 5 < under_way[0] <= under_way[-1] <= time.time() + 0.1
    began = time.monotonic()
    seen = client.stop()
    assert time.monotonic() - began < 2.0
    # some of the twenty had been asked before the silence: they may have been answered since
    assert seen.unanswered >= 5
    assert seen.lost == 0
    assert f"{seen.unanswered} still waiting when the client stopped" in str(seen)
    assert client.waiting == 0


def test_a_request_without_an_answer_is_lost_in_time(door: tuple[str, Path]) -> None:
    """No answer at all is a loss of which nobody knows how many tries it took."""
    url, certificate = door
    _Hello.silent.set()
    with SteadyClient(url, certificate, rate=20, timeout=0.3) as client:
        _until(lambda: client.summary.lost >= 2)
    assert client.ticks[0].tries == 0
    assert "no answer within 0.3 s" in client.losses


def test_a_forgotten_client_stops_by_itself_and_says_so(door: tuple[str, Path]) -> None:
    """Nobody is asked for ever."""
    url, certificate = door
    client = SteadyClient(url, certificate, rate=50, for_at_most=0.5).start()
    _until(lambda: not client.running)
    assert str(client.summary).endswith("(it stopped by itself after 0.5 s)")
    assert client.stop().first_try == 25


@pytest.mark.parametrize("rate", [0, -1, 201, float("nan"), float("inf"), "20", None, True])
def test_a_rate_that_makes_no_sense_is_refused(rate: Any, tmp_path: Path) -> None:
    """With the value, and with one that works."""
    with pytest.raises(LabError, match="can't send") as refused:
        SteadyClient("https://127.0.0.1:1/", tmp_path / "none.pem", rate=rate)
    assert repr(rate) in str(refused.value)


def test_a_time_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """It could not be kept."""
    with pytest.raises(LabError, match="can't run for 0 seconds"):
        SteadyClient("https://127.0.0.1:1/", tmp_path / "none.pem", for_at_most=0)


def test_the_door_is_open_when_the_app_behind_it_answers(door: tuple[str, Path]) -> None:
    """A gateway that has nobody to ask yet is waited for; one that never has says what it answered."""
    url, certificate = door
    found = FrontDoor(url, certificate)
    _Hello.failing.set()
    with pytest.raises(ClusterError, match=r"nobody answered at the first try within 1 s: 503 Service Unavailable"):
        found.wait_open(patience=0.6)
    later = threading.Timer(0.4, _Hello.failing.clear)
    later.start()
    found.wait_open(patience=10)
    assert not _Hello.failing.is_set()
    later.join()


def test_a_door_behind_which_a_second_try_is_needed_is_not_open(door: tuple[str, Path]) -> None:
    """Each Node's kube-proxy has to know the new Pod, and one good answer does not show that."""
    url, certificate = door
    found = FrontDoor(url, certificate)
    _Hello.tried = "502, 200"
    assert found.get().met == ("502", "200")
    with pytest.raises(ClusterError, match=r"at the first try within 1 s: 200 OK .*, after 2 tries"):
        found.wait_open(patience=0.6)
    _Hello.tried = "200"
    _Hello.connections = 0
    found.wait_open(patience=0.6, times=4)
    assert _Hello.connections == 4


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
