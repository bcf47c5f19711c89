"""The benchmark of a class: from cgroups, metrics and messages to figures, and from these to 200 learners on paper."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from benchmarks.in_class import api_server, board_view, cgroups, figures, on_paper, paper, report, school
from benchmarks.in_class.cgroups import Usage
from benchmarks.in_class.figures import MIB, Class, Load, Reading, Share, Stage, Starts, Work
from benchmarks.in_class.paper import Line, Need
from benchmarks.samples import Lags, NotMeasuredError
from labkit.board import picture
from labkit.board.views import View
from labkit.classroom.values import read
from labkit.state import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

UID = "0f3c6f3e-5a43-4a56-9d4b-3f0d3a1c2b4d"
STATIC = "00112233445566778899aabbccddeeff"


def test_a_pods_cgroup_is_found_by_its_uid_in_both_versions() -> None:
    slices = f"memory/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{UID.replace('-', '_')}.slice"
    first = [
        f"{slices}/memory.usage_in_bytes:1000\n",
        f"{slices}/memory.stat:inactive_file 5\n",
        f"{slices}/memory.stat:total_inactive_file 300\n",
        f"{slices.replace('memory/', 'cpuacct/')}/cpuacct.usage:1500000000\n",
    ]
    second = [
        f"./kubepods/burstable/pod{STATIC}/memory.current:2000\n",
        f"./kubepods/burstable/pod{STATIC}/memory.stat:inactive_file 500\n",
        f"./kubepods/burstable/pod{STATIC}/cpu.stat:usage_usec 2500000\n",
        "./kubepods/burstable/memory.current:99\n",
    ]
    assert cgroups.parsed(first) == {UID: Usage(700, 1.5)}
    assert cgroups.parsed(second) == {STATIC: Usage(1500, 2.5)}


def test_a_peak_is_of_all_pods_of_a_group_at_one_time() -> None:
    samples = [(1.0, {"a": Usage(5), "b": Usage(1)}), (2.0, {"a": Usage(1), "b": Usage(6)}), (3.0, {"b": Usage(2)})]
    assert cgroups.peaks(samples, {"both": {"a", "b"}, "one": {"a"}, "none": set()}) == {"both": 7, "one": 5, "none": 0}


def test_watches_are_counted_by_resource_and_etcds_size_is_read() -> None:
    metrics = """\
# HELP apiserver_longrunning_requests [STABLE] Gauge
# TYPE apiserver_longrunning_requests gauge
apiserver_longrunning_requests{component="apiserver",resource="pods",scope="cluster",verb="WATCH"} 12
apiserver_longrunning_requests{component="apiserver",resource="pods",scope="namespace",verb="WATCH"} 3
apiserver_longrunning_requests{component="apiserver",resource="leases",scope="cluster",verb="WATCH"} 0
apiserver_longrunning_requests{component="apiserver",resource="pods",scope="resource",verb="CONNECT"} 7
apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 4.8e+06
apiserver_request_total{verb="WATCH"} 9
"""
    found = api_server.parsed(metrics.splitlines())
    assert found == api_server.ApiServer(Counter(pods=15), 4_800_000.0)


# -- a board without a page --------------------------------------------------------------------------------------------


def said(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "view": "v", "number": number, **more}


def put(uid: str, cls: str) -> dict[str, Any]:
    return {"key": f"pod:{uid}", "cls": cls}


def test_a_view_notes_what_a_page_would_show() -> None:
    view = board_view.BoardView("v")
    assert view.here()["whole"]
    assert view.take(said("changes", 1, put=[], remove=[]), 0.5) == [], "nothing is changed before the whole has come"
    view.take(said("whole", 1, elements=[put("a", "pod s-pending"), {"key": "node:n", "cls": "node"}]), 1.0)
    view.take(said("changes", 2, put=[put("b", "pod s-pending")], patch=[["pod:a", {"x": 3}, []]], remove=[]), 2.0)
    view.take(said("changes", 3, put=[], patch=[["pod:a", {"cls": "pod s-ready"}, []]], remove=["node:n"]), 3.0)
    view.take(said("changes", 4, put=[], remove=["pod:b"]), 4.0)
    assert view.take({**said("changes", 9, put=[], remove=["pod:a"]), "view": "another"}, 5.0) == []
    assert view.live
    assert not view.here()["whole"]
    assert view.log == [
        (1000.0, "a", "pod s-pending"),
        (2000.0, "b", "pod s-pending"),
        (3000.0, "a", "pod s-ready"),
        (4000.0, "b", ""),
    ]


def test_a_view_that_has_missed_a_message_asks_for_the_whole() -> None:
    view = board_view.BoardView("v")
    view.take(said("whole", 1, elements=[put("a", "pod s-ready")]), 1.0)
    assert view.take({"type": "pulse", "views": {"v": 1}}, 2.0) == []
    assert view.take(said("changes", 3, put=[], remove=[]), 3.0) == [view.here()]
    assert (view.live, view.lacked) == (False, 1)
    view.take(said("whole", 4, elements=[]), 4.0)
    assert view.log[-1] == (4000.0, "a", "")
    assert view.take({"type": "pulse", "views": {}}, 5.0)[0]["whole"], "it was forgotten"


def test_a_view_asks_for_moments_until_it_has_been_told_of_all() -> None:
    view = board_view.BoardView("v")
    view.take(said("whole", 1, elements=[]), 1.0)
    pulse = {"type": "pulse", "views": {"v": 1}, "told": {"v": 2}}
    assert view.take(pulse, 2.0) == [{"type": "timeline", "view": "v", "do": "tell"}]
    view.take({"type": "timeline", "view": "v", "from": 0, "moments": [[1, 0], [2, 0]]}, 3.0)
    assert view.take(pulse, 4.0) == []


def test_it_understands_what_a_board_really_sends() -> None:
    """By the board's own words, written as it writes them: a field of another name would be read as nothing."""
    view, theirs = board_view.BoardView("v"), View(560)
    whole = theirs.message(picture.scene(Snapshot(), width=560), None, 1.0)
    assert whole is not None
    view.take(json.loads(json.dumps({"view": "v", **whole})), 1.0)
    assert view.number == 1


