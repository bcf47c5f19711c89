"""Benchmarks: from what a raw watch heard and a page showed to the figures, and no figure for what did not happen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import samples, scale
from benchmarks.samples import NotMeasuredError
from labkit.state import PodState


def pod(uid: str, *, ready: bool = False, leaving: bool = False) -> dict[str, Any]:
    return {
        "metadata": {"uid": uid, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {})},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


LIFE = [
    (1.0, {"type": "ADDED", "object": pod("a")}),
    (1.5, {"type": "MODIFIED", "object": pod("a")}),
    (2.0, {"type": "MODIFIED", "object": pod("a", ready=True)}),
    (2.5, {"type": "MODIFIED", "object": pod("a", ready=True)}),
    (3.0, {"type": "MODIFIED", "object": pod("a", ready=True, leaving=True)}),
    (4.0, {"type": "DELETED", "object": pod("a", leaving=True)}),
]

PAGE = [
    (1_030.0, "a", "pod s-pending r0"),
    (2_040.0, "a", "pod s-ready r0"),
    (2_900.0, "a", "pod s-ready r0 dimmed"),
    (3_050.0, "a", "pod s-terminating r0"),
    (4_060.0, "a", ""),
]


def test_a_pods_life_is_told_by_the_first_event_of_each_kind() -> None:
    assert samples.truth(LIFE) == {
        ("a", "appears"): 1.0,
        ("a", "Ready"): 2.0,
        ("a", "Terminating"): 3.0,
        ("a", "gone"): 4.0,
    }


def test_a_deletion_is_no_terminating_pod() -> None:
    deleted = [(1.0, {"type": "DELETED", "object": pod("a", ready=True, leaving=True)})]
    assert samples.truth(deleted) == {("a", "gone"): 1.0}


def test_a_log_that_was_cut_off_ends_with_its_last_whole_line() -> None:
    whole = "1.500000 " + json.dumps({"type": "ADDED", "object": pod("a")}) + "\n"
    assert samples.events([whole, whole[:40]]) == [(1.5, {"type": "ADDED", "object": pod("a")})]


def test_a_page_shows_each_change_once_by_the_machines_clock() -> None:
    seen = samples.shown(PAGE, ahead=0.01)
    assert seen == {
        ("a", "appears"): pytest.approx(1.02),
        ("a", "Ready"): pytest.approx(2.03),
        ("a", "Terminating"): pytest.approx(3.04),
        ("a", "gone"): pytest.approx(4.05),
    }


def test_what_the_page_never_showed_is_missed() -> None:
    true = {("a", "Ready"): 1.0, ("b", "Ready"): 1.0, ("c", "Ready"): 2.0, ("a", "gone"): 3.0}
    seen = {("a", "Ready"): 1.03, ("c", "Ready"): 2.05}
    found = samples.lags(true, seen, "Ready")
    assert (found.count, found.missed) == (3, 1)
    assert found.median == pytest.approx(0.04)
    assert found.p95 == pytest.approx(0.05)


def test_what_did_not_happen_has_no_figure() -> None:
    with pytest.raises(NotMeasuredError, match="Ready: the API told of 1 Pods, and the page showed none"):
        samples.lags({("a", "Ready"): 1.0}, {}, "Ready")
    with pytest.raises(NotMeasuredError, match="told of 0 Pods"):
        samples.lags({}, {("a", "Ready"): 1.0}, "Ready")


def test_a_truth_that_comes_after_the_page_is_inexact() -> None:
    assert samples.early({("a", "Ready"): 1.1, ("b", "Ready"): 1.0}, {("a", "Ready"): 1.0, ("b", "Ready"): 1.2}) == [
        pytest.approx(0.1)
    ]


def test_seconds_since_the_request_are_of_the_pods_that_all_saw() -> None:
    asked = {"a": 1.0, "b": 1.0}
    true = {("a", "Ready"): 1.2, ("b", "Ready"): 9.0, ("other", "Ready"): 5.0}
    assert samples.since(asked, true, "Ready", {("a", "Ready"): 1.3}) == pytest.approx(0.2)


@pytest.mark.parametrize(("part", "value"), [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0)])
def test_percentiles_are_values_that_were_measured(part: float, value: float) -> None:
    assert samples.percentile([float(n) for n in range(20, 0, -1)], part) == value


def test_frames_are_counted_by_the_second_and_in_the_worst_time() -> None:
    smooth = [second + n / 60 for second in range(20) for n in range(60) if not 10 <= second < 14]
    slow = [10.0 + n / 2 for n in range(8)]
    found = samples.frames(sorted(smooth + slow), 0.0, 20.0)
    assert found.median == 60
    assert found.worst == pytest.approx((4 * 2 + 60) / 5)


def test_a_page_that_drew_nothing_has_no_frame_rate() -> None:
    with pytest.raises(NotMeasuredError):
        samples.frames([], 0.0, 10.0)
    with pytest.raises(NotMeasuredError):
        samples.frames([0.1, 0.2], 0.0, 3.0)


def test_each_change_of_a_pod_among_many_is_measured_and_seen() -> None:
    costs = scale.one_size(10)
    assert {step: len(found) for step, found in costs.items()} == dict.fromkeys(scale.STEPS, scale.REPLACED)
    assert all(cost.elements and cost.sent > cost.elements for found in costs.values() for cost in found)


def test_pods_that_are_not_as_they_should_be_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was once: all of them were Terminating, on one Node, and only the heading's clock changed."""
    leaving = scale.Cluster._pod

    def terminating(self: scale.Cluster, number: int, node: str) -> dict[str, Any]:
        raw = leaving(self, number, node)
        raw["metadata"]["deletionTimestamp"] = raw["metadata"]["creationTimestamp"]
        return raw

    monkeypatch.setattr(scale.Cluster, "_pod", terminating)
    with pytest.raises(NotMeasuredError, match="0 of 10 Pods are Ready"):
        scale.one_size(10)


