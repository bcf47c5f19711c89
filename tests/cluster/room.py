"""A room without Internet: a network namespace without a route, a Docker engine and a home folder of its own.

Nothing of this machine but its programs is in it: no cache folder, no image, no registry, no package mirror.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: How long the room's engine may take to answer, in seconds.
ENGINE_SECONDS = 60.0


class Room:
    """The room, open.

    Parameters
    ----------
    folder
        Where its home folder and its engine's data are.
    holder
        A process that does nothing but be in the room.
    """

    def __init__(self, folder: Path, holder: int) -> None:
        self.folder = folder
        self.holder = holder
        self.home = folder / "home"
        self.enter = ["nsenter", f"--net=/proc/{holder}/ns/net"]
        # a socket's path may have 107 characters at most, fewer than pytest's folders take
        self.run_folder = Path(f"/run/labkit-room-{os.getpid()}")
        own_python = str(Path(getattr(sys, "_base_executable", sys.executable)).parent)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([own_python, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/bin"]),
            "DOCKER_HOST": f"unix://{self.run_folder}.sock",
            "LANG": "C.UTF-8",
        }

    def run(self, *command: str | Path, cwd: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command in the room; what it says comes back, whatever its code."""
        asked = [*self.enter, *map(str, command)]
        return subprocess.run(
            asked, cwd=cwd, env=self.environment, check=False, capture_output=True, text=True, timeout=timeout
        )

    def programs(self) -> set[str]:
        """Return the names of all programs that run in the room."""
        ours = _namespace(self.holder)
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if _namespace(int(process.name)) == ours:
                    found.add((process / "comm").read_text(encoding="utf-8").strip())
        return found

    def begin(self, *command: str | Path, cwd: Path, log: Path) -> subprocess.Popen[bytes]:
        """Begin a command in the room, whose output goes into a file."""
        with log.open("wb") as out:
            return subprocess.Popen(
                [*self.enter, *map(str, command)],
                cwd=cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextlib.contextmanager
def room(folder: Path) -> Iterator[Room]:
    """Open a room, and take everything in it away at the end.

    Parameters
    ----------
    folder
        An empty folder.
    """
    holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], start_new_session=True)
    try:
        _until(lambda: _namespace(holder.pid) != _namespace(os.getpid()), 10, "no network namespace of its own")
        opened = Room(folder, holder.pid)
        opened.home.mkdir()
        subprocess.run([*opened.enter, "ip", "link", "set", "lo", "up"], check=True)
        with _engine(opened):
            yield opened
    finally:
        holder.kill()
        holder.wait()


def _namespace(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def _until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)


@contextlib.contextmanager
def _engine(opened: Room) -> Iterator[None]:
    data = opened.folder / "docker"
    folders = ["--data-root", str(data), "--exec-root", str(opened.run_folder), "--pidfile", f"{opened.run_folder}.pid"]
    log = opened.folder / "dockerd.log"
    process = opened.begin("dockerd", "--host", f"unix://{opened.run_folder}.sock", *folders, cwd=Path("/"), log=log)

    def answers() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        return opened.run("docker", "version", cwd=Path("/")).returncode == 0

    try:
        _until(answers, ENGINE_SECONDS, "the room's engine does not answer")
        yield
    finally:
        left = opened.run("docker", "ps", "--all", "--quiet", cwd=Path("/")).stdout.split()
        for name in left:
            opened.run("docker", "unpause", name, cwd=Path("/"))
        if left:
            opened.run("docker", "rm", "--force", "--volumes", *left, cwd=Path("/"))
        process.terminate()
        process.wait(60)
        for rest in (data, opened.run_folder):
            shutil.rmtree(rest, ignore_errors=True)
