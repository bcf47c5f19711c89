"""The real processes, as the containers run them: they start fast, become ready in order, and end gracefully."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from labkit.paths import REPO
from services.auth.passwords import Costs, users_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Service:
    """A running service."""

    def __init__(self, name: str, folder: Path, **environment: str) -> None:
        self.port, self.health_port = _free_ports()
        (folder / "signing-key").write_text("k" * 32)
        (folder / "users").write_text(users_line("ada", "s3cret", Costs(n=16)) + "\n")
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"services.{name}"],
            cwd=REPO,
            env={
                "PATH": os.environ["PATH"],
                "PORT": str(self.port),
                "HEALTH_PORT": str(self.health_port),
                "SIGNING_KEY_FILE": str(folder / "signing-key"),
                "USERS_FILE": str(folder / "users"),
                "VERSION": "1.0.0",
                "WARM_UP_SECONDS": "0",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self, path: str) -> str:
        """Return an address of the app's port."""
        return f"http://127.0.0.1:{self.port}{path}"

    def health(self, path: str) -> int:
        """Return the status of the health port, or 0 while nobody listens."""
        try:
            return httpx2.get(f"http://127.0.0.1:{self.health_port}{path}").status_code
        except httpx2.TransportError:
            return 0

    def wait(self, path: str, status: int) -> None:
        """Wait until the health port answers so."""
        deadline = time.monotonic() + 20
        while self.health(path) != status:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, f"{path} never was {status}"
            time.sleep(0.02)


@contextmanager
def running(name: str, folder: Path, **environment: str) -> Iterator[Service]:
    service = Service(name, folder, **environment)
    try:
        yield service
    finally:
        service.process.kill()
        service.process.communicate()


@pytest.mark.parametrize("name", ["auth", "hello"])
def test_it_serves_and_ends_with_0(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path) as service:
        service.wait("/readiness", 200)
        login = httpx2.get(service.url("/login" if name == "auth" else "/"), auth=("ada", "s3cret"))
        assert login.status_code == 200
        service.process.send_signal(signal.SIGTERM)
        out, err = service.process.communicate(timeout=10)
        assert service.process.returncode == 0
        assert err == ""
        assert '"GET ' in out
        assert "/readiness" not in out


def test_alive_comes_before_ready_and_the_port_with_it(tmp_path: Path) -> None:
    with running("hello", tmp_path, WARM_UP_SECONDS="1.5") as service:
        service.wait("/healthz", 200)
        assert service.health("/readiness") == 503
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(service.url("/"))
        service.wait("/readiness", 200)
        assert httpx2.get(service.url("/")).status_code == 200


def test_a_request_in_flight_is_answered_after_sigterm(tmp_path: Path) -> None:
    with running("hello", tmp_path, WORK_SECONDS="1.5") as service:
        service.wait("/readiness", 200)
        answers: list[httpx2.Response] = []
        client = threading.Thread(target=lambda: answers.append(httpx2.get(service.url("/"))))
        client.start()
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
        assert service.health("/readiness") == 503, "it ends, so it is not ready, but its health still answers"
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(service.url("/version"))
        client.join(timeout=10)
        assert service.process.wait(timeout=10) == 0
        assert answers[0].status_code == 200
        assert answers[0].json()["version"] == "1.0.0"


def test_sigterm_while_it_warms_up_ends_it_at_once(tmp_path: Path) -> None:
    with running("hello", tmp_path, WARM_UP_SECONDS="60") as service:
        service.wait("/healthz", 200)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=5) == 0


@pytest.mark.parametrize(
    ("name", "environment", "message"),
    [
        ("hello", {"VERSION": "9.9.9"}, "greeting of release 9.9.9"),
        ("hello", {"VERSION": "../x"}, "must be like 1.0.0"),
        ("hello", {"WARM_UP_SECONDS": "soon"}, "WARM_UP_SECONDS is 'soon'"),
        ("hello", {"SIGNING_KEY_FILE": "/nowhere"}, "cannot read the signing key from /nowhere"),
        ("auth", {"USERS_FILE": "/nowhere"}, "cannot read the users from /nowhere"),
    ],
)
def test_a_bad_setting_is_one_line_and_no_traceback(
    name: str, environment: dict[str, str], message: str, tmp_path: Path
) -> None:
    with running(name, tmp_path, **environment) as service:
        _, err = service.process.communicate(timeout=20)
        assert service.process.returncode == 1
        assert message in err
        assert err.count("\n") == 1
