"""The predictions of 05-rolling-update."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.lesson.steps import rolled
from labkit.state.states import PodState

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence

_NOTEBOOK = "05-rolling-update"
_APP = "hello"
#: How many Pods receive requests → the choice.
_NUMBERS = {0: "none", 2: "two", 3: "three"}
#: Of how many requests the canary's share is told, and what is more than about a quarter of them: at one in four,
#: chance brings so many once in some ten thousand times.
_ENOUGH, _MUCH = 80, 0.43


def _which_goes_first(evidence: Evidence) -> Observed | None:
    """Find the last rollout, and the moment at which the first Pod had come or gone."""
    rollout = rolled.last(evidence, _APP)
    order = rollout.order if rollout is not None else None
    if order is None or not order.replaced:
        return None
    return Observed(order.first, order.telling)


def _new_first(evidence: Evidence) -> Observed | None:
    """Find the rollout in which no old Pod left before a new one had come: who tries something else tries on."""
    seen = _which_goes_first(evidence)
    return seen if seen is not None and seen.choice == "new-first" else None


def _who_still_serves(evidence: Evidence) -> Observed | None:
    """Find the moment at which all new Pods have failed to start, and whoever had to go is gone."""
    for snapshot in evidence.course:
        deployment = snapshot.deployment(_APP)
        sets = snapshot.replica_sets_of(deployment) if deployment is not None else []
        if deployment is None or not sets or deployment.complete or sets[0].images != deployment.images:
            continue
        new = [pod for pod in staying(snapshot, deployment) if pod.owner_uid == sets[0].uid]
        receiving = snapshot.receiving(_APP)
        going = any(pod.terminating for pod in snapshot.pods_of(deployment))
        failing = all(snapshot.state_of(pod) is PodState.FAILING for pod in new)
        # "failing" is true of none at all; and of the first of two, while the second is not there yet
        enough = len(new) >= max(1, deployment.max_surge + deployment.max_unavailable)
        if enough and failing and not going and len(receiving) in _NUMBERS:
            return Observed(_NUMBERS[len(receiving)], snapshot.at)
    return None


def _who_answers(evidence: Evidence) -> Observed | None:
    """Find how many of the requests the canary answers, from its first answer on."""
    snapshot = evidence.snapshot
    stable = snapshot.deployment(_APP)
    if stable is None:
        return None
    own = {pod.uid for pod in snapshot.pods_of(stable)}
    canaries = {pod.name for pod in snapshot.pods() if pod.uid in snapshot.receiving(_APP) - own}
    # to the very last: while the cluster is quiet, its last change may be long ago
    answered = [request for request in evidence.requests(end=math.inf) if request.version is not None]
    first = next((number for number, request in enumerate(answered, 1) if request.pod in canaries), len(answered))
    counted = answered[first : first + _ENOUGH]
    if len(counted) < _ENOUGH:
        return None
    share = sum(request.pod in canaries for request in counted) / _ENOUGH
    return Observed("quarter" if share <= _MUCH else "half", counted[-1].at)


PREDICTIONS = (
    Prediction(
        "which-goes-first-1-1", _NOTEBOOK, ("new-first", "old-first", "all-at-once"), _which_goes_first, focus=_APP
    ),
    Prediction("which-goes-first-1-0", _NOTEBOOK, ("new-first", "old-first", "neither"), _new_first, focus=_APP),
    Prediction("who-still-serves", _NOTEBOOK, tuple(_NUMBERS.values()), _who_still_serves, focus=_APP),
    Prediction("who-answers", _NOTEBOOK, ("none", "quarter", "half"), _who_answers),
)
