"""Whether a container registry answers here, and pulling from it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from labkit import command
from labkit.images import docker, stages

if TYPE_CHECKING:
    from labkit.progress import Progress

#: A registry that has not said anything after so many seconds counts as absent. It only decides between two ways that
#: both work, so a slow answer costs time but nothing else.
PROBE_SECONDS = 15.0


def answers(image: str) -> bool:
    """Whether the registry of an image answers, and has it.

    Parameters
    ----------
    image
        The image's full reference.
    """
    try:
        done = subprocess.run(
            ["docker", "manifest", "inspect", image],
            capture_output=True,
            check=False,
            timeout=PROBE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pull(progress: Progress, image: str) -> str:
    """Have an image of a registry in Docker's store.

    Parameters
    ----------
    progress
        Where the download is shown.
    image
        The image's full reference.

    Raises
    ------
    BuildError
        If it cannot be had.
    """
    if docker.inspect("image", image) is None:
        log = stages.log_file("pull")
        with progress.stage(f"image {image.split('@', maxsplit=1)[0]}, pulled") as stage:
            remedy = "LABKIT_NODE_IMAGE=build labkit up   (builds the node image without a registry)"
            command.run(["docker", "pull", image], log=log, stage=stage, remedy=remedy)
    return image
