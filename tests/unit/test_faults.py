"""The process that watches over a lost node goes on trying, whatever the docker client does.

The client is a script here that fails and hangs as it is told; with the real one: tests/cluster/test_faults.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labkit.cluster import faults
from labkit.errors import ClusterError, EngineError

#: Does what the next line of "script" says (fail, hang, or what it was asked), and notes each command in "calls".
DOCKER = """#!/bin/sh
cd {folder}
echo "$1" >> calls
next=$(sed -n "$(wc -l < calls)p" script)
case "$next" in
    fail) echo "Error response from daemon: context deadline exceeded" >&2; exit 1;;
    hang) exec sleep 600;;
esac
case "$1" in
    container) cat state 2>/dev/null || {{ echo "Error response from daemon: No such container: n" >&2; exit 1; }};;
    pause) echo paused > state;;
    unpause) echo running > state;;
esac
"""

WATCHED = (
    "import os, sys; from labkit.cluster import faults; "
    "faults.LOOK_EVERY = 0.2; faults.watch_over('n', {parent}, {rest})"
)
#: A notebook: it starts the one that watches, says who that is, and goes on living.
NOTEBOOK = """
import subprocess, sys, time
watcher = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.DEVNULL)
print(watcher.pid, flush=True)
time.sleep(600)
"""


class Docker:
    """A docker client of a test, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "docker"
        self.program.write_text(DOCKER.format(folder=folder))
        self.program.chmod(0o755)
        for name in ("calls", "script"):
            (folder / name).touch()
        self.environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    @property
    def state(self) -> str:
        """Return the node's state, empty while it is being written."""
        return (self.folder / "state").read_text().strip()

    @state.setter
    def state(self, value: str) -> None:
        (self.folder / "state").write_text(value + "\n")

    @property
    def calls(self) -> list[str]:
        """Return what it was asked, one word each."""
        return (self.folder / "calls").read_text().split()

    def will(self, *deeds: str) -> None:
        """Say what it does from now on: ``fail``, ``hang``, ``obey``; it obeys after the last."""
        lines = ["obey"] * len(self.calls) + list(deeds)
        (self.folder / "script").write_text("\n".join(lines) + "\n")


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    """Return a docker client that obeys, and a node that is paused."""
    made = Docker(tmp_path)
    made.state = "paused"
    return made


def until(what: str, true: object, seconds: float = 30.0) -> None:
    """Wait until a function returns true."""
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def run(docker: Docker, parent: str = "0", rest: str = "patience=0.5") -> subprocess.Popen[bytes]:
    """Start the one that watches."""
    code = WATCHED.format(parent=parent, rest=rest)
    return subprocess.Popen([sys.executable, "-c", code], env=docker.environment)


def is_over(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or ") Z " in stat.read_text()


def test_a_killed_notebook_and_a_docker_that_fails_and_hangs(docker: Docker) -> None:
    """Each kind of failure, also of the unpausing itself, and in between what it was asked."""
    code = WATCHED.format(parent="os.getppid()", rest="patience=0.5")
    notebook = subprocess.Popen([sys.executable, "-c", NOTEBOOK, code], env=docker.environment, stdout=subprocess.PIPE)
    assert notebook.stdout
    watcher = int(notebook.stdout.readline())
    try:
        until("it looks", lambda: len(docker.calls) > 2)
        assert not is_over(watcher)
        docker.will("fail", "hang", "fail", "fail")
        until(
            "it has looked in vain",
            lambda: len(docker.calls) >= docker.folder.joinpath("script").read_text().count("\n"),
        )
        assert docker.state == "paused"
    finally:
        docker.will("fail", "hang", "obey", "fail", "obey", "hang", "fail")
        # killed and not waited for: the process is a zombie, which is not alive
        notebook.kill()
    until("the node is back", lambda: docker.state == "running")
    until("nobody watches any more", lambda: is_over(watcher))
    assert docker.calls.count("unpause") >= 3
    notebook.communicate()


def test_a_docker_that_is_away_for_a_while(docker: Docker) -> None:
    """No client on PATH at all: it is looked for again."""
    away = docker.program.rename(docker.folder / "away")
    docker.environment["PATH"] = str(docker.folder)
    watcher = run(docker)
    with pytest.raises(subprocess.TimeoutExpired):
        watcher.wait(3)
    away.rename(docker.program)
    docker.program.write_text(docker.program.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nPATH=/usr/bin:/bin\n"))
    assert watcher.wait(30) == 0
    assert docker.state == "running"


def test_the_longest_time(docker: Docker) -> None:
    """A notebook that lives on and forgets its node."""
    watcher = run(docker, "os.getppid()", "longest=1.0, patience=2.0")
    assert watcher.wait(30) == 0
    assert docker.state == "running"


def test_a_request_that_comes_true_after_its_notebook_has_died(docker: Docker) -> None:
    """The pause was under way when the notebook was killed."""
    docker.state = "running"
    # nobody's child: its notebook has died already
    watcher = run(docker, "1", "patience=2.0, late_orphan=6.0")
    until("it looks", lambda: len(docker.calls) > 1)
    docker.state = "paused"
    assert watcher.wait(30) == 0
    assert docker.state == "running"


def test_who_has_seen_it_lost_does_not_stay_to_undo_the_next_loss(docker: Docker) -> None:
    """The check after the unpausing fails; another notebook may lose the same node a moment later, and keep it so."""
    docker.will("obey", "obey", "fail", "fail")
    watcher = run(docker, "1", "patience=2.0, late_orphan=60.0")
    assert watcher.wait(30) == 0
    assert docker.state == "running"


@pytest.mark.parametrize("state", ["running", "exited", ""])
def test_a_node_that_is_back_or_gone_needs_nobody(docker: Docker, state: str) -> None:
    """The watching ends, and nothing was done."""
    docker.state = state
    if not state:
        (docker.folder / "state").unlink()
    watcher = run(docker, rest="patience=2.0")
    assert watcher.wait(30) == 0
    assert set(docker.calls) == {"container"}


def test_a_docker_that_does_not_bring_it_back_now(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner is told, and a process goes on trying."""
    monkeypatch.setenv("PATH", docker.environment["PATH"])
    docker.will("fail", "fail")
    with pytest.raises(EngineError, match=r"Node n is not back yet: docker ps .*goes on trying until it is"):
        faults.bring_back("n")
    until("the node is back", lambda: docker.state == "running")


def test_a_cluster_that_others_run_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its nodes are nobody's containers here."""
    monkeypatch.setenv("LABKIT_KUBECONFIG", "/some/kubeconfig")
    with pytest.raises(ClusterError, match="run by others"):
        faults.lose("node-1")
