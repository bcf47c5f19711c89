"""Whether this is a lab in a class, and what differs there: who takes Nodes away, and who repairs the cluster.

The hub says it, by variables of the learner's Pod (``classroom/hub/jupyterhub_config.py``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How the instructor takes a Node away for all: a :class:`NodeLoss`. Where the variable is set, this is a class.
NODE_LOSS = "LABKIT_NODE_LOSS"
#: Whether a learner may evict their own Pods: ``1``, or nothing.
EVICTIONS = "LABKIT_EVICTIONS"
#: On a Node: when it was taken away for the whole class, such as ``2026-11-30T13:45:00Z``. ``labkit class lose-node``
#: writes it before the Node falls silent, so nobody has to wait for the cluster to notice.
LOST = "labkit.dev/lost"

#: What stands before the names of the lesson's images in this class: ``registry.example/lab``.
IMAGES = "LABKIT_IMAGES"
#: What stands there on one's own machine, and on the kit's own cluster: no registry is asked.
HERE = "localhost"
#: The lesson's images.
NAMES = ("auth", "hello", "frontend")

#: The class's learners, separated by commas; an instructor's Pod alone is told them.
LEARNERS = "LABKIT_LEARNERS"
#: What stands before a learner's name in that of their namespace.
LAB = "lab-"

#: Names a cluster that others run (:mod:`labkit.cluster.connections`).
_OTHERS = "LABKIT_KUBECONFIG"
_FIRST_CELL = "then run the notebook's first cell again"


class Where(StrEnum):
    """Whose cluster the lab is on, as its environment says."""

    HERE = "here"
    OTHERS = "others"
    CLASS = "class"


class NodeLoss(StrEnum):
    """How the instructor of a class takes a Node away: ``nodeLoss.way`` of its values."""

    PAUSE = "pause"
    DRAIN = "drain"
    NONE = "none"


#: Who repairs a cluster, or how.
_REPAIR = {
    Where.HERE: "labkit up (in a terminal)",
    Where.OTHERS: f"ask whoever runs the cluster ({_OTHERS} names it)",
    Where.CLASS: "tell your instructor, who repairs the cluster (labkit class status shows them what is wrong)",
}


@dataclass(frozen=True, slots=True)
class Class:
    """What a lab in a class has to know of it.

    Attributes
    ----------
    node_loss
        How a Node is taken away, for all at once.
    evictions
        Whether learners may evict their own Pods.
    """

    node_loss: NodeLoss
    evictions: bool


def found(variables: Mapping[str, str] = os.environ) -> Class | None:
    """Return the class in which this lab is; None on one's own machine, or on a cluster that is no class's.

    Parameters
    ----------
    variables
        The environment.
    """
    said = variables.get(NODE_LOSS)
    if not said:
        return None
    # a hub of a newer version may know ways that this kit does not: then nobody waits for one
    way = NodeLoss(said) if said in set(NodeLoss) else NodeLoss.NONE
    return Class(way, variables.get(EVICTIONS) == "1")


def image(name: str, version: str = "", variables: Mapping[str, str] = os.environ) -> str:
    """Return the whole name of one of the lesson's images.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    version
        Its tag; without one when it is empty.
    variables
        The environment.
    """
    whole = f"{variables.get(IMAGES) or HERE}/{name}"
    return f"{whole}:{version}" if version else whole


def with_images(text: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return a text of the lesson with the names that its images have here.

    Parameters
    ----------
    text
        As it stands in the repository.
    variables
        The environment.
    """
    for name in NAMES:
        text = text.replace(f"{HERE}/{name}", image(name, variables=variables))
    return text


def lab(learner: str) -> str:
    """Return the namespace of a learner's lab."""
    return f"{LAB}{learner}"


def learners(variables: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the class's learners where this is an instructor's Pod; nobody elsewhere.

    Parameters
    ----------
    variables
        The environment.
    """
    return tuple(name for name in variables.get(LEARNERS, "").split(",") if name)


def where(variables: Mapping[str, str] = os.environ) -> Where:
    """Return whose cluster this is.

    Parameters
    ----------
    variables
        The environment.
    """
    if found(variables) is not None:
        return Where.CLASS
    return Where.OTHERS if variables.get(_OTHERS) else Where.HERE


def repair(variables: Mapping[str, str] = os.environ) -> str:
    """Return who repairs a cluster that does not do its part, as the beginning of a remedy.

    Parameters
    ----------
    variables
        The environment.
    """
    return _REPAIR[where(variables)]


def repair_and_begin_anew(variables: Mapping[str, str] = os.environ) -> str:
    """Return the same, and that the notebook's first cell is to be run then."""
    return f"{repair(variables)}, {_FIRST_CELL}"
