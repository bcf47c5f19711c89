"""The node image, with the lesson's images in it: pulled where a registry answers, built from packages elsewhere.

Where this checkout came in a pack (``labkit pack``), it is loaded from there, and no network is needed.

``LABKIT_NODE_IMAGE`` says which way: ``pull``, ``build``, or the reference of a node image of your own. Without it, a
built image that is there and up to date is used, then a pulled one, then whichever way works. ``LABKIT_KUBERNETES``
says which minor of Kubernetes (``1.36``); the newest that the kit knows where it says nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.errors import BuildError, RateLimitedError
from labkit.images import assemble, components, docker, lesson, packed, registry, stages, versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.progress import Progress

__all__ = ["NodeImage", "ensure", "expected", "in_pack", "lesson", "ready", "will_be_built"]

REPOSITORY = "localhost/labkit-node"


@dataclass(frozen=True, slots=True)
class NodeImage:
    """What the nodes of a cluster are made from.

    Attributes
    ----------
    tag
        Its name in Docker's store.
    inputs
        The hash of everything it was made from.
    way
        ``build``, ``pull``, ``pack`` or the reference that the user named.
    """

    tag: str
    inputs: str
    way: str


def expected(way: str, *, offline: bool) -> NodeImage:
    """Return the node image that one of the ways leads to, without making it.

    Parameters
    ----------
    way
        ``build``, ``pull`` or a reference.
    offline
        Whether the lesson's images stand on our own root file systems rather than on public images.
    """
    if way == "build":
        made_from = stages.digest(components.inputs(), lesson.inputs(offline=offline))
        version = versions.kubernetes()
    else:
        base = versions.kindest_node() if way == "pull" else way
        identity = base if "@" in base else str((docker.inspect("image", base) or {}).get("Id", base))
        made_from = stages.digest(identity, lesson.inputs(offline=offline))
        version = base.split("@")[0].rsplit("/", 1)[-1].partition(":")[2] or "latest"
    return NodeImage(f"{REPOSITORY}:{version}-{made_from[: stages.SHORT]}", made_from, way)


def ensure(progress: Progress, check_room: Callable[[bool], None]) -> NodeImage:
    """Have the node image in Docker's store.

    Parameters
    ----------
    progress
        Where the work is shown.
    check_room
        Called before anything is fetched or built, with whether it will be built from source, which takes more room;
        raises where there is too little.

    Returns
    -------
    NodeImage
        What to make the cluster from.

    Raises
    ------
    BuildError
        If the image cannot be had either way; a ``RateLimitedError`` if a registry has it, but not for now.
    """
    there = ready()
    if there:
        return there
    from_pack = in_pack()
    if from_pack:
        check_room(False)
        packed.load(progress, from_pack)
        return NodeImage(from_pack.tag, from_pack.inputs, "pack")
    way = _asked() or _choose(progress)
    check_room(way == "build")
    base = components.make(progress) if way == "build" else _base(progress, way)
    # a node image of one's own may have come in a file, to a place without a registry
    offline = way == "build" or (way != "pull" and not registry.answers(lesson.PUBLIC_BASES["python"]))
    image = expected(way, offline=offline)
    names = lesson.make(progress, offline=offline)
    title = "node image: the lesson's images imported"
    assemble.import_into(progress, image.tag, image.inputs, base=base, images=names, title=title)
    assemble.remove_older(REPOSITORY, image.tag)
    return image


def ready() -> NodeImage | None:
    """Return the node image if it is in Docker's store and up to date, or nothing."""
    return next((one for one in _wanted() if not docker.need_image(one.tag, one.inputs)), None)


def in_pack() -> packed.PackedImage | None:
    """Return the pack's node image if it is one that is wanted here, or nothing."""
    there = packed.image()
    return there if there and any(one.inputs == there.inputs for one in _wanted()) else None


def _wanted() -> list[NodeImage]:
    """Return the node images that will do, the best first."""
    asked = _asked()
    ways = {"build": [("build", True)], "pull": [("pull", False)], "": [("build", True), ("pull", False)]}
    return [expected(way, offline=offline) for way, offline in ways.get(asked, [(asked, False), (asked, True)])]


def will_be_built(*, registry_answers: bool) -> bool:
    """Whether a node image that is not there would be built from source rather than pulled.

    Parameters
    ----------
    registry_answers
        Whether kind's own node image can be had.
    """
    return _asked() == "build" or (not _asked() and not registry_answers)


def _asked() -> str:
    return os.environ.get("LABKIT_NODE_IMAGE", "").strip()


def _choose(progress: Progress) -> str:
    with progress.stage("looking for a container registry"):
        there = registry.answers(versions.kindest_node())
    if there:
        progress.say(f"  a registry answers: {versions.kindest_node().split('@')[0]} is pulled")
        return "pull"
    progress.say("  none answers: the node image is built from package registries (10 to 15 minutes on 2 cores, once)")
    return "build"


def _base(progress: Progress, way: str) -> str:
    if way == "pull":
        return registry.pull(progress, versions.kindest_node())
    if docker.inspect("image", way) is None:
        try:
            return registry.pull(progress, way)
        except RateLimitedError:
            raise
        except BuildError as error:
            raise BuildError(
                f"the node image {way!r} that LABKIT_NODE_IMAGE names is not here and cannot be pulled",
                detail=error.detail,
                remedy="LABKIT_NODE_IMAGE=build labkit up",
            ) from error
    return way
