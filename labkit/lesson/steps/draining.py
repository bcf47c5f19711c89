"""The second step of 04-self-healing: a Node is drained, and a PodDisruptionBudget keeps hello's Pods from harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Run, Until, kubectl
from labkit.lesson.steps.budgets import Budget, budgets
from labkit.lesson.steps.evidence import AskKubectl
from labkit.lesson.steps.healing import REPLICAS, three_again
from labkit.lesson.steps.looking import evicted, least_receiving, ready, workers
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, unknown, wrong_way
from labkit.recording.moment import MomentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment, Pod, Snapshot

_APP = "hello"
#: How many Pods the budget must keep.
_LEAST = 2


@dataclass(frozen=True, slots=True)
class _Drained:
    """A worker that is cordoned, and what became of hello's Pods on it since it was.

    Attributes
    ----------
    node
        Its name.
    course
        All states since it was cordoned.
    had
        Hello's Pods that were on it then or later, as they were last seen before they went on to terminate: at its very
        end a Pod's deletion gets another time.
    rest
        The Pods of the namespace that are on it still.
    """

    node: str
    course: tuple[Snapshot, ...]
    had: tuple[Pod, ...]
    rest: tuple[Pod, ...]

    @property
    def empty(self) -> bool:
        return bool(self.had) and not self.rest

    @property
    def told(self) -> tuple[Pod, ...]:
        """Those of hello's Pods that had to go."""
        staying_still = {pod.uid for pod in self.rest if not pod.terminating}
        return tuple(pod for pod in self.had if pod.uid not in staying_still)


def _check(evidence: Evidence) -> Verdict:
    """Look for a worker that is cordoned and empty, and for a budget that has held while hello's Pods left it."""
    deployment = evidence.snapshot.deployment(_APP)
    if deployment is None:
        return wrong_way("no-deployment")
    if deployment.desired != REPLICAS:
        return wrong_way("scaled", replicas=deployment.desired)
    reply = evidence.replies["budgets"]
    if reply.code != 0:
        return unknown("no-answer")
    drained, found = _drained(evidence), budgets(reply.text)
    verdict = _of_budgets(evidence, deployment, found, drained)
    if isinstance(verdict, Budget):
        return _of_nodes(evidence, deployment, verdict, drained)
    return verdict


def _of_budgets(
    evidence: Evidence, deployment: Deployment, found: list[Budget], drained: _Drained | None
) -> Verdict | Budget:
    """Say what is wrong with the budgets; return the one that can hold, where nothing is."""
    labels = next((pod.labels for pod in staying(evidence.snapshot, deployment)), deployment.selector)
    ours = [budget for budget in found if budget.is_for(labels)]
    if drained and drained.empty and _before(drained, ours):
        return wrong_way("without-budget", node=drained.node)
    if not ours:
        return _none_for_hello(found, labels)
    if len(ours) > 1:
        return wrong_way("two-budgets", names=" and ".join(budget.name for budget in ours))
    (budget,) = ours
    return _unfit(budget) or budget


def _before(drained: _Drained, ours: list[Budget]) -> bool:
    """Whether Pods were evicted before there was a budget for them; both times are the API server's, whole seconds."""
    since = min((budget.created for budget in ours), default=float("inf"))
    return any(evicted(pod) and pod.deletes_at and pod.deletes_at - pod.grace < since for pod in drained.told)


def _none_for_hello(found: list[Budget], labels: Mapping[str, str]) -> Verdict:
    if not found:
        return not_yet("no-budget")
    ours = ", ".join(f"{key}={value}" for key, value in sorted(labels.items()) if key in {"app", "track"})
    return wrong_way("selects-nothing", name=found[0].name, selector=found[0].selector or "nothing", labels=ours)


def _unfit(budget: Budget) -> Verdict | None:
    """Say why a budget blocks for ever, or keeps too few."""
    if budget.counted and budget.healthy >= budget.expected:
        return wrong_way("blocks", name=budget.name, says=budget.says, keeps=budget.healthy)
    if budget.counted and budget.healthy < _LEAST:
        return wrong_way("too-low", name=budget.name, says=budget.says, keeps=budget.healthy)
    return None


def _of_nodes(evidence: Evidence, deployment: Deployment, budget: Budget, drained: _Drained | None) -> Verdict:
    """Say how far the draining is, once there is a budget that can hold."""
    if drained is None:
        return _not_drained(evidence, budget)
    if not drained.had:
        return wrong_way("wrong-node", node=drained.node)
    if by_hand := [pod for pod in drained.told if not evicted(pod)]:
        return wrong_way("deleted-by-hand", pod=by_hand[0].name)
    return _some_left(drained) if drained.rest else _emptied(evidence, deployment, budget, drained)


