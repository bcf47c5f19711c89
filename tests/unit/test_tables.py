"""The tables say what kubectl says."""

from __future__ import annotations

from labkit import tables
from labkit.state import Snapshot
from tests.unit import recording


def test_pods_as_kubectl_shows_them() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    frame = tables.pods(snapshot, "app=hello,track=stable")
    assert len(frame) == 3
    assert list(frame.columns[:4]) == ["READY", "STATUS", "RESTARTS", "AGE"]
    assert set(frame["READY"]) == {"1/1"}
    assert set(frame["STATUS"]) == {"Running"}


def test_deployments_and_replicasets() -> None:
    snapshot = recording.moments()[-1]
    assert tables.deployments(snapshot).loc["hello", "READY"] == "3/3"
    hello = tables.replicasets(snapshot).query("NAME.str.startswith('hello')")
    assert sorted(hello["DESIRED"]) == [0, 0, 3]


def test_events_tell_why_the_frontend_waits() -> None:
    events = tables.events(recording.moments()[-1])
    mount = events[events["REASON"] == "FailedMount"].iloc[0]
    assert "nginx-frontend-conf" in mount["MESSAGE"]
    assert mount["TYPE"] == "Warning"


def test_facts_are_short_and_the_same_on_every_run() -> None:
    facts = [tables.facts(s) for s in recording.moments()]
    assert facts[0] == "no Deployments"
    assert facts[-1].splitlines()[-1] == "hello: 3/3 ready on 2 nodes"
    assert any("(revision 1: 1, revision 2: 1)" in f for f in facts)


def test_tables_of_nothing_have_their_columns() -> None:
    for table in (tables.deployments, tables.replicasets, tables.pods, tables.events):
        assert len(table(Snapshot())) == 0
        assert len(table(Snapshot()).columns) > 3
