"""The lesson's notebooks: where each starts, and how the lab gets there from any other state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit import paths
from labkit.errors import LabError, WaitTimeoutError
from labkit.kubectl import Kubectl
from labkit.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.cluster import Connection

#: The label that says: this namespace is the kit's, which may empty it.
OWN = "app.kubernetes.io/managed-by=labkit"
#: Whatever a learner may have made by hand goes too; first what would make the others again.
_MAKERS = "deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch,cronjobs.batch"
_MADE = "replicasets.apps,services,horizontalpodautoscalers.autoscaling,poddisruptionbudgets.policy"
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
    edits
        What an earlier notebook changed in the working copy: path → {old text: new text}.
    """

    apps: tuple[str, ...] = ()
    configmap: bool = False
    edits: dict[str, dict[str, str]] = field(default_factory=dict)


_ALL = ("auth", "hello", "frontend")
_THREE = {"manifests/hello.yaml": {"replicas: 1": "replicas: 3"}}

#: Notebook → where it begins.
STARTS: dict[str, Start] = {
    "00-start-here": Start(),
    "01-create": Start(),
    "02-configmap": Start(apps=_ALL),
    "03-scale": Start(apps=_ALL, configmap=True),
    "04-self-healing": Start(apps=_ALL, configmap=True, edits=_THREE),
    "05-rolling-update": Start(apps=_ALL, configmap=True, edits=_THREE),
}


def start_of(notebook: str) -> Start:
    """Return where `notebook` begins.

    Raises
    ------
    LabError
        If the lesson has no such notebook.
    """
    if notebook not in STARTS:
        raise LabError(
            f"The lesson has no notebook {notebook!r}.", remedy=f'Lab("01-create"), or one of: {", ".join(STARTS)}'
        )
    return STARTS[notebook]


def ensure_namespace(kubectl: Kubectl) -> None:
    """Make the learner's namespace with what set-up owes the lesson in it: the TLS key pair and auth's secrets.

    Raises
    ------
    LabError
        If a namespace of that name exists which the kit did not make.
    """
    name = kubectl.connection.namespace
    found = kubectl.try_run("get", "namespace", name, "-o", "jsonpath={.metadata.labels}", "--ignore-not-found")
    if found.code:
        raise kubectl.failure(("get", "namespace", name), found.stderr)
    if found.stdout and "labkit" not in found.stdout:
        raise LabError(
            f"Namespace {name} exists on this cluster, and the kit did not make it, so the kit does not touch it.",
            remedy="LABKIT_NAMESPACE=another-name labkit lab, or, if it is yours to give: "
            f"kubectl label namespace {name} {OWN}",
        )
    if not found.stdout:
        label, value = OWN.split("=")
        body = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n    {label}: {value}\n"
        kubectl.run("apply", "--server-side", "--field-manager=labkit", "-f", "-", stdin=body)
    _ensure_secrets(kubectl)


def _ensure_secrets(kubectl: Kubectl) -> None:
    secrets = kubectl.connection.secrets
    for command, stdin in (
        (("tls", "tls-certs", f"--cert={secrets.tls_crt}", f"--key={secrets.tls_key}"), None),
        # through standard input: a command line can be read by every process of the machine
        (("generic", "auth", "--from-env-file=/dev/stdin"), _env_file(secrets.signing_key, secrets.users_file)),
    ):
        body = kubectl.run("create", "secret", *command, "--dry-run=client", "-o", "yaml", stdin=stdin)
        kubectl.run("apply", "--server-side", "--force-conflicts", "--field-manager=labkit", "-f", "-", stdin=body)


def _env_file(signing_key: str, users: str) -> str:
    if "\n" in users.strip():
        raise ValueError("an env file holds one line for each key")
    return f"signing-key={signing_key}\nusers={users.strip()}\n"


def reset_namespace(connection: Connection, *, timeout: float = 90.0) -> None:
    """Bring the learner's namespace back to clean: nothing in it but what set-up made.

    Parameters
    ----------
    connection
        Which cluster and namespace.
    timeout
        Seconds that the old pods may take to go.

    Raises
    ------
    WaitTimeoutError
        If pods are still there after `timeout`; the message names them.
    LabError
        If the namespace is not the kit's.
    """
    kubectl = Kubectl(connection)
    ensure_namespace(kubectl)
    kubectl.run("delete", _MAKERS, "--all", "--wait=false")
    kubectl.run("delete", _MADE, "--all", "--wait=false")
    kubectl.run("delete", "configmap", _CONFIGMAP, "--ignore-not-found")
    deadline = time.monotonic() + timeout
    while pods := kubectl.run("get", "pods", "-o", "name").split():
        left = deadline - time.monotonic()
        if left <= 0:
            raise WaitTimeoutError(
                f"{len(pods)} pod(s) did not go within {timeout:.0f} s: {', '.join(pods)}.",
                remedy="labkit up (in a terminal): it brings back a node that was lost, then try again",
            )
        # Terminating pods are asked again with one second's grace: nobody waits for their last answers now.
        kubectl.try_run("delete", "pods", "--all", "--grace-period=1", f"--timeout={max(1, int(left))}s")
    kubectl.run("delete", "events", "--all", "--wait=false")


def begin(notebook: str, kubectl: Kubectl, workspace: Workspace) -> Path | None:
    """Bring the lab to the start of `notebook`; waiting for readiness is the caller's.

    Returns
    -------
    Path | None
        Where the learner's own versions of the working copy's files were kept, if there were any.
    """
    start = start_of(notebook)
    kept = workspace.reset(start.edits)
    reset_namespace(kubectl.connection)
    if start.configmap:
        kubectl.run("create", "configmap", _CONFIGMAP, "--from-file=nginx/frontend.conf")
    for app in start.apps:
        # `create`, as the learner did it in 01-create: what kubectl says later must be the same
        kubectl.run("create", "-f", f"manifests/{app}.yaml", "-f", f"manifests/services/{app}.yaml")
    return kept


def reset(connection: Connection) -> None:
    """Do what ``labkit reset`` does: the namespace and the working copy, both back to clean."""
    Workspace().reset()
    paths.WORK.mkdir(parents=True, exist_ok=True)
    reset_namespace(connection)
