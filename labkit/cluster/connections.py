"""How the rest of the kit reaches a cluster: a kubeconfig, a context, a namespace, a front door. No kind, no Docker."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml

from labkit import paths
from labkit.cluster import secrets
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.cluster.secrets import Secrets


#: How long the API server may take to accept a connection, in seconds. It is on this machine.
ANSWER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster as one reaches it.

    Attributes
    ----------
    kubeconfig
        The kubeconfig: the kit's own, or the one that ``LABKIT_KUBECONFIG`` names.
    context
        The context in it.
    namespace
        The learner's namespace.
    kubectl
        The kubectl program, of the cluster's own version where it could be had.
    front_door
        The address of the Service ``frontend`` from this machine, such as ``https://127.0.0.1:30443``.
    secrets
        The lesson's secrets for this cluster.
    own
        Whether the kit made the cluster; one that ``LABKIT_KUBECONFIG`` names is run by others.
    """

    kubeconfig: Path
    context: str
    namespace: str
    kubectl: Path
    front_door: str
    secrets: Secrets
    own: bool = False

    def environment(self) -> dict[str, str]:
        """Return the environment in which kubectl runs: the caller's, with the kit's kubeconfig in place of theirs."""
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig), "KUBECTL_KUBERC": "false"}

    def ask(
        self, arguments: Sequence[str], *, timeout: float, stdin: str | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl with nothing but the kit's kubeconfig, to its end, whether it succeeds or not.

        Parameters
        ----------
        arguments
            kubectl's arguments.
        timeout
            Seconds after which it is ended.
        stdin
            Text for its standard input; it has none when not given.
        cwd
            The folder in which it runs.

        Raises
        ------
        ClusterError
            If it does not end in time, or there is no such program.
        """
        try:
            return subprocess.run(
                [str(self.kubectl), *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
                cwd=cwd,
                env=self.environment(),
                **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
            )
        except subprocess.TimeoutExpired as slow:
            raise ClusterError(
                f"kubectl {shlex.join(arguments)} did not end within {timeout:.0f} s.",
                remedy="labkit status (in a terminal) tells whether the cluster answers; labkit up repairs it",
            ) from slow
        except FileNotFoundError as missing:
            raise self.no_kubectl() from missing

    def no_kubectl(self) -> ClusterError:
        """Return the error for a kubectl that is not there."""
        return ClusterError(f"There is no kubectl at {self.kubectl}.", remedy="labkit up (in a terminal)")

    def run(self, *arguments: str, timeout: float = 30.0) -> str:
        """Run kubectl on the whole cluster, as setting it up takes, and return what it prints.

        Raises
        ------
        ClusterError
            If it fails or does not answer in time.
        """
        done = self.ask(["--context", self.context, *arguments], timeout=timeout)
        if done.returncode:
            raise ClusterError(
                f"kubectl {' '.join(arguments[:3])} failed", detail=done.stderr.strip()[-800:], remedy="labkit up"
            )
        return done.stdout


def connection() -> Connection:
    """Return how to reach the lab's cluster.

    With ``LABKIT_KUBECONFIG`` and ``LABKIT_CONTEXT`` (and ``LABKIT_FRONT_DOOR``) it is any cluster, by name.

    Raises
    ------
    LabError
        If there is no running cluster, or the cluster or the namespace has a name that can't be one.
    """
    paths.namespace()  # one that can't be is told before anything else
    named = os.environ.get("LABKIT_KUBECONFIG")
    return _named(Path(named)) if named else _own()


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
    found = shutil.which("kubectl")
    if found is None:
        raise ClusterError(
            "there is no kubectl on PATH for the cluster that LABKIT_KUBECONFIG names", remedy="install kubectl"
        )
    return Connection(
        kubeconfig=kubeconfig.resolve(),
        context=context,
        namespace=paths.namespace(),
        kubectl=Path(found),
        front_door=os.environ.get("LABKIT_FRONT_DOOR", "https://127.0.0.1:30443").rstrip("/"),
        secrets=secrets.ensure(paths.cluster_dir(f"named-{context.replace('/', '-')}")),
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
