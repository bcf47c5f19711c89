"""A Deployment's card: the bar from the old revision to the new one, its bounds, its revisions; and other workloads."""

from __future__ import annotations

import copy
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.picture import words
from labkit.state import Change, Snapshot, Store
from tests.unit import recording
from tests.unit.scenes import WIDTHS, having, text_lines, texts, until

if TYPE_CHECKING:
    from labkit.board.picture import Element, Scene

_CELL = re.compile(r"share (ready|open|failing|leaving) (r\d)")


def cells(element: Element) -> list[tuple[float, str, str]]:
    """Return left edge, kind and colour of each cell of a bar."""
    found = ((p, _CELL.fullmatch(str(p.attributes["class"]))) for p in element.parts)
    return [(float(p.attributes["x"]), m[1], m[2]) for p, m in found if m and p.tag == "rect"]


def hello(snapshot: Snapshot) -> str:
    """Return the uid of the Deployment hello."""
    found = snapshot.deployment("hello")
    assert found is not None
    return found.uid


def rolling() -> list[Snapshot]:
    """Return the moments from when hello was there on."""
    return [s for s in recording.moments() if s.deployment("hello")][::2]


def test_the_bar_has_a_cell_for_each_pod_ready_ones_first_from_old_to_new() -> None:
    seen: Counter[str] = Counter()
    for snapshot in rolling():
        scene = picture.scene(snapshot, width=1280, focus="hello")
        deployment = snapshot.deployment("hello")
        assert deployment is not None
        revision = {r.uid: r.revision for r in snapshot.replica_sets_of(deployment)}
        colour = {
            r.revision: scene.elements[f"rs:{r.uid}"].cls.split()[1]
            for r in snapshot.replica_sets_of(deployment)
            if f"rs:{r.uid}" in scene.elements
        }
        mine = [p for p in snapshot.pods_of(deployment) if not p.terminating]
        ready = sorted(revision[p.owner_uid or ""] for p in mine if p.ready)
        drawn = cells(scene.elements[f"bar:{deployment.uid}"])
        assert [x for x, *_ in drawn] == sorted(x for x, *_ in drawn)
        kinds = [kind for _, kind, _ in drawn]
        assert len(drawn) == len(mine)
        assert kinds == ["ready"] * len(ready) + sorted(kinds[len(ready) :], reverse=True)
        assert [c for _, kind, c in drawn if kind == "ready"] == [colour[r] for r in ready]
        seen.update(kinds)
    assert set(seen) == {"ready", "open", "failing"}


def test_pods_that_are_terminating_stand_apart_from_the_bar() -> None:
    seen = set()
    for snapshot in rolling():
        deployment = snapshot.deployment("hello")
        assert deployment is not None
        card = picture.scene(snapshot, width=1280, focus="hello").elements[f"card:{deployment.uid}"]
        gone = sum(str(p.attributes["class"]).startswith("share leaving") for p in card.parts)
        assert gone == sum(p.terminating for p in snapshot.pods_of(deployment))
        seen.add(gone)
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("width", WIDTHS)
def test_the_bounds_are_marks_on_the_bar_and_words_and_are_seen_to_hold(width: int) -> None:
    """All through the rollout; when a Node is lost less is available than a rollout would allow, and it says so."""
    said = set()
    for snapshot in rolling()[:: 1 if width == 1280 else 9]:
        deployment = snapshot.deployment("hello")
        assert deployment is not None
        scene = picture.scene(snapshot, width=width, focus="hello")
        card, bar = scene.elements[f"card:{deployment.uid}"], scene.elements[f"bar:{deployment.uid}"]
        lines = texts(card)
        least, most = deployment.desired - 1, deployment.desired + 1
        lower = next(i for i, line in enumerate(lines) if line.endswith(f"at least {least} available"))
        assert any(line.endswith(f"at most {most} Pods") for line in lines)
        holds = deployment.available >= least
        assert (lines[lower + 1] == f", now {deployment.available}") == (not holds)
        said.add((least, holds))
        track = next(p for p in bar.parts if p.attributes["class"] == "track")
        unit = float(track.attributes["width"]) / most
        drawn = cells(bar)
        if len(drawn) <= most and least:
            mark = next(
                p for p in bar.parts if p.attributes["class"] == "bound" and str(p.attributes["d"]).endswith("21")
            )
            x = float(str(mark.attributes["d"])[1:].partition(" ")[0])
            assert x == pytest.approx(least * unit, abs=0.1)
            filled = sum(unit for _, kind, _ in drawn if kind == "ready")
            if deployment.ready == sum(p.ready and not p.terminating for p in snapshot.pods_of(deployment)):
                assert (filled >= x - 0.2) == holds
    assert said >= ({(2, True), (2, False), (0, True)} if width == 1280 else {(2, True)})


