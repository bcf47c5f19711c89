"""The desk of a class on the kit's own cluster: the Node of hub, proxy and notebooks, its folders and its images."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from labkit import command, paths
from labkit.cluster import nodes
from labkit.errors import ClusterError
from labkit.images import docker, stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.progress import Progress

#: User and group of hub, proxy and notebooks.
_USER = "1000:1000"
_CTR = ("ctr", "-n", "k8s.io", "images")


def node() -> str:
    """Return the desk's name: the control plane, which no lesson takes away.

    Raises
    ------
    ClusterError
        If there is no such node.
    """
    found = nodes.control_plane(nodes.containers())
    if found is None:
        raise ClusterError(f"there is no cluster {paths.cluster_name()!r}", remedy="labkit up")
    return found.name


def have_folders(folder: str, names: Iterable[str]) -> None:
    """Make folders on the desk's disk; one that is there stays as it is.

    Parameters
    ----------
    folder
        Where they are.
    names
        Of the folders in it.
    """
    all_of_them = [posixpath.join(folder, name) for name in names]
    script = 'install -d -m 755 "$1" && shift 1 && for d in "$@"; do [ -d "$d" ] || install -d -m 770 "$d"; done'
    docker.ask("exec", node(), "sh", "-c", f'{script} && chown {_USER} "$@"', "sh", folder, *all_of_them)


def remove_folders(folder: str, names: Iterable[str]) -> None:
    """Remove folders from the desk's disk, with all that is in them."""
    all_of_them = [posixpath.join(folder, name) for name in names]
    if all_of_them:
        docker.ask("exec", node(), "rm", "-rf", "--", *all_of_them, timeout=300)


def sizes(folder: str) -> tuple[dict[str, int], int]:
    """Return how much is in each folder on the desk's disk, and how much room there is on it, in bytes.

    Parameters
    ----------
    folder
        Where they are.
    """
    script = 'df -B1 --output=avail "$1" && du -sB1 "$1"/*/'
    return parsed_sizes(docker.ask("exec", node(), "sh", "-c", script, "sh", folder))


def parsed_sizes(said: str) -> tuple[dict[str, int], int]:
    """Return the same out of what ``df`` and ``du`` say (pure)."""
    _, room, *folders = said.splitlines()
    found = (line.split("\t", 1) for line in folders)
    return {posixpath.basename(path.rstrip("/")): int(size) for size, path in found}, int(room)


def have_images(progress: Progress, images: Mapping[str, str]) -> list[str]:
    """Have images in the desk's own store, and on no other node: a notebook's is large.

    Parameters
    ----------
    progress
        Where the work is shown.
    images
        Docker's name of each image to its name on the node.

    Returns
    -------
    list[str]
        The names on the node of those that were not there, or were older.
    """
    name = node()
    made_from = {ours: docker.label_of(ours) or "" for ours in images}
    wanted = {ours: theirs for ours, theirs in images.items() if not _has(name, theirs, made_from[ours])}
    if not wanted:
        return []
    log = stages.log_file(f"desk-{paths.cluster_name()}")
    told = ", ".join(theirs.rsplit("/", 1)[-1] for theirs in wanted.values())
    with progress.stage(f"images onto the desk, {name}: {told}") as stage:
        # not by a file: a gigabyte that is written and read once less
        flow = 'node=$1 && shift && docker save "$@" | docker exec -i "$node" ctr -n k8s.io images import -'
        command.run(["sh", "-c", flow, "sh", name, *wanted], log=log, stage=stage, env=docker.ENVIRONMENT)
        for ours, theirs in wanted.items():
            docker.ask("exec", name, *_CTR, "tag", "--force", ours, theirs)
            docker.ask("exec", name, *_CTR, "label", theirs, f"{docker.LABEL}={made_from[ours]}")
            docker.ask("exec", name, *_CTR, "rm", ours)
    return list(wanted.values())


def _has(name: str, image: str, made_from: str) -> bool:
    """Whether a node has an image that was made from something."""
    said = docker.try_ask("exec", name, *_CTR, "ls", f"name=={image}") or ""
    return bool(made_from) and f"{docker.LABEL}={made_from}" in said
