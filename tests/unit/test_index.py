"""The indices: after any changes what a fresh count gives, and each Pod in the slot that it got first."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.state import Change, Pod, Snapshot, Store
from labkit.state.index import Index, fresh
from labkit.state.placement import app_of
from tests.unit import recording

#: Few names, so that changes meet each other.
uids = st.integers(0, 14)
pods = st.builds(
    lambda n, node, owner, phase, ready, leaving: ("Pod", pod(n, node, owner, phase, ready=ready, leaving=leaving)),
    uids,
    st.sampled_from(["", "one", "two"]),
    st.sampled_from(["a", "b", ""]),
    st.sampled_from(["Pending", "Running", "Failed"]),
    st.booleans(),
    st.booleans(),
)
sets = st.builds(lambda n, owner: ("ReplicaSet", replica_set(n, owner)), st.sampled_from("abc"), st.sampled_from("xy"))
slices = st.builds(
    lambda n, ready, not_ready: ("EndpointSlice", endpoint_slice(n, ready, not_ready)),
    st.integers(0, 2),
    st.sets(uids, max_size=6),
    st.sets(uids, max_size=3),
)
events = st.builds(
    lambda n, reason, about: ("Event", event(n, reason, about)),
    st.integers(0, 5),
    st.sampled_from(["Scheduled", "BackOff", "Killing"]),
    uids,
)
changes = st.lists(
    st.tuples(st.sampled_from(["ADDED", "MODIFIED", "DELETED", "LIST"]), st.one_of(pods, pods, sets, slices, events)),
    max_size=60,
)


def pod(n: int, node: str, owner: str, phase: str, *, ready: bool = False, leaving: bool = False) -> dict[str, Any]:
    """Return a Pod; by its name and label it is the Deployment's `web`, where it has an owner."""
    meta: dict[str, Any] = {"uid": f"pod-{n}", "name": f"web-{owner}-{n}" if owner else f"bare-{n}"}
    if owner:
        meta["ownerReferences"] = [{"uid": owner, "controller": True, "kind": "ReplicaSet", "name": f"web-{owner}"}]
        meta["labels"] = {"pod-template-hash": owner}
    if leaving:
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [{"type": "Ready", "status": str(ready)}]
    spec: dict[str, Any] = {"containers": [{"name": "c"}]} | ({"nodeName": node} if node else {})
    return {"metadata": meta, "spec": spec, "status": {"phase": phase, "conditions": conditions}}


def replica_set(name: str, owner: str) -> dict[str, Any]:
    meta = {"uid": name, "name": f"web-{name}", "ownerReferences": [{"uid": owner, "controller": True}]}
    return {"metadata": meta, "spec": {"replicas": 3}, "status": {}}


def endpoint_slice(n: int, ready: set[int], not_ready: set[int]) -> dict[str, Any]:
    ends = [
        {"targetRef": {"kind": "Pod", "uid": f"pod-{i}", "name": f"web-a-{i}"}, "conditions": {"ready": i in ready}}
        for i in sorted(ready | not_ready)
    ]
    return {
        "metadata": {"uid": f"slice-{n}", "name": f"slice-{n}", "labels": {"kubernetes.io/service-name": f"s{n % 2}"}},
        "endpoints": ends,
    }


def event(n: int, reason: str, about: int) -> dict[str, Any]:
    return {
        "metadata": {"uid": f"event-{n}", "name": f"event-{n}"},
        "type": "Normal", "reason": reason, "message": "m", "count": 1,
        "involvedObject": {"kind": "Pod", "name": f"web-a-{about}", "uid": f"pod-{about}"},
    }  # fmt: skip


