"""The steps and predictions of 01 on the cluster: red, green, red again, and each wrong way by its own word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector: {{{selector}}}
  ports:
    - port: {port}
      targetPort: {target}
"""


#: How the learner's Service differs from one that works → what is said of it, and with which facts.
_WRONG: tuple[tuple[dict[str, str], str, dict[str, object]], ...] = (
    ({"name": "helo"}, "other-name", {"name": "helo"}),
    ({"selector": "app: helo"}, "selector", {"says": "app=helo", "wrong": "app=helo"}),
    ({"selector": "app: hello, track: canary"}, "selector", {"wrong": "track=canary"}),
    ({"selector": "app: auth"}, "other-app", {"apps": "auth"}),
    ({"selector": "track: stable"}, "several-apps", {"apps": "hello, auth"}),
    ({"selector": ""}, "no-selector", {}),
    ({"target": "web"}, "target-port", {"target": "web", "ports": "http (80), health (81)"}),
    ({"target": "8080"}, "target-port", {"target": 8080}),
    ({"target": "health"}, "target-health", {"target": "health"}),
    ({"port": "8080"}, "port", {"ports": "8080"}),
)


def write(trial: Trial, **differs: str) -> None:
    """Make a Service as a learner writes it."""
    text = _SERVICE.format(**({"name": "hello", "selector": "app: hello", "port": "80", "target": "http"} | differs))
    trial.run("create", "-f", "-", stdin=text)


def identity(trial: Trial) -> str:
    """Return the uid of the Service hello."""
    service = trial.source.timeline.latest.service("hello")
    assert service is not None
    return service.uid


def test_hellos_service(kubectl: Kubectl, source: Source) -> None:
    """From none to one that works, by the lesson's own way and by the learner's, and each wrong way."""
    trial = Trial("hellos-service", kubectl, source)
    assert trial.look().cause == "no-deployment"
    trial.run("create", "-f", "manifests/auth.yaml")
    assert trial.set_up().cause == "no-service"
    for differs, cause, facts in _WRONG:
        write(trial, **differs)
        verdict = trial.until(cause)
        assert verdict.grade is Grade.WRONG_WAY
        assert verdict.facts.items() >= facts.items()
        trial.run("delete", "service", differs.get("name", "hello"))
    # a way of the learner's own that works, which "show me" leaves alone
    write(trial)
    assert '"1.0.0"' in str(trial.until("done").facts["said"])
    before = identity(trial)
    assert trial.solve().grade is Grade.DONE
    assert identity(trial) == before
    # red again, and green by the lesson's own way
    trial.run("patch", "service", "hello", "-p", '{"spec": {"selector": {"app": "helo"}}}')
    labels = trial.until("selector").facts["labels"]
    assert str(labels).startswith("app=hello, track=stable, pod-template-hash=")
    assert trial.solve().grade is Grade.DONE
    trial.run("delete", "service", "hello")
    trial.run("expose", "deployment/hello", "--port=80", "--target-port=http", "--cluster-ip=None")
    assert trial.until("headless").grade is Grade.WRONG_WAY
    trial.run("expose", "deployment/hello", "--port=80", "--name=helo")
    trial.reset()
    assert trial.until("no-service").grade is Grade.NOT_YET
    # another way than any that is shown
    trial.run("expose", "deployment/hello", "--port=80", "--target-port=80")
    assert trial.until("done").grade is Grade.DONE


def pods(trial: Trial) -> list[str]:
    """Return the names of hello's Pods that are its own and stay."""
    return [each.name for each in trial.source.timeline.latest.pods("app=hello") if not each.terminating]


def test_let_a_pod_go(kubectl: Kubectl, source: Source) -> None:
    """Each wrong way, the two ways that are right, and red again when it is taken back."""
    trial = Trial("let-a-pod-go", kubectl, source)
    assert trial.look().cause == "no-deployment"
    verdict = trial.set_up()
    assert verdict.cause == "one-pod"
    old = str(verdict.facts["pod"])
    trial.run("label", "pod", old, "loose=yes")
    verdict = trial.until("other-label")
    assert verdict.facts == {"pod": old, "label": "loose=yes", "selector": "app, track, pod-template-hash"}
    trial.reset()
    assert trial.until("one-pod").facts["pod"] == old
    trial.run("scale", "deployment/hello", "--replicas=2")
    assert trial.until("scaled").facts["replicas"] == 2
    assert trial.reset().cause == "one-pod"
    trial.run("label", "deployment", "hello", "app=loose", "--overwrite")
    assert trial.until("deployment-labelled").grade is Grade.WRONG_WAY
    assert trial.reset().cause == "one-pod"
    [old] = pods(trial)
    trial.run("delete", "pod", old, "--now")
    verdict = trial.until("deleted")
    assert verdict.facts["old"] == old
    trial.do(trial.step.setup(trial.gatherer.gather()))
    # from the wrong way straight to the right one
    verdict = trial.solve()
    assert verdict.cause == "done"
    assert verdict.facts["label"] == "app=loose"
    now = trial.source.timeline.latest
    loose = now.pod(str(verdict.facts["pod"]))
    assert loose is not None
    assert loose.uid not in now.receiving("hello")
    # its labels fit again: it is taken back, and one of the two is deleted
    trial.run("label", "pod", str(verdict.facts["pod"]), "app=hello", "--overwrite")
    assert trial.until("not-any-more").grade is Grade.NOT_YET
    assert trial.reset().cause == "one-pod"
    [old] = pods(trial)
    trial.run("label", "pod", old, "pod-template-hash-", "track=mine", "--overwrite")
    verdict = trial.until("still-served")
    assert verdict.grade is Grade.DONE
    assert verdict.facts["label"] == "track=mine, no label pod-template-hash"
    assert trial.reset().cause == "one-pod"
    trial.run("rollout", "restart", "deployment/hello")
    trial.until("other-replicaset")
    trial.run("delete", "deployment", "hello")
    assert trial.until("deployment-deleted").grade is Grade.WRONG_WAY
    assert trial.reset().cause == "one-pod"


def test_what_is_predicted(kubectl: Kubectl, source: Source) -> None:
    """Another ReplicaSet and another Pod; and a Pod that waits on its Node."""
    trial = Trial("hellos-service", kubectl, source)
    trial.run("create", "-f", "manifests/auth.yaml")
    trial.run("rollout", "status", "deployment/auth", "--timeout=60s")
    trial.begin()
    trial.run("delete", "replicaset", "-l", "app=auth")
    trial.run("create", "-f", "manifests/frontend.yaml")
    assert trial.observed("without-its-configmap").choice == "creating"
    assert trial.observed("replicaset-deleted").choice == "all-new"
