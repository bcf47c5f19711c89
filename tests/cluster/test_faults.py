"""A lost node always comes back: nothing is left paused, however the notebook ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from labkit import cluster
from labkit.api.kubectl import Kubectl
from labkit.cluster import faults
from labkit.lesson import holder
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = [pytest.mark.cluster, pytest.mark.alone]

LOSE_AND_WAIT = """
import sys, time
from labkit.cluster import faults
faults.lose(sys.argv[1])
print("lost", flush=True)
time.sleep(600)
"""

#: A cell that loses a node and is interrupted, in the shell that a notebook's kernel has.
LOSE_AND_INTERRUPT = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell('from labkit import Lab; lab = Lab("00-start-here")').raise_error()
done = shell.run_cell(f'lab.lose_node({sys.argv[1]!r}); raise KeyboardInterrupt')
print(type(done.error_in_exec).__name__)
from labkit import cluster
print(cluster.paused_nodes())
"""

#: A notebook that loses a node, does nothing for a while, and then wants its board.
LOSE_AND_SIT = """
import sys
from labkit import Lab
from labkit.errors import LabError
lab = Lab("00-start-here")
lab.lose_node(sys.argv[1])
print("lost", flush=True)
sys.stdin.readline()
try:
    lab.board()
except LabError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.fixture
def node(lab_connection: Connection) -> Iterator[str]:
    """Return a worker of the test cluster, and see to it that it is not paused afterwards."""
    name = lab_connection.context.removeprefix("kind-") + "-worker2"
    yield name
    faults.bring_back(name)


def back(node: str, seconds: float) -> bool:
    """Return whether a node is not paused any more within so many seconds."""
    end = time.monotonic() + seconds
    while node in cluster.paused_nodes():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def test_a_killed_kernel_leaves_no_node_lost(node: str) -> None:
    """SIGKILL gives nobody time to tidy up; a process beside it does."""
    kernel = subprocess.Popen([sys.executable, "-c", LOSE_AND_WAIT, node], cwd=REPO, stdout=subprocess.PIPE, text=True)
    try:
        assert kernel.stdout is not None
        assert kernel.stdout.readline().strip() == "lost"
        assert node in cluster.paused_nodes()
    finally:
        kernel.kill()
        kernel.communicate()
    assert back(node, 10)


@pytest.fixture
def unreliable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a docker client first on PATH that does what it is asked only while there is no line in a file left.

    Each call takes a line: ``fail`` ends with an error, ``hang`` never ends.
    """
    lines, real = tmp_path / "lines", shutil.which("docker")
    lines.touch()
    script = f"""#!/bin/sh
next=$(head -n 1 {lines}); sed -i 1d {lines}
case "$next" in
    fail) echo "Error response from daemon: context deadline exceeded" >&2; exit 1;;
    hang) exec sleep 600;;
esac
exec {real} "$@"
"""
    (tmp_path / "docker").write_text(script)
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return lines


def test_a_killed_kernel_and_a_docker_that_fails_and_hangs(node: str, unreliable: Path) -> None:
    """One time-out must not end the process that watches: it goes on until the node is back."""
    kernel = subprocess.Popen([sys.executable, "-c", LOSE_AND_WAIT, node], cwd=REPO, stdout=subprocess.PIPE, text=True)
    try:
        assert kernel.stdout is not None
        assert kernel.stdout.readline().strip() == "lost"
        unreliable.write_text("hang\nfail\nfail\nfail\nhang\nfail\n")
    finally:
        kernel.kill()
        kernel.communicate()
    end = time.monotonic() + 90
    while unreliable.read_text():
        assert time.monotonic() < end, unreliable.read_text()
        time.sleep(0.2)
    assert back(node, 30)


def test_an_interrupted_cell_leaves_no_node_lost(node: str) -> None:
    """The cell that fails or is interrupted brings back what was lost."""
    done = subprocess.run(
        [sys.executable, "-c", LOSE_AND_INTERRUPT, node],
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert f"node {node}: it is frozen, and silent" in done.stdout
    assert f"node {node}: it goes on where it was" in done.stdout
    assert done.stdout.split()[-2:] == ["KeyboardInterrupt", "[]"]
    assert node not in cluster.paused_nodes()


def test_brought_back_twice_is_no_error(node: str) -> None:
    """What is not lost needs no bringing back."""
    faults.bring_back(node)
    faults.bring_back(node)
    assert node not in cluster.paused_nodes()


def test_another_notebook_that_takes_the_lab_gets_the_node_too(lab_connection: Connection, node: str) -> None:
    """The one that lost it brings it back by itself; the other would wait for its pods in vain."""
    asked = [sys.executable, "-c", LOSE_AND_SIT, node]
    program = subprocess.Popen(asked, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout
        assert any(line.strip() == "lost" for line in program.stdout)
        assert node in cluster.paused_nodes()
        holder.take(Kubectl(lab_connection), "05-rolling-update")
        assert back(node, 15)
        # and what it is asked to show now, it leaves to the other
        assert program.stdin
        program.stdin.write("\n")
        program.stdin.close()
        assert "TakenOverError: This notebook (00-start-here) does not have the lab any more" in program.stdout.read()
    finally:
        program.kill()
        program.wait()
        if program.stdout:
            program.stdout.close()
