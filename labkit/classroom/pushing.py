"""The class's images for a registry of one's own: built, named, pushed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit import __version__, command, in_class
from labkit.cluster import preconditions
from labkit.errors import BuildError, LabError
from labkit.images import class_images, docker, stages

if TYPE_CHECKING:
    from labkit.progress import Progress

#: A registry's host with an optional port, and at least one part of a path (distribution/reference).
_PREFIX = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+")


def images(progress: Progress, prefix: str | None) -> list[str]:
    """Build the class's images; with a prefix, push them and the lesson's there too.

    Parameters
    ----------
    progress
        Where the work is shown.
    prefix
        What is to stand before the images' names: a registry and a path.

    Returns
    -------
    list[str]
        The names of the images: as manifests have them, or Docker's own where nothing was pushed.

    Raises
    ------
    LabError
        If the prefix can't be one, an image cannot be built, or the registry does not take it.
    """
    if prefix is not None:
        check(prefix)
    used = prefix or in_class.HERE
    made = class_images.make(progress, used, __version__, preconditions.room)
    names = made.names(used)
    if prefix is None:
        return list(names)
    lessons = class_images.lesson_images(progress, offline=made.offline)
    names |= {ours: f"{prefix}/{plain}" for ours, plain in lessons.items()}
    for ours, theirs in names.items():
        _push(progress, ours, theirs)
    return list(names.values())


def check(prefix: str) -> None:
    """Make sure that a prefix names a registry and a path in it (pure).

    Raises
    ------
    LabError
        If it does not.
    """
    if not _PREFIX.fullmatch(prefix):
        raise LabError(
            f"{prefix!r} is no registry with a path: small letters, such as registry.example/lab.",
            remedy="labkit class images --push registry.example/lab",
        )


def _push(progress: Progress, ours: str, theirs: str) -> None:
    docker.ask("tag", ours, theirs)
    log = stages.log_file("push")
    try:
        with progress.stage(f"image {theirs}, pushed") as stage:
            remedy = f"docker login {theirs.partition('/')[0]}, then the same command again"
            command.run(["docker", "push", theirs], log=log, stage=stage, remedy=remedy)
    except BuildError as error:
        raise BuildError(f"The registry did not take {theirs}.", detail=error.detail, remedy=error.remedy) from error
    finally:
        # the name was only for the push; the image stays under ours
        docker.try_ask("rmi", "--no-prune", theirs)
