"""The class that is measured: set up and taken away by the real command line, and read off its cluster."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import yaml

from benchmarks.in_class.cgroups import Usage
from benchmarks.in_class.figures import Reading
from benchmarks.samples import NotMeasuredError
from benchmarks.waiting import say, until
from labkit import paths
from labkit.classroom import ask_hub, names, target
from labkit.classroom.hub import STATE_FOLDER
from labkit.develop import busy
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.in_class.cgroups import Cgroups
    from labkit.classroom.target import Target

#: Seconds that a command of the class may take; with 20 learners `up` takes about one minute.
_SECONDS = 900
_DATABASE = f"import os; print(os.path.getsize('{STATE_FOLDER}/jupyterhub.sqlite'))"
#: The Pods of kube-system that a class loads, by kubeadm's label on them.
_CONTROL_PLANE = {"kube-apiserver": "API server", "etcd": "etcd"}


def values(learners: list[str], spawn_limit: int | None) -> str:
    """Return the values of the class: the kit's own, but for names, a port of the Nodes, and no culling."""
    hub = {"hub": {"concurrentSpawnLimit": spawn_limit}} if spawn_limit else {}
    return yaml.safe_dump(
        {"learners": learners, "cull": {"enabled": False}, "proxy": {"service": {"type": "NodePort"}}, **hub}
    )


class School:
    """A class that is up.

    Parameters
    ----------
    found
        The cluster.
    base
        The class's address.
    passwords
        Learner → password.
    """

    def __init__(self, found: Target, base: str, passwords: Mapping[str, str]) -> None:
        self.target, self.base, self.passwords = found, base, passwords
        self._me = psutil.Process()

    @property
    def version(self) -> str:
        """JupyterHub's version."""
        return self.target.hub("import jupyterhub; print(jupyterhub.__version__)").strip()

    def pods(self) -> list[dict[str, Any]]:
        """Return all Pods of the cluster."""
        found: list[dict[str, Any]] = self.target.api.get("/api/v1/pods", read_timeout=60.0)["items"]
        return found

    def nodes(self) -> list[dict[str, Any]]:
        """Return the cluster's Nodes."""
        found: list[dict[str, Any]] = self.target.api.get("/api/v1/nodes")["items"]
        return found

    def database(self) -> float:
        """Return the bytes of the hub's database."""
        return float(self.target.hub(_DATABASE))

    def refused(self) -> int:
        """Return how often a lab's quota has refused a Pod, as far as events are kept."""
        events = self.target.api.get("/api/v1/events", {"fieldSelector": "reason=FailedCreate"})["items"]
        return sum(each.get("count") or 1 for each in events if "exceeded quota" in each.get("message", ""))

    def read(self, cgroups: Cgroups) -> Reading:
        """Return what everything takes now."""
        took = cgroups.read()
        found = reading(self.pods(), took)
        own = sum(sum(one.cpu_times()[:2]) for one in (self._me, *self._me.children(recursive=True)))
        memory = psutil.virtual_memory()
        worked = busy.seconds()
        if worked is None:
            raise NotMeasuredError("this machine does not tell of its processor time")
        notebooks, labs, shared = found
        total = sum(one.memory for one in took.values())
        return Reading(time.monotonic(), worked, own, notebooks, labs, shared, total, memory.total - memory.available)

    def stop(self, learners: list[str]) -> None:
        """End servers, and wait until they are gone."""
        for name in learners:
            ask_hub.ask(self.target, "DELETE", f"users/{name}/server")
        wanted = set(learners)

        def gone() -> bool | None:
            left = {pod["metadata"]["labels"].get(names.LEARNER_LABEL) for pod in self.pods() if _is_notebook(pod)}
            return not left & wanted or None

        until(gone, "the servers to end", 180.0, pause=1.0)
        time.sleep(2)  # the hub looks at its Pods, and is done with each


