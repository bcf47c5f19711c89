"""A pack in a room without Internet: made here, unpacked there, and the lesson begins.

The room has no route to anywhere, no image, no cache folder and an engine of its own (``tests/cluster/room.py``).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from labkit.pack.wheels import PYTHONS
from labkit.paths import REPO
from tests.cluster.room import Room, room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.alone,
    pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root on Linux can make a room"),
    pytest.mark.timeout(1800),
]

#: What a stick of 1 GB holds.
STICK = 1e9

#: How long "make lab" may take in the room until JupyterLab answers, in seconds (seen: see README, "Measured").
LAB_SECONDS = 600.0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Pack what stands here, as an instructor does."""
    folder = tmp_path_factory.mktemp("stick")
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "pack", folder / "lab.tar"],
        cwd=REPO,
        check=False,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr
    yield folder / "lab.tar"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def closed_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Open a room without Internet."""
    folder = tmp_path_factory.mktemp("room")
    with room(folder) as opened:
        yield opened
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def lab(archive: Path, closed_room: Room) -> Path:
    """Unpack the archive in the room by what is in it, with nothing but Python."""
    taken = ["tar", "xf", str(archive), "--strip-components=1", "kubernetes-lab/unpack.py"]
    assert closed_room.run(*taken, cwd=closed_room.home).returncode == 0
    done = closed_room.run("python3", "unpack.py", archive, cwd=closed_room.home)
    assert done.returncode == 0, done.stderr
    assert "Next: cd kubernetes-lab && make lab" in done.stdout
    return closed_room.home / "kubernetes-lab"


def test_it_fits_on_a_stick(archive: Path) -> None:
    assert archive.stat().st_size < STICK


def test_no_network_can_be_reached_from_the_room(closed_room: Room) -> None:
    assert closed_room.run("ip", "route", "show", "default", cwd=closed_room.home).stdout == ""
    reach = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
    assert "Network is unreachable" in closed_room.run("python3", "-c", reach, cwd=closed_room.home).stderr
    assert closed_room.run("docker", "images", "--quiet", cwd=closed_room.home).stdout == ""


@pytest.mark.parametrize("python", [*PYTHONS, f"{PYTHONS[0]}.2"])
def test_each_python_finds_all_its_packages_in_the_pack(python: str, closed_room: Room, lab: Path) -> None:
    # 3.11.2 is Debian 12's, and the lock tells it from the later ones
    uv = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--offline", "--no-index", "--no-cache"]
    where = ["--find-links", "pack/wheels", "--target", "nowhere", "--python-version", python]
    lock = ["--only-binary", ":all:", "--require-hashes", "-r", "requirements.lock"]
    done = closed_room.run(*uv, *where, "--python-platform", "x86_64-manylinux_2_28", *lock, cwd=lab)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Would install 1\d\d packages", done.stderr)


def test_make_lab_and_a_notebook_in_the_room(closed_room: Room, lab: Path) -> None:
    log = closed_room.folder / "make-lab.log"
    process = closed_room.begin("make", "lab", cwd=lab, log=log)
    try:
        address = until_open(process, log)
        said = log.read_text(encoding="utf-8")
        assert "from the pack …" in said
        assert "✓ node image, from the pack" in said
        ask = f"import urllib.request as u; print(u.urlopen({address!r}, timeout=20).status)"
        assert closed_room.run("python3", "-c", ask, cwd=lab).stdout.strip() == "200"
        nbval = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with=tests/notebooks/sanitize.cfg"]
        asked = [".venv/bin/python", "-m", "pytest", "-q", *nbval, "notebooks/03-scale.ipynb"]
        done = closed_room.run(*asked, cwd=lab)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        assert re.search(r"\d\d passed", done.stdout)
        state = json.loads(closed_room.run(".venv/bin/labkit", "status", "--json", cwd=lab).stdout)
        assert (state["state"], len(state["nodes"])) == ("running", 4)
        found = closed_room.run(".venv/bin/labkit", "doctor", "--json", cwd=lab)
        assert json.loads(found.stdout)["ready"] is True
    finally:
        # not Ctrl-C: where a shell has started the tests in the background, it is ignored, and by this child as well
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
    down = closed_room.run(".venv/bin/labkit", "down", cwd=lab)
    assert down.returncode == 0, down.stderr
    assert closed_room.run("docker", "ps", "--all", "--quiet", cwd=lab).stdout == ""
    # JupyterLab has ended its kernels and itself by now
    assert closed_room.programs() <= {"sleep", "dockerd", "containerd"}


def until_open(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until "make lab" has said where JupyterLab is, and return it."""
    end = time.monotonic() + LAB_SECONDS
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"http://127\.0\.0\.1:\S+", said)
        if "The lab is open" in said and found:
            return found[0]
        assert process.poll() is None, said
        assert time.monotonic() < end, said
        time.sleep(0.5)
