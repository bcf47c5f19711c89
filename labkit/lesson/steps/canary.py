"""The third step of 05-rolling-update: a canary beside ``track: stable``, behind the same Service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.explain.diagnosis import staying
from labkit.lesson.steps import filed
from labkit.lesson.steps.acts import Run, Until, kubectl
from labkit.lesson.steps.looking import ready, version
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.updating import APP, FILE, REPLICAS, serving, three_of_the_first
from labkit.lesson.steps.verdict import Grade, done, not_yet, wrong_way
from labkit.recording.moment import tag
from labkit.state.states import PodState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.verdict import Verdict
    from labkit.state import Deployment, ReplicaSet, Snapshot

#: The Deployments of the lesson: any other one may be the canary.
_LESSONS = frozenset({"auth", "hello", "frontend"})
_TRACK = "canary"
_NAME = "hello-canary"
#: How good news is: the canary that is nearest to what is expected is the one that is told of.
_RANK = {Grade.DONE: 0, Grade.NOT_YET: 1, Grade.WRONG_WAY: 2, Grade.UNKNOWN: 3}


def _check(evidence: Evidence) -> Verdict:
    """Look whether hello is as it was, and one Pod of another version receives requests of the same Service."""
    snapshot = evidence.snapshot
    stable = snapshot.deployment(APP)
    if stable is None:
        return wrong_way("no-stable")
    if changed := _stable_changed(evidence, stable):
        return changed
    others = [each for each in snapshot.deployments() if each.name not in _LESSONS]
    if not others:
        same_name = any(
            each.track not in {"", "stable"} for text in evidence.files.values() for each in _named_hello(text)
        )
        return wrong_way("same-name") if same_name else not_yet("no-canary")
    found = sorted((_canary(snapshot, stable, each) for each in others), key=lambda verdict: _RANK[verdict.grade])
    if found[0].grade is not Grade.DONE:
        return found[0]
    here = len(ready(snapshot, staying(snapshot, stable)))
    return found[0] if here == REPLICAS else not_yet("stable-not-ready", ready=here)


def _named_hello(text: str) -> list[filed.Filed]:
    return [each for each in filed.deployments(text) if each.name == APP]


def _stable_changed(evidence: Evidence, stable: Deployment) -> Verdict | None:
    """Return what was done to hello since the step began; None where it is as it was."""
    then = evidence.before.deployment(APP)
    before = _newest(evidence.before, then) if then is not None else None
    now = _newest(evidence.snapshot, stable)
    # its name ends with a hash of the Pod template
    if before is not None and now is not None and before.name != now.name:
        return wrong_way("stable-changed", before=tag(before.images), now=tag(now.images))
    return wrong_way("stable-scaled", replicas=stable.desired) if stable.desired != REPLICAS else None


def _newest(snapshot: Snapshot, deployment: Deployment) -> ReplicaSet | None:
    sets = snapshot.replica_sets_of(deployment)
    return sets[0] if sets else None


def _canary(snapshot: Snapshot, stable: Deployment, canary: Deployment) -> Verdict:
    """Return how good a canary another Deployment is."""
    pods = staying(snapshot, canary)
    return (
        _by_labels(stable, canary, pods[0].labels if pods else canary.selector)
        or _by_its_pod(snapshot, stable, canary)
        or _by_the_service(snapshot, stable, canary)
    )


def _by_labels(stable: Deployment, canary: Deployment, labels: Mapping[str, str]) -> Verdict | None:
    """Return what is wrong with its labels and its selector; None where nothing is."""
    name = canary.name
    if labels.get("track") == stable.selector.get("track"):
        return wrong_way("track-stable", name=name)
    # (one that has only matchExpressions is none that can be looked at here)
    if canary.selector and all(stable.selector.get(key) == value for key, value in canary.selector.items()):
        return wrong_way("selector-takes-both", name=name, selector=_said(canary.selector))
    if labels.get("app") != APP:
        return wrong_way("not-hello", name=name, labels=_said(labels))
    if labels.get("track") != _TRACK:
        return wrong_way("other-track", name=name, labels=_said(labels))
    return None


def _by_its_pod(snapshot: Snapshot, stable: Deployment, canary: Deployment) -> Verdict | None:
    """Return what is wrong with its number, its image or its Pod; None where it has one Ready Pod of another one."""
    name = canary.name
    if canary.desired != 1:
        return wrong_way("replicas", name=name, replicas=canary.desired)
    if canary.images == stable.images:
        return wrong_way("same-version", name=name, version=tag(canary.images))
    pods = staying(snapshot, canary)
    failing = [pod for pod in pods if snapshot.state_of(pod) is PodState.FAILING]
    if failing and not ready(snapshot, pods):
        return wrong_way("fails", name=name, status=failing[0].status, image=failing[0].containers[0].image)
    return None if ready(snapshot, pods) else not_yet("on-its-way", name=name)


def _by_the_service(snapshot: Snapshot, stable: Deployment, canary: Deployment) -> Verdict:
    """Return whether the Pods of both receive the requests of the Service hello."""
    service = snapshot.service(APP)
    if service is None:
        return wrong_way("no-service")
    new, old = ready(snapshot, staying(snapshot, canary)), ready(snapshot, staying(snapshot, stable))
    if any(pod.labels.get(key) != value for pod in (*new, *old) for key, value in service.selector.items()):
        return wrong_way("service-narrow", selector=_said(service.selector))
    receiving = snapshot.receiving(APP)
    if not all(pod.uid in receiving for pod in (*new, *old)):
        return not_yet("on-its-way", name=canary.name)
    return done(canary=version(new[0]), stable=tag(stable.images), name=canary.name)


def _said(labels: Mapping[str, str]) -> str:
    """Return labels as a manifest has them; the hash that a ReplicaSet adds is not the learner's."""
    pairs = [f"{key}: {value}" for key, value in sorted(labels.items()) if key != "pod-template-hash"]
    return ", ".join(pairs) or "none"