def _is_notebook(pod: Mapping[str, Any]) -> bool:
    return bool(pod["metadata"].get("labels", {}).get("component") == "singleuser-server")


def reading(
    pods: list[dict[str, Any]], took: Mapping[str, Usage]
) -> tuple[dict[str, Usage], dict[str, Usage], dict[str, Usage]]:
    """Return what notebooks, labs and the shared parts take (pure).

    Parameters
    ----------
    pods
        All Pods of the cluster.
    took
        The uid in a cgroup's name → what it takes.
    """
    notebooks: dict[str, Usage] = {}
    labs: dict[str, Usage] = {}
    shared: dict[str, Usage] = {}
    for pod in pods:
        metadata = pod["metadata"]
        labels, namespace = metadata.get("labels", {}), metadata["namespace"]
        uid = metadata.get("annotations", {}).get("kubernetes.io/config.hash", metadata["uid"])
        one = took.get(uid)
        if one is None:
            continue
        if namespace == names.NAMESPACE and _is_notebook(pod):
            notebooks[labels[names.LEARNER_LABEL]] = one
        elif namespace == names.NAMESPACE:
            shared[labels["component"]] = one
        elif namespace.startswith(names.LAB):
            who = namespace.removeprefix(names.LAB)
            was = labs.get(who, Usage())
            labs[who] = Usage(was.memory + one.memory, was.cpu + one.cpu)
        elif labels.get("component") in _CONTROL_PLANE:
            shared[_CONTROL_PLANE[labels["component"]]] = one
    return notebooks, labs, shared


@contextmanager
def up(learners: list[str], folder: Path, spawn_limit: int | None) -> Iterator[School]:
    """Have a class, as long as the block lasts.

    Parameters
    ----------
    learners
        Their names.
    folder
        For its values.
    spawn_limit
        How many servers the hub lets start at the same time; the kit's own value when None.

    Raises
    ------
    ClusterError
        If there is a class already: it is somebody's.
    """
    found = target.reach(None, None)
    if found.has_class():
        raise ClusterError(
            f"There is a class on cluster {found.name} already.",
            remedy="labkit class down, or another cluster: LABKIT_CLUSTER=labkit-bench make bench-class",
        )
    file = folder / "values.yaml"
    file.write_text(values(learners, spawn_limit), encoding="utf-8")
    try:
        say(f"setting up a class of {len(learners)}: labkit class up")
        said = _labkit("up", "--values", str(file))
        listed = re.search(r"^Passwords to hand out: (.+)$", said, re.MULTILINE)
        if listed is None:
            raise NotMeasuredError(f"labkit class up does not say where the passwords are: {said}")
        with Path(listed[1]).open(encoding="utf-8") as opened:
            passwords = {row["name"]: row["password"] for row in csv.DictReader(opened)}
        yield School(found, _door(found), passwords)
    finally:
        say("taking the class away: labkit class down --files")
        _labkit("down", "--files")


def _labkit(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "labkit", "class", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        cwd=paths.REPO,
        env=os.environ | {"PYTHONPATH": str(paths.REPO)},
        timeout=_SECONDS,
    )
    if done.returncode:
        raise NotMeasuredError(f"labkit class {' '.join(arguments)} ended with code {done.returncode}")
    return done.stdout


def _door(found: Target) -> str:
    """Return the proxy's address on this machine: that of a Node, which is a container here."""
    service = found.api.get(f"/api/v1/namespaces/{names.NAMESPACE}/services/{names.PROXY_PUBLIC}")
    addresses = found.api.get("/api/v1/nodes")["items"][0]["status"]["addresses"]
    address = next(each["address"] for each in addresses if each["type"] == "InternalIP")
    return f"http://{address}:{service['spec']['ports'][0]['nodePort']}"


def cells(notebook: str) -> list[str]:
    """Return the code cells of a notebook of the lesson."""
    book = json.loads((paths.REPO / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
