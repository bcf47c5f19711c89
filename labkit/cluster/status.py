"""The state of the lab's cluster, for people and for programs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from labkit import paths
from labkit.cluster import connections, identity, nodes, verify
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

State = Literal["running", "stopped", "absent", "unhealthy"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the cluster is like just now.

    Attributes
    ----------
    cluster
        Its name.
    state
        ``running``: it answers and all of its nodes are Ready; ``unhealthy``: it answers, but a node is not Ready or
        paused, or it runs and does not answer; ``stopped``: its containers do not run; ``absent``: there is none.
    kubernetes
        The API server's version, when it is known.
    nodes
        Name and readiness of each node.
    images
        The lesson's images that every node holds.
    kubeconfig
        The kit's own kubeconfig.
    front_door
        The address of the Service ``frontend`` from this machine.
    detail
        Why it is not running, in a sentence; empty when it is.
    """

    cluster: str
    state: State
    kubernetes: str | None
    nodes: list[tuple[str, bool]]
    images: list[str]
    kubeconfig: Path
    front_door: str | None
    detail: str = field(default="")

    def as_json(self) -> str:
        """Return the status as JSON: what ``labkit status --json`` prints."""
        fields = {
            "cluster": self.cluster,
            "state": self.state,
            "kubernetes": self.kubernetes,
            "nodes": [{"name": name, "ready": ready} for name, ready in self.nodes],
            "images": self.images,
            "kubeconfig": str(self.kubeconfig),
            "front_door": self.front_door,
            "detail": self.detail,
        }
        return json.dumps(fields, indent=2)


def status() -> Status:
    """Return the state of the lab's cluster. Nothing is started, made or changed.

    Raises
    ------
    EngineError
        If Docker may not be asked. That no engine runs is not an error: then the cluster is stopped or absent.
    """
    name, folder = paths.cluster_name(), paths.cluster_dir()

    def report(state: State, detail: str, found: list[tuple[str, bool]] | None = None) -> Status:
        return Status(name, state, None, found or [], [], folder / "kubeconfig", None, detail)

    if os.environ.get("LABKIT_KUBECONFIG"):
        # somebody's cluster, by name: no Docker, no kind
        name = connections.connection().context
        return _of_running([], report("unhealthy", ""))
    try:
        found = nodes.containers(name)
    except LabError as error:
        if "may not use it" in error.problem:
            raise
        known = identity.read(name) is not None
        return report("stopped" if known else "absent", error.problem)
    if not found:
        return report("absent", f"there is no cluster {name!r}")
    if any(not container.inputs for container in found):
        return report("absent", f"there is a kind cluster {name!r}, but this kit did not make it")
    still = [c.name for c in found if c.state not in {"running", "paused"}]
    if still:
        return report("stopped", f"not running: {', '.join(still)}", [(c.name, False) for c in found])
    return _of_running(found, report("unhealthy", ""))


def _of_running(found: list[nodes.Container], blank: Status) -> Status:
    from labkit.images import lesson  # noqa: PLC0415 - reads files; of no use where there is no cluster

    paused = [c.name for c in found if c.state == "paused"]
    silent = replace(blank, nodes=[(c.name, False) for c in found])
    if found and not (paths.cluster_dir() / "cluster.json").is_file():
        return replace(silent, detail="it runs, but this checkout has not taken it over yet")
    try:
        reached = connections.connection()
        version = json.loads(reached.run("get", "--raw", "/version", timeout=10))["gitVersion"]
        ready = verify.nodes_of(json.loads(reached.run("get", "nodes", "--output", "json", timeout=10)))
    except LabError as error:
        return replace(silent, detail=error.problem)
    waiting = [name for name, is_ready in ready if not is_ready]
    sentences = [f"paused: {', '.join(paused)}"] if paused else []
    sentences += [f"not Ready: {', '.join(waiting)}"] if waiting else []
    state: State = "unhealthy" if sentences else "running"
    return Status(
        blank.cluster,
        state,
        version,
        ready,
        lesson.tags() if found else [],
        reached.kubeconfig,
        reached.front_door,
        "; ".join(sentences),
    )
