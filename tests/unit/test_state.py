"""The state: real objects in, the right records and snapshots out."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from labkit.state import Change, Node, Pod, PodState, ReplicaSet, Snapshot, Store
from labkit.state.parse import parse
from labkit.state.rollout import rolling_limits
from labkit.state.selector import matcher
from labkit.state.times import age, seconds
from tests.unit import recording


def test_status_column_is_what_the_api_server_printed() -> None:
    printed = recording.printed()
    compared = 0
    for change in recording.changes():
        if change.kind == "Pod" and change.type != "DELETED":
            pod = parse("Pod", change.object)
            assert isinstance(pod, Pod)
            if pod.version in printed:
                name, ready, status, restarts, _ = printed[pod.version]
                ours = (pod.name, f"{pod.ready_containers}/{pod.total_containers}", pod.status, str(pod.restarts))
                assert ours == (name, ready, status, str(restarts))
                compared += 1
    assert compared > 100


def _pod(**status: object) -> dict[str, object]:
    """Return the recorded first pod with another status (cases that the recording has not)."""
    raw = copy.deepcopy(next(c.object for c in recording.changes() if c.kind == "Pod"))
    raw["status"] = status
    return raw


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        (
            {
                "phase": "Running",
                "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
            },
            "CrashLoopBackOff",
        ),
        (
            {"phase": "Failed", "containerStatuses": [{"name": "c", "state": {"terminated": {"exitCode": 3}}}]},
            "ExitCode:3",
        ),
        (
            {"phase": "Failed", "containerStatuses": [{"name": "c", "state": {"terminated": {"signal": 9}}}]},
            "Signal:9",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [{"name": "i", "state": {"running": {}}}],
                "containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "PodInitializing"}}}],
            },
            "Init:0/0",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
            },
            "Init:Error",
        ),
    ],
)
def test_status_of_pods_that_the_recording_lacks(status: dict[str, object], shown: str) -> None:
    pod = parse("Pod", _pod(**status))
    assert isinstance(pod, Pod)
    assert pod.status == shown


def test_a_rollout_is_seen_in_its_order() -> None:
    """A new pod becomes ready; an old one loses its traffic before it is gone."""
    receiving, gone = {}, {}
    for snapshot in recording.moments():
        now = snapshot.receiving("hello")
        for pod in snapshot.pods("app=hello"):
            if pod.uid in now:
                receiving[pod.uid] = snapshot.at
            gone[pod.uid] = snapshot.at
    stopped = [uid for uid in receiving if uid not in {p.uid for p in recording.moments()[-1].pods()}]
    assert stopped
    assert all(receiving[uid] < gone[uid] for uid in stopped)


def test_pods_of_a_lost_node_are_unknown_before_their_status_says_anything() -> None:
    lost = next(s for s in recording.moments() if any(not n.ready for n in s.nodes()))
    there = [p for p in lost.pods() if lost.lost(p)]
    assert there
    assert {lost.state_of(p) for p in there} == {PodState.UNKNOWN}
    assert "Running" in {p.status for p in there}


def test_pods_of_a_deleted_node_are_unknown_while_the_api_still_calls_them_ready() -> None:
    """The API leaves them as they were until it removes them, a minute later."""
    filled = Store()
    for kind in ("Node", "Pod", "Service", "EndpointSlice"):
        moment = recording.when("hello: 3/3 ready on 3 nodes")
        filled.replace(kind, _raw_at(moment, kind), moment.at)
    before = filled.snapshot
    pod = next(p for p in before.pods("app=hello") if before.state_of(p) is PodState.READY)
    node = before.node(pod.node)
    assert node is not None
    assert pod.uid in before.reached("hello")
    after = filled.apply(Change("Node", "DELETED", {"metadata": {"uid": node.uid, "name": node.name}}, before.at))
    assert after.gone_nodes == {node.name}
    assert (after.lost(pod), after.state_of(pod)) == (True, PodState.UNKNOWN)
    assert pod.ready, "as the API says"
    assert pod.uid in after.receiving("hello"), "as the EndpointSlice says"
    assert pod.uid not in after.reached("hello")


def test_nobody_misses_nodes_that_were_not_read() -> None:
    filled = Store()
    filled.replace("Pod", _raw_at(recording.when("hello: 3/3 ready on 3 nodes"), "Pod"), 1.0)
    assert filled.snapshot.gone_nodes == frozenset()
    assert {filled.snapshot.state_of(p) for p in filled.snapshot.pods("app=hello")} == {PodState.READY}


def _raw_at(moment: Snapshot, kind: str) -> list[dict[str, Any]]:
    """Return the objects of a kind at a moment, as JSON gave them."""
    there: dict[str, dict[str, Any]] = {}
    for change in recording.changes():
        if change.kind == kind and change.at <= moment.at:
            there.pop(change.object["metadata"]["uid"], None)
            if change.type != "DELETED":
                there[change.object["metadata"]["uid"]] = change.object
    return list(there.values())


def test_endpoints_that_name_no_uid_or_no_pod_are_understood() -> None:
    """A slice may be written by hand: with the pod's name alone, without a pod, with an address outside."""
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    pod = moment.pods("app=hello")[0]
    raw = copy.deepcopy(next(c.object for c in recording.changes() if c.kind == "EndpointSlice"))
    raw["metadata"] |= {"uid": "by-hand", "labels": {"kubernetes.io/service-name": "outside"}}
    raw["endpoints"] = [
        {"addresses": ["10.1.1.1"], "targetRef": {"kind": "Pod", "name": pod.name}},
        {"addresses": ["10.1.1.2"], "targetRef": {"kind": "Node", "name": "one"}, "conditions": {}},
        {"addresses": ["192.0.2.1"], "conditions": {"ready": None, "serving": False, "terminating": True}},
        {"addresses": ["10.1.1.3"], "targetRef": {"kind": "Pod", "uid": "u1"}, "conditions": {"ready": False}},
    ]
    filled = Store()
    filled.replace("Pod", _raw_at(moment, "Pod"), moment.at)
    slices = filled.replace("EndpointSlice", [raw], moment.at).endpoint_slices()
    assert [(e.pod_uid, e.ready, e.serving, e.terminating) for e in slices[0].endpoints] == [
        ("u1", False, False, False)
    ]
    outside = slices[0].others[-1]
    assert (outside.addresses, outside.ready, outside.serving, outside.terminating) == (
        ("192.0.2.1",), True, False, True,
    )  # fmt: skip
    assert filled.snapshot.receiving("outside") == {pod.uid}