def test_a_large_deployments_bar_has_few_parts() -> None:
    store = until(recording.changes(), recording.when("hello: 3/3 ready on 3 nodes").at)
    model = next(p for p in store.snapshot.pods("app=hello") if p.ready)
    raw = next(
        c.object
        for c in reversed(recording.changes())
        if c.object["metadata"]["name"] == model.name
        and "deletionTimestamp" not in c.object["metadata"]
        and any(x["type"] == "Ready" and x["status"] == "True" for x in c.object["status"]["conditions"])
    )
    for i in range(200):
        pod = copy.deepcopy(raw)
        pod["metadata"] |= {"uid": f"u{i}", "name": f"{model.name}{i}"}
        store.apply(Change("Pod", "ADDED", pod, store.snapshot.at))
    bar = picture.scene(store.snapshot, width=1280, focus="hello").elements[f"bar:{hello(store.snapshot)}"]
    assert len(bar.parts) < 12
    assert "at most 4 Pods, now 203" in bar.title


def _state(sign: Scene | Element, name: str) -> bool:
    from labkit.board.picture.signs import _STROKES  # noqa: PLC0415 - which of them is drawn

    assert not isinstance(sign, picture.Scene)
    return any(
        p.attributes.get("d") == _STROKES[name] and float(str(p.attributes["transform"])[10:-1].split()[1]) < 40
        for p in sign.parts
    )


