"""The first step of 05-rolling-update: the order of the lesson of 2016, a new Pod first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import in_class
from labkit.explain.diagnosis import staying
from labkit.lesson.steps import filed, looking, rolled
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way
from labkit.recording.moment import tag
from labkit.state.rollout import rolling_limits

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.filed import Filed
    from labkit.lesson.steps.rolled import Rolled
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment

APP = "hello"
FILE = "manifests/hello.yaml"
REPLICAS = 3
_APPLY = kubectl(f"apply -f {FILE}")


def _check(evidence: Evidence) -> Verdict:
    """Look whether in the last rollout since the step began no old Pod left before a new one had joined."""
    deployment = evidence.snapshot.deployment(APP)
    if deployment is None:
        return wrong_way("no-deployment")
    if deployment.desired < REPLICAS:
        return wrong_way("too-few", replicas=deployment.desired)
    if deployment.paused:
        return wrong_way("paused")
    rollout = rolled.last(evidence, APP)
    if rollout is not None:
        return _of_a_rollout(evidence, deployment, rollout)
    version = tag(deployment.images)
    return _before_it_rolls(evidence, deployment) or not_yet(
        "nothing-yet",
        unavailable=deployment.max_unavailable,
        surge=deployment.max_surge,
        version=version,
        other="2.0.0" if version == "1.0.0" else "1.0.0",
    )


def _of_a_rollout(evidence: Evidence, deployment: Deployment, rollout: Rolled) -> Verdict:
    """Return how far a rollout is or, where it is over, whether its order was the right one."""
    order, version = rollout.order, str(rollout.began.data["to"])
    if order is None and rollout.stuck is not None:
        return wrong_way("stuck", why=str(rollout.stuck.data["why"]), version=version)
    if order is None:
        return not_yet("rolling", version=version)
    if order.one_by_one and order.least >= REPLICAS:
        return done(old=len(order.left), least=order.least)
    if not order.replaced:
        return _before_it_rolls(evidence, deployment) or not_yet("none-left", version=version)
    if order.unavailable == 0 and not _both_zero(_file(evidence)):
        return wrong_way("disturbed", least=order.least)
    return _before_it_rolls(evidence, deployment) or wrong_way(
        "old-first", unavailable=order.unavailable, surge=order.surge, least=order.least
    )


def _before_it_rolls(evidence: Evidence, deployment: Deployment) -> Verdict | None:
    """Return what keeps the rollout from its beginning, where other bounds were chosen; None where they were not."""
    file = _file(evidence)
    if _both_zero(file):
        return wrong_way("both-zero", unavailable=deployment.max_unavailable, surge=deployment.max_surge)
    filled_in = file is not None and rolling_limits(file.strategy, REPLICAS)[1] == 0
    if deployment.max_unavailable == 0:
        other = file is not None and tag((file.image,)) != tag(deployment.images)
        unapplied = filled_in and other
        return not_yet("not-applied") if unapplied else wrong_way("template-unchanged", version=tag(deployment.images))
    return not_yet("not-applied") if filled_in else None


def _file(evidence: Evidence) -> Filed | None:
    return filed.deployment(evidence.files.get(FILE, ""), APP)


def _both_zero(file: Filed | None) -> bool:
    """Whether a file says that none may be missing and none may be too many, which the API server refuses."""
    bounds = (file.strategy.get("rollingUpdate") if file is not None else None) or {}
    said = [str(bounds.get(name)).removesuffix("%") for name in ("maxUnavailable", "maxSurge")]
    return said == ["0", "0"]


# -- what is done for who does not ----------------------------------------------------------------------------------


def serving(evidence: Evidence, version: str = "") -> bool:
    """Whether hello is as its Deployment desires it, with three Pods at least that receive requests, of one version."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    if deployment is None or deployment.paused or not deployment.complete or deployment.desired < REPLICAS:
        return False
    here = looking.ready(snapshot, staying(snapshot, deployment))
    receiving = snapshot.receiving(APP)
    versions = {looking.version(pod) for pod in here}
    return (
        len(here) == deployment.desired
        and all(pod.uid in receiving for pod in here)
        and versions == {version or tag(deployment.images)}
    )


def as_filed(evidence: Evidence, *edits: Edit) -> tuple[Act, ...]:
    """Return what brings hello to the lesson's file with three replicas and some edits, whatever it is now.

    ``replace`` takes the whole of it from the file: what somebody has added to the Deployment goes. It is refused where
    the Deployment's controller writes at the same moment; ``apply`` is not, and changes all that stands in the file.
    """
    deployment = evidence.snapshot.deployment(APP)
    acts: list[Act] = [Restore(FILE), Edit(FILE, "replicas: 1", f"replicas: {REPLICAS}"), *edits]
    if deployment is not None and deployment.paused:
        acts.append(kubectl("rollout resume deployment/hello"))
    if deployment is not None:
        acts.append(kubectl(f"replace --save-config -f {FILE}", may_fail=True))
    return (*acts, _APPLY)


def three_of_the_first(evidence: Evidence) -> tuple[Act, ...]:
    """Return what brings three Pods of 1.0.0, and the lesson's bounds, whatever there is."""
    return (*as_filed(evidence), Until("three", lambda seen: serving(seen, "1.0.0")))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    deployment = evidence.snapshot.deployment(APP)
    before: tuple[Act, ...] = ()
    if deployment is None or not serving(evidence):
        # a rollout that begins in the middle of another one shows no order
        before = three_of_the_first(evidence)
    first = deployment is None or bool(before) or tag(deployment.images) == "1.0.0"
    other = (Edit(FILE, in_class.image(APP, "1.0.0"), in_class.image(APP, "2.0.0")),) if first else ()
    return (
        *before,
        Restore(FILE),
        Edit(FILE, "replicas: 1", f"replicas: {REPLICAS}"),
        *other,
        Edit(FILE, "maxUnavailable: 1", "maxUnavailable: 0"),
        _APPLY,
        Until("order", lambda seen: _check(seen).grade is Grade.DONE),
    )


STEPS = (
    Step(
        "the-seeds-order",
        "05-rolling-update",
        check=_check,
        setup=three_of_the_first,
        solve=_solve,
        reset=three_of_the_first,
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "too-few",
                "paused",
                "nothing-yet",
                "both-zero",
                "not-applied",
                "template-unchanged",
                "stuck",
                "rolling",
                "old-first",
                "disturbed",
                "none-left",
            }
        ),
    ),
)
