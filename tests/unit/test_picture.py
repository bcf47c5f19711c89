"""The picture: everything is on it, nothing overflows or overlaps, and changes lead from one to the next."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest
from rpds import HashTrieMap

from labkit.app.tally import Tally
from labkit.board import picture
from labkit.board.picture import shapes
from labkit.board.picture.text import fit, width
from labkit.notebook import tables
from labkit.state import Change, PodState, Snapshot, Store
from tests.unit import recording
from tests.unit.scenes import WIDTHS, bodies, different, many, overlapping, text_lines, texts, ticks

if TYPE_CHECKING:
    from labkit.board.picture import Element

FOCUS = (None, "hello")


@cache
def some_moments() -> tuple[Snapshot, ...]:
    """Return moments of the recording that look different, and crowded ones."""
    return (*different()[::10], *recording.play("canary")[60::40], many(12), many(30))


@pytest.mark.parametrize("focus", FOCUS)
@pytest.mark.parametrize("w", WIDTHS)
def test_no_text_overflows_or_overlaps(w: int, focus: str | None) -> None:
    for snapshot in some_moments():
        scene = picture.scene(
            snapshot, width=w, focus=focus, traffic=ticks(snapshot.at, 2, 2), url="https://127.0.0.1:30443/"
        )
        lines = text_lines(scene)
        for line in lines:
            assert line.left >= 0, line
            assert line.right <= w + 0.5, line
            assert line.bottom <= scene.height, line
        assert not overlapping(lines)


@pytest.mark.parametrize("focus", FOCUS)
@pytest.mark.parametrize("w", WIDTHS)
def test_no_pod_covers_another_or_leaves_its_node(w: int, focus: str | None) -> None:
    for snapshot in some_moments():
        scene = picture.scene(snapshot, width=w, focus=focus)
        boxes = [e for e in scene.elements.values() if e.key.startswith("node:")]
        for key, x, y, half in bodies(scene):
            assert x - half > 0
            assert x + half < w
            if snapshot.objects["Pod"].get(key[4:]) and snapshot.objects["Pod"][key[4:]].node:  # type: ignore[attr-defined]
                assert any(_inside(box, x, y, half) for box in boxes), key
        for (a, ax, ay, ah), (b, bx, by, bh) in combinations(bodies(scene), 2):
            assert max(abs(ax - bx), abs(ay - by)) >= (ah + bh) * 0.98, (a, b)


def _inside(box: Element, x: float, y: float, half: float) -> bool:
    size = box.parts[0].attributes
    return (
        box.x <= x - half
        and x + half <= box.x + float(size["width"])
        and box.y <= y - half
        and y + half <= box.y + float(size["height"])
    )


@pytest.mark.parametrize("w", WIDTHS)
def test_every_pod_is_on_it_even_thirty(w: int) -> None:
    snapshot = many(30)
    keys = picture.scene(snapshot, width=w).elements
    assert len(snapshot.pods("app=hello")) == 30
    assert all(f"pod:{p.uid}" in keys for p in snapshot.pods())
    assert picture.scene(snapshot, width=w).height < 1400


@pytest.mark.parametrize("focus", FOCUS)
def test_a_change_costs_what_changed_not_what_exists(focus: str | None) -> None:
    scenes = [picture.scene(snapshot, width=800, focus=focus) for snapshot in recording.moments()]
    changes = [picture.diff(before, after) for before, after in pairwise(scenes)]
    sizes = [len(change.put) + len(change.remove) for change in changes]
    assert sum(sizes) / len(sizes) < len(scenes[-1].elements) / 3


def test_changes_name_what_is_new_or_different_and_what_goes() -> None:
    # that a page which follows them shows the next scene is tested on the page's own code: tests/javascript
    chance = random.Random(3)  # noqa: S311 - picks examples
    moments = recording.moments()
    for _ in range(200):
        old, new = chance.sample(moments, 2)
        a, b = picture.scene(old, width=chance.choice(WIDTHS)), picture.scene(new, width=chance.choice(WIDTHS))
        changes = picture.diff(a, b)
        assert set(changes.remove) == a.elements.keys() - b.elements.keys()
        different = {key: element for key, element in b.elements.items() if a.elements.get(key) != element}
        assert {e.key: e for e in changes.put} == different
        assert not picture.diff(b, b)


def test_the_same_moment_gives_the_same_picture() -> None:
    snapshot = recording.moments()[-1]
    assert picture.svg(picture.scene(snapshot)) == picture.svg(picture.scene(snapshot))


def test_a_line_goes_to_each_pod_that_receives_traffic_and_to_no_other() -> None:
    for snapshot in some_moments():
        scene = picture.scene(snapshot, width=1100)
        drawn = {key.rpartition(":")[2] for key in scene.elements if key.startswith("link:")}
        shown = {p.uid for p in snapshot.pods()}
        services = (s.name for s in snapshot.services())
        assert drawn == {uid for name in services for uid in snapshot.receiving(name)} & shown


def test_the_line_of_an_old_pod_goes_before_the_pod() -> None:
    links: dict[str, int] = {}
    pods: dict[str, int] = {}
    for i, snapshot in enumerate(recording.moments()):
        for key in picture.scene(snapshot).elements:
            kind, _, rest = key.partition(":")
            if kind in {"link", "pod"}:
                (links if kind == "link" else pods)[rest.rpartition(":")[2]] = i
    assert len(links) > 8
    assert all(links[uid] < pods[uid] for uid in links if pods[uid] < len(recording.moments()) - 1)


def test_states_differ_by_glyph_not_only_by_colour() -> None:
    glyphs = {str(shapes.glyph(state, 44)) for state in PodState}
    assert len(glyphs) == len(PodState)
    drawn = {
        element.parts[1].attributes["d"]
        for snapshot in recording.moments()
        for element in picture.scene(snapshot, width=1100).elements.values()
        if element.key.startswith("pod:")
    }
    assert len(drawn & glyphs) >= 5, "and these are what is drawn"


def test_a_rollback_keeps_the_colours_of_its_pods() -> None:
    colours: dict[str, set[str]] = {}
    for snapshot in recording.moments():
        for element in picture.scene(snapshot, focus="hello").elements.values():
            if element.key.startswith("rs:"):
                colours.setdefault(element.key, set()).add(element.cls.split()[1])
    assert all(len(c) == 1 for c in colours.values())
    assert {c for found in colours.values() for c in found} == {"r0", "r1", "r2"}


def test_lost_requests_are_crossed_and_retried_ones_ringed_and_both_are_counted() -> None:
    snapshot = recording.moments()[-1]
    scene = picture.scene(snapshot, traffic=ticks(snapshot.at, lost=2, retried=3))
    strip = scene.elements["requests"]
    assert any("275 answered at the first try, 3 after a retry, 2 lost" in p.text for p in strip.parts)
    assert [str(p.attributes["d"]).count("l6 6") for p in strip.parts if p.attributes["class"] == "lost"] == [2]
    assert [str(p.attributes["d"]).count("M") for p in strip.parts if p.attributes["class"] == "retried"] == [3]
    classes = {str(p.attributes["class"]) for p in strip.parts if p.tag == "path"}
    assert {"ticks r0", "ticks r1"} <= classes, "each version in the colour of its ReplicaSet"
    assert "requests" not in picture.scene(snapshot).elements


def test_a_stale_picture_says_so() -> None:
    store = Store()
    for change in recording.changes():
        store.apply(change)
    stale = store.mark_stale("Pod", "connection refused", store.snapshot.at)
    scene = picture.scene(stale, live=True)
    assert scene.stale
    assert any("not live since" in p.text for p in scene.elements["live"].parts)
    assert scene.elements["said"].parts[0].text.startswith("Pod: connection refused.")
    assert scene.description.startswith("Not live: Pod: connection refused.")
    assert [p.text for p in picture.scene(recording.moments()[-1], live=True).elements["live"].parts if p.text] == [
        "live"
    ]


@pytest.mark.parametrize("theme", ["auto", "light", "dark", "print"])
def test_the_svg_is_well_formed_and_needs_nothing_else(theme: picture.Theme) -> None:
    snapshot = recording.moments()[-1]
    document = picture.svg(
        picture.scene(snapshot, caption="Three <pods> & more", traffic=ticks(snapshot.at)), theme=theme
    )
    root = ET.fromstring(document)  # noqa: S314 - our own document
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == "Three <pods> & more"
    assert "hello: 3 of 3 ready" in (root.findtext(f"{space}desc") or "")
    assert "var(" not in document
    assert "url(" not in document
    assert ("@media" in document) == (theme == "auto")


def test_description_and_table_agree() -> None:
    for snapshot in recording.moments()[::7]:
        for name, row in tables.deployments(snapshot).iterrows():
            ready, _, desired = row["READY"].partition("/")
            assert f"{name}: {ready} of {desired} ready" in picture.describe(snapshot)


def test_an_empty_namespace_has_a_picture() -> None:
    scene = picture.scene(Snapshot())
    assert "nothing" in scene.elements
    assert scene.description == "There are no Deployments."


def test_moving_pods_keep_their_elements() -> None:
    """The live board moves what it knows: a pod keeps its key from scene to scene."""
    for before, after in pairwise(recording.moments()[::5]):
        keys = [{k for k in picture.scene(s).elements if k.startswith("pod:")} for s in (before, after)]
        both = {p.uid for p in before.pods()} & {p.uid for p in after.pods()}
        assert {f"pod:{uid}" for uid in both} <= keys[0] & keys[1]


@pytest.mark.parametrize("across", [340, *WIDTHS])
def test_the_lessons_own_names_are_never_cut(across: int) -> None:
    """The longest Service is called frontend."""
    store = Store()
    end = recording.when("hello: 3/3 ready on 3 nodes").at
    for change in recording.changes():
        if change.at <= end:
            renamed = json.loads(json.dumps(change.object).replace("hello", "frontend"))
            store.apply(replace(change, object=renamed))
    assert store.snapshot.service("frontend")
    drawn = picture.svg(picture.scene(store.snapshot, width=across))
    assert ">Service</text>" in drawn
    assert ">frontend</text>" in drawn
    assert "fronte…" not in drawn


def test_three_workers_stand_side_by_side_in_half_of_a_small_window() -> None:
    """JupyterLab at 800 pixels leaves the board about 350; on which node a pod is must be seen there too."""
    drawn = picture.scene(recording.when("hello: 3/3 ready on 3 nodes"), width=352)
    assert {"node:poc-worker", "node:poc-worker2", "node:poc-worker3"} <= drawn.elements.keys()
    assert "poc-w…" not in picture.svg(drawn)


def test_text_is_cut_where_there_is_no_room() -> None:
    assert fit("ContainerCreating", "tiny", 1000) == "ContainerCreating"
    cut = fit("ContainerCreating", "tiny", 40)
    assert cut.endswith("…")
    assert width(cut, "tiny") <= 40
    assert fit("x", "tiny", 1) == ""


@pytest.mark.parametrize("focus", FOCUS)
@pytest.mark.parametrize("w", WIDTHS)
def test_heading_cards_and_services_are_never_cut(w: int, focus: str | None) -> None:
    for snapshot in some_moments():
        scene = picture.scene(snapshot, width=w, focus=focus, traffic=ticks(snapshot.at, 2, 2), live=True)
        whole = ("live", "said", "card:", "rs:", "service:", "requests", "node:", "legend:", "others")
        for element in scene.elements.values():
            if element.key.startswith(whole):
                assert not [line for line in texts(element) if "…" in line or not line], (element.key, w)
        said = " ".join(texts(scene.elements["said"]))
        assert said in scene.description or "as desired." in said, "all of it, or what is not as desired"


def test_a_heading_that_is_too_long_says_what_matters_or_counts() -> None:
    """Twenty more Deployments, one of which is not well (and hello's own count was not up to date)."""
    store = Store()
    end = recording.when("hello: 3/3 ready on 3 nodes").at
    for change in recording.changes():
        if change.at <= end:
            store.apply(change)
    auth = next(c.object for c in reversed(recording.changes()) if c.kind == "Deployment" and "auth" in str(c.object))
    for i in range(20):
        copied = json.loads(json.dumps(auth).replace('"auth"', f'"auth-number-{i}"'))
        copied["metadata"]["uid"] = f"uid-{i}"
        copied["status"]["availableReplicas"] = 0 if i == 7 else 1
        store.apply(Change("Deployment", "ADDED", copied, end))
    for w in WIDTHS:
        said = " ".join(texts(picture.scene(store.snapshot, width=w).elements["said"]))
        assert said == "auth-number-7: 1 of 1 ready, 0 Pods. hello: 2 of 3 ready. 21 more: as desired."


@pytest.mark.parametrize("focus", FOCUS)
def test_the_same_things_have_the_same_keys_at_any_width(focus: str | None) -> None:
    """So that the page can move to another width at once: nothing goes and nothing comes but what has no room."""
    for snapshot in some_moments()[:-2]:
        keys = [set(picture.scene(snapshot, width=w, focus=focus, traffic=()).elements) for w in (352, *WIDTHS)]
        assert all(found - {"waiting:more"} <= keys[-1] for found in keys)
        missing = {key.partition(":")[0] for found in keys for key in keys[-1] - found}
        assert missing <= {"ghost", "pod"}, "those without a Node where their row is full: they are counted there"


def test_the_strip_of_requests_goes_on_while_no_answer_comes() -> None:
    snapshot = recording.moments()[-1]
    asked = ticks(snapshot.at)
    counts = Tally()
    for tick in asked * 2:
        counts.add(tick)
    strips = []
    for later in (0.0, 3.0, 6.0):
        waiting = [snapshot.at + i for i in range(int(later))]
        scene = picture.scene(
            snapshot, traffic=asked, counts=counts.summary(), now=snapshot.at + later, waiting=waiting, width=900
        )
        strips.append(scene.elements["requests"])
    drawn = [{str(p.attributes["class"]): str(p.attributes["d"]) for p in s.parts if p.tag == "path"} for s in strips]
    assert [d.get("open", "").count("M") for d in drawn] == [0, 3, 6]
    lengths = [sum(d.count("M") for cls, d in each.items() if cls.startswith("ticks")) for each in drawn]
    assert lengths == sorted(lengths, reverse=True), "they move to the left, and out"
    assert lengths[-1] < lengths[0] / 1.5
    assert "560 answered at the first try, 0 after a retry, 0 lost" in " ".join(texts(strips[0])), "all that there were"


@pytest.mark.parametrize("across", [320, 480, 590, 800, 1280])
def test_what_says_that_there_is_nothing_stands_beside_the_nodes(across: int) -> None:
    """Above their columns or to the left of them, not on them: it is the first picture that a newcomer sees."""
    nodes = recording.store().snapshot.objects["Node"]
    placed = picture.scene(Snapshot(objects=HashTrieMap({"Node": nodes})), width=across).elements
    card = placed["nothing"]
    columns = [element for key, element in placed.items() if key.startswith("node:")]
    assert len(columns) == 3
    for column in columns:
        assert card.y + 60 <= column.y or card.x + float(card.parts[0].attributes["width"]) <= column.x
