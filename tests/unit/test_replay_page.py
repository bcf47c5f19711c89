"""The replay page: one file that holds all of a recording, fetches nothing, and tells it without scripts too."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html.parser
import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import page, picture, reading, replay_data, replay_html
from labkit.board.excerpt import excerpt, told
from labkit.errors import LabError
from labkit.recording.moment_words import sentence
from labkit.recording.request import Request
from labkit.state import Change
from tests.unit import recording, replayed

if TYPE_CHECKING:
    from pathlib import Path


#: The seconds of the recording in which hello is scaled and rolled out.
ROLLOUT = (18.0, 48.0)


@cache
def asked() -> str:
    """Return the page of a rollout with a client that asked four times a second."""
    return page.page(replayed.source(replayed.requests()), **rollout(WIDTHS, "hello, rolled out"))


@cache
def plain() -> str:
    """Return the page of the same without requests, at one width."""
    return page.page(replayed.source(), **rollout((760,)))


WIDTHS = (480, 960)


def rollout(widths: tuple[float, ...], title: str = "") -> page.Options:
    """Return which part of the recording a page shows."""
    first = recording.recorded()[1].first
    return {"begin": first + ROLLOUT[0], "end": first + ROLLOUT[1], "widths": widths, "title": title}


def _part(source: replayed.Replayed) -> list[replay_data.Shown]:
    first = recording.recorded()[1].first
    return excerpt(source, first + ROLLOUT[0], first + ROLLOUT[1])


def part(text: str, name: str, width: int | None = None) -> dict[str, Any]:
    """Return a part of the recording that stands in a page."""
    attributes = f'data-part="{name}"' + (f' data-width="{width}"' if width else "")
    found = re.search(rf'<script type="application/gzip" {attributes}>([^<]*)</script>', text)
    assert found is not None
    return dict(json.loads(gzip.decompress(base64.b64decode(found[1]))))


class Reader(html.parser.HTMLParser):
    """What a browser makes of a page: its elements, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of one."""
        if tag in {"script", "style"}:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        if not self._inside:
            self.text += data


# -- what is in it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_its_frames_lead_to_the_whole_scene_of_every_change(width: int) -> None:
    source = replayed.source(replayed.requests())
    shown = _part(source)
    layout, story = part(asked(), "layout", width), part(asked(), "story")
    steps = {frame["i"]: frame for frame in layout["frames"]}
    elements: dict[str, list[Any]] = {}
    frame: dict[str, Any] = {}
    for i, each in enumerate(shown):
        step = steps.get(i, {})
        for key in step.get("r", ()):
            del elements[key]
        for put in step.get("p", ()):
            elements[put[0]] = [*put, *elements[put[0]][3:]] if len(put) == 3 else put
        frame |= {name: step[name] for name in "htds" if name in step}
        assert story["times"][i] == round((each.at - shown[0].at) * 1000)
        if i % 7 and each is not shown[-1]:
            continue
        scene = replay_data.scene(each, width)
        assert frame == {"h": scene.height, "t": scene.title, "d": scene.description, "s": scene.stale}
        wanted = json.loads(json.dumps([list(e.as_json().values()) for e in scene.elements.values()]))
        found = [[*e[:6], [[tag, _long(a), text] for tag, a, text in e[6]]] for e in elements.values()]
        assert sorted(found) == sorted(wanted)
    changes = {s.at for s in source.timeline.between(shown[0].at, shown[-1].at)}
    assert changes <= {each.at for each in shown}, "a change has no frame of its own"


def _long(attributes: dict[str, Any]) -> dict[str, Any]:
    return {k: replay_data.longer(v) if str(v).startswith("~") else v for k, v in attributes.items()}


def test_moments_stand_in_it_in_words_with_what_they_are_about() -> None:
    source, story = replayed.source(), part(plain(), "story")
    begin, length = story["begin"], story["times"][-1] / 1000
    assert [
        (round((m.at - begin) * 1000), m.kind.value, sentence(m), m.app)
        for m in source.moments
        if begin <= m.at <= begin + length
    ] == [(at, kind, words, app) for at, kind, words, app, _ in story["moments"]]
    assert len(story["moments"]) > 20
    keys = {e[0] for frame in part(plain(), "layout", 760)["frames"] for e in frame.get("p", ())}
    assert {key for *_, key in story["moments"]} - {""} <= keys, "a moment is about what is never on the picture"


def test_moments_of_other_apps_are_not_told_where_one_is_in_focus() -> None:
    source = replayed.source()
    everything = {m.app for m in told(source, excerpt(source))}
    assert {m.app for m in told(source, excerpt(source), "hello")} == {"hello", ""}
    assert everything > {"hello", ""}


def test_frames_in_which_only_requests_go_by_are_quiet() -> None:
    story = part(asked(), "story")
    source = replayed.source(replayed.requests())
    changes = {round((s.at - story["begin"]) * 1000) for s in source.timeline}
    quiet = {story["times"][i] for i in story["quiet"]}
    assert len(quiet) > 50
    # a change that shows nowhere is quiet too, a time at which nothing changed always is
    assert set(story["times"]) - quiet - {0} <= changes


def test_a_row_of_lost_requests_is_told_once() -> None:
    begin = recording.recorded()[1].first
    lost = [Request(begin + 10 + i / 10, None, 0.05, "no answer", 3) for i in range(30)]
    later = Request(begin + 40, None, 0.05, "no answer", 3)
    source = replayed.source([*lost, later])
    words = [m.words for m in told(source, excerpt(source)) if m.kind == "request lost"]
    assert words == ["30 requests were lost in 2.9 s", "A request was lost: no answer"]


def test_a_part_of_a_recording() -> None:
    source = replayed.source()
    begin, end = source.span[0] + 30, source.span[0] + 60
    story = part(page.page(source, begin=begin, end=end, widths=(400,)), "story")
    assert story["begin"] == begin
    assert story["times"][0] == 0
    assert story["times"][-1] == 30_000
    first, last = story["moments"][0], story["moments"][-1]
    assert 0 <= first[0] <= last[0] <= 30_000
    with pytest.raises(LabError, match="nothing to replay"):
        page.page(source, begin=end, end=begin)


def test_a_row_of_ticks_is_written_short_and_read_to_the_letter() -> None:
    shown = excerpt(replayed.source(replayed.requests()))
    scene = replay_data.scene(shown[-400], 960)
    rows = [
        str(p.attributes["d"])
        for p in scene.elements["requests"].parts
        if str(p.attributes.get("class")).startswith("ticks")
    ]
    assert rows
    for row in rows:
        short = str(replay_data._shorter(row))
        assert len(short) < len(row) * 0.8
        assert replay_data.longer(short) == row
    # what would not come back to the letter stays as it is
    for other in ("M1.25 40v-3", "M1 40v-3M2 41v-3", "M0 0H10", "", 3.5, "M01.0 40v-3.0"):
        assert replay_data._shorter(other) == other


def test_it_is_small() -> None:
    """Three minutes come to less than a megabyte: half a minute, of which a part is the same in any page, to less."""
    source = replayed.source(replayed.requests(0.05))
    shown = _part(source)
    text = replay_html.section(shown, told(source, shown), "rollout")
    assert len(text) < 400_000
    data = sum(len(each) for each in re.findall(r'<script type="application/gzip"[^>]*>([^<]*)', text))
    assert data * 6 < 1_000_000


def test_the_same_recording_gives_the_same_bytes() -> None:
    assert page.page(replayed.source(), **rollout((760,))) == plain()


# -- it fetches nothing, and runs nothing but its own ------------------------------------------------------------------


def test_its_policy_lets_nothing_in_and_nothing_run_but_its_own_script() -> None:
    read = Reader(asked())
    policy = next(a["content"] for tag, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules  # as default-src
    script = re.search(r'<script type="module">(.*)</script>', asked(), re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"


def test_nothing_in_it_leads_elsewhere() -> None:
    read = Reader(asked())
    for tag, attributes in read.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "href", "action", "data", "poster", "srcset"} & set(attributes), tag
    style = re.search(r"<style>(.*?)</style>", asked(), re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(", asked())


def test_names_are_text_and_never_markup() -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
    source = replayed.source(facts=replace(replayed.FACTS, context=evil, namespace=evil))
    source.found = [replace(m, subject=(m.subject[0], evil, m.subject[2])) for m in source.moments]
    text = page.page(source, **rollout((760,), evil))
    tags = [tag for tag, _ in Reader(text).tags]
    assert tags.count("script") == [tag for tag, _ in Reader(plain()).tags].count("script")
    assert "img" not in tags
    assert not any(name.startswith("on") for _, attributes in Reader(text).tags for name in attributes)
    assert evil in Reader(text).text
    assert any(evil in words for _, _, words, _, _ in part(text, "story")["moments"])


def test_names_on_the_picture_are_text_too() -> None:
    evil = "</script><img src=x onerror=alert(2)>"
    event = {
        "metadata": {"uid": "evil", "name": "evil", "resourceVersion": "1"},
        "involvedObject": {"kind": "Deployment", "name": "hello", "uid": "x"},
        "type": "Warning", "reason": "Evil", "message": evil, "count": 1,
        "lastTimestamp": "2026-11-23T20:56:00Z", "firstTimestamp": "2026-11-23T20:56:00Z",
    }  # fmt: skip
    store, timeline = recording._recorded([*recording.changes()[:200]])
    store.apply(Change("Event", "ADDED", event, timeline.last + 1))
    shown = [replay_data.Shown(timeline.last, timeline.latest)]
    text = replay_html.section(shown, [], "evil", widths=(760,))
    assert "img" not in {tag for tag, _ in Reader(text).tags}
    assert evil in Reader(text).text
    drawn = json.dumps(part(text, "layout", 760))
    assert evil in drawn


# -- without scripts, and for whoever comes upon it --------------------------------------------------------------------


def test_without_scripts_it_shows_stills_and_says_what_happened() -> None:
    text = plain()
    fallback = text[text.index('class="lk-fallback"') : text.index("<script ")]
    assert fallback.count("<svg") == 6
    assert "<style" not in fallback
    words = Reader(fallback).text
    moments = part(text, "story")["moments"]
    assert all(said in words for _, _, said, _, _ in moments)
    stills = re.findall(r"<figcaption><strong>([\d.]+) s</strong>", fallback)
    assert stills[0] == "0.0"
    assert stills[-1] == f"{moments[-1][0] / 1000:.1f}"
    assert "It plays in a browser in which scripts are on" in words


def test_the_picture_s_signs_are_explained_with_the_revisions_that_are_on_it() -> None:
    source = replayed.source()
    explained = Reader(reading.legend(source.timeline, requests=True)).text
    for word in ("Pending", "ContainerCreating", "Running, not Ready", "Ready", "Terminating", "Unknown", "desired"):
        assert word in explained
    for word in ("hello, revision 1", "hello:1.0.0: blue circle", "hello:2.0.0: orange square"):
        assert word in explained
    assert "a client asks" in explained
    assert "a client asks" not in reading.legend(source.timeline, requests=False)
    # in their own colours: what is said of a revision is what the picture gives it
    last = picture.scene(recording.recorded()[1].latest, width=960)
    rows = [e for key, e in last.elements.items() if key.startswith("rs:")]
    for version in reading.versions(source.timeline):
        for row in rows:
            if any(part.text == version.image for part in row.parts):
                assert f"r{version.colour}" in row.cls.split()


def test_it_says_where_it_comes_from() -> None:
    said = Reader(asked()).text
    for fact in ("hello, rolled out", "v1.37.2", "kind-labkit", "namespace lab", "labkit 0.2.0", "in 30 seconds"):
        assert fact in said


# -- the file ----------------------------------------------------------------------------------------------------------


def test_it_is_written_and_written_anew(tmp_path: Path) -> None:
    source = replayed.source()
    file = page.write(source, tmp_path / "new" / "rollout.html", **rollout((400,), "one"))
    assert file == tmp_path / "new" / "rollout.html"
    assert "<title>one</title>" in file.read_text(encoding="utf-8")
    page.write(source, str(file), **rollout((400,), "two"))
    assert "<title>two</title>" in file.read_text(encoding="utf-8")


def test_a_file_of_another_kind_is_not_written_over(tmp_path: Path) -> None:
    for name, content in (("notes.html", b"<!DOCTYPE html>\n<p>mine"), ("picture.png", b"\x89PNG\xff\x00")):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(LabError, match="no page of a replay"):
            page.write(replayed.source(), file)
        assert file.read_bytes() == content


def test_a_deployment_that_was_never_there_is_told_with_those_that_were(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="a Deployment 'helo'") as told_of:
        page.write(replayed.source(), tmp_path / "page.html", focus="helo")
    assert "hello" in told_of.value.remedy
    assert not (tmp_path / "page.html").exists()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="is a folder"):
        page.write(replayed.source(), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot be written") as told_of:
        page.write(replayed.source(), tmp_path / "file" / "page.html")
    assert "another name" in told_of.value.remedy