@pytest.mark.parametrize("focus", [None, "hello"])
@pytest.mark.parametrize("width", WIDTHS)
def test_paused_and_stuck_have_a_word_and_a_sign(width: int, focus: str | None) -> None:
    stuck = next(s for s in recording.moments() if "2 ImagePullBackOff" in picture.describe(s))
    calm = next(s for s in recording.moments() if "1 Ready on revision 2, 2 Ready on revision 1" in picture.describe(s))
    paused = having(calm, "Deployment", "hello", lambda raw: raw["spec"].update(paused=True))
    for snapshot, word, sign in (
        (stuck, "stuck", "alert"),
        (paused, "paused", "paused"),
        (calm, "rolling out", "onward"),
    ):
        card = picture.scene(snapshot, width=width, focus=focus).elements[f"card:{hello(snapshot)}"]
        assert word in texts(card)
        assert _state(card, sign)
        assert not any(_state(card, other) for other in {"alert", "paused", "onward", "check"} - {sign})
    assert any(
        "ImagePullBackOff" in line for line in texts(picture.scene(stuck, width=width).elements[f"card:{hello(stuck)}"])
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_revisions_stand_newest_first_with_image_cause_and_when(width: int) -> None:
    last = recording.moments()[-1]
    deployment = last.deployment("hello")
    assert deployment is not None
    sets = last.replica_sets_of(deployment)

    def because(raw: dict[str, Any]) -> None:
        raw["metadata"]["annotations"]["kubernetes.io/change-cause"] = "back to what ran before, hello 2.0.0"

    snapshot = having(last, "ReplicaSet", sets[0].name, because)
    for focus in (None, "hello"):
        scene = picture.scene(snapshot, width=width, focus=focus)
        rows = [scene.elements[f"rs:{r.uid}"] for r in sets[:2]]
        assert rows[0].y < rows[1].y
        assert "4" in texts(rows[0])[0]
        assert "back to what ran before, hello 2.0.0" in " ".join(texts(rows[0]))
        for row, each in zip(rows, sets, strict=False):
            assert any(line.endswith(each.images[0].rpartition("/")[2]) for line in texts(row))
            assert f"made {words.clock(each.created)}" in " ".join(texts(row))
            assert each.images[0].rpartition("/")[2] in row.title
        older = scene.elements[f"history:{hello(snapshot)}"]
        assert older.y > rows[1].y
        assert "1" in " ".join(texts(older))
        assert f"ReplicaSet {sets[2].name}" in older.title
        for line in text_lines(scene):
            assert line.right <= width + 0.5


def test_many_revisions_are_folded_to_what_fits() -> None:
    last = recording.moments()[-1]
    store = until(recording.changes(), last.at)
    model = next(
        c.object
        for c in reversed(recording.changes())
        if c.kind == "ReplicaSet"
        and c.type == "MODIFIED"
        and c.object["metadata"]["name"].startswith("hello")
        and c.object["spec"]["replicas"] == 0
    )
    for i in range(5, 12):
        raw = copy.deepcopy(model)
        raw["metadata"] |= {"uid": f"r{i}", "name": f"hello-{i}"}
        raw["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(-i)
        store.apply(Change("ReplicaSet", "ADDED", raw, last.at))
    for width in WIDTHS:
        scene = picture.scene(store.snapshot, width=width)
        older = scene.elements[f"history:{hello(last)}"]
        assert "older revisions" in " ".join(texts(older)) or "before: revisions" in " ".join(texts(older))
        assert not [line for line in texts(older) if "…" in line]
        assert older.title.count("ReplicaSet ") == 8


def _owned(kind: str, name: str, pods: dict[str, str]) -> Snapshot:
    """Return the end of the canary with more Pods, of an owner of that kind and name, and their phases."""
    store = Store()
    moments = recording.play("canary")
    raw = next(o for o in recording.raw("canary") if o["metadata"]["name"] == "set-0" and o["status"].get("podIP"))
    for change in recording.heard("canary"):
        store.apply(change)
    for pod, phase in pods.items():
        made = copy.deepcopy(raw)
        made["metadata"] |= {"uid": f"uid-{pod}", "name": pod}
        made["metadata"]["ownerReferences"][0] |= {"kind": kind, "name": name, "uid": f"uid-{name}"}
        if phase == "Succeeded":
            ended = {"terminated": {"exitCode": 0, "reason": "Completed"}}
            made["status"] |= {"phase": phase, "conditions": []}
            made["status"]["containerStatuses"][0] |= {"ready": False, "state": ended}
        store.apply(Change("Pod", "ADDED", made, moments[-1].at))
    return store.snapshot


@pytest.mark.parametrize("width", WIDTHS)
def test_other_workloads_stand_under_the_kind_and_name_of_their_owner(width: int) -> None:
    job = _owned("Job", "report", {"report-abcde": "Succeeded", "report-fghij": "Running"})
    scene = picture.scene(job, width=width)
    keys = [key for key in scene.elements if key.startswith("card:")]
    assert keys[-3:] == ["card:StatefulSet set", "card:Job report", "card:Pods without a controller"]
    said = " ".join(texts(scene.elements["card:Job report"]))
    assert said.startswith("Job report 2 Pods: 1 Completed, 1 R")
    done = scene.elements["pod:uid-report-abcde"]
    assert "s-completed" in done.cls.split()
    assert texts(done)[:2] == ["abcde", "Completed"]
    assert texts(scene.elements[next(f"pod:{p.uid}" for p in job.pods() if p.name == "set-0")])[0] == "set-0"
    assert "Job report: 1 Completed, 1 R" in scene.description
    assert "Pods without a controller: 1 Ready." in scene.description
    assert "StatefulSet set: 1 Ready." in scene.description


def test_a_workload_whose_pods_are_ready_or_completed_is_as_desired() -> None:
    done = _owned("Job", "report", {f"report-{i}": "Succeeded" for i in range(3)})
    assert "Job report: 3 Completed." in picture.describe(done)
    for width in WIDTHS:
        said = " ".join(texts(picture.scene(done, width=width).elements["said"]))
        assert said == picture.describe(done) or "as desired." in said
        assert "not as desired" not in said


def test_the_runs_of_a_cronjob_stand_together() -> None:
    store = Store()
    for change in recording.heard("canary"):
        store.apply(change)
    raw = next(o for o in recording.raw("canary") if o["metadata"]["name"] == "set-0" and o["status"].get("podIP"))
    for minute in (29410060, 29410061):
        made = copy.deepcopy(raw)
        made["metadata"] |= {"uid": f"uid-{minute}", "name": f"tidy-{minute}-xk2jd"}
        made["metadata"]["ownerReferences"][0] |= {"kind": "Job", "name": f"tidy-{minute}", "uid": f"uid-{minute}-job"}
        store.apply(Change("Pod", "ADDED", made, store.snapshot.at))
    scene = picture.scene(store.snapshot, width=1280)
    assert texts(scene.elements["card:Job tidy-*"])[:2] == ["Job", "tidy-*"]
    assert texts(scene.elements["card:Job tidy-*"])[2].startswith("2 Pods: 2 ")
    assert texts(scene.elements["pod:uid-29410060"])[0].endswith("29410060-xk2jd"[-8:])
