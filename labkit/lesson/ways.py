"""The ways of 06-rollout-laboratory to replace hello's Pods: what each changes in the lesson's file. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "hello"
FILE = "manifests/hello.yaml"
NOTEBOOK = "06-rollout-laboratory"
REPLICAS = 3
OLD, NEW = "1.0.0", "2.0.0"
#: The way that a learner writes into the working copy's file.
MINE = "mine"
#: How often the steady client asks, in requests a second.
RATE = 20.0

_HELLO = in_class.image("hello")
_IMAGE = re.compile(rf"(?<={re.escape(_HELLO)}:)[\w.-]+")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text of the lesson's file that stands there once, and what stands in its place."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way to replace hello's Pods.

    Attributes
    ----------
    key
        Its name, by which its words are found.
    edits
        What is another than in the lesson's file.
    at_first
        Whether the old Pods are made like that, too: what is about how a Pod ends is about them.
    chance
        Whether it is a matter of chance if requests are lost.
    """

    key: str
    edits: tuple[Replaced, ...] = ()
    at_first: bool = False
    chance: bool = False


_STRATEGY = """\
    type: RollingUpdate      # during an update ...
    rollingUpdate:
      maxUnavailable: 1      # ... at most this many of the desired Pods are unavailable,
      maxSurge: 1            # ... and at most this many exist in addition (Terminating ones not counted)
"""
_PRESTOP = """\
          lifecycle:
            preStop:         # a pause before the program is told to end: meanwhile the Nodes
                             # hear that no new connection is to come here
              sleep: {seconds: 6}
"""
_PROBE = """\
          readinessProbe:    # Ready? Only a Pod that is gets traffic from a Service
            httpGet: {path: /readiness, port: health}
            initialDelaySeconds: 3
            periodSeconds: 1
            timeoutSeconds: 2
"""
_PORTS = """\
          ports:
            - {name: http, containerPort: 80}
"""
#: What the new version does before it can answer takes long: without a probe nobody waits for it.
_LONG_WARM_UP = Replaced(_PORTS, f'          env: [{{name: WARM_UP_SECONDS, value: "8"}}]\n{_PORTS}')
#: The new version listens on a port to which no client comes. Its health is on another one, and well.
WRONG_PORT = Replaced(_PORTS, f'          env: [{{name: PORT, value: "8080"}}]\n{_PORTS}')

#: Key → way, in the order of the notebook.
WAYS: Mapping[str, Way] = {
    way.key: way
    for way in (
        Way("1/1"),
        Way("1/0", (Replaced("maxUnavailable: 1 ", "maxUnavailable: 0 "),)),
        Way(
            "25%",
            (Replaced("maxUnavailable: 1 ", "maxUnavailable: 25% "), Replaced("maxSurge: 1 ", "maxSurge: 25% ")),
        ),
        Way("recreate", (Replaced(_STRATEGY, "    type: Recreate\n"),)),
        Way("no preStop", (Replaced(_PRESTOP, ""),), at_first=True, chance=True),
        Way("no probe", (_LONG_WARM_UP, Replaced(_PROBE, ""))),
        Way("ready but wrong", (WRONG_PORT,)),
        Way(MINE),
    )
}


def way(key: str) -> Way:
    """Return the way of that name.

    Raises
    ------
    LabError
        If there is none.
    """
    if not isinstance(key, str) or key not in WAYS:
        known = ", ".join(f'"{each}"' for each in WAYS)
        raise LabError(f"The laboratory has no way {key!r}.", remedy=f"lab.try_ways(…) takes {known}")
    return WAYS[key]


def base(original: str) -> str:
    """Return the lesson's own file with three replicas: what a way changes."""
    return original.replace("replicas: 1 ", f"replicas: {REPLICAS} ")


def manifests(chosen: Way, unchanged: str, own: str) -> tuple[str, str]:
    """Return the file that makes the old Pods, and the one that is applied then.

    Parameters
    ----------
    chosen
        The way.
    unchanged
        What :func:`base` returns.
    own
        The working copy's file, which is what a learner's own way is made of.

    Raises
    ------
    LabError
        If the file does not say which version of hello it is about.
    """
    if chosen.key == MINE:
        if not _IMAGE.search(own):
            raise LabError(
                f"{FILE} names no image {_HELLO}:{OLD}, so there is nothing in it to roll out.",
                remedy=f'lab.restore("{FILE}"), and change the way, not the image',
            )
        return _IMAGE.sub(OLD, own), _IMAGE.sub(NEW, own)
    changed = unchanged
    for edit in chosen.edits:
        if changed.count(edit.old) != 1:
            raise ValueError(f"{FILE} holds {edit.old!r} {changed.count(edit.old)} times, not once")
        changed = changed.replace(edit.old, edit.new)
    return changed if chosen.at_first else unchanged, _IMAGE.sub(NEW, changed)
