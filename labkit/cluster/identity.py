"""Which cluster is ours, and whether it still is the one we made: from what Docker says and what we wrote down."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from labkit.errors import ClusterError
from labkit.paths import cache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.cluster.nodes import Container

#: How a record is laid out; one of another version is not understood, and its cluster made anew.
RECORD_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """What was written down when a cluster was made and had been found to be right.

    It stands in the cache folder, because the cluster is the machine's, not one checkout's: another checkout with the
    same inputs takes it over.

    Attributes
    ----------
    image
        The node image.
    inputs
        The hash of what the node image was made from.
    shape
        The cluster's settings (:attr:`labkit.cluster.config.Config.shape`).
    kubernetes
        The API server's version.
    containers
        Container id to the time it was started.
    version
        The record's own version.
    """

    image: str
    inputs: str
    shape: str
    kubernetes: str
    containers: dict[str, str]
    version: int = RECORD_VERSION


def record_file(cluster: str) -> Path:
    """Return where a cluster's record is."""
    return cache() / "clusters" / f"{cluster}.json"


def write(cluster: str, record: Record) -> None:
    """Write a cluster's record down, in one step.

    Parameters
    ----------
    cluster
        The cluster's name.
    record
        What to write.
    """
    file = record_file(cluster)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    part.replace(file)


def read(cluster: str) -> Record | None:
    """Return a cluster's record, or nothing when there is none that can be understood.

    Parameters
    ----------
    cluster
        The cluster's name.
    """
    try:
        record = Record(**json.loads(record_file(cluster).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.version == RECORD_VERSION else None


def forget(cluster: str) -> None:
    """Remove a cluster's record."""
    record_file(cluster).unlink(missing_ok=True)


def refuse_foreign(cluster: str, found: Sequence[Container]) -> None:
    """Make sure that a cluster's containers are ours.

    Ours were made from an image of ours: containers take over the label of their image.

    Parameters
    ----------
    cluster
        The cluster's name.
    found
        Its containers.

    Raises
    ------
    ClusterError
        If one of them is not.
    """
    foreign = [container.name for container in found if not container.inputs]
    if foreign:
        raise ClusterError(
            f"there is a kind cluster named {cluster!r} that this kit did not make; it stays as it is",
            detail="\n".join(foreign),
            remedy=f"LABKIT_CLUSTER={cluster}2 labkit up   (another name; or: kind delete cluster --name {cluster})",
        )


def why_anew(found: Sequence[Container], record: Record | None, inputs: str, shape: str, nodes: int) -> str | None:
    """Return why a cluster of ours cannot be used as it is, judged without asking its API; nothing when it can.

    Parameters
    ----------
    found
        Its containers.
    record
        What was written down about it.
    inputs
        The hash of the node image that is wanted.
    shape
        The settings that are wanted.
    nodes
        How many nodes are wanted.
    """
    stopped = [container.name for container in found if container.state not in {"running", "paused"}]
    known = record.containers if record else {}
    ids = {container.id for container in found}
    restarted = [c.name for c in found if known.get(c.id, c.started) != c.started]
    # the first that is true is told; what stands first explains what stands after it
    reasons = (
        (record is None, "it was not finished"),
        (
            any(image != inputs for image in (record.inputs if record else "", *(c.inputs for c in found))),
            "its nodes were made from other inputs than this checkout has",
        ),
        (record is None or record.shape != shape, "it was made with other settings"),
        (bool(stopped), f"not running: {', '.join(stopped)}"),
        (len(found) != nodes, f"it has {len(found)} nodes instead of {nodes}"),
        (ids != set(known), "its nodes are not the ones that were made with it"),
        # a node that was stopped and started may have another address (kind#2045, #2715), and looks well for a while
        (bool(restarted), f"restarted since: {', '.join(restarted)} (did Docker or the machine restart?)"),
    )
    return next((sentence for is_so, sentence in reasons if is_so), None)
