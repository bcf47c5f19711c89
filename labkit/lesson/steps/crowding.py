"""The first step of 06-rollout-laboratory: a rollout on Nodes with room for four Pods, the Terminating ones counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import in_class
from labkit.lesson import preparing, ways
from labkit.lesson.steps import filed, rolled
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.updating import serving
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way
from labkit.recording.moment import tag
from labkit.state.rollout import rolling_limits

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.rolled import Order
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment

APP, FILE, REPLICAS = ways.APP, ways.FILE, ways.REPLICAS
#: For so many Pods there is room, whatever they do.
ROOM = 4


def _check(evidence: Evidence) -> Verdict:
    """Look whether the last rollout since the step began kept to the room there is, and lost nothing."""
    deployment = evidence.snapshot.deployment(APP)
    if deployment is None:
        return wrong_way("no-deployment")
    if deployment.desired < REPLICAS or deployment.paused:
        return wrong_way("paused") if deployment.paused else wrong_way("too-few", replicas=deployment.desired)
    rollout = rolled.last(evidence, APP)
    if rollout is None:
        return _before_it_rolls(evidence, deployment)
    version = str(rollout.began.data["to"])
    if rollout.order is None and rollout.stuck is not None:
        return wrong_way("stuck", version=version, why=str(rollout.stuck.data["why"]))
    if rollout.order is None or any(pod.terminating for pod in evidence.snapshot.pods_of(deployment)):
        return not_yet("rolling", version=version)
    return _of_a_rollout(evidence, deployment, rollout.began.at, rollout.order)


def _of_a_rollout(evidence: Evidence, deployment: Deployment, began: float, order: Order) -> Verdict:
    """Return what a rollout that is over has taken, and what it has cost."""
    most = max(len(each.pods_of(deployment)) for each in evidence.course if each.at >= began)
    asked = evidence.requests(began, float("inf"))
    lost = sum(request.outcome == "lost" for request in asked)
    if lost or not order.least:
        return wrong_way("lost", lost=lost, least=order.least)
    if most > ROOM:
        cause = "surge" if order.surge else "overlap"
        return wrong_way(cause, most=most, surge=order.surge)
    return done(most=most, least=order.least, asked=len(asked))


def _before_it_rolls(evidence: Evidence, deployment: Deployment) -> Verdict:
    """Return what file and Deployment say before anything was rolled out."""
    file = filed.deployment(evidence.files.get(FILE, ""), APP)
    version = tag(deployment.images)
    if deployment.max_surge == 0:
        return wrong_way("template-unchanged", version=version)
    if file is not None and rolling_limits(file.strategy, REPLICAS)[0] == 0:
        return not_yet("not-applied")
    return not_yet("nothing-yet", surge=deployment.max_surge, unavailable=deployment.max_unavailable)


# -- what is done for who does not ----------------------------------------------------------------------------------


def _three(evidence: Evidence) -> tuple[Act, ...]:
    """Bring three new Pods of 1.0.0 and the lesson's file, whatever there is."""
    del evidence
    return preparing.begin()


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    deployment = evidence.snapshot.deployment(APP)
    going = deployment is not None and any(pod.terminating for pod in evidence.snapshot.pods_of(deployment))
    # a rollout that begins in the middle of another one has its Pods too
    before = () if deployment is not None and serving(evidence) and not going else _three(evidence)
    first = deployment is None or bool(before) or tag(deployment.images) == ways.OLD
    other = (Edit(FILE, in_class.image(APP, ways.OLD), in_class.image(APP, ways.NEW)),) if first else ()
    return (
        *before,
        Restore(FILE),
        Edit(FILE, "replicas: 1", f"replicas: {REPLICAS}"),
        *other,
        Edit(FILE, "maxSurge: 1", "maxSurge: 0"),
        # an old Pod needs some eight seconds to be gone, and more where the machine has much to do
        Edit(FILE, "  strategy:", "  minReadySeconds: 10\n  strategy:"),
        kubectl(f"apply -f {FILE}"),
        Until("room", lambda seen: _check(seen).grade is Grade.DONE, seconds=150.0),
    )


STEPS = (
    Step(
        "room-for-four",
        ways.NOTEBOOK,
        check=_check,
        setup=_three,
        solve=_solve,
        reset=_three,
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "too-few",
                "paused",
                "nothing-yet",
                "not-applied",
                "template-unchanged",
                "stuck",
                "rolling",
                "lost",
                "surge",
                "overlap",
            }
        ),
    ),
)
