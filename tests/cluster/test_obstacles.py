"""What stands in the way of a Deployment, on a real cluster: each obstacle is named, whole, with the next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.explain import diagnosis
from tests.cluster.still import deployment, kubectl, ready

if TYPE_CHECKING:
    from labkit.api.connection import Connection
    from labkit.api.watch import Watch

pytestmark = pytest.mark.cluster


def said(watch: Watch, *words: str, timeout: float = 30.0) -> str:
    """Wait until the diagnosis has all these words in it, and return it."""
    found = watch.wait_for(lambda s: all(word in diagnosis.why(s, "still") for word in words), timeout)
    return diagnosis.why(found, "still")


def test_a_quota_that_is_used_up(connection: Connection, watch: Watch) -> None:
    kubectl(connection, "create", "quota", "one-pod", "--hard=pods=1")
    kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
    text = said(watch, "exceeded quota: one-pod, requested: pods=1, used: pods=1, limited: pods=1")
    assert "FailedCreate: pods " in text
    assert "%kubectl describe quota" in text
    assert "FailedCreate" in diagnosis.progress(watch.snapshot, "still")


def test_a_paused_deployment(connection: Connection, watch: Watch) -> None:
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    watch.wait_for(ready(1), timeout=60)
    kubectl(connection, "rollout", "pause", "deployment/still")
    kubectl(connection, "set", "env", "deployment/still", "A=1")
    text = said(watch, "It is paused")
    assert "%kubectl rollout resume deployment still" in text
    assert "paused" in diagnosis.progress(watch.snapshot, "still")


def test_a_deadline_that_is_over_is_only_reported(connection: Connection, watch: Watch) -> None:
    body = deployment(1, image="localhost/there-is-none:1")
    body["spec"]["progressDeadlineSeconds"] = 3
    kubectl(connection, "apply", "-f", "-", stdin=body)
    text = said(
        watch, "ProgressDeadlineExceeded: ReplicaSet ", "has timed out progressing", "localhost/there-is-none:1"
    )
    assert "only reports this" in text
    assert "%kubectl rollout undo deployment still" in text


def test_a_configmap_that_is_missing_is_named(connection: Connection, watch: Watch) -> None:
    name = "a-configmap-with-a-name-of-some-length-that-nobody-has-made"
    body = deployment(1)
    spec = body["spec"]["template"]["spec"]
    spec["volumes"] = [{"name": "settings", "configMap": {"name": name}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "settings", "mountPath": "/settings"}]
    kubectl(connection, "apply", "-f", "-", stdin=body)
    assert said(watch, f'configmap "{name}" not found').endswith("not found")
