"""The first step of 04-self-healing: a Node that came back without Pods is used again, and nobody is harmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Run, Until, kubectl
from labkit.lesson.steps.looking import least_receiving, ready, there, workers
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment, Snapshot

_APP = "hello"
#: How many replicas the file asks for, on as many Nodes.
REPLICAS = 3
#: How many of them receive requests at every moment: the file's strategy lets one be unavailable.
_LEAST = 2


def _check(evidence: Evidence) -> Verdict:
    """Three Ready Pods on three Nodes, no request lost, and never fewer than two that received some."""
    deployment = evidence.snapshot.deployment(_APP)
    if deployment is None:
        return wrong_way("no-deployment")
    looks = (_harmed, _nodes, _scaled, _on_its_way, _unmoved)
    found = (look(evidence, deployment) for look in looks)
    verdict = next((each for each in found if each is not None), None)
    if verdict is not None:
        return verdict
    stretch = _stretch(evidence)
    return done(node=unused(stretch[0]) or "the Node", least=least_receiving(stretch, _APP))


def _harmed(evidence: Evidence, _: Deployment) -> Verdict | None:
    """Say who had to suffer since the Node was last seen without a Pod."""
    stretch = _stretch(evidence)
    if (least := least_receiving(stretch, _APP)) < _LEAST:
        return wrong_way("too-few", least=least)
    lost = sum(request.outcome == "lost" for request in evidence.requests(stretch[0].at))
    return wrong_way("lost-requests", lost=lost) if lost else None


def _nodes(evidence: Evidence, _: Deployment) -> Verdict | None:
    """Say which Nodes take no Pods."""
    silent = [node.name for node in workers(evidence.snapshot) if not node.ready]
    if silent:
        return not_yet("node-not-ready", node=", ".join(silent))
    closed = [node.name for node in workers(evidence.snapshot) if not node.schedulable]
    return wrong_way("cordoned", node=", ".join(closed)) if closed else None


def _scaled(_: Evidence, deployment: Deployment) -> Verdict | None:
    if deployment.desired == REPLICAS:
        return None
    return wrong_way("scaled-up" if deployment.desired > REPLICAS else "scaled-down", replicas=deployment.desired)


def _on_its_way(evidence: Evidence, deployment: Deployment) -> Verdict | None:
    here = len(ready(evidence.snapshot, staying(evidence.snapshot, deployment)))
    under_way = here != REPLICAS or deployment.current != REPLICAS or not deployment.complete
    return not_yet("on-its-way", ready=here) if under_way else None


def _unmoved(evidence: Evidence, deployment: Deployment) -> Verdict | None:
    """Say that the Node has no Pod still, and whether anything was tried."""
    node = unused(evidence.snapshot)
    if not node:
        return None
    then = {pod.uid for pod in evidence.before.pods(f"app={_APP}")}
    new = [pod for pod in staying(evidence.snapshot, deployment) if pod.uid not in then]
    if not new:
        return not_yet("nothing-moves", node=node)
    return wrong_way("still-empty", node=node, pod=new[0].name, other=new[0].node or "another Node")


def unused(snapshot: Snapshot) -> str:
    """Return the Node that takes Pods and has none of hello, while three are Ready elsewhere; empty without one."""
    deployment = snapshot.deployment(_APP)
    if deployment is None or deployment.desired != REPLICAS:
        return ""
    pods = staying(snapshot, deployment)
    used = {pod.node for pod in pods}
    if len(ready(snapshot, pods)) < REPLICAS or len(used) >= REPLICAS:
        return ""
    free = (node.name for node in workers(snapshot) if node.ready and node.schedulable and node.name not in used)
    return next(free, "")


def _stretch(evidence: Evidence) -> tuple[Snapshot, ...]:
    """Return all states since the Node was last seen without a Pod while all was well.

    Whoever did harm may bring that about again, and then try anew.
    """
    course = evidence.course
    last = next((i for i in reversed(range(len(course))) if unused(course[i])), 0)
    return course[last:]


def _three_ready(evidence: Evidence) -> bool:
    return there(evidence, _APP, REPLICAS)


def three_again(evidence: Evidence) -> tuple[Act, ...]:
    """Open all Nodes, and have three Pods of hello Ready."""
    closed = [node.name for node in workers(evidence.snapshot) if not node.schedulable]
    acts: list[Act] = [Run(("uncordon", *closed))] if closed else []
    deployment = evidence.snapshot.deployment(_APP)
    if deployment is None:
        acts.append(kubectl("apply -f manifests/hello.yaml"))
    elif deployment.desired != REPLICAS:
        acts.append(kubectl(f"scale deployment/hello --replicas={REPLICAS}"))
    return (*acts, Until("three", _three_ready))


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    """Bring about that a Node has no Pod of hello, as one has that was lost and came back."""
    again = three_again(evidence)
    if unused(evidence.snapshot) and len(again) == 1:
        return again
    snapshot = evidence.snapshot
    counts = {node.name: 0 for node in workers(snapshot) if node.ready}
    for pod in snapshot.pods(f"app={_APP}"):
        if pod.node in counts and not pod.terminating:
            counts[pod.node] += 1
    node = min(counts, key=lambda name: (counts[name], name), default="")

    def left(seen: Evidence) -> bool:
        still = [pod for pod in seen.snapshot.pods(f"app={_APP}") if pod.node == node and not pod.terminating]
        return not still and _three_ready(seen)

    return (
        *again,
        Run(("cordon", node)),
        Run(("delete", "pods", "-l", "app=hello", f"--field-selector=spec.nodeName={node}", "--wait=false")),
        Until("elsewhere", left),
        Run(("uncordon", node)),
        Until("open", lambda seen: bool(unused(seen.snapshot))),
    )


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """One more and one less: the fourth has to go to the free Node, and one goes from where there are two."""
    return (
        *(() if unused(evidence.snapshot) else _reset(evidence)),
        kubectl("scale deployment/hello --replicas=4"),
        Until("four", lambda seen: there(seen, _APP, REPLICAS + 1)),
        kubectl("scale deployment/hello --replicas=3"),
        Until("used", lambda seen: _check(seen).grade is Grade.DONE),
    )


STEPS = (
    Step(
        "use-the-node-again",
        "04-self-healing",
        check=_check,
        setup=_reset,
        solve=_solve,
        reset=_reset,
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "too-few",
                "lost-requests",
                "node-not-ready",
                "cordoned",
                "scaled-up",
                "scaled-down",
                "on-its-way",
                "nothing-moves",
                "still-empty",
            }
        ),
    ),
)
