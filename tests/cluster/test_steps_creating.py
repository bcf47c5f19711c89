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


def write(trial: Trial, name: str = "hello", selector: str = "app: hello", port: int = 80, target: str = "http") -> None:
    """Make a Service as a learner writes it, in place of the one that is there."""
    text = _SERVICE.format(name=name, selector=selector, port=port, target=target)
    trial.run("apply", "-f", "-", stdin=text)


def test_hellos_service(kubectl: Kubectl, source: Source) -> None:
    """From none to one that works, by the lesson's own way and by the learner's, and each wrong way."""
    trial = Trial("hellos-service", kubectl, source)
    assert trial.look().cause == "no-deployment"
    trial.run("create", "-f", "manifests/auth.yaml")
    assert trial.set_up().cause == "no-service"
    # a way of the learner's own, and the wrong ways from there
    write(trial, name="helo")
    assert trial.until("other-name").facts["name"] == "helo"
    trial.reset()
    assert trial.until("no-service").grade is Grade.NOT_YET
    write(trial, selector="app: helo")
    verdict = trial.until("selector")
    assert verdict.grade is Grade.WRONG_WAY
    assert verdict.facts["wrong"] == verdict.facts["says"] == "app=helo"
    assert str(verdict.facts["labels"]).startswith("app=hello, track=stable, pod-template-hash=")
    write(trial, selector="app: hello, track: canary")
    assert trial.until("selector").facts["wrong"] in {"track=canary"}
    write(trial, selector="app: auth")
    assert trial.until("other-app").facts["apps"] == "auth"
    trial.run("delete", "service", "hello")
    write(trial, selector="track: stable")
    assert trial.until("several-apps").facts["apps"] == "hello, auth"
    trial.run("delete", "service", "hello")
    write(trial, selector="")
    assert trial.until("no-selector").grade is Grade.WRONG_WAY
    write(trial, target="web")
    verdict = trial.until("target-port")
    assert verdict.facts == {"target": "web", "ports": "http (80), health (81)"}
    write(trial, target="8080")
    assert trial.until("target-port").facts["target"] == 8080
    write(trial, target="health")
    assert trial.until("target-health").grade is Grade.WRONG_WAY
    trial.run("delete", "service", "hello")
    write(trial, port=8080)
    assert trial.until("port").facts["ports"] == "8080"
    # a way of the learner's own that works, which "show me" leaves alone
    write(trial)
    verdict = trial.until("done")
    assert '"1.0.0"' in str(verdict.facts["said"])
    before = trial.source.timeline.latest.service("hello")
    assert before is not None
    trial.solve()
    after = trial.source.timeline.latest.service("hello")
    assert after is not None
    assert after.uid == before.uid
    # red again, and green by the lesson's own way
    write(trial, selector="app: helo")
    trial.until("selector")
    assert trial.solve().grade is Grade.DONE
    trial.run("delete", "service", "hello")
    trial.run("expose", "deployment/hello", "--port=80", "--target-port=http", "--cluster-ip=None")
    assert trial.until("headless").grade is Grade.WRONG_WAY
    trial.reset()
    assert trial.until("no-service").grade is Grade.NOT_YET
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