def _node(**spec: object) -> Node:
    raw = copy.deepcopy(next(c.object for c in recording.changes() if c.kind == "Node"))
    raw["spec"] = spec
    node = parse("Node", raw)
    assert isinstance(node, Node)
    return node


def test_a_node_says_what_kubectl_says_of_it() -> None:
    cordoned = _node(unschedulable=True, taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}])
    assert (cordoned.status, cordoned.ready_reason) == ("Ready,SchedulingDisabled", "KubeletReady")
    assert [(t.key, t.value, t.effect) for t in cordoned.taints] == [
        ("node.kubernetes.io/unschedulable", "", "NoSchedule")
    ]
    lost = next(n for s in recording.moments() for n in s.nodes() if not n.ready)
    assert (lost.status, lost.ready_reason) == ("NotReady", "NodeStatusUnknown")


def test_a_terminating_pod_says_until_when_it_may_take() -> None:
    ending = next(p for s in recording.moments() for p in s.pods() if p.terminating)
    assert ending.deletes_at
    assert ending.deletes_at - ending.grace >= ending.created
    ready = next(c for c in ending.conditions if c.type == "Ready")
    assert ready.since >= ending.created


def test_revisions_and_owners() -> None:
    snapshot = recording.moments()[-1]
    hello = snapshot.deployment("hello")
    assert hello is not None
    sets = snapshot.replica_sets_of(hello)
    assert [r.revision for r in sets] == [4, 3, 1], "undo made revision 2 the fourth"
    assert hello.revision == 4
    assert {p.owner_uid for p in snapshot.pods_of(hello)} == {sets[0].uid}
    assert snapshot.pods_of(sets[1]) == []
    assert (hello.max_surge, hello.max_unavailable) == (1, 1)


def test_an_owner_has_a_kind_and_a_name_and_a_revision_its_cause() -> None:
    by_name = {p.name: p for p in recording.play("canary")[-1].pods()}
    assert (by_name["set-0"].owner_kind, by_name["set-0"].owner_name) == ("StatefulSet", "set")
    assert (by_name["by-hand"].owner_kind, by_name["by-hand"].owner_name) == ("", "")
    raw = copy.deepcopy(next(c.object for c in recording.changes() if c.kind == "ReplicaSet"))
    before = parse("ReplicaSet", raw)
    raw["metadata"]["annotations"]["kubernetes.io/change-cause"] = "hello 2.0.0"
    after = parse("ReplicaSet", raw)
    assert isinstance(before, ReplicaSet)
    assert isinstance(after, ReplicaSet)
    assert (before.cause, after.cause) == ("", "hello 2.0.0")
    assert (after.owner_kind, after.owner_name) == ("Deployment", raw["metadata"]["ownerReferences"][0]["name"])


def test_ghosts_are_wanted_and_not_there() -> None:
    ghosts = [s.missing(r) for s in recording.moments() for r in s.replica_sets()]
    assert max(ghosts) >= 1
    last = recording.moments()[-1]
    assert all(last.missing(r) == 0 for r in last.replica_sets())


@pytest.mark.parametrize(
    ("strategy", "desired", "limits"),
    [
        ({}, 1, (1, 0)),
        ({}, 3, (1, 0)),
        ({}, 10, (3, 2)),
        ({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}, 3, (1, 1)),
        ({"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": "10%"}}, 3, (0, 1)),
        ({"type": "Recreate"}, 3, (0, 3)),
    ],
)
def test_surge_is_rounded_up_and_unavailable_down(
    strategy: dict[str, object], desired: int, limits: tuple[int, int]
) -> None:
    assert rolling_limits(strategy, desired) == limits


