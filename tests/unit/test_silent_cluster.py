"""``Lab()`` on a cluster that does not answer: one message, soon, and nothing of it stays behind.

The API servers are sockets of this test: what is tried is what happens when there is no cluster.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from labkit.api.watch import Watch
from labkit.errors import ClusterError
from labkit.notebook.lab import Lab
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What a notebook's kernel does, again and again, as learners do; then what is left of it.
TRY = """
import sys, threading, time
from labkit import Lab
from labkit.errors import LabError
for _ in range(int(sys.argv[1])):
    began = time.monotonic()
    try:
        Lab("01-create")
    except LabError as error:
        print(f"{type(error).__name__}: {error}")
    print(f"SECONDS {time.monotonic() - began:.1f}", flush=True)
print("THREADS", [thread.name for thread in threading.enumerate()])
"""


@contextlib.contextmanager
def closed() -> Iterator[int]:
    """Yield a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    yield port


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Yield a port that takes connections and never says a word: a server that hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening.getsockname()[1]


def kubeconfig_of(port: int, folder: Path) -> Path:
    """Write a kubeconfig for the API server behind a port."""
    file = folder / "kubeconfig"
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(yaml.safe_dump(kubeconfig))
    return file


@pytest.mark.parametrize(("server", "times"), [(closed, 3), (silent, 1)])
def test_one_message_and_no_thread_left(server: Any, times: int, tmp_path: Path) -> None:
    """Each time: a learner runs the cell again, and again."""
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho 'Unable to connect to the server: EOF' >&2\nexit 1\n")
    (tmp_path / "kubectl").chmod(0o755)
    with server() as port:
        changed = {
            "LABKIT_KUBECONFIG": str(kubeconfig_of(port, tmp_path)),
            "LABKIT_CONTEXT": "c",
            "LABKIT_NAMESPACE": "",
            "LABKIT_WORK": str(tmp_path / "work"),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            [sys.executable, "-c", TRY, str(times)],
            check=False,
            capture_output=True,
            text=True,
            cwd=REPO,
            env={**os.environ, **changed},
            timeout=200,
        )
    said = done.stdout
    assert done.stderr.strip() == ""
    assert said.count("Error: ") == said.count("\nNext: ") == times, said
    assert "THREADS ['MainThread']" in said
    took = [float(line.split()[1]) for line in said.splitlines() if line.startswith("SECONDS")]
    assert max(took) < 30


@pytest.mark.parametrize("server", [closed, silent])
def test_a_cluster_that_falls_silent_after_the_beginning(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the watch is to begin, nobody answers any more: its nine threads end."""
    monkeypatch.setattr(Watch.synced, "__defaults__", (1.0,))
    lab = Lab.__new__(Lab)
    with server() as port:
        lab.connection = SimpleNamespace(  # type: ignore[assignment]  # what the watch needs of it
            kubeconfig=kubeconfig_of(port, tmp_path), context="c", namespace="lab", front_door=""
        )
        with pytest.raises(ClusterError, match="does not answer"):
            lab._watching()
        end = time.monotonic() + 15
        while left := [one.name for one in threading.enumerate() if one.name.startswith("labkit-watch")]:
            assert time.monotonic() < end, left
            time.sleep(0.1)