# -- figures -----------------------------------------------------------------------------------------------------------


def test_readings_are_sorted_by_whose_pods_they_are() -> None:
    def pod(namespace: str, uid: str, **more: dict[str, str]) -> dict[str, Any]:
        return {"metadata": {"namespace": namespace, "uid": uid, **more}}

    pods = [
        pod("labkit-class", "1", labels={"component": "singleuser-server", "labkit.dev/learner": "alice"}),
        pod("labkit-class", "2", labels={"component": "hub"}),
        pod("lab-alice", "3"),
        pod("lab-alice", "4"),
        pod(
            "kube-system",
            "5",
            labels={"component": "kube-apiserver"},
            annotations={"kubernetes.io/config.hash": STATIC},
        ),
        pod("kube-system", "6"),
        pod("lab-bob", "not started yet"),
    ]
    took = {uid: Usage(int(uid), 1.0) for uid in "12346"} | {STATIC: Usage(50, 2.0)}
    notebooks, labs, shared = school.reading(pods, took)
    assert notebooks == {"alice": Usage(1, 1.0)}
    assert labs == {"alice": Usage(7, 2.0)}
    assert shared == {"hub": Usage(2, 1.0), "API server": Usage(50, 2.0)}


def event(kind: str, uid: str, namespace: str = "lab-a", track: str = "stable") -> dict[str, Any]:
    labels = {"app": "hello", "track": track}
    return {"type": kind, "object": {"metadata": {"uid": uid, "namespace": namespace, "labels": labels}}}


def test_what_was_there_before_is_no_change() -> None:
    events = [(1.0, event("ADDED", "old")), (2.5, event("ADDED", "new")), (3.0, event("DELETED", "old"))]
    assert figures.heard([*events, (3.0, event("ADDED", "x", track="canary"))], 2.0) == {
        "lab-a": {("new", "appears"): 2.5, ("old", "gone"): 3.0}
    }


def test_late_is_counted_over_all_boards() -> None:
    pairs = [
        ({("a", "appears"): 1.0, ("a", "gone"): 2.0}, {("a", "appears"): 1.1}),
        ({("b", "appears"): 1.0}, {("b", "appears"): 1.3}),
    ]
    found = figures.lags(pairs)
    assert set(found) == {"appears", "all"}
    assert (found["all"].count, found["all"].missed) == (3, 1)
    assert found["appears"].p95 == pytest.approx(0.3)
    with pytest.raises(NotMeasuredError):
        figures.lags([({}, {})])


def test_containers_that_ran_out_of_memory_are_counted_once() -> None:
    killed = {"terminated": {"reason": "OOMKilled"}}
    pod = event("MODIFIED", "1")["object"]
    pod["status"] = {"containerStatuses": [{"name": "c", "restartCount": 1, "lastState": killed}, {"name": "d"}]}
    assert figures.killed([(1.0, {"object": pod}), (2.0, {"object": pod}), (3.0, event("ADDED", "2"))]) == 1


def test_the_most_pods_of_a_lab_are_those_at_one_time() -> None:
    events = [
        (1.0, event("ADDED", "1")),
        (2.0, event("ADDED", "2", "lab-b")),
        (3.0, event("ADDED", "2")),
        (4.0, event("DELETED", "1")),
        (5.0, event("ADDED", "3")),
        *((6.0, event("ADDED", str(n), "kube-system")) for n in range(9)),
    ]
    assert figures.most_pods(events) == 2


# -- on paper ----------------------------------------------------------------------------------------------------------


