"""The predictions of 04-self-healing: what is said of a dead Node's Pods, what becomes of requests, who comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.recording.moment import MomentKind

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.recording.moment import Moment
    from labkit.recording.request import Request

_NOTEBOOK = "04-self-healing"
_APP = "hello"
#: What the taints of a Node that is given up, or just coming back, begin with.
_LOST = "node.kubernetes.io/"
#: Seconds before a Node is given up at which it is dead already: its lease was renewed 15 s earlier at the latest.
_DEAD = 5.0
#: Seconds before a Node is given up at which it may have died: grace period, lease and the controller's own pace.
_LONGEST = 30.0
#: Seconds in which nginx is done with its three tries, one second each.
_TRIES = 3.5
#: Between these shares of all requests it is "about a third": of 300, a third give or take four standard deviations.
_THIRD = (0.22, 0.45)


def _lost_node(evidence: Evidence) -> Moment | None:
    """Return when a Node with a Pod of hello was given up; None as long as none was."""
    for moment in evidence.moments:
        if moment.kind is MomentKind.NODE_LOST:
            there = evidence.recorded.timeline.at(moment.at).pods(f"app={_APP}")
            if any(pod.node == moment.name for pod in there):
                return moment
    return None


def _a_dead_nodes_pods(evidence: Evidence) -> Observed | None:
    """Look at the last seconds before the Node was given up: it was dead then, and nobody knew."""
    lost = _lost_node(evidence)
    if lost is None:
        return None
    at = max(evidence.since, lost.at - _DEAD)
    snapshot = evidence.recorded.timeline.at(at)
    deployment = snapshot.deployment(_APP)
    pods = [pod for pod in snapshot.pods(f"app={_APP}") if pod.node == lost.name]
    as_before = all(pod.status == "Running" and pod.ready for pod in pods)
    if deployment is None or not pods or not as_before or deployment.ready != deployment.desired:
        return None
    return Observed("as-before", at)


def _failed_at_first(request: Request) -> bool:
    """Return whether the first try of a request brought no answer, whatever became of the others."""
    return request.outcome != "first"


def _requests_to_a_dead_node(evidence: Evidence) -> Observed | None:
    """Count the first tries from the first one that failed until the Service dropped the dead Node's Pod."""
    lost = _lost_node(evidence)
    left = lost and next(
        (
            moment
            for moment in evidence.moments
            if moment.kind is MomentKind.POD_LEFT and moment.app == _APP and moment.at >= lost.at
        ),
        None,
    )
    if not lost or not left or not evidence.requests(left.at + _TRIES, left.at + 60.0):
        return None
    asked = evidence.requests(max(evidence.since, lost.at - _LONGEST), left.at)
    first = next((request.at for request in asked if _failed_at_first(request)), left.at)
    meanwhile = [request for request in asked if request.at >= first]
    failed = sum(map(_failed_at_first, meanwhile)) / max(1, len(meanwhile))
    return Observed("third", lost.at - 0.5) if _THIRD[0] < failed < _THIRD[1] else None


def _a_node_returns(evidence: Evidence) -> Observed | None:
    """Find the moment at which a Node that was lost takes Pods again, and the one that it had is gone."""
    back = next((moment for moment in evidence.moments if moment.kind is MomentKind.NODE_BACK), None)
    if back is None:
        return None
    for snapshot in evidence.recorded.timeline.since(back.at):
        node, deployment, pods = snapshot.node(back.name), snapshot.deployment(_APP), snapshot.pods(f"app={_APP}")
        open_again = node is not None and node.ready and not any(_LOST in taint.key for taint in node.taints)
        gone = all(pod.node != back.name for pod in pods)
        if open_again and gone and deployment is not None and deployment.ready == deployment.desired:
            return Observed("nothing", snapshot.at)
    return None


PREDICTIONS = (
    Prediction(
        "a-dead-nodes-pods", _NOTEBOOK, ("as-before", "terminating", "not-ready"), _a_dead_nodes_pods, focus=_APP
    ),
    Prediction("requests-to-a-dead-node", _NOTEBOOK, ("none", "third", "all"), _requests_to_a_dead_node, focus=_APP),
    Prediction("a-node-returns", _NOTEBOOK, ("goes-on", "moves", "nothing"), _a_node_returns, focus=_APP),
)
