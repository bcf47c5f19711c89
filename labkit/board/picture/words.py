"""What the board says of Pods, Nodes and Deployments: kubectl's words, and nothing that the API does not say."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.state import Deployment, Node, Pod, Snapshot
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

    Where Nodes may not be read, or were not read yet, nothing is known of them: then it says nothing.
    """
    found = snapshot.node(name)
    if found is None:
        known = "Node" in snapshot.objects and "Node" not in snapshot.denied
        return Said("deleted", "bad") if known else Said("", "dim")
    word = _ready(found)
    if not found.schedulable:
        return Said(f"{word},SchedulingDisabled", "warn" if found.ready else "bad")
    return Said(word, "good" if found.ready else "bad")


def _ready(found: Node) -> str:
    """Return the first word: as kubectl, ``Unknown`` only where the Node has no condition Ready at all."""
    if found.ready:
        return "Ready"
    return "NotReady" if any(c.type == "Ready" for c in found.conditions) else "Unknown"


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
