"""The predictions of 04-self-healing: what is said of a dead Node's Pods, what becomes of requests, who comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Missed, Observed, Prediction
from labkit.lesson.steps.looking import workers
from labkit.recording.moment import MomentKind

if TYPE_CHECKING:
    from labkit.lesson.steps.evidence import Evidence
    from labkit.recording.moment import Moment
    from labkit.recording.request import Request
    from labkit.state import Snapshot

_NOTEBOOK = "04-self-healing"
_APP = "hello"
#: What the taints of a Node that is given up, or just coming back, begin with.
_LOST = "node.kubernetes.io/"
#: Seconds before a Node is given up at which it is dead already: its lease was renewed 15 s earlier at the latest.
_DEAD = 5.0
#: Seconds before a Node is given up at which it may have died: grace period, lease and the controller's own pace.
_LONGEST = 30.0
#: Seconds by which two watches may be apart.
_APART = 3.0
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


def _no_node_lost(evidence: Evidence, choice: str) -> Missed | None:
    """Say why no Node will be given up any more; None while one may be."""
    if not evidence.away:
        return Missed("no-node-lost", choice)
    before = (evidence.before.node(name) for name in sorted(evidence.away))
    given_up = next((node.name for node in before if node is not None and not node.ready), "")
    return Missed("asked-late", choice, {"node": given_up}) if given_up else None


def _dead_pods_missed(evidence: Evidence) -> Missed | None:
    """Say why nobody will see it: no Node is lost, or hello was not whole when it was."""
    if _lost_node(evidence) is None:
        return _no_node_lost(evidence, "as-before")
    return Missed("not-whole", "as-before") if _a_dead_nodes_pods(evidence) is None else None


def _failed_at_first(request: Request) -> bool:
    """Return whether the first try of a request brought no answer, whatever became of the others."""
    return request.outcome != "first"


def _requests_to_a_dead_node(evidence: Evidence) -> Observed | None:
    """Count the first tries from the first one that failed until the Service dropped the dead Node's Pod."""
    lost = _lost_node(evidence)
    left = lost and _left(evidence, lost)
    if not lost or not left or not evidence.requests(left.at + _TRIES, left.at + 60.0):
        return None
    return Observed("third", lost.at - 0.5) if _THIRD[0] < _failed(evidence, lost, left) < _THIRD[1] else None


def _left(evidence: Evidence, lost: Moment) -> Moment | None:
    """Return when the Service dropped the dead Node's Pod."""
    left = (moment for moment in evidence.moments if moment.kind is MomentKind.POD_LEFT and moment.app == _APP)
    # Nodes and endpoints are watched apart: the second may be heard first
    return next((each for each in left if each.data.get("node") == lost.name and each.at >= lost.at - _APART), None)


def _failed(evidence: Evidence, lost: Moment, left: Moment) -> float:
    """Return which share found nobody at the first try, from the first that did until the Pod was dropped."""
    asked = evidence.requests(max(evidence.since, lost.at - _LONGEST), left.at)
    first = next((request.at for request in asked if _failed_at_first(request)), left.at)
    meanwhile = [request for request in asked if request.at >= first]
    return sum(map(_failed_at_first, meanwhile)) / max(1, len(meanwhile))


def _requests_missed(evidence: Evidence) -> Missed | None:
    """Say why nobody will see it: no Node is lost, no client asked then, or it met something else."""
    lost = _lost_node(evidence)
    if lost is None:
        return _no_node_lost(evidence, "third")
    left = _left(evidence, lost)
    if left is None:
        return None
    if not evidence.requests(max(evidence.since, lost.at - _LONGEST), left.at):
        return Missed("no-client", "third")
    if not evidence.requests(left.at + _TRIES, left.at + 60.0):
        return None if evidence.asking else Missed("no-client", "third")
    if _requests_to_a_dead_node(evidence) is not None:
        return None
    return Missed("another-share", "third", {"percent": round(100 * _failed(evidence, lost, left))})


def _a_node_returns(evidence: Evidence) -> Observed | None:
    """Find the moment at which a Node that was lost takes Pods again, and the one that it had is gone."""
    back = next((moment for moment in evidence.moments if moment.kind is MomentKind.NODE_BACK), None)
    if back is None:
        return None
    for snapshot in evidence.recorded.timeline.since(back.at):
        deployment, pods = snapshot.deployment(_APP), snapshot.pods(f"app={_APP}")
        gone = all(pod.node != back.name for pod in pods)
        if _open(snapshot, back.name) and gone and deployment is not None and deployment.ready == deployment.desired:
            return Observed("nothing", snapshot.at)
    return None


def _open(snapshot: Snapshot, name: str) -> bool:
    """Whether a Node that was lost is Ready, and takes Pods again."""
    node = snapshot.node(name)
    return node is not None and node.ready and not any(_LOST in taint.key for taint in node.taints)


def _return_missed(evidence: Evidence) -> Missed | None:
    """Say why nobody will see it: no Node was given up, or it was back before its Pod was replaced elsewhere."""
    back = next((moment for moment in evidence.moments if moment.kind is MomentKind.NODE_BACK), None)
    if back is None:
        under_way = evidence.away or any(not node.ready for node in workers(evidence.snapshot))
        return None if under_way else Missed("none-away", "nothing")
    if _a_node_returns(evidence) is not None or not _open(evidence.snapshot, back.name):
        return None
    # its own Pod, which was not marked for deletion in time; or that one's replacement, which was not placed in time
    pods, deployment = evidence.snapshot.pods(f"app={_APP}"), evidence.snapshot.deployment(_APP)
    settled = all(pod.ready and not pod.terminating for pod in pods)
    there = [pod.name for pod in pods if pod.node == back.name]
    if deployment is None or deployment.ready != deployment.desired or not (settled and there):
        return None
    return Missed("too-early", "nothing", {"node": back.name, "pod": there[0]})


PREDICTIONS = (
    Prediction(
        "a-dead-nodes-pods",
        _NOTEBOOK,
        ("as-before", "terminating", "not-ready"),
        _a_dead_nodes_pods,
        focus=_APP,
        missed=_dead_pods_missed,
        misses=frozenset({"no-node-lost", "asked-late", "not-whole"}),
    ),
    Prediction(
        "requests-to-a-dead-node",
        _NOTEBOOK,
        ("none", "third", "all"),
        _requests_to_a_dead_node,
        focus=_APP,
        missed=_requests_missed,
        misses=frozenset({"no-node-lost", "asked-late", "no-client", "another-share"}),
    ),
    Prediction(
        "a-node-returns",
        _NOTEBOOK,
        ("goes-on", "moves", "nothing"),
        _a_node_returns,
        focus=_APP,
        missed=_return_missed,
        misses=frozenset({"none-away", "too-early"}),
        nodes_back=True,
    ),
)
