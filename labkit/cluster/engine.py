"""The container engine: a running one is used as it is; on Debian and Ubuntu, as root, one is installed and started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.cluster import system_files
from labkit.errors import EngineError
from labkit.images import debian, docker, stages
from labkit.images.versions import numbers
from labkit.paths import cache

if TYPE_CHECKING:
    from labkit.progress import Progress

#: Before 23.0 the engine asks for every capability that the kernel knows when it runs a privileged container, and fails
#: where the machine withholds one (moby#42906, fixed by moby#42933).
OLDEST_DOCKER = (23,)

#: How long a new engine may take to answer, in seconds (seen: 4).
START_SECONDS = 60.0

BOOKWORM = "12"
#: Below apt's folder: what makes docker.io come from trixie on bookworm.
TRIXIE_SOURCE = "sources.list.d/labkit-trixie.sources"
TRIXIE_PIN = "preferences.d/labkit-trixie"


def version() -> str:
    """Return the running engine's version.

    Raises
    ------
    EngineError
        If none answers, or we may not use it.
    """
    return docker.ask("version", "--format", "{{.Server.Version}}", timeout=20).strip()


def ensure(progress: Progress) -> str:
    """Have a running engine that is new enough.

    Parameters
    ----------
    progress
        Where installation and start are shown.

    Returns
    -------
    str
        Its version.

    Raises
    ------
    EngineError
        With the one thing to do, where the kit cannot do it itself.
    """
    try:
        return _new_enough(version())
    except EngineError as error:
        if "may not use it" in error.problem or "older than" in error.problem or os.environ.get("DOCKER_HOST"):
            raise
        first = error
    if not debian.may_install():
        raise EngineError(_absent(), remedy=remedy(), detail=first.detail) from first
    if shutil.which("dockerd") is None:
        _install(progress)
    _start(progress)
    return _new_enough(version())


def _new_enough(found: str) -> str:
    if numbers(found) < OLDEST_DOCKER:
        oldest = OLDEST_DOCKER[0]
        raise EngineError(
            f"Docker {found} is older than {oldest}.0, which is the first that runs Kubernetes nodes everywhere",
            remedy=f"install Docker {oldest} or newer (Debian 12: docker.io from trixie), then: labkit up",
        )
    return found


def _absent() -> str:
    if shutil.which("docker"):
        return "Docker is installed here, but its engine is not running"
    return "there is no Docker on this machine"


def remedy() -> str:
    """Return what to do on this machine where no engine runs and the kit cannot start one."""
    if sys.platform == "darwin":
        return "start Docker Desktop (or install it: https://docs.docker.com/desktop/), then: labkit up"
    if shutil.which("docker"):
        return "sudo systemctl start docker, then: labkit up"
    if debian.is_family():
        return "run the same command as root once: it installs and starts Docker (or: sudo apt-get install docker.io)"
    return "install Docker (https://docs.docker.com/engine/install/) and start it, then: labkit up"


def trixie_source(own: debian.Source) -> str:
    """Return the deb822 source for trixie, from where and signed as the machine's own Debian packages are.

    Parameters
    ----------
    own
        The machine's source of bookworm.
    """
    signed = own.signed_by or "/usr/share/keyrings/debian-archive-keyring.gpg"
    fields = {"Types": "deb", "URIs": " ".join(own.uris), "Suites": "trixie", "Components": "main", "Signed-By": signed}
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def trixie_pin() -> str:
    """Return the apt preferences that take docker.io from trixie and nothing else."""
    rules = (("*", 50), ("docker.io", 600))
    return "\n".join(f"Package: {name}\nPin: release n=trixie\nPin-Priority: {level}\n" for name, level in rules)


def _install(progress: Progress) -> None:
    fields = debian.release()
    log = stages.log_file("install-docker")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    bookworm = fields.get("ID") == "debian" and fields.get("VERSION_ID") == BOOKWORM
    which = "docker.io from Debian trixie (bookworm's own is too old)" if bookworm else "docker.io"
    progress.say(f"There is no Docker here: {which} is installed now, as you are root.")
    with progress.stage(f"Docker, installed ({which.split(' (', maxsplit=1)[0]})") as stage:
        if bookworm:
            prefer_trixie()
        # iptables is what dockerd programs the network with; it is only recommended by the package
        debian.install(["docker.io", "iptables"], log=log, stage=stage)
        if shutil.which("docker") is None:
            # newer releases have the client in a package of its own
            debian.install(["docker-cli"], log=log, stage=stage, update=False)


def prefer_trixie(apt: Path = debian.APT) -> None:
    """Have docker.io come from trixie: a package source and a pin, which :func:`forget_trixie` takes away again.

    Parameters
    ----------
    apt
        apt's configuration folder.

    Raises
    ------
    EngineError
        If the machine has no source of its own to take the address from.
    """
    files = _trixie_files(apt)
    if not files:
        raise EngineError(
            "this is Debian 12, but none of its package sources has the suite bookworm, component main",
            remedy="add Debian's own source to /etc/apt/sources.list, or install Docker 23 or newer; then: labkit up",
        )
    for file, text in files.items():
        system_files.add(file, text)


def forget_trixie(apt: Path = debian.APT) -> list[str]:
    """Remove the package source and the pin, if the kit added them and they are as it did; say what was done.

    Parameters
    ----------
    apt
        apt's configuration folder.
    """
    # the kit of before wrote nothing down: what has our name and just our text is ours too
    said = list(system_files.remove(also=_trixie_files(apt)))
    if any(line.startswith("removed ") for line in said):
        said.append("Docker stays installed; apt-get update makes apt forget what that source offered.")
    return said


def _trixie_files(apt: Path) -> dict[Path, str]:
    own = debian.of_suite("bookworm", debian.sources(apt))
    return {apt / TRIXIE_SOURCE: trixie_source(own), apt / TRIXIE_PIN: trixie_pin()} if own else {}


def _start(progress: Progress) -> None:
    with progress.stage("Docker, started") as stage:
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "start", "docker"], check=False, capture_output=True, timeout=START_SECONDS)
            log = Path("journalctl -u docker")
            process = None
        else:
            log = stages.log_file("dockerd")
            process = _background(log)
            stage.note(f"no systemd here: dockerd runs in the background, its log is {log}")
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                version()
            except EngineError as error:
                ended = process is not None and process.poll() is not None
                if ended or time.monotonic() > end:
                    tail = log.read_text(errors="replace").splitlines()[-8:] if log.is_file() else []
                    raise EngineError(
                        "the Docker engine ended at once"
                        if ended
                        else f"the Docker engine did not answer within {START_SECONDS:.0f} s",
                        detail="\n".join(tail) or error.detail,
                        remedy=f"read {log}, then: labkit up",
                    ) from error
                time.sleep(0.3)
            else:
                return


def own_pid() -> int | None:
    """Return the process id of the engine that the kit itself started in the background, or None."""
    try:
        pid = (cache() / "docker" / "dockerd.pid").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return int(pid) if _is_dockerd(pid) else None


def stop_own(timeout: float = 60.0) -> bool:
    """Stop the engine that the kit itself started; return whether there was one and it ended in time.

    Parameters
    ----------
    timeout
        Seconds that it may take: it stops its containers first.
    """
    pid = own_pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + timeout
    while own_pid() == pid and time.monotonic() < end:
        time.sleep(0.2)
    return own_pid() != pid


def stop_idle() -> bool:
    """Stop the engine that the kit itself started, unless a container runs in it; return whether it was stopped."""
    if own_pid() is None:
        return False
    try:
        if docker.ask("ps", "--quiet").strip():
            return False
    except EngineError:
        return False
    return stop_own()


def _background(log: Path) -> subprocess.Popen[bytes]:
    pid_file = cache() / "docker" / "dockerd.pid"
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    for stale in (pid_file, Path("/var/run/docker.pid")):
        # after a reboot the number may belong to somebody else, and dockerd would refuse to start beside it
        if stale.is_file() and not _is_dockerd(stale.read_text(encoding="utf-8").strip()):
            stale.unlink()
    with log.open("ab") as out:
        return subprocess.Popen(
            ["dockerd", "--pidfile", str(pid_file)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )


def _is_dockerd(pid: str) -> bool:
    try:
        return Path(f"/proc/{int(pid)}/comm").read_text(encoding="utf-8").strip() == "dockerd"
    except (OSError, ValueError):
        return False
