"""Nodes that are only there in the API: kwok plays their kubelet, so that a small machine has 50 of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.waiting import say, until
from labkit import command
from labkit.api.client import ApiError
from labkit.cluster.config import LEASE_SECONDS
from labkit.images import binaries, stages, toolchain
from labkit.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.client import Api
    from labkit.api.connection import Connection
    from labkit.images.toolchain import Go
    from labkit.progress import Stage

MODULE, VERSION = "sigs.k8s.io/kwok", "v0.8.0"
#: What kwok does with a Node and a Pod; the program itself knows none (its module's folder ``kustomize/stage``).
_STAGES = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)
#: Tells kwok's Nodes from others: the annotation for kwok (and for labkit/cluster/node_repair.py, which leaves them
#: alone), the label for the Pods that belong there, the taint against those that do not.
KEY, VALUE = "kwok.x-k8s.io/node", "fake"
_SECONDS = 120.0
_NOT_FOUND = 404


def pod_spec() -> dict[str, Any]:
    """Return what a Pod's spec needs so that the Pod lands on kwok's Nodes and on no others."""
    return {
        "nodeSelector": {KEY: VALUE},
        "tolerations": [{"key": KEY, "operator": "Equal", "value": VALUE, "effect": "NoSchedule"}],
    }


def node(name: str) -> dict[str, Any]:
    """Return a Node of kwok's.

    It has no label ``kubernetes.io/os``: kube-proxy's DaemonSet looks for one, and comes to no Node without it.
    """
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {KEY: VALUE},
            "labels": {KEY: VALUE, "kubernetes.io/hostname": name},
        },
        "spec": {"taints": [{"key": KEY, "value": VALUE, "effect": "NoSchedule"}]},
    }


def install(progress: Progress) -> Path:
    """Have kwok and its stages in the cache folder; return that folder."""
    inputs = stages.digest(MODULE, VERSION, *_STAGES, binaries.architecture())
    if (there := stages.output_folder("kwok", inputs)).is_dir():
        return there
    go = toolchain.find(progress)

    def work(folder: Path, log: Path, stage: Stage) -> None:
        environment = {**go.environment, "GOBIN": str(folder)}
        package = f"{MODULE}/cmd/kwok@{VERSION}"
        command.run([go.program, "install", "-v", package], log=log, stage=stage, env=environment, cwd=folder)
        sources = _sources(go, folder)
        for number, name in enumerate(_STAGES):
            shutil.copyfile(f"{sources}/kustomize/stage/{name}", folder / f"stage-{number}.yaml")

    return stages.make(progress, "kwok", f"kwok {VERSION}, compiled", inputs, work)


def _sources(go: Go, folder: Path) -> str:
    """Return the folder of kwok's module, as it was fetched and checked."""
    found: str = json.loads(go.ask("mod", "download", "-json", f"{MODULE}@{VERSION}", cwd=folder))["Dir"]
    return found


@contextmanager
def nodes(connection: Connection, api: Api, count: int) -> Iterator[list[str]]:
    """Have so many of kwok's Nodes, Ready, as long as the block lasts.

    Parameters
    ----------
    connection, api
        The cluster.
    count
        How many.

    Yields
    ------
    list[str]
        Their names.
    """
    folder = install(Progress())
    names = [f"kwok-{number:02d}" for number in range(count)]
    log = stages.log_file("kwok")
    log.parent.mkdir(parents=True, exist_ok=True)
    asked = [
        folder / "kwok", "--kubeconfig", connection.kubeconfig, "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={KEY}={VALUE}",
        # without leases the Nodes would be lost after the cluster's short grace period
        f"--node-lease-duration-seconds={LEASE_SECONDS}",
        *(f"--config={folder}/stage-{number}.yaml" for number in range(len(_STAGES))),
    ]  # fmt: skip
    remove(api)  # what an earlier run that was killed has left
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(map(str, asked)), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        say(f"waiting for {count} of kwok's Nodes to be Ready")
        for name in names:
            api.send("POST", "/api/v1/nodes", node(name))
        until(lambda: len(_ready(api)) == count or None, f"{count} Nodes of kwok's are Ready ({log})", _SECONDS)
        yield names
    finally:
        say("waiting for kwok's Nodes to go")
        remove(api)
        command.stop(process)


def remove(api: Api) -> None:
    """Delete all of kwok's Nodes, and the Pods that DaemonSets have there: nobody would end them any more."""
    names = [found["metadata"]["name"] for found in _nodes(api)]
    for name in names:
        _delete(api, f"/api/v1/nodes/{name}")
    for name in names:
        for pod in api.get("/api/v1/pods", {"fieldSelector": f"spec.nodeName={name}"})["items"]:
            about = pod["metadata"]
            _delete(api, f"/api/v1/namespaces/{about['namespace']}/pods/{about['name']}")


def _delete(api: Api, path: str) -> None:
    try:
        api.send("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})
    except ApiError as error:
        if error.code != _NOT_FOUND:
            raise


def _ready(api: Api) -> list[str]:
    return [
        each["metadata"]["name"]
        for each in _nodes(api)
        if any(c["type"] == "Ready" and c["status"] == "True" for c in each["status"].get("conditions", ()))
    ]


def _nodes(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v1/nodes", {"labelSelector": f"{KEY}={VALUE}"})["items"]
    return found
