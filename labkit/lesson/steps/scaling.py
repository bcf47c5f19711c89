"""The step of 03-scale: one number stands in two places, the live object and the file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from labkit.explain.diagnosis import staying
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.evidence import AskKubectl
from labkit.lesson.steps.looking import differing, ready, there
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Grade, done, not_yet, unknown, wrong_way

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment

_APP = "hello"
_FILE = "manifests/hello.yaml"
#: What the file says, and what is asked for beside it.
_THREE, _FIVE = 3, 5
#: kubectl diff ends with 0 where nothing differs, with 1 where something does, with more where it could not tell.
_EQUAL, _DIFFERENT = 0, 1
#: Who writes a live object without any file (the names that kubectl gives itself in ``managedFields``).
_BY_HAND = {"kubectl-edit", "kubectl-patch"}


def _check(evidence: Evidence) -> Verdict:
    """5 were desired; now it is 3 again, because the file says so."""
    deployment = evidence.snapshot.deployment(_APP)
    if deployment is None:
        return wrong_way("no-deployment")
    looks = (_compared, _in_another_place, _number, _by_hand)
    found = (look(evidence, deployment) for look in looks)
    return next((verdict for verdict in found if verdict is not None), None) or _there_are_three(evidence, deployment)


def _compared(evidence: Evidence, _: Deployment) -> Verdict | None:
    """Say where kubectl can't compare the file with the cluster."""
    diff = evidence.replies["diff"]
    if diff.code in {_EQUAL, _DIFFERENT}:
        return None
    return unknown("no-answer") if diff.code < 0 else wrong_way("unreadable", said=_last_line(diff.said))


def _in_another_place(evidence: Evidence, deployment: Deployment) -> Verdict | None:
    """Say where the number was changed elsewhere than in the live Deployment, or nowhere yet."""
    in_file, desired = _in_file(evidence), deployment.desired
    if in_file != _THREE:
        cause = "file-applied" if in_file == desired else "file-not-applied"
        return wrong_way(cause, file=in_file, replicas=desired)
    most_desired = max(_desired(evidence), default=0)
    if _FIVE in _desired(evidence):
        return None
    if (most := _most_in_a_replica_set(evidence)) > max(most_desired, _THREE):
        return wrong_way("replicaset-scaled", asked=most, replicas=desired)
    return not_yet("never-five", replicas=desired)


def _number(evidence: Evidence, deployment: Deployment) -> Verdict | None:
    """Say where the cluster desires another number than the file."""
    facts = {"replicas": deployment.desired, "file": _in_file(evidence)}
    if deployment.desired == _FIVE:
        return not_yet("live-object-only", **facts)
    return wrong_way("other-number", **facts) if deployment.desired != _THREE else None


def _by_hand(evidence: Evidence, _: Deployment) -> Verdict | None:
    """Say where it is not by the file that the number is 3 again."""
    diff = evidence.replies["diff"]
    if diff.code == _DIFFERENT:
        return wrong_way("differs", line=_difference(diff.text))
    by = _set_by_hand(evidence)
    return wrong_way("set-back-by-hand", by=by) if by else None


def _there_are_three(evidence: Evidence, deployment: Deployment) -> Verdict:
    here = len(ready(evidence.snapshot, staying(evidence.snapshot, deployment)))
    return done() if here == deployment.current == _THREE else not_yet("on-its-way", pods=here)


def _in_file(evidence: Evidence) -> int:
    """Return the number of replicas in the working copy's file; 1, as Kubernetes takes it, where none stands there."""
    found = re.search(r"^ *replicas: *(\d+)", evidence.files.get(_FILE, ""), re.MULTILINE)
    return int(found[1]) if found else 1


def _desired(evidence: Evidence) -> list[int]:
    """Return how many replicas the Deployment desired since the step began, each time that something changed."""
    found = (snapshot.deployment(_APP) for snapshot in evidence.course)
    return [each.desired for each in found if each is not None]


def _most_in_a_replica_set(evidence: Evidence) -> int:
    """Return the largest number that a ReplicaSet of the Deployment was told since the step began."""
    return max(
        (
            each.desired
            for snapshot in evidence.course
            if (deployment := snapshot.deployment(_APP)) is not None
            for each in snapshot.replica_sets_of(deployment)
        ),
        default=0,
    )


def _set_by_hand(evidence: Evidence) -> str:
    """Return who wrote ``replicas`` into the live object last, if it was nobody with a file; else an empty text.

    The object itself knows it: ``metadata.managedFields`` says of each field who set it (Kubernetes documentation,
    "Server-Side Apply", "Field management"; kubectl scale writes by the subresource ``scale``).
    """
    try:
        found: dict[str, Any] = json.loads(evidence.replies["owners"].text)
        for each in found["metadata"].get("managedFields", []):
            if "f:replicas" not in each.get("fieldsV1", {}).get("f:spec", {}) or each["operation"] != "Update":
                continue
            if each.get("subresource") == "scale":
                return "kubectl scale"
            if each["manager"] in _BY_HAND:
                return str(each["manager"]).replace("-", " ")
    except (ValueError, KeyError):
        return ""
    return ""


def _difference(text: str) -> str:
    """Return the last line that only one side has."""
    return next(reversed(differing(text)), "none")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def _there(number: int) -> Until:
    """Wait until so many are desired and Ready, and no more are there."""
    return Until(f"{number}-ready", lambda evidence: there(evidence, _APP, number))


def _ground(_: Evidence) -> tuple[Act, ...]:
    """Bring file and cluster to 3, whatever stands in either of them."""
    apply = kubectl(f"apply -f {_FILE}")
    return (Restore(_FILE), Edit(_FILE, "replicas: 1", "replicas: 3"), apply, _there(_THREE))


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    deployment = evidence.snapshot.deployment(_APP)
    begun = deployment is not None and _in_file(evidence) == _THREE and evidence.replies["diff"].code <= _DIFFERENT
    return (
        *(() if begun else _ground(evidence)),
        kubectl("scale deployment/hello --replicas=5"),
        _there(_FIVE),
        kubectl(f"diff -f {_FILE}", may_fail=True),
        kubectl(f"apply -f {_FILE}"),
        Until("as-in-the-file", lambda seen: "diff" in seen.replies and _check(seen).grade is Grade.DONE),
    )


STEPS = (
    Step(
        "file-and-cluster",
        "03-scale",
        check=_check,
        setup=_ground,
        solve=_solve,
        reset=_ground,
        questions=(
            AskKubectl("diff", ("diff", "-f", _FILE)),
            AskKubectl("owners", ("get", "deployment", _APP, "-o", "json", "--show-managed-fields")),
        ),
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "no-answer",
                "unreadable",
                "file-applied",
                "file-not-applied",
                "replicaset-scaled",
                "never-five",
                "live-object-only",
                "other-number",
                "differs",
                "set-back-by-hand",
                "on-its-way",
            }
        ),
    ),
)