def counts(index: Index) -> dict[str, Any]:
    """Return what the indices say, but for the slots, as plain dictionaries."""
    return {
        "owned": {owner: (dict(o.pods), dict(o.tally)) for owner, o in index.owned.items()},
        "sets": {owner: dict(found) for owner, found in index.sets.items()},
        "failing": dict(index.failing),
        "receiving": {service: dict(found.counts) for service, found in index.receiving.items()},
        "telling": index.telling.merged,
        "cells": {
            (node, app): ({p.uid: p for _, p in cell}, dict(cell.tally), cell.count)
            for node, apps in index.placement.nodes.items()
            for app, cell in apps.items()
        },
    }


def slots(snapshot: Snapshot) -> dict[str, tuple[str, str, int]]:
    """Return where each Pod stands, as its cells have it."""
    return {
        p.uid: (node, app, slot)
        for node, apps in snapshot.index.placement.nodes.items()
        for app, cell in apps.items()
        for slot, p in cell
    }


def played(steps: list[tuple[str, tuple[str, dict[str, Any]]]]) -> list[Snapshot]:
    """Return the snapshots that changes lead through; `LIST` is a re-list in which only that object is left."""
    store = Store()
    found = [store.snapshot]
    for at, (change, (kind, raw)) in enumerate(steps):
        if change == "LIST":
            found.append(store.replace(kind, [raw], float(at)))
        else:
            found.append(store.apply(Change(kind, change, raw, float(at))))
    return found


@settings(max_examples=150)
@given(changes)
def test_indices_are_what_a_fresh_count_gives(steps: list[Any]) -> None:
    for snapshot in played(steps)[1:]:
        if snapshot.kept is None:
            assert not snapshot.objects, "nothing has come yet"
            continue
        assert snapshot.index is snapshot.kept, "carried on, not made anew"
        assert counts(snapshot.kept) == counts(fresh(snapshot.objects))


@settings(max_examples=150)
@given(changes)
def test_a_slot_never_changes_while_a_pod_lives_on_its_node(steps: list[Any]) -> None:
    snapshots = played(steps)
    for before, after in pairwise(snapshots):
        was, now = slots(before), slots(after)
        assert now == dict(after.index.placement.slots)
        assert now.keys() == {p.uid for p in after.pods()}
        for uid in was.keys() & now.keys():
            assert was[uid] == now[uid] or was[uid][:2] != now[uid][:2], "another Node, or another app"
        for uid in now.keys() - was.keys():
            node, app, slot = now[uid]
            taken = {where[2] for other, where in now.items() if where[:2] == (node, app) and other in was}
            assert slot <= len(taken) + len(now.keys() - was.keys()), "a free slot is used before a further one"


def test_recorded_pods_keep_their_slots_and_free_ones_are_used_again() -> None:
    moments = recording.moments()
    first: dict[str, tuple[str, str, int]] = {}
    for snapshot in moments:
        for uid, where in slots(snapshot).items():
            if where[0]:
                assert first.setdefault(uid, where) == where
    assert len({uid for uid, where in first.items() if where[1] == "hello"}) > 10
    assert max(slot for _, app, slot in first.values() if app == "hello") < 4, "free ones are used again"


def test_a_jump_gives_the_same_slots_as_the_way_there() -> None:
    timeline = recording.recorded()[1]
    for snapshot in recording.moments()[::40]:
        jumped = timeline.at(snapshot.at)
        assert slots(jumped) == slots(timeline.at(snapshot.at))
        assert jumped.kept is jumped.index


@pytest.mark.parametrize(
    ("name", "made", "app"),
    [("hello-canary-5d9c-x2x4z", "5d9c", "hello-canary"), ("by-hand", None, ""), ("odd-name", "5d9c", "")],
)
def test_an_app_is_read_off_a_pods_own_name(name: str, made: str | None, app: str) -> None:
    raw = pod(1, "one", "", "Running")
    raw["metadata"] |= {"name": name, "labels": {"pod-template-hash": made} if made else {}}
    found = Store().apply(Change("Pod", "ADDED", raw, 1.0)).pods()[0]
    assert isinstance(found, Pod)
    assert app_of(found) == app