def test_a_change_that_is_not_on_the_picture_is_not_measured() -> None:
    cluster = scale.Cluster(10)
    change = cluster.step(0, "Terminating")
    snapshot = cluster.store.apply(change)
    with pytest.raises(NotMeasuredError, match="the message has 2 bytes"):
        scale._check(snapshot, change, "Terminating", PodState.TERMINATING, "{}")


def test_levels_are_reached_in_order_however_many_at_once() -> None:
    assert samples.levels([(1.0, 0), (2.0, 2), (3.0, 1), (4.0, 3)]) == [2.0, 2.0, 4.0]
    assert samples.levels([(0.0, 5), (1.0, 5), (2.0, 3), (3.0, 2)], down=True) == [2.0, 2.0, 3.0]


def test_squares_are_matched_in_order_with_what_the_api_told() -> None:
    def event(kind: str, uid: str, **said: bool) -> dict[str, Any]:
        return {"type": kind, "object": {**pod(uid, **said), "spec": {"nodeName": "one"}}}

    heard = [
        (1.0, event("ADDED", "new")),
        (2.0, event("MODIFIED", "new", ready=True)),
        (3.0, event("MODIFIED", "old", leaving=True)),
        (4.0, event("DELETED", "old", leaving=True)),
    ]
    squares = [
        (0.5, {"r0 s-ready": 1}),
        (1.1, {"r0 s-ready": 1, "r1 s-starting": 1}),
        (2.1, {"r0 s-ready": 1, "r1 s-starting": 0, "r1 s-ready": 1}),
        (4.2, {"r0 s-ready": 0, "r1 s-ready": 1}),
    ]
    true, seen = samples.placed_and_ready(heard, {"old"}), samples.drawn(squares, "r0")
    for kind, lag in (("placed", 0.1), ("Ready", 0.1), ("gone", 0.2)):
        down = kind == "gone"
        found = samples.in_order(samples.levels(true[kind], down=down), samples.levels(seen[kind], down=down))
        assert (found.count, found.missed) == (1, 0)
        assert found.median == pytest.approx(lag)
    with pytest.raises(NotMeasuredError):
        samples.in_order([1.0], [])
