"""The steps and the predictions of 04 on the cluster: Nodes are frozen, cordoned and drained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit import cluster
from labkit.app.traffic import SteadyClient
from labkit.explain.diagnosis import staying
from labkit.lesson.steps.looking import workers
from labkit.lesson.steps.verdict import Grade
from tests.cluster.asking import eventually
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = [pytest.mark.cluster, pytest.mark.alone]

NODE_PORTS = "jsonpath={.items[*].spec.ports[*].nodePort}"
BUDGET = ("create", "poddisruptionbudget", "hello", "--selector=app=hello")


@pytest.fixture(autouse=True)
def _nodes_put_right(kubectl: Kubectl) -> Iterator[None]:
    """Leave the Nodes as they were, whatever a test did, and the front door's only port to whoever comes next."""
    eventually(lambda: "30443" not in kubectl.run("get", "services", "-A", "-o", NODE_PORTS).split())
    yield
    kubectl.run("delete", "service", "frontend", "--ignore-not-found")
    cluster.put_nodes_right(kubectl.api, lambda _: None)


def pods_by_node(trial: Trial) -> dict[str, list[str]]:
    """Return which of hello's Pods are where; each worker is there."""
    snapshot = trial.source.timeline.latest
    deployment = snapshot.deployment("hello")
    assert deployment is not None
    found: dict[str, list[str]] = {node.name: [] for node in workers(snapshot)}
    for pod in staying(snapshot, deployment):
        if pod.node:
            found[pod.node].append(pod.name)
    return found


def test_a_node_dies_returns_and_is_used_again(kubectl: Kubectl, source: Source) -> None:
    """All predictions, and then the step as "show me" does it, all under a steady client."""
    trial = Trial("use-the-node-again", kubectl, source)
    door = trial.access.door
    with SteadyClient(f"{door.url}/", door.certificate, rate=20, over=source.requests.add) as client:
        trial.begin()
        apps = {pod.node: pod for pod in source.timeline.latest.pods() if pod.labels["app"] != "hello"}
        node = next(name for name, pods in pods_by_node(trial).items() if pods and name not in apps)
        cluster.pause_node(node)
        try:
            seen = trial.observed("a-dead-nodes-pods")
            assert seen.choice == "as-before"
            then = source.timeline.at(seen.at)
            assert then.node(node).ready  # type: ignore[union-attr]
            assert trial.look().cause in {"node-not-ready", "too-few", "lost-requests"}
            assert trial.observed("requests-to-a-dead-node").choice == "third"
            # a Node that is back before its Pods' tolerationSeconds are over keeps them
            kubectl.run("wait", "deployment/hello", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=60s")
        finally:
            cluster.unpause_node(node)
        kubectl.run("wait", f"node/{node}", "--for=condition=Ready", "--timeout=60s")
        assert trial.observed("a-node-returns").choice == "nothing"
        # the requests that the dead Node cost are not the step's
        assert trial.begin().facts["node"] == node
        assert trial.solve().facts == {"node": node, "least": 3}
        assert all(len(pods) == 1 for pods in pods_by_node(trial).values())
        trial.run("rollout", "restart", "deployment/hello")
        assert trial.until("on-its-way").grade is Grade.NOT_YET
        assert trial.until("done").grade is Grade.DONE
    assert client.summary.lost


def test_other_ways_to_use_a_node(kubectl: Kubectl, source: Source) -> None:
    """A restart leads there; scaling up only, a cordon and haste do not, and "show me" and "start over" mend it."""
    trial = Trial("use-the-node-again", kubectl, source, apps=("hello",))
    assert trial.set_up().cause == "nothing-moves"
    node = str(trial.look().facts["node"])
    trial.run("scale", "deployment/hello", "--replicas=4")
    assert trial.until("scaled-up").facts["replicas"] == 4
    trial.run("cordon", node)
    assert trial.until("cordoned").facts["node"] == node
    assert trial.reset().cause == "nothing-moves"
    trial.run("rollout", "restart", "deployment/hello")
    assert trial.until("done").facts["least"] in {2, 3}
    trial.run("scale", "deployment/hello", "--replicas=2")
    assert trial.until("scaled-down").grade is Grade.WRONG_WAY
    trial.run("delete", "pods", "-l", "app=hello", "--wait=false")
    assert trial.until("too-few").facts["least"] in {0, 1}
    assert trial.solve().cause == "done"


def test_a_drain_with_a_budget(kubectl: Kubectl, source: Source) -> None:
    """From no budget to a drained Node, red again, and each wrong way by its own word."""
    trial = Trial("drain-with-a-budget", kubectl, source, apps=("hello",))
    assert trial.set_up().cause == "no-budget"
    node = next(name for name, pods in pods_by_node(trial).items() if pods)
    trial.run("create", "poddisruptionbudget", "typo", "--selector=app=helo", "--min-available=2")
    assert trial.until("selects-nothing").facts == {
        "name": "typo",
        "selector": "app=helo",
        "labels": "app=hello, track=stable",
    }
    trial.run(*BUDGET, "--max-unavailable=0")
    assert trial.until("blocks").facts == {"name": "hello", "says": "maxUnavailable: 0", "keeps": 3}
    trial.run("create", "poddisruptionbudget", "other", "--selector=app=hello", "--min-available=2")
    assert trial.until("two-budgets").facts["names"] == "hello and other"
    trial.run("delete", "poddisruptionbudget", "other", "typo", "hello")
    trial.run(*BUDGET, "--min-available=1")
    assert trial.until("too-low").facts["keeps"] == 1
    trial.run("delete", "poddisruptionbudget", "hello")
    trial.run(*BUDGET, "--min-available=2")
    assert trial.until("not-drained").grade is Grade.NOT_YET
    assert kubectl.try_run("drain", node).code == 1
    assert trial.until("cordoned-only").facts["node"] == node
    trial.run("drain", node, "--ignore-daemonsets", "--timeout=60s")
    assert trial.until("draining", "on-its-way", "done").cause in {"draining", "on-its-way", "done"}
    assert trial.until("done").facts == {"node": node, "says": "minAvailable: 2", "least": 2}
    trial.run("uncordon", node)
    assert trial.until("open-again").facts["node"] == node
    trial.run("cordon", node)
    assert trial.until("wrong-node").facts["node"] == node


def test_a_drain_without_a_budget(kubectl: Kubectl, source: Source) -> None:
    """Nobody was asked; and who deletes Pods goes past the budget."""
    trial = Trial("drain-with-a-budget", kubectl, source, apps=("hello",))
    node = next(name for name, pods in pods_by_node(trial).items() if pods)
    trial.run("drain", node, "--ignore-daemonsets", "--timeout=60s")
    assert trial.until("without-budget").facts["node"] == node
    trial.run(*BUDGET, "--min-available=2")
    assert trial.until("without-budget").grade is Grade.WRONG_WAY
    other, pods = next((name, pods) for name, pods in pods_by_node(trial).items() if pods and name != node)
    trial.run("uncordon", node)
    trial.run("cordon", other)
    trial.run("delete", "pod", *pods, "--wait=false")
    assert trial.until("deleted-by-hand").facts["pod"] in pods
    assert trial.solve().cause == "done"
    assert trial.reset().cause == "no-budget"
