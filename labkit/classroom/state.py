"""The class just now, for people and for programs: hub, proxy, Nodes, guards that hold or do not, and each learner."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kubernetes.utils.quantity import parse_quantity

from labkit.classroom import ask_hub, certificates, names, node_loss, pods, probe, waiting
from labkit.classroom.desk import NOTEBOOK
from labkit.classroom.target import told
from labkit.cluster import desk as own_desk
from labkit.cluster import tls
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.classroom.probe import Verdict
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner just now.

    Attributes
    ----------
    name
        By which they sign in.
    server
        Their JupyterLab: ``running``, ``starting``, ``ending``, ``failing`` or ``stopped``.
    why
        What it waits for.
    pods, ready
        The Pods in their lab, and how many of them are Ready.
    last_activity
        When the hub last heard of them; None for never, or where the hub does not say.
    files
        Bytes in their home; None where it is not on the disk of the kit's own desk.
    """

    name: str
    server: str
    why: str
    pods: int
    ready: int
    last_activity: str | None
    files: int | None = None


@dataclass(frozen=True, slots=True)
class ClassState:
    """A class just now.

    Attributes
    ----------
    cluster
        The context.
    hub, proxy
        ``ready``, or what they wait for.
    network_policies
        Whether the cluster enforces NetworkPolicies, as it was tried just now.
    good_until
        Until when the proxy's certificate is good, as RFC 3339 has it; None where it has none, or nobody may know.
    lost
        Nodes that are lost for the whole class.
    learners
        Everybody.
    capacity
        Bytes that each home may have, and which only a volume of its own enforces.
    room
        Bytes that are free on the disk of the kit's own desk; None where homes are elsewhere.
    """

    cluster: str
    hub: str
    proxy: str
    network_policies: Verdict
    good_until: str | None
    lost: list[str]
    learners: list[Learner] = field(default_factory=list)
    capacity: int = 0
    room: int | None = None

    @property
    def is_well(self) -> bool:
        """Whether hub and proxy are Ready: whoever signs in gets in."""
        return self.hub == self.proxy == "ready"

    def as_json(self) -> str:
        """Return it for programs."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def state(target: Target) -> ClassState:
    """Return the class's state; it takes some seconds, because one thing in it is tried.

    Raises
    ------
    ClusterError
        If there is no class.
    """
    with told(target):
        said = target.values()
        found = target.api.get(waiting.PODS)["items"]
        waits = waiting.not_ready(target.api.get(waiting.DEPLOYMENTS)["items"])
        parts = {part: _of_part(found, part, is_ready=part not in waits) for part in waiting.PARTS}
        who = sorted({*said.learners, *target.learners()})
        with ThreadPoolExecutor(8, thread_name_prefix="labkit-class") as pool:
            tried = pool.submit(probe.network_policies, target, said) if not waits else None
            heard = pool.submit(_activity, target)
            on_the_desk = pool.submit(_files, target, said)
            labs = dict(zip(who, pool.map(lambda name: _lab(target, name), who), strict=True))
            activity = heard.result()
            files, room = on_the_desk.result()
            return ClassState(
                target.name,
                parts[names.HUB],
                parts[names.PROXY],
                tried.result() if tried else "unknown",
                _good_until(target, said),
                node_loss.lost(target),
                [learner(name, found, labs[name], activity.get(name), files.get(names.home(name))) for name in who],
                _bytes(said.settings["singleuser"]["storage"]["capacity"]),
                room,
            )


def _good_until(target: Target, said: Values) -> str | None:
    shown = certificates.known(target, said)
    return tls.good_until(shown.certificate).isoformat() if shown else None


def _activity(target: Target) -> dict[str, str | None]:
    try:
        return ask_hub.last_activity(target)
    except ClusterError:
        return {}  # a hub that is not well: its line says so


def _bytes(quantity: str) -> int:
    return int(parse_quantity(quantity))  # type: ignore[no-untyped-call]  # the Kubernetes client's own


def _files(target: Target, said: Values) -> tuple[dict[str, int], int | None]:
    """Return the bytes in each home and those that are free, where homes are folders on the desk's disk."""
    if not target.connection.own or said.settings["singleuser"]["storage"]["type"] != "local":
        return {}, None
    try:
        return own_desk.sizes(names.LOCAL_FOLDER)
    except LabError:
        return {}, None  # an engine that does not answer: there is more to say of the class than this


def _lab(target: Target, name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = target.api.get(f"/api/v1/namespaces/{names.lab(name)}/pods")["items"]
    return items


def _of_part(found: Iterable[Mapping[str, Any]], part: str, *, is_ready: bool) -> str:
    if is_ready:
        return "ready"
    best = pods.best(pods.of_part(found, part))
    return (best.why or best.state) if best else "no Pod"


def learner(
    name: str,
    found: Iterable[Mapping[str, Any]],
    lab: Iterable[Mapping[str, Any]],
    last: str | None,
    files: int | None = None,
) -> Learner:
    """Return what a learner is at (pure).

    Parameters
    ----------
    name
        Theirs.
    found
        The Pods of the class.
    lab
        Those of the learner's lab.
    last
        When the hub last heard of them.
    files
        Bytes in their home, where that is known.
    """
    theirs = [
        pod for pod in pods.of_part(found, NOTEBOOK) if pod["metadata"]["labels"].get(names.LEARNER_LABEL) == name
    ]
    best = pods.best(theirs)
    server = "stopped" if best is None else "running" if best.state == "ready" else best.state
    those = [pods.state_of(pod).state for pod in lab]
    return Learner(name, server, best.why if best else "", len(those), those.count("ready"), last, files)
