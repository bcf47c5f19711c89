"""What can be in the way of set-up, caused for real: one message with the remedy, exit code 1, no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labkit.paths import REPO

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, and mounts in a namespace of its own"),
]

#: Becomes "nobody", who may still read everything, because the interpreter may stand in a folder that only root may
#: read (a root's own pyenv). Writing, and so connecting to a socket, is what nobody else's permissions say.
AS_NOBODY = [
    shutil.which("setpriv") or "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
]


def fail(command: list[str], **environment: str) -> str:
    """Run a command that must end with code 1, and return its message."""
    changed = {**os.environ, "LABKIT_CLUSTER": "labkit-errors", **environment}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=REPO, env=changed, timeout=120)
    assert done.returncode == 1, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    assert "\nNext: " in done.stderr
    return done.stderr


@pytest.fixture
def cache(tmp_path: Path) -> str:
    folder = tmp_path / "cache"
    folder.mkdir()
    for one in (folder, tmp_path, tmp_path.parent, tmp_path.parent.parent):
        one.chmod(one.stat().st_mode | 0o011)
    folder.chmod(0o777)
    return str(folder)


def labkit(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "labkit", *arguments]


def as_nobody(*arguments: str) -> list[str]:
    return [*AS_NOBODY, *labkit(*arguments)]


def test_docker_without_permission(cache: str) -> None:
    # USER says what it said before the change of user, as with su
    said = fail(as_nobody("up"), LABKIT_CACHE=cache, HOME=cache, USER="root", LOGNAME="root")
    assert "user nobody may not use it" in said
    assert "sudo usermod -aG docker" in said


def test_no_docker_and_not_root(cache: str) -> None:
    said = fail(as_nobody("up"), LABKIT_CACHE=cache, HOME=cache, PATH="/nowhere")
    assert "there is no Docker on this machine" in said
    assert "as root" in said


def test_an_engine_that_does_not_run(cache: str) -> None:
    said = fail(labkit("up"), LABKIT_CACHE=cache, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert "no Docker engine answers here" in said


def test_doctor_says_the_same_with_a_table(cache: str) -> None:
    changed = {**os.environ, "LABKIT_CACHE": cache, "HOME": cache}
    done = subprocess.run(
        as_nobody("doctor"), check=False, capture_output=True, text=True, cwd=REPO, env=changed, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert "✗" in done.stdout
    assert "usermod" in done.stdout
    assert "Traceback" not in done.stderr


def in_small_machine(script: str, command: list[str]) -> list[str]:
    """Run a command where something was mounted, in a mount namespace of its own."""
    return ["unshare", "--mount", "sh", "-ec", f'{script}; exec "$@"', "sh", *command]


def test_too_little_disk(cache: str) -> None:
    mount = f"mount -t tmpfs -o size=16m tmpfs {cache}"
    said = fail(in_small_machine(mount, labkit("up")), LABKIT_CACHE=cache)
    assert f"too little disk at {cache}: 0.0 GiB free" in said
    assert "make room there" in said


def test_too_little_memory(cache: str, tmp_path: Path) -> None:
    small = tmp_path / "meminfo"
    small.write_text("MemTotal: 2000000 kB\nMemAvailable: 1048576 kB\n", encoding="utf-8")
    said = fail(in_small_machine(f"mount --bind {small} /proc/meminfo", labkit("up")), LABKIT_CACHE=cache)
    assert "too little memory: 1.0 GiB free, 3.0 GiB needed" in said


def test_a_node_image_that_cannot_be_had(cache: str) -> None:
    said = fail(labkit("up"), LABKIT_CACHE=cache, LABKIT_NODE_IMAGE="localhost/no-such-node:v1")
    assert "'localhost/no-such-node:v1' that LABKIT_NODE_IMAGE names" in said
    assert "LABKIT_NODE_IMAGE=build" in said


def test_a_number_of_workers_that_is_none(cache: str) -> None:
    said = fail(labkit("up"), LABKIT_CACHE=cache, LABKIT_WORKERS="three")
    assert "LABKIT_WORKERS='three'" in said


def test_no_cluster_to_open_a_lab_on(cache: str) -> None:
    said = fail(labkit("reset"), LABKIT_CACHE=cache)
    assert "there is no cluster 'labkit-errors' here yet" in said
    assert "labkit up" in said


def test_a_python_that_cannot_make_environments(tmp_path: Path) -> None:
    """A Python without ensurepip, as Debian's is without its package python3-venv, used by somebody who is not root."""
    clone = tmp_path / "clone"
    (clone / "labkit").mkdir(parents=True)
    for name in ("labkit/bootstrap.py", "requirements.lock", "pyproject.toml"):
        shutil.copy(REPO / name, clone / name)
    (clone / "ensurepip.py").write_text("raise ImportError\n", encoding="utf-8")
    changed = {**os.environ, "PYTHONPATH": str(clone), "PATH": "/nowhere"}
    changed.pop("CONDA_PREFIX", None)
    done = subprocess.run(
        [sys.executable, str(clone / "labkit" / "bootstrap.py"), "status"],
        check=False,
        capture_output=True,
        text=True,
        env=changed,
        timeout=60,
    )
    assert done.returncode == 1
    assert "its module ensurepip is missing" in done.stderr
    assert "sudo apt-get install python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
