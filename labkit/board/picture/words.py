"""What the board says of Pods, Nodes and Deployments: kubectl's words, and nothing that the API does not say."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from labkit.state import PodState
from labkit.state.objects import GIVEN_UP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.state import Deployment, Node, Pod, Snapshot, Taint
    from labkit.state.placement import Sort

Tone = Literal["fg", "dim", "good", "warn", "bad"]


#: Of what is not simply bad, or waiting.
_SIGNS = {"complete": "check", "paused": "paused", "rolling out": "onward", "scaling down": "onward"}


class Said(NamedTuple):
    """A few words, and the colour that goes with them."""

    words: str
    tone: Tone

    @property
    def sign(self) -> str:
        """The sign that goes with them (:mod:`labkit.board.picture.signs`): no colour is needed to tell them apart."""
        return _SIGNS.get(self.words, "alert" if self.tone == "bad" else "wait")


def clock(at: float) -> str:
    """Return the time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def status(pod: Pod | Sort) -> str:
    """Return the STATUS of ``kubectl get pods``, with the condition Ready where a running Pod could have it."""
    if pod.terminating or pod.status != "Running":
        return pod.status
    return "Ready" if pod.ready else "Running, not Ready"


def node(snapshot: Snapshot, name: str) -> Said:
    """Return the STATUS of ``kubectl get nodes``; of a Node that is not there any more, that it was deleted.

    After kubectl's words stands what a person must know beside them: that it is coming back, and with what it is
    tainted. Where Nodes may not be read, or were not read yet, nothing is known of them: then it says nothing.
    """
    found = snapshot.node(name)
    if found is None:
        known = "Node" in snapshot.objects and "Node" not in snapshot.denied
        return Said("deleted", "bad") if known else Said("", "dim")
    more = ["coming back"] if coming_back(snapshot, found) else []
    taints = [_taint(t) for t in found.taints if t.key not in _SAID_OTHERWISE and not t.key.startswith(_ROLE)]
    if taints:
        more.append(f"tainted {taints[0]}" + (f" and {len(taints) - 1} more" if len(taints) > 1 else ""))
    said = ", ".join([found.status, *more])
    return Said(said, "bad" if not found.ready else "warn" if said != "Ready" else "good")


#: Taints that say what the Node's STATUS says too.
_SAID_OTHERWISE = GIVEN_UP | {"node.kubernetes.io/unschedulable"}
_ROLE = "node-role.kubernetes.io/"
#: For so many seconds after a Node is Ready again it is asked whether its Pods have been reached.
_RETURN = 60.0


def coming_back(snapshot: Snapshot, found: Node) -> bool:
    """Return whether a Node is Ready again, and not all follows yet.

    Either it still has the taint of one that was away; or there is a Pod on it whose containers are ready as far as its
    kubelet ever said, but which the node controller has marked not Ready while nobody heard of it.
    """
    if not found.ready:
        return False
    if any(t.key in GIVEN_UP for t in found.taints):
        return True
    since = next((c.since for c in found.conditions if c.type == "Ready"), 0.0)
    if not since or not 0 <= snapshot.at - since < _RETURN:
        return False
    here = snapshot.index.placement.on(found.name).values()
    # first by the counts: most often there is none that could be one
    some = [cell for cell in here if any(not sort.ready and not sort.terminating for sort in cell.tally)]
    return any(_not_reached(pod) for cell in some for _, pod in cell)


def _not_reached(pod: Pod) -> bool:
    conditions = {c.type: c for c in pod.conditions}
    ready, containers = conditions.get("Ready"), conditions.get("ContainersReady")
    return (
        not pod.terminating
        and ready is not None
        and containers is not None
        and (ready.status, containers.status) == ("False", "True")
        and ready.reason != "ReadinessGatesNotReady"
    )


def _taint(taint: Taint) -> str:
    """Return a taint as ``kubectl taint`` has it, without Kubernetes' own prefix."""
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key.removeprefix('node.kubernetes.io/')}{value}:{taint.effect}"


def node_sign(said: Said) -> str:
    """Return the sign of what :func:`node` says; none for a Node that is simply Ready."""
    if said.tone == "bad":
        return "lost"
    for word, sign in (("coming back", "again"), ("SchedulingDisabled", "cordoned"), ("tainted", "tainted")):
        if word in said.words:
            return sign
    return ""


def silent(snapshot: Snapshot, name: str) -> bool:
    """Return whether nobody hears of what runs on a Node: it is not Ready, or it is no Node any more."""
    found = snapshot.node(name)
    return node(snapshot, name).words == "deleted" if found is None else not found.ready


def rollout(snapshot: Snapshot, deployment: Deployment) -> Said:  # noqa: PLR0911 - one line per answer reads best
    """Return where a Deployment stands, by its own spec and status.

    ``complete`` is what ``kubectl rollout status`` waits for, and nothing left over: all replicas updated and
    available, none of an older revision, none too many. Pods that are Terminating are in none of these numbers.
    ``stuck`` it is when Kubernetes says so, and while a Pod of the newest revision is kept from starting by an error;
    which error, :func:`pods` says.
    """
    reasons = {c.type: c for c in deployment.conditions}
    progressing, failure = reasons.get("Progressing"), reasons.get("ReplicaFailure")
    sets = snapshot.replica_sets_of(deployment)
    if deployment.paused:
        return Said("paused", "warn")
    if deployment.observed_generation < deployment.generation:
        return Said("not observed yet", "warn")
    if deployment.updated == deployment.desired == deployment.available == deployment.current:
        return Said("complete", "good")
    if progressing and progressing.reason == "ProgressDeadlineExceeded":
        return Said("stuck: ProgressDeadlineExceeded", "bad")
    if failure and failure.status == "True":
        return Said(failure.reason or "ReplicaFailure", "bad")
    if sets and any(sort.state is PodState.FAILING for sort in snapshot.owned(sets[0].uid).tally):
        return Said("stuck", "bad")
    if deployment.updated < deployment.current or any(r.desired for r in sets[1:]):
        return Said("rolling out", "warn")
    if deployment.current > deployment.desired:
        return Said("scaling down", "warn")
    return Said(f"{deployment.available} of {deployment.desired} available", "warn")


def pods(tally: Mapping[Sort, int]) -> Said:
    """Return how many Pods a Deployment has (``snapshot.tally``), and what holds up those that can't start.

    Such as ``4 Pods + 2 Terminating``: a Pod that is Terminating does not count, neither for the Deployment's numbers
    nor for its ``maxSurge``. The others are named, with their STATUS, where they can't start.
    """
    leaving = sum(n for sort, n in tally.items() if sort.terminating)
    count = sum(tally.values()) - leaving
    line = f"{count} Pod{'' if count == 1 else 's'}" + (f" + {leaving} Terminating" if leaving else "")
    failing: Counter[str] = Counter()
    for sort, n in tally.items():
        if sort.state is PodState.FAILING:
            failing[status(sort)] += n
    line += "".join(f" · {n} {word}" for word, n in sorted(failing.items()))
    return Said(line, "bad" if failing else "dim")
