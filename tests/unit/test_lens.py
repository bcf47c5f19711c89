"""A Node opened: all of its Pods, each in the slot that it keeps; what has not changed is not told again."""

from __future__ import annotations

import json

from labkit.board.beside import Beside, Clock
from labkit.board.details import details
from labkit.board.lens import Inside, as_json, inside
from labkit.state import pod_state
from tests.unit.crowd import STATES, change, crowd, node


def test_all_pods_of_a_node_with_their_state_and_revision() -> None:
    store = crowd(300, 3)
    for i in range(0, 60, 3):
        change(store, i, STATES[i // 3 % len(STATES)], 0, revision=1 + i % 2)
    snapshot = store.snapshot
    opened = [each for each in inside(snapshot, node(0)) if isinstance(each, Inside)]
    here = {f"pod:{p.uid}": p for p in snapshot.pods() if p.node == node(0)}
    assert sorted(each.key for each in opened) == sorted(here)
    for each in opened:
        pod = here[each.key]
        assert each.cls == f"pod s-{pod_state(pod).value} r{int((pod.owner_uid or '')[-1]) - 1}"
        assert pod.name == f"web-h{(pod.owner_uid or '')[-1]}-{each.label}"
    assert len({each.cls for each in opened}) > len(STATES)
    assert inside(snapshot, "elsewhere") == ()
    found = details(snapshot, f"node:{node(0)}")
    assert found is not None
    assert found.inside == inside(snapshot, node(0))


def test_a_pod_keeps_its_slot_when_its_neighbour_goes_and_the_free_one_is_used_again() -> None:
    store = crowd(30, 3)
    before = inside(store.snapshot, node(1))
    after = inside(change(store, 4, "gone", 1), node(1))
    assert [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b] == [1]
    assert after[1] is None
    again = inside(change(store, 99, "Ready", 1, revision=2), node(1))
    assert [i for i, (a, b) in enumerate(zip(after, again, strict=True)) if a != b] == [1]


def test_only_what_differs_is_told() -> None:
    store = crowd(300, 3)
    before = inside(store.snapshot, node(1))
    now = inside(change(store, 4, "Terminating", 1), node(1))
    told = as_json(now, before)
    assert [i for i, each in enumerate(told) if each != 0] == [1]
    assert told[1][3] == "Terminating"
    assert as_json(before) == [list(each) for each in before if isinstance(each, Inside)]


def test_a_view_is_told_the_whole_when_it_asks_and_then_what_differs() -> None:
    store = crowd(300, 3)
    beside, key = Beside(lambda: 0.0), f"node:{node(1)}"

    def told() -> list[object]:
        (message,) = beside.messages(store.snapshot, {"v"}, Clock(store.snapshot.at, 0.0))
        return list(message["details"]["inside"])

    beside.about("v", key)
    whole = told()
    assert 0 not in whole
    change(store, 4, "Terminating", 1)
    few = told()
    assert sum(each != 0 for each in few) == 1
    assert len(json.dumps(few)) < len(json.dumps(whole)) / 10
    beside.about("v", key)
    assert 0 not in told()
