"""The cluster that a command is about: reached, asked whose it is, and never taken for granted."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3
import yaml

from labkit import cluster, paths
from labkit.api.client import Api, ApiError, why
from labkit.classroom import applying, belonging, names
from labkit.classroom.values import Values
from labkit.errors import ClusterError
from labkit.lesson.namespace import is_own, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from labkit.api.connection import Connection
    from labkit.classroom.objects import Object

#: Who applies, as the API server writes it down beside each field.
MANAGER = "labkit-class"
#: Objects without their bodies ("API concepts: alternate representations").
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
#: Seconds that kubectl may take for what is asked of a Pod.
_KUBECTL_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster with a class on it, or where one is to be.

    Attributes
    ----------
    connection
        How it is reached; ``connection.own`` says whether it is the kit's own kind cluster.
    api
        Its API.
    """

    connection: Connection
    api: Api

    @property
    def name(self) -> str:
        """What people call it: its context."""
        return self.connection.context

    @property
    def folder(self) -> Path:
        """Where this machine keeps what belongs to the class: what is to be handed out."""
        return paths.STATE / "class" / self.name.replace("/", "-")

    @property
    def list_file(self) -> Path:
        """The list of passwords to hand out."""
        return self.folder / "passwords.csv"

    @property
    def authority_file(self) -> Path:
        """The certificate of the class's own authority, to hand out."""
        return self.folder / "authority.crt"

    @property
    def kubectl(self) -> str:
        """How a person asks about the class's namespace by kubectl."""
        where = f"--kubeconfig {shlex.quote(str(self.connection.kubeconfig))} --context {shlex.quote(self.name)}"
        return f"kubectl {where} --namespace {names.NAMESPACE}"

    def metadata(self, path: str, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """Return the metadata of all objects of a kind."""
        found = self.api.send("GET", path, query=query, accept=_METADATA)
        return [each["metadata"] for each in found["items"] or ()]

    def cluster_wide(self) -> dict[str, list[dict[str, Any]]]:
        """Return the metadata of all objects of the kinds of which a class has some: kind → objects."""
        return {kind: self.metadata(path) for kind, path in belonging.CLUSTER_WIDE.items()}

    def learners(self) -> list[str]:
        """Return who has a lab."""
        query = {"labelSelector": f"{names.LAB_LABEL}=true"}
        return belonging.learners(self.metadata(belonging.CLUSTER_WIDE["Namespace"], query))

    def has_class(self) -> bool:
        """Whether there is a class.

        Raises
        ------
        ClusterError
            If its namespace is somebody else's.
        """
        found = read(self.api, f"/api/v1/namespaces/{names.NAMESPACE}")
        if found is None:
            return False
        if not is_own(found["metadata"].get("labels")):
            raise belonging.foreign_class(self.name)
        return True

    def values(self) -> Values:
        """Return the values that the class was set up with.

        Raises
        ------
        ClusterError
            If there is no class.
        """
        path = f"/api/v1/namespaces/{names.NAMESPACE}/configmaps/{names.VALUES}"
        found = read(self.api, path) if self.has_class() else None
        if found is None:
            raise belonging.no_class(self.name)
        said = json.loads(found["data"][names.VALUES_KEY])
        return Values(tuple(said["learners"]), tuple(said["instructors"]), said["settings"])

    def learner(self, name: str) -> str:
        """Return a learner's namespace.

        Raises
        ------
        ClusterError
            If there is no class, or nobody of that name in it.
        """
        if not self.has_class():
            raise belonging.no_class(self.name)
        known = self.learners()
        if name not in known:
            raise belonging.no_learner(name, known)
        return names.lab(name)

    def apply(self, objects: Sequence[Object]) -> None:
        """Have objects, made or changed by a server-side apply.

        Raises
        ------
        ClusterError
            If the API server refuses one.
        """
        applying.apply(self.api, objects, MANAGER, self.name)

    def delete(self, objects: Iterable[tuple[str, str, str]], *, wait: bool = True) -> None:
        """Delete objects; one that is not there does not matter.

        Parameters
        ----------
        objects
            Kind, name and namespace (empty for the whole cluster's) of each.
        wait
            Whether to wait until they are gone.

        Raises
        ------
        ClusterError
            If the API server refuses it.
        WaitTimeoutError
            If one does not go.
        """
        applying.delete(self.api, objects, self.name, wait=wait)

    def restart(self, deployments: Sequence[str]) -> None:
        """Start Deployments of the class anew."""
        those = [f"deployment/{name}" for name in deployments]
        self._kubectl(["rollout", "restart", *those, "--namespace", names.NAMESPACE])

    def logs(self, pod: str) -> str:
        """Return what a Pod of the class has said."""
        return self._kubectl(["logs", pod, "--namespace", names.NAMESPACE])

    def hub(self, program: str, *arguments: str) -> str:
        """Return what a Python program prints that runs in the hub's Pod.

        Raises
        ------
        ClusterError
            If the hub does not run, or the program fails.
        """
        where = ["--namespace", names.NAMESPACE, f"deployment/{names.HUB}"]
        return self._kubectl(["exec", *where, "--", "python", "-c", program, *arguments])

    def _kubectl(self, arguments: Sequence[str]) -> str:
        done = self.connection.ask(["--context", self.name, *arguments], timeout=_KUBECTL_SECONDS)
        if done.returncode:
            raise ClusterError(
                f"kubectl {shlex.join(arguments[:3])} … failed on cluster {self.name}.",
                detail=done.stderr.strip()[-1200:],
                remedy="see what it says above, then run the same command again: it goes on where it stopped",
            )
        return done.stdout


def reach(context: str | None, kubeconfig: Path | None) -> Target:
    """Return the cluster that a command names; the kit's own where it names none.

    Parameters
    ----------
    context
        A context of a kubeconfig.
    kubeconfig
        The file; where it is not given, those of ``KUBECONFIG``, or the user's own. They are read, never changed.

    Raises
    ------
    ClusterError
        If there is no such context, or the cluster does not answer.
    """
    if kubeconfig is not None and context is None:
        raise ClusterError(
            f"--kubeconfig {kubeconfig} says nothing of which cluster in it is meant.",
            remedy=f"--kubeconfig {kubeconfig} --context NAME",
        )
    if context is not None:
        # the way in which any cluster is named to the kit: what touches nodes asks for these too
        os.environ["LABKIT_KUBECONFIG"] = str(_file_with(context, kubeconfig))
        os.environ["LABKIT_CONTEXT"] = context
    connection = cluster.connection()
    return Target(connection, Api(connection.kubeconfig, connection.context))


def _file_with(context: str, kubeconfig: Path | None) -> Path:
    listed = (
        [kubeconfig] if kubeconfig else [Path(each) for each in os.environ.get("KUBECONFIG", "").split(":") if each]
    )
    files = [each.expanduser() for each in listed or [Path("~/.kube/config")]]
    known: list[str] = []
    for file in files:
        found = _contexts(file)
        if context in found:
            return file
        known += found
    said = f"it has: {', '.join(known)}" if known else "it has none, or can't be read"
    raise ClusterError(
        f"There is no context {context!r} in {', '.join(map(str, files))} ({said}).",
        remedy=f"--context {known[0] if known else 'NAME'}, or --kubeconfig FILE",
    )


def _contexts(file: Path) -> list[str]:
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [str(each["name"]) for each in said["contexts"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return []


@contextmanager
def told(target: Target) -> Iterator[None]:
    """Turn the API's errors into the class's.

    Raises
    ------
    ClusterError
        In place of an answer that is an error, and of no answer.
    """
    try:
        yield
    except ApiError as error:
        raise ClusterError(
            f"Cluster {target.name} refuses: {error}",
            remedy="use a context that may do it: a class is set up by who runs the cluster",
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise ClusterError(
            f"Cluster {target.name} does not answer: {why(error)}.",
            remedy="labkit up" if target.connection.own else f"kubectl --context {target.name} get nodes",
        ) from error