def test_events_that_say_the_same_are_one() -> None:
    events = recording.moments()[-1].events()
    keys = [(e.object_uid, e.reason, e.message) for e in events]
    assert len(keys) == len(set(keys))
    assert any(e.reason == "FailedMount" and e.count > 1 for e in events)
    assert [e.last for e in events] == sorted(e.last for e in events)


def test_nothing_changes_when_nothing_is_new() -> None:
    filled = Store()
    for change in recording.changes():
        filled.apply(change)
    before = filled.snapshot
    again = next(c for c in reversed(recording.changes()) if c.kind == "Service")
    assert filled.apply(again) is before
    assert filled.apply(Change("Pod", "BOOKMARK", {"metadata": {"resourceVersion": "1"}}, 0.0)) is before


def test_snapshots_share_what_did_not_change() -> None:
    filled = Store()
    for change in recording.changes():
        before = filled.snapshot
        after = filled.apply(change)
        changed = {k for k in after.objects if before.objects.get(k) is not after.objects[k]}
        assert changed <= {change.kind}


def test_a_list_replaces_a_kind_and_makes_it_fresh() -> None:
    filled = Store()
    pods = [c.object for c in recording.changes() if c.kind == "Pod"][:1]
    filled.mark_stale("Pod", "connection refused", 5.0)
    assert (filled.snapshot.stale, filled.snapshot.stale_since) == ("Pod: connection refused", 5.0)
    filled.mark_stale("Node", "connection refused", 6.0)
    assert filled.snapshot.stale == "Pod and 1 more: connection refused"
    for kind in ("Service", "Event"):
        filled.mark_stale(kind, "connection refused", 6.0)
    assert filled.snapshot.stale == "API server: connection refused"
    for kind in ("Service", "Event", "Node"):
        filled.mark_fresh(kind, 7.0)
    assert len(filled.replace("Pod", pods, 8.0).pods()) == 1
    assert filled.snapshot.stale is None
    assert filled.replace("Pod", [], 9.0).pods() == []


def test_what_we_may_not_read_is_denied_not_stale() -> None:
    filled = Store()
    filled.mark_stale("Node", "nodes is forbidden")
    snapshot = filled.mark_denied("Node", "nodes is forbidden")
    assert snapshot.stale is None
    assert "Node" in snapshot.denied
    assert filled.mark_denied("Node", "nodes is forbidden") is snapshot


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (None, True),
        ("app=hello,track=stable", True),
        ("app==hello", True),
        ("app!=hello", False),
        ("app in (hello, auth), track", True),
        ("app notin (hello)", False),
        ("!debug", True),
        ("debug", False),
    ],
)
def test_selectors(selector: str | None, expected: bool) -> None:
    assert matcher(selector)({"app": "hello", "track": "stable"}) is expected


def test_a_selector_that_is_none_is_said_so() -> None:
    with pytest.raises(ValueError, match="not a label requirement"):
        matcher("app=hello,=")


@pytest.mark.parametrize(
    ("duration", "shown"),
    [(-2, "<invalid>"), (-1.9, "0s"), (-1, "0s"), (0, "0s"), (59.9, "59s"), (119.9, "119s"), (120, "2m"),
     (125, "2m5s"), (599, "9m59s"), (600, "10m"), (605, "10m"), (3 * 3600 - 1, "179m"), (3 * 3600, "3h"),
     (3 * 3600 + 7 * 60, "3h7m"), (8 * 3600 - 1, "7h59m"), (8 * 3600, "8h"), (48 * 3600 - 1, "47h"),
     (48 * 3600, "2d"), (51 * 3600, "2d3h"), (8 * 86400 - 1, "7d23h"), (8 * 86400, "8d"), (730 * 86400 - 1, "729d"),
     (730 * 86400, "2y"), (800 * 86400, "2y70d"), (8 * 365 * 86400 - 1, "7y364d"), (8 * 365 * 86400, "8y"),
     (9 * 365 * 86400, "9y")],
)  # fmt: skip
def test_ages_are_written_as_kubectl_writes_them(duration: float, shown: str) -> None:
    assert age(duration) == shown


def test_timestamps() -> None:
    assert seconds("2026-11-23T19:55:45Z") == 1795463745.0
    assert seconds("2026-11-23T19:55:45.250000Z") == 1795463745.25
    assert seconds(None) == 0.0


def test_pods_that_are_terminating_are_counted_where_the_api_server_counts_them() -> None:
    """No other count of a Deployment includes them."""
    for kind in ("Deployment", "ReplicaSet"):
        raw = copy.deepcopy(next(c.object for c in recording.changes() if c.kind == kind))
        for said in (2, 0, None):
            raw["status"]["terminatingReplicas"] = said
            assert getattr(parse(kind, raw), "terminating") == said  # noqa: B009 - both kinds have it
