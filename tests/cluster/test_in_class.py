"""What a lab does in a class, on the real API server: it tells where one is, evicts, and sees a Node marked."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from labkit.errors import LabError
from labkit.in_class import LOST, NodeLoss
from labkit.lesson import holder, whereabouts
from labkit.lesson.namespace import read
from labkit.lesson.whereabouts import Publisher, Whereabouts
from labkit.notebook import together
from labkit.notebook.together import Together

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch

pytestmark = pytest.mark.cluster


class Notebook(Together):
    """A notebook's lab, as far as it is done together."""

    def __init__(self, kubectl: Kubectl, watch: Watch) -> None:
        self.kubectl, self.watch = kubectl, watch

    def check_holder(self) -> None:
        """Have the lab."""


def lease(kubectl: Kubectl) -> dict[str, Any]:
    """Return the Lease as the API server has it."""
    found = read(kubectl.api, holder.path(kubectl))
    assert found is not None
    return found


def said(kubectl: Kubectl) -> dict[str, Any]:
    """Return what stands on it, as soon as something does."""
    end = time.monotonic() + 20
    while whereabouts.ANNOTATION not in (lease(kubectl)["metadata"].get("annotations") or {}):
        assert time.monotonic() < end, "it is never written"
        time.sleep(0.2)
    found: dict[str, Any] = json.loads(lease(kubectl)["metadata"]["annotations"][whereabouts.ANNOTATION])
    return found


def test_whereabouts_stand_on_the_lease_and_leave_the_holder_alone(kubectl: Kubectl) -> None:
    """Two field managers: neither takes the other's fields away."""
    mine = holder.take(kubectl, "03-scale")
    publisher = Publisher(kubectl, Whereabouts("03-scale", all_steps=14))
    try:
        assert said(kubectl)["all_steps"] == 14
        holder.check(kubectl, mine)
        theirs = holder.take(kubectl, "04-self-healing")
        assert said(kubectl)["notebook"] == "03-scale", "it is the publisher's to change"
        assert lease(kubectl)["spec"]["holderIdentity"] == f"04-self-healing/{theirs.token}"
    finally:
        publisher.close()


def test_a_budget_answers_evictions(kubectl: Kubectl, watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    """One of two may go; the next one not yet; what a class's 04 shows."""
    kubectl.run("create", "-f", "manifests/hello.yaml")
    kubectl.run("scale", "deployment/hello", "--replicas=2")
    kubectl.run("create", "poddisruptionbudget", "hello", "--selector=app=hello", "--min-available=1")
    wanted = "--for=jsonpath={.status.disruptionsAllowed}=1"
    kubectl.run("wait", "poddisruptionbudget/hello", wanted, "--timeout=90s", timeout=100)
    pods = kubectl.run("get", "pods", "-l", "app=hello", "-o", "jsonpath={.items[*].metadata.name}").split()
    lab = Notebook(kubectl, watch)
    for pod in pods:
        lab.evict(pod)
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{pods[0]}: it may go, and is told to end"
    assert second.startswith(
        f"{pods[1]}: not yet (429). Cannot evict pod as it would violate the pod's disruption budget"
    )
    with pytest.raises(LabError, match="nope"):
        lab.evict("nope")


@pytest.mark.alone
def test_a_mark_on_a_node_is_seen_before_the_cluster_notices(kubectl: Kubectl, watch: Watch) -> None:
    """It is an annotation: what runs there goes on."""
    worker = next(node.name for node in watch.snapshot.nodes() if not node.control_plane)
    path = f"/api/v1/nodes/{worker}"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kubectl.api.send("PATCH", path, {"metadata": {"annotations": {LOST: now}}})
    try:
        seen = watch.wait_for(lambda now: worker in together.taken(now, NodeLoss.PAUSE), 10)
        node = seen.node(worker)
        assert node is not None
        assert node.ready
    finally:
        kubectl.api.send("PATCH", path, {"metadata": {"annotations": {LOST: None}}})
    watch.wait_for(lambda now: worker not in together.taken(now, NodeLoss.PAUSE), 10)
