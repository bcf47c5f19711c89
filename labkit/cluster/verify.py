"""Whether a new cluster really has the settings it was made with: kind drops a patch that does not match in silence."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from labkit.errors import ClusterError

if TYPE_CHECKING:
    from labkit.api.connection import Connection
    from labkit.cluster.config import Config
    from labkit.progress import Stage

#: How long all nodes may take to be Ready after kind has finished, in seconds (seen: 20).
READY_SECONDS = 180.0


def wrong_kubelet(found: dict[str, Any], config: Config) -> list[str]:
    """Return what is wrong in a kubelet's configuration, as sentences.

    Parameters
    ----------
    found
        The answer of the kubelet's ``/configz``.
    config
        The cluster's shape.
    """
    settings = found.get("kubeletconfig", {})
    return [
        f"{name} is {settings.get(name)!r} instead of {wanted!r}"
        for name, wanted in config.kubelet.items()
        if settings.get(name) != wanted
    ]


def wrong_controller_manager(pods: dict[str, Any], config: Config) -> list[str]:
    """Return which flags the controller manager was started without, as sentences.

    Parameters
    ----------
    pods
        The list of its pods.
    config
        The cluster's shape.
    """
    commands = [container.get("command", []) for pod in pods["items"] for container in pod["spec"]["containers"]]
    given = {word for command in commands for word in command}
    wanted = [f"--{name}={value}" for name, value in config.controller_manager.items()]
    return [f"the controller manager was started without {flag}" for flag in wanted if flag not in given]


def nodes_of(listed: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return name and readiness of each node.

    Parameters
    ----------
    listed
        The list of nodes as the API gives it.
    """
    found = []
    for node in listed["items"]:
        conditions = {c["type"]: c["status"] for c in node.get("status", {}).get("conditions", [])}
        found.append((str(node["metadata"]["name"]), conditions.get("Ready") == "True"))
    return sorted(found)


def wait_ready(connection: Connection, expected: int, stage: Stage, timeout: float = READY_SECONDS) -> None:
    """Wait until all nodes are Ready.

    Parameters
    ----------
    connection
        The cluster.
    expected
        How many nodes there should be.
    stage
        Where it is said what is waited for.
    timeout
        How long to wait, in seconds.

    Raises
    ------
    ClusterError
        If it takes longer; says which nodes are missing or not Ready.
    """
    end = time.monotonic() + timeout
    while True:
        found = nodes_of(json.loads(connection.run("get", "nodes", "--output", "json")))
        waiting = [name for name, ready in found if not ready]
        if len(found) == expected and not waiting:
            return
        missing = f"{expected - len(found)} nodes that have not joined" if len(found) != expected else ""
        what = ", ".join([*waiting, missing]).strip(", ")
        stage.note(f"waiting for {what}")
        if time.monotonic() > end:
            raise ClusterError(
                f"after {timeout:.0f} s not all nodes are Ready: {what}",
                remedy="labkit doctor, then: labkit down && labkit up",
            )
        time.sleep(1)


def settings(connection: Connection, config: Config) -> None:
    """Make sure that the cluster runs with the settings it was made with.

    Parameters
    ----------
    connection
        The cluster.
    config
        Its shape.

    Raises
    ------
    ClusterError
        If a setting did not take effect.
    """
    wrong = []
    for name, _ in nodes_of(json.loads(connection.run("get", "nodes", "--output", "json"))):
        found = json.loads(connection.run("get", "--raw", f"/api/v1/nodes/{name}/proxy/configz"))
        wrong += [f"{name}: {sentence}" for sentence in wrong_kubelet(found, config)]
    asked = (
        "--namespace",
        "kube-system",
        "get",
        "pods",
        "--selector",
        "component=kube-controller-manager",
        "--output",
        "json",
    )
    wrong += wrong_controller_manager(json.loads(connection.run(*asked)), config)
    if wrong:
        raise ClusterError(
            "the new cluster does not have its settings", detail="\n".join(wrong), remedy="labkit down, then: labkit up"
        )
