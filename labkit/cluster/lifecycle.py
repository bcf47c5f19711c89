"""Bringing the lab's cluster up, and down: every step looks first whether there is anything to do."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import images, paths
from labkit.cluster import config as shapes
from labkit.cluster import connections, engine, identity, kind, limits, nodes, preconditions, secrets, verify
from labkit.cluster.status import Status, status
from labkit.errors import ClusterError, LabError
from labkit.images import docker, packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labkit.progress import Progress

#: How long a cluster that was already there may take to answer before it is made anew, in seconds. After a node was
#: unpaused it takes up to a lease until it is Ready again.
REUSE_SECONDS = 60.0


def up(progress: Progress) -> Status:
    """Bring the lab's cluster up: engine, limits, images, cluster, keys and secrets.

    Everything that is there and right stays; a second call is a matter of seconds.

    Parameters
    ----------
    progress
        Where it is said what is done.

    Returns
    -------
    Status
        The running cluster.

    Raises
    ------
    LabError
        If it cannot be had; says what is in the way and what to do.
    """
    if os.environ.get("LABKIT_KUBECONFIG"):
        raise ClusterError(
            "LABKIT_KUBECONFIG names a cluster that others run: the kit does not bring it up",
            remedy="unset LABKIT_KUBECONFIG, then: labkit up",
        )
    name = paths.cluster_name()
    with _alone(progress):
        engine.ensure(progress)
        for limit in limits.raise_them():
            progress.say(f"fs.inotify.{limit.name} is {limit.value}, {limit.wanted} would be better: {limit.remedy}")
        identity.refuse_foreign(name, nodes.containers(name))
        image = images.ensure(progress, preconditions.room)
        if not _reuse(progress, name, image):
            _create(progress, name, image)
    return status()


@contextlib.contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """Let one ``up`` or ``down`` run at a time on this machine; they share Docker and the cache folder."""
    file = paths.cache() / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            other = lock.read().strip() or "?"
            with progress.stage(f"waiting for another labkit (process {other}) to finish"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _wanted(port: int) -> shapes.Config:
    cgroup = docker.ask("info", "--format", "{{.CgroupVersion}}").strip()
    return shapes.Config(shapes.workers(), port, int(cgroup) if cgroup in {"1", "2"} else 2)


def _reuse(progress: Progress, name: str, image: images.NodeImage) -> bool:
    """Use the cluster that is there, if it is the wanted one and well; say why not, and remove it, otherwise."""
    found = nodes.containers(name)
    if not found:
        return False
    control_plane = nodes.control_plane(found)
    port = (control_plane.front_door_port if control_plane else None) or shapes.FRONT_DOOR_PORT
    wanted = _wanted(port)
    record = identity.read(name)
    why = identity.why_anew(found, record, image.inputs, wanted.shape, wanted.workers + 1)
    if why is None:
        why = _why_not_well(progress, name, found, wanted, record.kubernetes if record else "")
    if why is None:
        return True
    progress.say(f"The cluster {name!r} is made anew: {why}.")
    kind.delete(progress, name)
    return False


def _why_not_well(
    progress: Progress, name: str, found: list[nodes.Container], wanted: shapes.Config, kubernetes: str
) -> str | None:
    paused = [container for container in found if container.state == "paused"]
    for container in paused:
        docker.ask("unpause", container.id)
        progress.say(f"{container.name} was paused: it goes on.")
    try:
        _describe(progress, name, wanted)
        reached = connections.connection()
        version = json.loads(_patiently(lambda: reached.run("get", "--raw", "/version", timeout=10)))["gitVersion"]
        if version != kubernetes:
            return f"it runs Kubernetes {version} instead of {kubernetes}"
        listed = verify.nodes_of(json.loads(reached.run("get", "nodes", "--output", "json")))
        if len(listed) == wanted.workers + 1 and all(ready for _, ready in listed) and not paused:
            return None
        with progress.stage("nodes, Ready again") as stage:
            verify.wait_ready(reached, wanted.workers + 1, stage, REUSE_SECONDS)
    except LabError as error:
        return error.problem
    return None


def _patiently(ask: Callable[[], str], seconds: float = 15.0) -> str:
    """Ask until there is an answer: an API server that was frozen a moment ago needs some seconds."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except ClusterError:
            if time.monotonic() > end:
                raise
            time.sleep(1)


