"""Which cluster is ours, and why one is made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit.cluster import identity, nodes
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = "a" * 64
FOUND = [
    nodes.Container("1", "labkit-control-plane", "control-plane", "running", "10:00", INPUTS, 30443),
    nodes.Container("2", "labkit-worker", "worker", "running", "10:00", INPUTS, None),
]
RECORD = identity.Record("localhost/labkit-node:x", INPUTS, "shape", "v1.37.2", {"1": "10:00", "2": "10:00"})


def why(found: list[nodes.Container], record: identity.Record | None = RECORD, inputs: str = INPUTS) -> str | None:
    return identity.why_anew(found, record, inputs, "shape", 2)


def test_the_one_that_was_made_is_used_again() -> None:
    assert why(FOUND) is None


def test_a_paused_node_is_no_reason() -> None:
    assert why([FOUND[0], replace(FOUND[1], state="paused")]) is None


@pytest.mark.parametrize(
    ("worker", "reason"),
    [
        (replace(FOUND[1], state="exited"), "not running: labkit-worker"),
        (replace(FOUND[1], started="11:00"), "restarted since: labkit-worker"),
        (replace(FOUND[1], id="3"), "not the ones that were made with it"),
        (replace(FOUND[1], inputs="b" * 64), "other inputs"),
    ],
)
def test_a_changed_node_is_a_reason(worker: nodes.Container, reason: str) -> None:
    assert reason in str(why([FOUND[0], worker]))


def test_other_reasons() -> None:
    assert why(FOUND, None) == "it was not finished"
    assert "other inputs" in str(why(FOUND, RECORD, "c" * 64))
    assert "other settings" in str(why(FOUND, replace(RECORD, shape="other")))
    assert why(FOUND[:1]) == "it has 1 nodes instead of 2"


def test_a_foreign_cluster_is_refused_by_name() -> None:
    identity.refuse_foreign("labkit", FOUND)
    identity.refuse_foreign("labkit", [])
    with pytest.raises(ClusterError) as caught:
        identity.refuse_foreign("labkit", [replace(FOUND[0], inputs="")])
    assert "'labkit'" in caught.value.problem
    assert "LABKIT_CLUSTER=" in caught.value.remedy


def test_a_record_is_kept_and_a_broken_one_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path))
    assert identity.read("labkit") is None
    identity.write("labkit", RECORD)
    assert identity.read("labkit") == RECORD
    identity.write("labkit", replace(RECORD, version=0))
    assert identity.read("labkit") is None
    identity.record_file("labkit").write_text('{"image": ', encoding="utf-8")
    assert identity.read("labkit") is None
    identity.forget("labkit")
    assert not identity.record_file("labkit").exists()


def test_what_docker_says_of_a_container() -> None:
    said = {
        "Id": "1",
        "Name": "/labkit-control-plane",
        "State": {"Status": "running", "StartedAt": "10:00"},
        "Config": {"Labels": {"io.x-k8s.kind.role": "control-plane", "dev.labkit.inputs": INPUTS}},
        "HostConfig": {"PortBindings": {"30443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "30443"}], "6443/tcp": []}},
    }
    assert nodes.parse(said, 30443) == FOUND[0]
    assert nodes.control_plane(FOUND) == FOUND[0]
    assert nodes.control_plane(FOUND[1:]) is None
