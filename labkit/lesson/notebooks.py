"""The lesson's notebooks: where each starts, and how the lab gets there from any other state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit import cluster, paths
from labkit.api.api_errors import told
from labkit.api.kubectl import Kubectl
from labkit.errors import LabError
from labkit.lesson import creation, emptying, namespace
from labkit.lesson.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from labkit.api.connection import Connection

_CONFIGMAP = "nginx-frontend-conf"


@dataclass(frozen=True, slots=True)
class Start:
    """The state in which a notebook begins.

    Attributes
    ----------
    apps
        The apps that run already, each with its Service, in the order in which they are made.
    configmap
        Whether frontend's ConfigMap exists.
    save_config
        Whether the objects keep what they were made from, as those have it on which ``kubectl apply`` was used once:
        02-configmap is where a learner meets apply's warning, and learns what it means.
    edits
        What an earlier notebook changed in the working copy: path → {old text: new text}.
    """

    apps: tuple[str, ...] = ()
    configmap: bool = False
    save_config: bool = False
    edits: dict[str, dict[str, str]] = field(default_factory=dict)


_ALL = ("auth", "hello", "frontend")
_THREE = {"manifests/hello.yaml": {"replicas: 1": "replicas: 3"}}

#: Notebook → where it begins.
STARTS: dict[str, Start] = {
    "00-start-here": Start(),
    "01-create": Start(),
    "02-configmap": Start(apps=_ALL),
    "03-scale": Start(apps=_ALL, configmap=True, save_config=True),
    "04-self-healing": Start(apps=_ALL, configmap=True, save_config=True, edits=_THREE),
    "05-rolling-update": Start(apps=_ALL, configmap=True, save_config=True, edits=_THREE),
    "06-rollout-laboratory": Start(apps=_ALL, configmap=True, save_config=True, edits=_THREE),
    "07-configuration": Start(),
}


def start_of(notebook: str) -> Start:
    """Return where `notebook` begins.

    Raises
    ------
    LabError
        If the lesson has no such notebook.
    """
    if not isinstance(notebook, str) or notebook not in STARTS:
        # "05" and "5" are enough to say which one was meant
        meant = next((one for one in STARTS if f"{notebook}-" in {one[:3], one[1:3]}), "01-create")
        raise LabError(
            f"The lesson has no notebook {notebook!r}.", remedy=f'Lab("{meant}"), or one of: {", ".join(STARTS)}'
        )
    return STARTS[notebook]


def ensure_namespace(kubectl: Kubectl) -> None:
    """Make the learner's namespace with what set-up owes the lesson in it: the TLS key pair and auth's secrets.

    Raises
    ------
    LabError
        If a namespace of that name exists which the kit did not make.
    """
    connection, api = kubectl.connection, kubectl.api
    with told("get", "namespace", connection.namespace):
        found = namespace.own(api, connection.namespace)
        if found is not None and found["metadata"].get("deletionTimestamp"):
            # somebody deletes it: its Pods need not take their whole grace
            emptying.empty(api, connection.namespace, own=connection.own)
        namespace.ensure(api, connection)


def reset_namespace(
    connection: Connection, *, timeout: float = 90.0, say: Callable[[str], None] = emptying.silently
) -> list[str]:
    """Bring the learner's namespace back to clean: nothing in it but what set-up made.

    Parameters
    ----------
    connection
        Which cluster and namespace.
    timeout
        Seconds that the old objects may take to go.
    say
        Is told what is waited for.

    Returns
    -------
    list[str]
        What a learner should know of it, a sentence each.

    Raises
    ------
    WaitTimeoutError
        If objects are still there after `timeout`; the message names them.
    LabError
        If the namespace is not the kit's.
    """
    kubectl = Kubectl(connection)
    ensure_namespace(kubectl)
    return _empty(kubectl, timeout, say)


def _empty(kubectl: Kubectl, timeout: float, say: Callable[[str], None]) -> list[str]:
    connection = kubectl.connection
    with told("delete", "all"):
        return emptying.empty(kubectl.api, connection.namespace, own=connection.own, timeout=timeout, say=say)


def begin(
    notebook: str, kubectl: Kubectl, workspace: Workspace, say: Callable[[str], None] = emptying.silently
) -> tuple[Path | None, list[str]]:
    """Bring the lab to the start of `notebook`; the namespace is there, and waiting for readiness is the caller's.

    Parameters
    ----------
    notebook
        The notebook.
    kubectl, workspace
        Cluster and namespace, and the working copy.
    say
        Is told what is waited for.

    Returns
    -------
    tuple
        Where the learner's own versions of the working copy's files were kept, if there were any, and what else a
        learner should know, a sentence each.
    """
    start = start_of(notebook)
    kept = workspace.reset(start.edits)
    _put_nodes_right(kubectl, say)
    notes = _empty(kubectl, 90.0, say)
    name = kubectl.connection.namespace
    if start.configmap:
        creation.create_configmap(kubectl.api, name, _CONFIGMAP, workspace.root / "nginx" / "frontend.conf")
    for app in start.apps:
        # as `create` makes it, which the learner used in 01-create: what kubectl says later must be the same
        for path in (f"manifests/{app}.yaml", f"manifests/services/{app}.yaml"):
            creation.create(kubectl.api, name, workspace.root, path, save_config=start.save_config)
    return kept, notes


def reset(connection: Connection) -> list[str]:
    """Do what ``labkit reset`` does: Nodes, namespace and working copy, all back to clean.

    Returns
    -------
    list[str]
        What a learner should know of it, a sentence each.
    """
    kept = Workspace().reset()
    paths.WORK.mkdir(parents=True, exist_ok=True)
    _put_nodes_right(Kubectl(connection), emptying.silently)
    return [*reset_namespace(connection), *([f"Your own versions of the files are kept in {kept}"] if kept else [])]


def _put_nodes_right(kubectl: Kubectl, say: Callable[[str], None]) -> None:
    if kubectl.connection.own:  # elsewhere they are not ours to change
        with told("get", "nodes"):
            cluster.put_nodes_right(kubectl.api, say)
