"""The second step of 05-rolling-update: after an image that does not exist, file and cluster agree again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit import in_class
from labkit.explain.diagnosis import staying
from labkit.lesson.steps import filed
from labkit.lesson.steps.acts import Edit, Until, kubectl
from labkit.lesson.steps.evidence import AskKubectl
from labkit.lesson.steps.looking import counted, differing, ready
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.updating import APP, FILE, REPLICAS, as_filed, serving, three_of_the_first
from labkit.lesson.steps.verdict import Grade, done, not_yet, unknown, wrong_way
from labkit.recording.moment import tag
from labkit.state.states import PodState

if TYPE_CHECKING:
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence, Reply
    from labkit.lesson.steps.filed import Filed
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment

_RIGHT, _MISSING = in_class.image(APP, "1.0.0"), in_class.image(APP, "3.0.0")
#: The other image of hello that every Node has.
_OTHER = in_class.image(APP, "2.0.0")
_DIFF = AskKubectl("diff", ("diff", "-f", FILE))
#: The deadline that the notebook sets, so that nobody waits ten minutes for the report.
_DEADLINE = Edit(FILE, "  strategy:", "  progressDeadlineSeconds: 15\n  strategy:")


def _check(evidence: Evidence) -> Verdict:
    """Look whether file and Deployment desire the same, three Pods of 1.0.0, and all three are Ready."""
    deployment = evidence.snapshot.deployment(APP)
    if deployment is None:
        return wrong_way("no-deployment")
    diff = evidence.replies["diff"]
    file = filed.deployment(evidence.files.get(FILE, ""), APP)
    if file is None or diff.code > 1:
        return wrong_way("file-refused", said=_first_line(diff.said) or "there is no Deployment hello in it")
    return _by_the_file(file, deployment) or _by_the_cluster(evidence, deployment, diff)


def _by_the_file(file: Filed, deployment: Deployment) -> Verdict | None:
    """Return what the file desires that it should not; None where it desires the right thing."""
    if file.image == _RIGHT:
        return wrong_way("file-replicas", replicas=str(file.replicas)) if file.replicas != REPLICAS else None
    image = deployment.images[0] if deployment.images else ""
    if file.image == _OTHER:
        return wrong_way("rolled-forward", version=tag((_OTHER,)))
    if image in {_RIGHT, _OTHER}:
        return wrong_way("undo-only", file=file.image, version=tag((image,)))
    if file.image == _MISSING:
        return not_yet("not-begun", version=tag((image,)))
    return wrong_way("other-image", image=file.image)


def _by_the_cluster(evidence: Evidence, deployment: Deployment, diff: Reply) -> Verdict:
    """Return how far the cluster is from a file that desires the right thing."""
    if diff.code < 0:
        return unknown("no-answer", said=diff.said)
    if deployment.paused:
        return wrong_way("paused")
    if deployment.desired != REPLICAS:
        return wrong_way("scaled", replicas=deployment.desired)
    if diff.code:
        return not_yet("not-applied", differs=_differs(diff.text))
    if not serving(evidence, "1.0.0"):
        here = len(ready(evidence.snapshot, staying(evidence.snapshot, deployment)))
        return not_yet("on-its-way", ready=counted(here, "Pod"))
    return done(replicas=REPLICAS)


def _differs(diff: str) -> str:
    """Return the first lines that differ."""
    return "; ".join(differing(diff)[:2]) or "see what it says"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _stuck(evidence: Evidence) -> bool:
    """Whether the new Pods of an image that does not exist have been found to fail."""
    snapshot = evidence.snapshot
    deployment = snapshot.deployment(APP)
    if deployment is None or tag(deployment.images) != tag((_MISSING,)):
        return False
    pods = [pod for pod in staying(snapshot, deployment) if pod.containers and pod.containers[0].image == _MISSING]
    return len(pods) > 1 and all(snapshot.state_of(pod) is PodState.FAILING for pod in pods)


def _setup(evidence: Evidence) -> tuple[Act, ...]:
    """Bring three Pods of 1.0.0, and then the rollout of 3.0.0 that is stuck."""
    edits = (Edit(FILE, _RIGHT, _MISSING), _DEADLINE)
    stuck = (*as_filed(evidence, *edits), Until("stuck", _stuck))
    deployment = evidence.snapshot.deployment(APP)
    if deployment is not None and (serving(evidence, "1.0.0") or _stuck(evidence)):
        return stuck
    return (*three_of_the_first(evidence), *edits, kubectl(f"apply -f {FILE}"), stuck[-1])


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    """Put the image right in the file and apply it; a file that is wrong elsewhere is the lesson's again."""
    file = evidence.files.get(FILE, "")
    said = filed.deployment(file, APP)
    deployment = evidence.snapshot.deployment(APP)
    end = Until("agree", lambda seen: _check(seen).grade is Grade.DONE)
    plain = said is not None and said.replicas == REPLICAS and said.image == _MISSING and file.count(_MISSING) == 1
    if plain and deployment is not None and not deployment.paused:
        return (Edit(FILE, _MISSING, _RIGHT), kubectl(f"apply -f {FILE}"), end)
    return (*as_filed(evidence), end)


STEPS = (
    Step(
        "repair-the-file",
        "05-rolling-update",
        check=_check,
        setup=_setup,
        solve=_solve,
        reset=_setup,
        causes=frozenset(
            {
                "done",
                "no-deployment",
                "file-refused",
                "file-replicas",
                "rolled-forward",
                "undo-only",
                "not-begun",
                "other-image",
                "no-answer",
                "paused",
                "scaled",
                "not-applied",
                "on-its-way",
            }
        ),
        questions=(_DIFF,),
    ),
)