def test_a_line_goes_through_what_was_measured() -> None:
    line = paper.through([(0, 10.0), (5, 20.0), (10, 30.0)])
    assert [line.fixed, line.each, line.at(200)] == pytest.approx([10, 2, 410])
    with pytest.raises(NotMeasuredError):
        paper.through([(5, 1.0)])


def test_what_breaks_first_stands_first() -> None:
    needs = [
        Need("memory", Line(2.0, 0.25), 24.0, "GiB", "this machine's", 1),
        Need("watches", Line(100, 8), math.inf, "", "they cost memory"),
        Need("Pods", Line(11, 1), 110, "Pods", "kubelet's"),
        Need("too much as it is", Line(5, 1), 4, "", "somebody's"),
        Need("what falls", Line(5, -1), 6, "", "somebody's"),
    ]
    assert [need.holds_for for need in needs] == [88, math.inf, 99, 0, math.inf]
    assert paper.first(needs[:3]).what == "memory"
    rows = paper.rows(needs[:3], 200)
    assert rows[2] == "| memory | 0.25 GiB | 52.0 GiB | 24.0 GiB: this machine's | 88 learners |"
    assert rows[-1] == "| watches | 8.0 | 1,700 | no limit named: they cost memory | no end seen |"


@pytest.mark.parametrize(("said", "bytes_"), [("512Mi", 512 * MIB), ("24689560Ki", 24689560 * 1024), ("110", 110)])
def test_amounts_are_read_as_kubernetes_writes_them(said: str, bytes_: int) -> None:
    assert on_paper.amount(said) == bytes_


def a_class() -> Class:
    who = ["learner-01", "learner-02"]
    shared = {name: Usage(100 * MIB, 1.0) for name in figures.SHARED}
    reading = Reading(
        1.0,
        2.0,
        0.5,
        {name: Usage(180 * MIB, 3.0) for name in who},
        {name: Usage(85 * MIB) for name in who},
        shared,
        4 * 2**30,
        3 * 2**30,
    )
    share = Share(20.0, 0.01, dict.fromkeys(figures.SHARED, 0.02), 0.9, 0.1)
    lags = {"appears": Lags(9, 0, 0.05, 0.09), "all": Lags(9, 1, 0.05, 0.2)}
    load = Load(lags, lags, (0, 18), share, 2.0, 0)
    work = Work(
        [90.0, 95.0], ["learner-02, cell 3 (x): SomeError: y"], 47, [200 * MIB] * 2, [90 * MIB] * 2, 8, 60.0, 30.0, 0, 0
    )
    starts = Starts([4.0, 5.0], 1, [1.5, 1.6], 2.5, 0.4)
    watches = Counter(pods=20, leases=4)
    stage = Stage(
        who,
        [starts],
        [90 * MIB],
        reading,
        reading,
        share,
        share,
        (watches, watches),
        5e6,
        2e5,
        [9.0],
        ["learner-01: a\nb"],
        load,
        load,
        work,
    )
    later = replace(
        stage,
        learners=[*who, "learner-03"],
        boards=replace(
            reading,
            notebooks={**reading.notebooks, "learner-03": Usage(1)},
            labs={**reading.labs, "learner-03": Usage(1)},
        ),
    )
    node: dict[str, Any] = {
        "metadata": {"name": "desk", "labels": {"labkit.dev/desk": "true"}},
        "status": {
            "allocatable": {"pods": "110"},
            "capacity": {"cpu": "2", "memory": "24000000Ki"},
            "images": [{"names": ["localhost/labkit-hub:1"], "sizeBytes": 5e8}],
        },
    }
    worker: dict[str, Any] = {**node, "metadata": {"name": "worker"}}
    pods: list[dict[str, Any]] = [{"spec": {"nodeName": "desk"}}, {"spec": {"nodeName": "worker"}}, {"spec": {}}]
    return Class(
        "6.1", [node, worker], pods, read().settings, reading, (watches, watches), 5e6, starts, 2e5, [stage, later]
    )


def test_a_goal_that_is_missed_is_said_to_be() -> None:
    text = report.text(a_class(), "today", "so")
    assert "servers started at once: 90 s | 5 s; the hub refused 1 times | **no** |" in text
    assert "| errors while all run 05: none | 1 | **no** |" in text
    assert "- 3 learners: 1 times, such as: `learner-02, cell 3 (x): SomeError: y`" in text
    assert "| Pods on the desk | 1.0 Pods | 201 Pods | 110 Pods: its kubelet's | 109 learners |" in text
    assert "labkit-hub:1 500 MB" in text


def test_the_class_that_is_measured_has_the_kits_own_values(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(school.values(["learner-01"], None), encoding="utf-8")
    ours, kits = read(file).settings, read().settings
    assert {key for key in kits if ours[key] != kits[key]} == {"cull", "learners", "proxy"}
    assert yaml.safe_load(school.values(["a"], 7))["hub"] == {"concurrentSpawnLimit": 7}
