"""The engine that the kit started is stopped when nothing runs in it any more, and never under somebody's container."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from labkit.cluster import engine
from labkit.errors import EngineError
from labkit.images import docker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start an engine, in the kit too"),
]

IMAGE = "labkit-test-idle"


@pytest.fixture
def second_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """Start a second engine beside the one that the cluster runs in, as if the kit had started it in the background."""
    pid_file = tmp_path / "cache" / "docker" / "dockerd.pid"
    pid_file.parent.mkdir(parents=True)
    # a socket's path may have 107 characters at most, fewer than pytest's folders take
    here = f"/run/labkit-test-{os.getpid()}"
    folders = ["--pidfile", str(pid_file), "--data-root", str(tmp_path / "data"), "--exec-root", here]
    apart = ["--host", f"unix://{here}.sock", "--bridge", "none", "--iptables=false", "--ip6tables=false"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(["dockerd", *folders, *apart], stdout=log, stderr=log, start_new_session=True)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{here}.sock")
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    try:
        end = time.monotonic() + 60
        while True:
            try:
                engine.version()
                break
            except EngineError:
                assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
                assert time.monotonic() < end, "the second engine does not answer"
                time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(60)
        for folder in (here, tmp_path / "data"):
            shutil.rmtree(folder, ignore_errors=True)


def test_it_is_stopped_only_when_nothing_runs_in_it(
    lab_connection: Connection, second_engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    # kubectl is the one program at hand that needs nothing around it; as a proxy it runs until it is ended
    with tarfile.open(tmp_path / "root.tar", "w") as root:
        root.add(lab_connection.kubectl, "kubectl")
    docker.ask("import", str(tmp_path / "root.tar"), IMAGE, timeout=120)
    made = docker.ask("run", "--detach", "--network", "none", IMAGE, "/kubectl", "proxy").strip()
    assert docker.ask("ps", "--quiet", "--no-trunc").strip() == made

    assert engine.own_pid() == second_engine.pid
    assert not engine.stop_idle()
    assert second_engine.poll() is None
    assert docker.ask("ps", "--quiet", "--no-trunc").strip() == made

    docker.ask("rm", "--force", made)
    assert engine.stop_idle()
    assert second_engine.wait(10) == 0
    assert engine.own_pid() is None
    assert not engine.stop_idle()
