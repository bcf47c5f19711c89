"""What each control of a notebook stands for: a kubectl command, or a call of the lab; and which would change anything.

Pure: it is asked with a snapshot, reads no clock and no network. The panel with the buttons is in
:mod:`labkit.notebook.control_panel`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.errors import LabError
from labkit.state.freshness import API_SERVER, WATCH

if TYPE_CHECKING:
    from collections.abc import Collection

    from labkit.state import Deployment, Snapshot

#: Replicas that a control asks for at most: what the kit's cluster has room for, with some to spare to see Pods wait.
MOST = 50
#: Requests a second of the client that a control starts, as in the notebooks.
RATE = 20
#: The lesson's own images: every Node has these versions of ``hello`` (:mod:`labkit.images.lesson`).
_OURS, _VERSIONS = in_class.image("hello"), ("1.0.0", "2.0.0")
#: What the tag of an image may be (OCI distribution specification 1.1, "Pulling manifests").
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


class Control(StrEnum):
    """What can be pressed."""

    SCALE = "scale"
    ROLL_OUT = "roll-out"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"
    RESTART = "restart"
    LOSE = "lose"
    BRING_BACK = "bring-back"
    CORDON = "cordon"
    UNCORDON = "uncordon"
    DRAIN = "drain"
    START_REQUESTS = "start-requests"
    STOP_REQUESTS = "stop-requests"


#: What the lab does itself, as one would type it.
_CALLS = {
    Control.LOSE: 'lab.lose_node("{}")',
    Control.BRING_BACK: 'lab.bring_back("{}")',
    Control.START_REQUESTS: f"client = lab.traffic(rate={RATE})",
    Control.STOP_REQUESTS: "client.stop()",
}

OF_A_DEPLOYMENT = (Control.SCALE, Control.ROLL_OUT, Control.UNDO, Control.PAUSE, Control.RESUME, Control.RESTART)
OF_A_NODE = (Control.LOSE, Control.BRING_BACK, Control.CORDON, Control.UNCORDON, Control.DRAIN)
OF_REQUESTS = (Control.START_REQUESTS, Control.STOP_REQUESTS)


@dataclass(frozen=True, slots=True)
class Command:
    """What a control does.

    Attributes
    ----------
    kubectl
        kubectl's arguments; empty where the lab itself does it.
    typed
        The same as one would type it: ``kubectl rollout undo deployment/hello``, ``lab.lose_node("labkit-worker")``.
    """

    kubectl: tuple[str, ...]
    typed: str


@dataclass(frozen=True, slots=True)
class State:
    """What the controls show at a moment.

    Attributes
    ----------
    replicas
        How many are desired; None where there is no such Deployment.
    versions
        Image tags that can be rolled out: first the one that is suggested, which is not the present one.
    nodes
        The workers: name, and the column STATUS of ``kubectl get nodes``.
    idle
        The controls that would change nothing now.
    """

    replicas: int | None
    versions: tuple[str, ...]
    nodes: tuple[tuple[str, str], ...]
    idle: frozenset[Control]


def state(snapshot: Snapshot, app: str, node: str | None, *, lost: Collection[str] = (), asking: bool = False) -> State:
    """Return what the controls show.

    Of two that undo each other (pause and resume, cordon and uncordon, …) the one that would change nothing is idle;
    where the snapshot may not be the present, neither is.

    Parameters
    ----------
    snapshot
        The cluster.
    app
        The Deployment.
    node
        The Node that is chosen, or None.
    lost
        The Nodes that this notebook has lost.
    asking
        Whether the steady client is asking.
    """
    deployment = snapshot.deployment(app)
    nodes = tuple((each.name, each.status) for each in snapshot.nodes() if not each.control_plane)
    idle = {Control.START_REQUESTS if asking else Control.STOP_REQUESTS}
    if deployment is None:
        idle |= set(OF_A_DEPLOYMENT)
    elif _present(snapshot, "Deployment"):
        idle.add(Control.RESUME if not deployment.paused else Control.PAUSE)
    found = snapshot.node(node)
    if found is None:
        idle |= set(OF_A_NODE)
    elif _present(snapshot, "Node"):
        idle.add(Control.UNCORDON if found.schedulable else Control.CORDON)
        if found.name in lost:
            idle.add(Control.LOSE)
        elif found.ready:
            idle.add(Control.BRING_BACK)
    replicas = deployment.desired if deployment else None
    return State(replicas, _versions(snapshot, deployment) if deployment else (), nodes, frozenset(idle))


def command(snapshot: Snapshot, control: Control, subject: str, value: object = None) -> Command:
    """Return what a control does.

    Parameters
    ----------
    snapshot
        The cluster.
    control
        What is pressed.
    subject
        The Deployment or the Node.
    value
        How many replicas (:attr:`Control.SCALE`), or which image tag (:attr:`Control.ROLL_OUT`).

    Raises
    ------
    LabError
        If the value makes no sense, or there is no such Deployment.
    """
    if control in _CALLS:
        return Command((), _CALLS[control].format(subject))
    deployment = f"deployment/{subject}"
    match control:
        case Control.SCALE:
            words = ["scale", deployment, f"--replicas={_replicas(value)}"]
        case Control.ROLL_OUT:
            words = ["set", "image", deployment, _image(snapshot, subject, value)]
        case Control.DRAIN:
            # a DaemonSet's Pods would be back at once, so kubectl wants to be told that they may stay
            words = ["drain", subject, "--ignore-daemonsets", "--timeout=60s"]
        case Control.CORDON | Control.UNCORDON:
            words = [control.value, subject]
        case _:
            words = ["rollout", control.value, deployment]
    return Command(tuple(words), f"kubectl {shlex.join(words)}")


def _present(snapshot: Snapshot, kind: str) -> bool:
    """Return whether what the snapshot says of a kind is the present, as far as we know."""
    return not {kind, API_SERVER, WATCH} & set(snapshot.stale_kinds)


def _replicas(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise LabError(f"{value!r} is no number of replicas for this lab.", remedy=f"a whole number from 0 to {MOST}")
    return value


def _image(snapshot: Snapshot, app: str, tag: object) -> str:
    """Return ``container=image``, as ``kubectl set image`` takes it."""
    found = snapshot.deployment(app)
    if found is None or not found.images:
        raise LabError(f"There is no Deployment {app}.", remedy=f"%kubectl create -f manifests/{app}.yaml")
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        raise LabError(f"No version of an image can be named {tag!r}.", remedy="such as 2.0.0")
    repository = _parts(found.images[0])[0]
    containers = [each for pod in snapshot.pods_of(found) for each in pod.containers]
    name = next((each.name for each in reversed(containers) if _parts(each.image)[0] == repository), "*")
    return f"{name}={repository}:{tag}"


def _versions(snapshot: Snapshot, deployment: Deployment) -> tuple[str, ...]:
    if not deployment.images:
        return ()
    repository, present = _parts(deployment.images[0])
    tags = [_parts(each.images[0]) for each in snapshot.replica_sets_of(deployment) if each.images]
    known = dict.fromkeys(tag for of, tag in tags if of == repository)
    known |= dict.fromkeys(_VERSIONS if repository == _OURS else ())
    others = sorted((tag for tag in known if tag and tag != present), reverse=True)
    return (*others, present) if present else tuple(others)


def _parts(image: str) -> tuple[str, str]:
    """Return an image's name and its tag: a registry's port is no tag, and a digest is left out."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "")
