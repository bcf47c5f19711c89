"""The cluster's nodes as Docker sees them: containers that run, stand still, or are paused."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from labkit import paths
from labkit.errors import ClusterError, EngineError
from labkit.images import docker

#: kind's own label on the containers of a cluster, and the one that says what a node is.
CLUSTER_LABEL = "io.x-k8s.kind.cluster"
ROLE_LABEL = "io.x-k8s.kind.role"


@dataclass(frozen=True, slots=True)
class Container:
    """A node's container.

    Attributes
    ----------
    id
        Docker's id of it.
    name
        Its name, which is the node's name as well.
    role
        ``control-plane`` or ``worker``.
    state
        Docker's word: ``running``, ``paused``, ``exited`` …
    started
        When it was started last, as Docker writes it.
    inputs
        The label ``dev.labkit.inputs`` that it has from its image; empty when it was made from an image of others.
    front_door_port
        The port on 127.0.0.1 that leads to the NodePort of the Service ``frontend``, on the control plane.
    """

    id: str
    name: str
    role: str
    state: str
    started: str
    inputs: str
    front_door_port: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A node's container in brief, as one question to Docker tells it.

    Attributes
    ----------
    name, role, state
        As in :class:`Container`.
    """

    name: str
    role: str
    state: str


def parse(found: dict[str, Any], node_port: int) -> Container:
    """Return a container out of what ``docker inspect`` says of it.

    Parameters
    ----------
    found
        One element of its list.
    node_port
        The front door's NodePort.
    """
    labels = found["Config"].get("Labels") or {}
    bindings = (found.get("HostConfig", {}).get("PortBindings") or {}).get(f"{node_port}/tcp") or []
    return Container(
        id=found["Id"],
        name=found["Name"].removeprefix("/"),
        role=labels.get(ROLE_LABEL, ""),
        state=found["State"]["Status"],
        started=found["State"].get("StartedAt", ""),
        inputs=labels.get(docker.LABEL, ""),
        front_door_port=int(bindings[0]["HostPort"]) if bindings else None,
    )


def containers(cluster: str | None = None) -> list[Container]:
    """Return the containers of a cluster, in the order of their names.

    Parameters
    ----------
    cluster
        The cluster's name; the kit's own when not given.
    """
    from labkit.cluster.config import FRONT_DOOR_PORT  # noqa: PLC0415 - parse() is pure and needs no socket module

    label = f"label={CLUSTER_LABEL}={cluster or paths.cluster_name()}"
    ids = docker.ask("ps", "--all", "--no-trunc", "--filter", label, "--format", "{{.ID}}").split()
    if not ids:
        return []
    found = [parse(one, FRONT_DOOR_PORT) for one in json.loads(docker.ask("container", "inspect", *ids))]
    return sorted(found, key=lambda container: container.name)


def places(cluster: str | None = None) -> list[Place]:
    """Return the containers of a cluster in brief, in the order of their names; in half the time of :func:`containers`.

    Parameters
    ----------
    cluster
        The cluster's name; the kit's own when not given.
    """
    label = f"label={CLUSTER_LABEL}={cluster or paths.cluster_name()}"
    columns = f'{{{{.Names}}}}\t{{{{.Label "{ROLE_LABEL}"}}}}\t{{{{.State}}}}'
    said = docker.ask("ps", "--all", "--filter", label, "--format", columns)
    return sorted((Place(*line.split("\t")) for line in said.splitlines()), key=lambda place: place.name)


def control_plane(found: list[Container]) -> Container | None:
    """Return the control plane's container, or nothing when it is not among them."""
    return next((container for container in found if container.role == "control-plane"), None)


def _named(name: str) -> Container:
    found = containers()
    for container in found:
        if container.name == name:
            return container
    known = ", ".join(container.name for container in found) or "none"
    raise ClusterError(
        f"cluster {paths.cluster_name()!r} has no node {name!r} (it has: {known})",
        remedy="labkit status",
    )


def pause_node(name: str) -> None:
    """Make a node fall silent: all of its processes stop, as if somebody had pulled its plug.

    Parameters
    ----------
    name
        The node's name, such as ``labkit-worker2``.

    Raises
    ------
    ClusterError
        If there is no such node, or it is the control plane, without which nothing could be seen any more.
    """
    node = _named(name)
    if node.role == "control-plane":
        raise ClusterError(
            f"{name} is the control plane: without it the API is gone too", remedy="choose a worker: labkit status"
        )
    if node.state == "running":
        docker.pause(node.id)


def unpause_node(name: str) -> None:
    """Let a paused node go on; nothing happens when it was not paused.

    Parameters
    ----------
    name
        The node's name.

    Raises
    ------
    ClusterError
        If there is no such node.
    """
    node = _named(name)
    if node.state == "paused":
        docker.ask("unpause", node.id)


def state(name: str, *, timeout: float) -> str | None:
    """Return Docker's word for the state of a node: ``running``, ``paused``, ``exited`` …; None when it is gone.

    For who looks again and again: one question, and no more than it needs.

    Parameters
    ----------
    name
        The node's name.
    timeout
        Seconds that Docker may take.

    Raises
    ------
    EngineError
        If Docker does not say.
    """
    try:
        return docker.ask("container", "inspect", "--format", "{{.State.Status}}", name, timeout=timeout).strip()
    except EngineError as error:
        if "no such container" in error.detail.lower():
            return None
        raise


def restart_kubelet(name: str) -> None:
    """Start a node's kubelet anew: it makes its Node in the API when it starts.

    Parameters
    ----------
    name
        The node's name.

    Raises
    ------
    ClusterError
        If there is no such node.
    """
    docker.ask("exec", _named(name).id, "systemctl", "restart", "kubelet")


def paused_nodes() -> list[str]:
    """Return the names of the nodes that are paused; none in a cluster that others run, which has no Docker for us."""
    if os.environ.get("LABKIT_KUBECONFIG"):
        return []
    return [container.name for container in containers() if container.state == "paused"]
