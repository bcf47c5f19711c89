"""How the rest of the kit reaches a cluster: a kubeconfig, a context, a namespace, a front door. No kind, no Docker."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from labkit import paths
from labkit.api import in_pod
from labkit.api.connection import Connection
from labkit.cluster import secrets
from labkit.errors import ClusterError

#: How long the API server may take to accept a connection, in seconds. It is on this machine.
ANSWER_SECONDS = 3.0


def connection() -> Connection:
    """Return how to reach the lab's cluster.

    With ``LABKIT_KUBECONFIG`` and ``LABKIT_CONTEXT`` (and ``LABKIT_FRONT_DOOR``) it is any cluster, by name. With
    ``LABKIT_KUBECONFIG=in-pod`` it is the one in whose Pod this runs.

    Raises
    ------
    LabError
        If there is no running cluster, or the cluster or the namespace has a name that can't be one.
    """
    paths.namespace()  # one that can't be is told before anything else
    named = os.environ.get("LABKIT_KUBECONFIG")
    if named == in_pod.NAME:
        return _in_pod()
    return _named(Path(named)) if named else _own()


def _in_pod() -> Connection:
    folder, namespace = paths.cluster_dir(in_pod.NAME), paths.namespace()
    kubeconfig = in_pod.write(folder, namespace)
    return _by_others(kubeconfig, in_pod.NAME, f"https://frontend.{namespace}.svc", folder)


def _named(kubeconfig: Path) -> Connection:
    if not kubeconfig.is_file():
        raise ClusterError(
            f"LABKIT_KUBECONFIG={str(kubeconfig)!r} is no file", remedy="unset LABKIT_KUBECONFIG, then: labkit up"
        )
    try:
        known = [entry["name"] for entry in yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["contexts"]]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{kubeconfig} is no kubeconfig", detail=str(error)[:400], remedy="name another: LABKIT_KUBECONFIG=…"
        ) from error
    context = os.environ.get("LABKIT_CONTEXT", "")
    if context not in known:
        said = f"LABKIT_CONTEXT={context!r} is not in" if context else "LABKIT_CONTEXT says no context of"
        raise ClusterError(f"{said} {kubeconfig}", remedy=f"LABKIT_CONTEXT=… one of: {', '.join(known)}")
    folder = paths.cluster_dir(f"named-{context.replace('/', '-')}")
    return _by_others(kubeconfig.resolve(), context, "https://127.0.0.1:30443", folder)


def _by_others(kubeconfig: Path, context: str, front_door: str, folder: Path) -> Connection:
    """Return how to reach a cluster that others run; `front_door` holds where ``LABKIT_FRONT_DOOR`` says nothing."""
    found = shutil.which("kubectl")
    if found is None:
        raise ClusterError(
            "there is no kubectl on PATH for the cluster that LABKIT_KUBECONFIG names", remedy="install kubectl"
        )
    front_door = (os.environ.get("LABKIT_FRONT_DOOR") or front_door).rstrip("/")
    host = urlsplit(front_door).hostname
    if not front_door.startswith("https://") or not host:
        raise ClusterError(
            f"LABKIT_FRONT_DOOR={front_door!r} is no address of HTTPS.",
            remedy="LABKIT_FRONT_DOOR=https://HOST, or https://HOST:PORT",
        )
    return Connection(
        kubeconfig=kubeconfig,
        context=context,
        namespace=paths.namespace(),
        kubectl=Path(found),
        front_door=front_door,
        secrets=secrets.ensure(folder, host),
    )


def _own() -> Connection:
    name, folder = paths.cluster_name(), paths.cluster_dir()
    try:
        kept = json.loads((folder / "cluster.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if not kept or not (folder / "kubeconfig").is_file():
        raise ClusterError(f"there is no cluster {name!r} here yet", remedy="labkit up")
    _must_answer(name, folder / "kubeconfig")
    return Connection(
        kubeconfig=folder / "kubeconfig",
        context=f"kind-{name}",
        namespace=paths.namespace(),
        kubectl=Path(kept["kubectl"]),
        front_door=kept["front_door"],
        secrets=secrets.ensure(folder),
        own=True,
    )


def _must_answer(name: str, kubeconfig: Path) -> None:
    """Look whether anybody listens where the API server should; a stopped engine or cluster shows within a moment."""
    server = urlsplit(yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]["server"])
    try:
        with socket.create_connection((server.hostname, server.port or 443), timeout=ANSWER_SECONDS):
            pass
    except OSError as error:
        raise ClusterError(
            f"cluster {name!r} does not answer at {server.netloc}", detail=str(error), remedy="labkit up"
        ) from error