# -- what is done for who does not ----------------------------------------------------------------------------------


def _manifest(original: str) -> str:
    """Return the canary as a manifest: the lesson's hello with another name, track, number and image, uncommented."""
    lines = (re.sub(r"(^|\s+)#.*$", "", line) for line in original.splitlines())
    text = "\n".join(line for line in lines if line.strip())
    for old, new in (
        ("  name: hello\n  labels:", f"  name: {_NAME}\n  labels:"),
        ("track: stable", f"track: {_TRACK}"),
        (in_class.image(APP, "1.0.0"), in_class.image(APP, "2.0.0")),
    ):
        text = text.replace(old, new)
    return text + "\n"


def _ours(evidence: Evidence) -> list[Deployment]:
    """Return the Deployments that were made in this step: those that are about hello, and none of the lesson's."""
    snapshot = evidence.snapshot
    return [
        each
        for each in snapshot.deployments()
        if each.name not in _LESSONS
        and (
            APP in {each.labels.get("app"), each.selector.get("app")}
            or any(image.startswith(f"{in_class.image(APP)}:") for image in each.images)
        )
    ]


def _stable_back(evidence: Evidence) -> tuple[Act, ...]:
    """Return what brings hello back to what it was when the step began; nothing where it is that."""
    stable = evidence.snapshot.deployment(APP)
    if stable is None:
        return three_of_the_first(evidence)
    then = evidence.before.deployment(APP)
    before = _newest(evidence.before, then) if then is not None else None
    acts: list[Act] = []
    if stable.paused:
        acts.append(kubectl("rollout resume deployment/hello"))
    if stable.desired != REPLICAS:
        acts.append(kubectl(f"scale deployment/hello --replicas={REPLICAS}"))
    now = _newest(evidence.snapshot, stable)
    if before is not None and now is not None and before.name != now.name:
        kept = [each for each in evidence.snapshot.replica_sets_of(stable) if each.name == before.name]
        if not kept:
            return three_of_the_first(evidence)
        acts.append(kubectl(f"rollout undo deployment/hello --to-revision={kept[0].revision}"))
    return (*acts, Until("stable", _as_it_was)) if acts or not serving(evidence) else ()


def _as_it_was(evidence: Evidence) -> bool:
    """Whether hello is what it was when the step began, and serves."""
    stable = evidence.snapshot.deployment(APP)
    return stable is not None and _stable_changed(evidence, stable) is None and serving(evidence)


def _service_back(evidence: Evidence) -> tuple[Act, ...]:
    """Return what brings the Service hello back, where somebody changed or deleted it."""
    service = evidence.snapshot.service(APP)
    if service is not None and dict(service.selector) == {"app": APP}:
        return ()
    original = evidence.originals.get("manifests/services/hello.yaml", "")
    return (Run(("apply", "-f", "-"), stdin=original),)


def _away(evidence: Evidence, but: str = "") -> tuple[Act, ...]:
    """Return what deletes the canaries, except one."""
    names = [each.name for each in _ours(evidence) if each.name != but]
    return (Run(("delete", "deployment", *names, "--ignore-not-found")),) if names else ()


def _solve(evidence: Evidence) -> tuple[Act, ...]:
    snapshot, stable = evidence.snapshot, evidence.snapshot.deployment(APP)
    end = Until("canary", lambda seen: _check(seen).grade is Grade.DONE)
    verdict = _check(evidence)
    if verdict.grade is Grade.DONE or verdict.cause == "on-its-way":
        # the learner's own, whatever its name is
        return (end,)
    there = snapshot.deployment(_NAME)
    # one of that name whose selector is another must go: a Deployment's selector can't be changed
    fits = there is not None and stable is not None and dict(there.selector) == {"app": APP, "track": _TRACK}
    return (
        *_away(evidence, but=_NAME if fits else ""),
        *_service_back(evidence),
        *_stable_back(evidence),
        Run(("apply", "-f", "-"), stdin=_manifest(evidence.originals.get(FILE, ""))),
        end,
    )


def _reset(evidence: Evidence) -> tuple[Act, ...]:
    return (*_away(evidence), *_service_back(evidence), *_stable_back(evidence), Until("only-stable", _only_stable))


def _only_stable(evidence: Evidence) -> bool:
    """Whether the Pods of hello, and no others, receive the requests of its Service."""
    snapshot = evidence.snapshot
    stable = snapshot.deployment(APP)
    if stable is None or not _as_it_was(evidence):
        return False
    return snapshot.receiving(APP) == {pod.uid for pod in ready(snapshot, staying(snapshot, stable))}


STEPS = (
    Step(
        "canary",
        "05-rolling-update",
        check=_check,
        solve=_solve,
        reset=_reset,
        causes=frozenset(
            {
                "done",
                "no-stable",
                "stable-changed",
                "stable-scaled",
                "stable-not-ready",
                "no-canary",
                "same-name",
                "track-stable",
                "selector-takes-both",
                "not-hello",
                "other-track",
                "replicas",
                "same-version",
                "fails",
                "on-its-way",
                "no-service",
                "service-narrow",
            }
        ),
    ),
)