def _create(progress: Progress, name: str, image: images.NodeImage) -> None:
    preconditions.space(preconditions.DISK)
    port = shapes.free_port()
    if port != shapes.FRONT_DOOR_PORT:
        progress.say(f"Port {shapes.FRONT_DOOR_PORT} on 127.0.0.1 is taken: the front door is on port {port} instead.")
    wanted = _wanted(port)
    kind.create(progress, name, image.tag, wanted, paths.cluster_dir(name))
    _describe(progress, name, wanted)
    reached = connections.connection()
    with progress.stage("nodes, Ready") as stage:
        verify.wait_ready(reached, wanted.workers + 1, stage)
    verify.settings(reached, wanted)
    version = json.loads(reached.run("get", "--raw", "/version"))["gitVersion"]
    # only now, so that a cluster whose making was interrupted is never taken for a whole one
    made = {container.id: container.started for container in nodes.containers(name)}
    identity.write(name, identity.Record(image.tag, image.inputs, wanted.shape, version, made))


def _describe(progress: Progress, name: str, wanted: shapes.Config) -> None:
    """Write this checkout's files about the cluster: kubeconfig, kubectl, secrets, ``cluster.json``."""
    folder = paths.cluster_dir(name)
    kind.write_kubeconfig(progress, name, folder)
    secrets.ensure(folder)
    facts = {
        "cluster": name,
        "front_door": f"https://127.0.0.1:{wanted.front_door_port}",
        "kubectl": str(ensure_kubectl()),
        "workers": wanted.workers,
    }
    (folder / "cluster.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def ensure_kubectl() -> Path:
    """Return a kubectl of the cluster's own version: on Linux the node's own, copied out once; elsewhere PATH's.

    Raises
    ------
    ClusterError
        If there is none.
    """
    control_plane = nodes.control_plane(nodes.containers())
    if control_plane is None:
        raise ClusterError(f"there is no cluster {paths.cluster_name()!r}", remedy="labkit up")
    if sys.platform != "linux":
        found = shutil.which("kubectl")
        if found is None:
            raise ClusterError(
                "there is no kubectl on PATH", remedy="install kubectl (conda: kubernetes-client), then: labkit up"
            )
        return Path(found)
    from_pack = packed.image()
    if from_pack and from_pack.inputs == control_plane.inputs and (ours := packed.program("kubectl")):
        return ours
    # one copy per node image, so that a running kubectl is never written over
    program = paths.cache() / "kubectl" / control_plane.inputs[:12] / "kubectl"
    if not program.is_file():
        program.parent.mkdir(parents=True, exist_ok=True)
        part = program.with_suffix(f".{os.getpid()}.part")
        docker.ask("cp", f"{control_plane.id}:/usr/bin/kubectl", str(part), timeout=120)
        part.chmod(0o755)
        part.replace(program)
    return program


def down(progress: Progress, *, engine_too: bool = False) -> bool:
    """Remove the lab's cluster and this checkout's files about it.

    Parameters
    ----------
    progress
        Where it is said what is done.
    engine_too
        Whether to stop Docker as well, if it was the kit that started it and no container runs in it any more.

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    LabError
        If the cluster of that name is not ours, or Docker does not answer.
    """
    name = paths.cluster_name()
    with _alone(progress):
        there = kind.delete(progress, name)
        shutil.rmtree(paths.cluster_dir(name), ignore_errors=True)
        # under the lock: another labkit may be about to make a cluster in it
        if engine_too and engine.stop_idle():
            progress.say("Docker is stopped: the kit had started it, and nothing runs in it any more.")
    return there
