"""Images out of files, and node images out of images: contexts, builds, and imports into a node's own image store."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from typing import TYPE_CHECKING

from labkit import command
from labkit.errors import BuildError
from labkit.images import docker, stages, versions
from labkit.paths import cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from labkit.progress import Progress, Stage

#: How long a node image's containerd may take to answer, in seconds (seen: under 1).
CONTAINERD_SECONDS = 60.0


def build(
    progress: Progress,
    tag: str,
    inputs: str,
    *,
    dockerfile: Path,
    files: Mapping[str, Path | bytes],
    arguments: Mapping[str, str] | None = None,
) -> str:
    """Have an image, built when it is not there or was made from something else.

    Parameters
    ----------
    progress
        Where the work is shown.
    tag
        The image's name and tag.
    inputs
        The hash of everything it depends on; it becomes the image's label.
    dockerfile
        The Dockerfile.
    files
        The build context: path in it to a file, a folder or bytes.
    arguments
        The Dockerfile's ARGs.

    Returns
    -------
    str
        The tag.
    """
    if not docker.need_image(tag, inputs):
        return tag
    name = tag.rsplit("/", 1)[-1].replace(":", "-")
    log = stages.log_file(f"image-{name}")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    archive = cache() / f"context-{name}.tar"
    with progress.stage(f"image {tag.rsplit('/', 1)[-1]}") as stage:
        try:
            docker.write_context(archive, dockerfile.read_text(encoding="utf-8"), files)
            asked = docker.build_command(tag, inputs, arguments or {})
            command.run(asked, log=log, stage=stage, env=docker.ENVIRONMENT, feed=archive)
        finally:
            archive.unlink(missing_ok=True)
    return tag


def from_root(progress: Progress, name: str, archive: Path, inputs: str) -> str:
    """Have a root file system as an image.

    Parameters
    ----------
    progress
        Where the work is shown.
    name
        The root file system's short name.
    archive
        Its tar archive.
    inputs
        The hash of what it was made from.

    Returns
    -------
    str
        The image's tag.
    """
    tag = f"localhost/labkit/{name}:{inputs[: stages.SHORT]}"
    if docker.need_image(tag, inputs):
        log = stages.log_file(f"image-{name}")
        with progress.stage(f"image {name}") as stage:
            change = ["--change", f"LABEL {docker.LABEL}={inputs}"]
            command.run(["docker", "import", *change, archive, tag], log=log, stage=stage)
    return tag


def import_into(progress: Progress, tag: str, inputs: str, *, base: str, images: Mapping[str, str], title: str) -> str:
    """Have a node image that holds other images in its own store, so that every node has them from the start.

    It is done as kind itself does it: the node image runs without systemd, its containerd takes the images without
    unpacking them, and the container is committed with its entrypoint put back.

    Parameters
    ----------
    progress
        Where the work is shown.
    tag
        The new image's name and tag.
    inputs
        The hash of everything it depends on; it becomes the image's label.
    base
        The node image to start from.
    images
        Docker's name of each image to its name on the node.
    title
        What people read.

    Returns
    -------
    str
        The tag.

    Raises
    ------
    BuildError
        If the node's containerd does not start or does not take an image.
    """
    if not docker.need_image(tag, inputs):
        return tag
    log = stages.log_file(f"node-image-{inputs[: stages.SHORT]}")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    with progress.stage(title) as stage, _builder(base) as builder:
        _start_containerd(builder, log, stage)
        archive = cache() / f"images-{inputs[: stages.SHORT]}.tar"
        try:
            command.run(["docker", "save", "--output", archive, *images], log=log, stage=stage)
            stage.note("importing into the node image")
            take = ["docker", "exec", "-i", builder, "ctr", "-n", "k8s.io", "images", "import", "--no-unpack", "-"]
            command.run(take, log=log, stage=stage, feed=archive)
        finally:
            archive.unlink(missing_ok=True)
        for ours, theirs in images.items():
            if ours != theirs:
                name = ["docker", "exec", builder, "ctr", "-n", "k8s.io", "images"]
                command.run([*name, "tag", "--force", ours, theirs], log=log, stage=stage)
                command.run([*name, "rm", ours], log=log, stage=stage)
        _stop_containerd(builder)
        stage.note("committing the node image")
        config = (docker.inspect("image", base) or {}).get("Config", {})
        entrypoint = config.get("Entrypoint") or ["/usr/local/bin/entrypoint", "/sbin/init"]
        changes = [f"ENTRYPOINT {json.dumps(entrypoint)}", "CMD []", f"LABEL {docker.LABEL}={inputs}"]
        options = [part for change in changes for part in ("--change", change)]
        command.run(["docker", "commit", *options, builder, tag], log=log, stage=stage)
    return tag


@contextlib.contextmanager
def _builder(base: str) -> Iterator[str]:
    # --network=none: nothing is fetched here, and a node image that was pulled must not try
    made = docker.ask(
        "run", "--detach", "--privileged", "--network=none", "--label", f"{docker.LABEL}=builder",
        "--entrypoint", "sleep", base, "infinity", timeout=300,
    )  # fmt: skip
    name = made.strip().splitlines()[-1]
    try:
        yield name
    finally:
        docker.try_ask("rm", "--force", "--volumes", name)


def _start_containerd(builder: str, log: Path, stage: Stage) -> None:
    stage.note("starting containerd")
    docker.ask("exec", "--detach", builder, "sh", "-c", "exec containerd > /tmp/containerd.log 2>&1")
    end = time.monotonic() + CONTAINERD_SECONDS
    while docker.try_ask("exec", builder, "ctr", "version") is None:
        if time.monotonic() > end:
            said = docker.try_ask("exec", builder, "tail", "-n", "20", "/tmp/containerd.log") or ""  # noqa: S108 - in a container of ours
            log.write_text(said, encoding="utf-8")
            raise BuildError(
                f"containerd did not answer within {CONTAINERD_SECONDS:.0f} s in the new node image",
                detail=said,
                remedy="labkit doctor, then run the same command again",
            )
        time.sleep(0.3)


def _stop_containerd(builder: str) -> None:
    # a clean end flushes its database; no pkill in every base image, so by its name in /proc
    find = 'for d in /proc/[0-9]*; do [ "$(cat $d/comm 2>/dev/null)" = containerd ] && echo ${d#/proc/}; done'
    script = f"p=$({find}); kill $p; while kill -0 $p 2>/dev/null; do sleep 0.1; done; rm -f /tmp/containerd.log"
    docker.ask("exec", builder, "sh", "-c", script, timeout=60)


def sizes(reference: str) -> int:
    """Return an image's size in bytes, 0 when there is no such image."""
    return int((docker.inspect("image", reference) or {}).get("Size", 0))


def remove_older(repository: str, keep: str) -> None:
    """Remove images of ours that were superseded: same repository and minor, another tag, used by no container.

    Parameters
    ----------
    repository
        Such as ``localhost/labkit-node``.
    keep
        The tag that stays, and with it those of other minors of Kubernetes: each takes ten minutes to build.
    """
    listed = docker.ask("images", "--format", "{{.Repository}}:{{.Tag}}", repository).split()
    for tag in listed:
        if tag != keep and _minor(tag) == _minor(keep) and docker.label_of(tag):
            with contextlib.suppress(subprocess.SubprocessError):
                docker.try_ask("rmi", tag)  # refused while a container uses it, and that is right


def _minor(tag: str) -> tuple[int, ...]:
    return versions.numbers(tag.rpartition(":")[2])[:2]
