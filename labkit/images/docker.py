"""The container engine as the rest of the kit sees it: the ``docker`` client, asked for JSON, with errors that help."""

from __future__ import annotations

import io
import json
import os
import pwd
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from labkit.errors import BuildError, EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: The label that says what an image or a container was made from.
LABEL = "dev.labkit.inputs"

#: Attestations would turn each image into a multi-platform index, on which Docker 29's ``save`` fails (kind#3795).
ENVIRONMENT = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def explain(stderr: str) -> EngineError | None:
    """Return the error that stands behind a message of the docker client, when it is about the engine itself.

    Parameters
    ----------
    stderr
        What the client wrote.
    """
    low = stderr.lower()
    if "permission denied" in low and ("socket" in low or "docker api" in low):
        return EngineError(
            f"Docker runs here, but user {_user()} may not use it (permission denied on its socket)",
            remedy="sudo usermod -aG docker $USER, then log in anew; or run the command as root",
        )
    if (
        "cannot connect to the docker daemon" in low
        or "is the docker daemon running" in low
        or "failed to connect" in low
    ):
        return EngineError(
            "no Docker engine answers here", remedy="start Docker, then: labkit up", detail=stderr.strip()[-400:]
        )
    return None


def _user() -> str:
    # not getpass.getuser(): it believes USER, which su and docker exec leave as it was
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def ask(*arguments: str, timeout: float = 60.0) -> str:
    """Run the docker client and return its standard output.

    Parameters
    ----------
    arguments
        What follows ``docker``.
    timeout
        Seconds after which the engine counts as hanging.

    Raises
    ------
    EngineError
        If the client is missing, or the engine does not answer or says no.
    """
    if shutil.which("docker") is None:
        raise EngineError("there is no docker program on this machine's PATH", remedy="labkit doctor")
    try:
        done = subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
        )
    except subprocess.TimeoutExpired as slow:
        raise EngineError(
            f"Docker did not answer 'docker {' '.join(arguments[:2])}' within {timeout:.0f} s",
            remedy="restart Docker, then: labkit up",
        ) from slow
    if done.returncode:
        raise explain(done.stderr) or EngineError(
            f"docker {' '.join(arguments[:3])} ended with code {done.returncode}",
            detail=done.stderr.strip()[-1200:],
            remedy="labkit doctor",
        )
    return done.stdout


def pause(container: str) -> None:
    """Freeze a container's processes; tried again where the kernel could not hold all of them just then.

    With cgroup v1, processes that are just being started may keep it from being frozen. Then runc tries a thousand
    times, lets all go on again, and Docker says "unable to freeze".
    Source: opencontainers/runc, pull requests 2774 and 2791.

    Raises
    ------
    EngineError
        If the engine does not answer or says no, or if it could not be frozen five times.
    """

    def could_not(error: BaseException) -> bool:
        return isinstance(error, EngineError) and "unable to freeze" in error.detail

    tried = Retrying(
        retry=retry_if_exception(could_not), stop=stop_after_attempt(5), wait=wait_fixed(0.5), reraise=True
    )
    tried(ask, "pause", container)


def try_ask(*arguments: str, timeout: float = 60.0) -> str | None:
    """Like :func:`ask`, but return nothing where the engine says no (no such image, no such container)."""
    try:
        return ask(*arguments, timeout=timeout)
    except EngineError as error:
        if error.problem.startswith("docker "):
            return None
        raise


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Return what Docker knows about one object, or nothing when it does not exist.

    Parameters
    ----------
    kind
        ``image``, ``container`` or ``network``.
    name
        Its name or id.
    """
    said = try_ask(kind, "inspect", name)
    if said is None:
        return None
    found: list[dict[str, Any]] = json.loads(said)
    return found[0] if found else None


def label_of(image: str) -> str | None:
    """Return the hash of what an image was made from, or nothing when there is no such image or no such label."""
    found = inspect("image", image)
    labels = ((found or {}).get("Config") or {}).get("Labels") or {}
    value = labels.get(LABEL)
    return str(value) if value else None


def write_context(out: Path, dockerfile: str, files: Mapping[str, Path | bytes]) -> None:
    """Write a build context as a tar archive: only what an image needs, owned by root, without a trace of this machine.

    Modes are set here because the classic builder has no ``COPY --chmod``, and a time of 0 lets the builder's layer
    cache match.

    Parameters
    ----------
    out
        The archive.
    dockerfile
        The Dockerfile's text.
    files
        Path in the context to a file or folder of this machine, or to bytes.
    """

    def owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = 0
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with tarfile.open(out, "w") as archive:
        for name, source in {"Dockerfile": dockerfile.encode(), **files}.items():
            if isinstance(source, bytes):
                entry = tarfile.TarInfo(name)
                entry.size = len(source)
                entry.mode = 0o644
                archive.addfile(owned_by_root(entry), io.BytesIO(source))
            else:
                archive.add(source, arcname=name, filter=owned_by_root)


def build_command(tag: str, inputs: str, arguments: Mapping[str, str]) -> Sequence[str]:
    """Return the command that builds an image out of a context on its standard input.

    Parameters
    ----------
    tag
        The image's name and tag.
    inputs
        The hash for its label.
    arguments
        The Dockerfile's ARGs.
    """
    args = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    return ["docker", "build", "--network=none", "--tag", tag, "--label", f"{LABEL}={inputs}", *args, "-"]


def need_image(tag: str, inputs: str) -> bool:
    """Whether an image has to be built: it is not there, or it was made from something else."""
    return label_of(tag) != inputs


def failed(what: str, detail: str) -> BuildError:
    """Return the error for an engine that did not do a step of a build."""
    return BuildError(f"{what} failed", detail=detail, remedy="labkit doctor, then run the same command again")