def _emptied(evidence: Evidence, deployment: Deployment, budget: Budget, drained: _Drained) -> Verdict:
    """Say how hello fared while the Node was emptied."""
    least = least_receiving(drained.course, _APP)
    if least < budget.healthy:
        return wrong_way("below", least=least, keeps=budget.healthy)
    here = len(ready(evidence.snapshot, staying(evidence.snapshot, deployment)))
    if here != REPLICAS:
        return not_yet("on-its-way", node=drained.node, ready=here)
    return done(node=drained.node, says=budget.says, least=least)


def _not_drained(evidence: Evidence, budget: Budget) -> Verdict:
    """Say what was done in place of draining, while all Nodes are open."""
    opened = [moment.name for moment in evidence.moments if moment.kind is MomentKind.UNCORDONED]
    if opened:
        return not_yet("open-again", node=opened[-1])
    before = {pod.uid for pod in evidence.before.pods(f"app={_APP}") if pod.terminating}
    told = [
        pod
        for snapshot in evidence.course
        for pod in snapshot.pods(f"app={_APP}")
        if pod.terminating and pod.uid not in before and not evicted(pod)
    ]
    if told:
        return wrong_way("deleted-by-hand", pod=told[-1].name)
    return not_yet("not-drained", node=_to_drain(evidence.snapshot), name=budget.name)


def _some_left(drained: _Drained) -> Verdict:
    if any(pod.terminating or evicted(pod) for pod in (*drained.had, *drained.rest)):
        return not_yet("draining", node=drained.node, pod=drained.rest[0].name)
    return wrong_way("cordoned-only", node=drained.node, pod=drained.rest[0].name)


def _drained(evidence: Evidence) -> _Drained | None:
    """Return what became of the worker that was cordoned last, of those that had Pods of hello; None without one."""
    closed = {node.name for node in workers(evidence.snapshot) if not node.schedulable}
    times = dict.fromkeys(closed, evidence.since)
    for moment in evidence.moments:
        if moment.kind is MomentKind.CORDONED and moment.name in times:
            times[moment.name] = moment.at
    found = [_since(evidence, node, at) for node, at in times.items()]
    return max(found, key=lambda each: (bool(each.had), times[each.node]), default=None)


def _since(evidence: Evidence, node: str, at: float) -> _Drained:
    # the state before it was cordoned is among them: nothing is evicted earlier
    course = tuple(snapshot for snapshot in evidence.course if snapshot.at >= at) or (evidence.snapshot,)
    first = {pod.uid for pod in course[0].pods(f"app={_APP}") if pod.terminating}
    had: dict[str, Pod] = {}
    for snapshot in course:
        for pod in snapshot.pods(f"app={_APP}"):
            if pod.node == node and pod.uid not in first and not (pod.uid in had and had[pod.uid].terminating):
                had[pod.uid] = pod
    rest = tuple(pod for pod in evidence.snapshot.pods() if pod.node == node and pod.phase in {"Pending", "Running"})
    return _Drained(node, course, tuple(had.values()), rest)


def _to_drain(snapshot: Snapshot) -> str:
    """Return a worker with a Pod of hello, if possible one without auth and frontend."""
    apps: dict[str, set[str]] = {node.name: set() for node in workers(snapshot) if node.ready}
    for pod in snapshot.pods():
        if pod.node in apps and not pod.terminating:
            apps[pod.node].add(pod.labels.get("app", ""))
    return min(apps, key=lambda name: (_APP not in apps[name], len(apps[name]), name), default="NODE")


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    """Open all Nodes, take all budgets away, and have three Pods of hello Ready on whichever Nodes."""
    return (kubectl("delete poddisruptionbudgets --all"), *three_again(evidence))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    return (
        *_reset(evidence),
        kubectl("create poddisruptionbudget hello --selector=app=hello --min-available=2"),
        kubectl("wait poddisruptionbudget/hello --for=jsonpath={.status.disruptionsAllowed}=1 --timeout=30s"),
        Run(("drain", _to_drain(evidence.snapshot), "--ignore-daemonsets", "--timeout=90s")),
        Until("drained", lambda seen: "budgets" in seen.replies and _check(seen).grade is Grade.DONE),
    )


STEPS = (
    Step(
        "drain-with-a-budget",
        "04-self-healing",
        check=_check,
        setup=_reset,
        solve=_solve,
        reset=_reset,
        questions=(AskKubectl("budgets", ("get", "poddisruptionbudgets", "-o", "json")),),
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "scaled",
                "no-answer",
                "without-budget",
                "no-budget",
                "selects-nothing",
                "two-budgets",
                "blocks",
                "too-low",
                "not-drained",
                "open-again",
                "wrong-node",
                "cordoned-only",
                "draining",
                "deleted-by-hand",
                "below",
                "on-its-way",
            }
        ),
    ),
)
