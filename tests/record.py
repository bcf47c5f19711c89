"""Record what a cluster tells, for ``tests/unit/data``: ``python -m tests.record canary`` (or ``blue-green``).

It works in a namespace of its own on the kit's cluster (``LABKIT_NAMESPACE``), which must be empty, and writes every
change of every kind that the kit watches. Fields that the kit does not read are taken out; nothing is put in.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from labkit import cluster
from labkit.api.kubectl import Kubectl
from labkit.api.watch import Watch
from labkit.lesson import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.state import Snapshot

_MANIFESTS = Path(__file__).resolve().parents[1] / "manifests"
#: What is kept of a Pod's spec and of its containers.
_SPEC = frozenset({"nodeName", "containers", "initContainers", "schedulingGates"})
_ANNOTATIONS = frozenset({"deployment.kubernetes.io/revision", "kubernetes.io/change-cause"})
_CONTAINER = frozenset({"name", "image", "restartPolicy"})


class Recorder(Watch):
    """A watch that also writes down what it hears."""

    lines: list[dict[str, Any]]

    def listed(self, kind: str, objects: list[dict[str, Any]]) -> None:
        """Write down a list as so many new objects."""
        for obj in objects:
            self._note(kind, "ADDED", obj)
        super().listed(kind, objects)

    def changed(self, kind: str, change: str, obj: dict[str, Any]) -> None:
        """Write down one change; Nodes only report that they live."""
        if kind != "Node":
            self._note(kind, change, obj)
        super().changed(kind, change, obj)

    def _note(self, kind: str, change: str, obj: dict[str, Any]) -> None:
        at = round(time.time(), 3)
        self.lines.append({"at": at, "kind": kind, "type": change, "object": slim(kind, obj)})


def slim(kind: str, obj: dict[str, Any]) -> dict[str, Any]:
    """Return an object without the fields that the kit does not read."""
    obj = copy.deepcopy(obj)
    obj["metadata"].pop("managedFields", None)
    annotations = obj["metadata"].get("annotations") or {}
    obj["metadata"]["annotations"] = {k: v for k, v in annotations.items() if k in _ANNOTATIONS}
    status = obj.get("status", {})
    if kind == "Node":
        for name in ("images", "daemonEndpoints", "runtimeHandlers", "capacity", "allocatable", "features"):
            status.pop(name, None)
    for condition in status.get("conditions") or ():
        for name in ("lastHeartbeatTime", "lastProbeTime", "lastTransitionTime", "lastUpdateTime"):
            condition.pop(name, None)
    for each in status.get("containerStatuses") or ():
        for name in ("imageID", "containerID", "volumeMounts", "resources", "allocatedResources", "user"):
            each.pop(name, None)
    pod = obj if kind == "Pod" else obj.get("spec", {}).get("template")
    if kind in {"Pod", "Deployment", "ReplicaSet"} and pod:
        pod["spec"] = {k: v for k, v in pod["spec"].items() if k in _SPEC}
        for name in ("containers", "initContainers"):
            if name in pod["spec"]:
                pod["spec"][name] = [{k: v for k, v in c.items() if k in _CONTAINER} for c in pod["spec"][name]]
    return obj


def hello(kind: str, name: str, labels: dict[str, str], version: str, replicas: int) -> dict[str, Any]:
    """Return the lesson's hello under another name, with other labels, as a Deployment, StatefulSet or Pod."""
    made: dict[str, Any] = yaml.safe_load((_MANIFESTS / "hello.yaml").read_text(encoding="utf-8"))
    made["metadata"] = {"name": name, "labels": labels}
    template = made["spec"]["template"]
    template["metadata"]["labels"] = labels
    template["spec"].pop("topologySpreadConstraints")
    template["spec"]["containers"][0]["image"] = f"localhost/hello:{version}"
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": "Pod", "metadata": made["metadata"], "spec": template["spec"]}
    made["kind"] = kind
    made["spec"] |= {"replicas": replicas, "selector": {"matchLabels": labels}}
    if kind == "StatefulSet":
        made["spec"].pop("strategy")
        made["spec"]["serviceName"] = "hello"
    return made


def service(name: str, selector: dict[str, str]) -> dict[str, Any]:
    """Return hello's Service under another name and with another selector."""
    made: dict[str, Any] = yaml.safe_load((_MANIFESTS / "services" / "hello.yaml").read_text(encoding="utf-8"))
    made["metadata"]["name"] = name
    made["spec"]["selector"] = selector
    return made


def receiving(name: str, count: int) -> Callable[[Snapshot], bool]:
    """Return whether a Service sends to that many Pods."""
    return lambda snapshot: len(snapshot.receiving(name)) == count


def canary(apply: Callable[..., None], wait: Callable[[Callable[[Snapshot], bool]], None]) -> None:
    """One Service before two Deployments, a Pod of its own and a StatefulSet; then a second Service for the canary."""
    apply(service("hello", {"app": "hello"}), hello("Deployment", "hello", _track("stable"), "1.0.0", 3))
    wait(receiving("hello", 3))
    apply(hello("Deployment", "hello-canary", _track("canary"), "2.0.0", 1))
    wait(receiving("hello", 4))
    apply(
        hello("Pod", "by-hand", _track("by-hand"), "1.0.0", 1), hello("StatefulSet", "set", _track("set"), "1.0.0", 1)
    )
    wait(receiving("hello", 6))
    apply(service("canary-only", _track("canary")))
    wait(receiving("canary-only", 1))
    apply(hello("Deployment", "hello-canary", _track("canary"), "2.0.0", 0))
    wait(lambda s: receiving("hello", 5)(s) and not s.pods("track=canary"))


def blue_green(apply: Callable[..., None], wait: Callable[[Callable[[Snapshot], bool]], None]) -> None:
    """Two Deployments, and a Service that is turned from one to the other."""
    blue, green = {"app": "hello", "version": "blue"}, {"app": "hello", "version": "green"}
    apply(service("hello", blue), hello("Deployment", "hello-blue", blue, "1.0.0", 2))
    wait(receiving("hello", 2))
    apply(hello("Deployment", "hello-green", green, "2.0.0", 2))
    wait(lambda s: sum(p.ready for p in s.pods("version=green")) == 2)
    apply(service("hello", green))
    wait(lambda s: s.receiving("hello") == {p.uid for p in s.pods("version=green")})


def _track(track: str) -> dict[str, str]:
    return {"app": "hello", "track": track}


def main(name: str) -> None:
    """Record one of the plays."""
    connection = cluster.connection()
    kubectl = Kubectl(connection)
    notebooks.ensure_namespace(kubectl)
    watch = Recorder(connection.kubeconfig, connection.context, connection.namespace)
    watch.lines = []

    def apply(*objects: dict[str, Any]) -> None:
        text = "---\n".join(yaml.safe_dump(each) for each in objects)
        kubectl.run("apply", "--server-side", "--field-manager=record", "-f", "-", stdin=text)

    def wait(predicate: Callable[[Snapshot], bool]) -> None:
        watch.wait_for(predicate, timeout=180)
        time.sleep(1.5)

    with watch:
        watch.synced()
        {"canary": canary, "blue-green": blue_green}[name](apply, wait)
    file = Path(__file__).parent / "unit" / "data" / f"{name}.jsonl"
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in watch.lines)
    file.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{file}: {len(watch.lines)} lines, {len(text) / 1000:.0f} kB\n")


if __name__ == "__main__":
    main(sys.argv[1])
