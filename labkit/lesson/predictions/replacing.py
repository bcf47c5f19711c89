"""The predictions of 06-rollout-laboratory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labkit.lesson import ways
from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.lesson.steps import rolled

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence

_APP = ways.APP
#: What went first in a rollout → the bounds that are like it.
_LIKE = {"new-first": "like-1-0", "old-first": "like-1-1"}
#: Seconds after which an answer, while no Pod is in the Service, is no late one of a moment before.
_AFTER = 1.0


def _25_percent(evidence: Evidence) -> Observed | None:
    """Find in which order the last rollout replaced the Pods."""
    rollout = rolled.last(evidence, _APP)
    order = rollout.order if rollout is not None else None
    if order is None or not order.replaced:
        return None
    return Observed(_LIKE.get(order.first, order.first), order.telling)


def _recreate(evidence: Evidence) -> Observed | None:
    """Find when requests were lost in the last rollout: at once, or only after the old Pods were gone."""
    rollout = rolled.last(evidence, _APP)
    order = rollout.order if rollout is not None else None
    if rollout is None or order is None or not order.replaced:
        return None
    asked = evidence.requests(rollout.began.at, math.inf)
    lost = [request.at for request in asked if request.outcome == "lost"]
    if not lost:
        return Observed("none", order.left[-1])
    nobody = order.left[-1]  # the last of them is out of the Service, and no new one is in it
    old = str(rollout.began.data["from"])
    still = [request.at for request in asked if request.version == old and request.at > nobody + _AFTER]
    if not still:
        return Observed("at-once", lost[0] + 0.25)
    # a single one may be lost before, where the machine has much to do
    return Observed("once-gone", next((at for at in lost if at > still[-1]), lost[-1]) + 0.25)


def _ready_but_wrong(evidence: Evidence) -> Observed | None:
    """Find whether the last rollout went to its end."""
    rollout = rolled.last(evidence, _APP)
    if rollout is None:
        return None
    if rollout.order is not None:
        return Observed("through", rollout.order.left[-1] if rollout.order.left else rollout.began.at)
    return Observed("stuck", rollout.stuck.at) if rollout.stuck is not None else None


def _while_paused(evidence: Evidence) -> Observed | None:
    """Find what came of a change of the template while the Deployment was paused."""
    for snapshot in evidence.course:
        deployment = snapshot.deployment(_APP)
        if deployment is None or not deployment.paused or deployment.observed_generation < deployment.generation:
            continue
        sets = snapshot.replica_sets_of(deployment)
        if not any(each.images == deployment.images and each.desired for each in sets):
            return Observed("noted", snapshot.at)
        if any(each.desired and each.images != deployment.images for each in sets):
            return Observed("rolled-out", snapshot.at)
    return None


PREDICTIONS = (
    Prediction("25-percent", ways.NOTEBOOK, ("like-1-1", "like-1-0", "all-at-once"), _25_percent, focus=_APP),
    Prediction("recreate", ways.NOTEBOOK, ("at-once", "once-gone", "none"), _recreate, focus=_APP),
    Prediction("ready-but-wrong", ways.NOTEBOOK, ("stuck", "undone", "through"), _ready_but_wrong, focus=_APP),
    Prediction("while-paused", ways.NOTEBOOK, ("rolled-out", "refused", "noted"), _while_paused, focus=_APP),
)
