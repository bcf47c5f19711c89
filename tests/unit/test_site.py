"""The site: every link leads somewhere, the same checkout gives the same bytes, and nothing is written over."""

from __future__ import annotations

import posixpath
import re
from functools import cache, cached_property
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from labkit import Lab, cli
from labkit.errors import LabError
from labkit.handouts import source
from labkit.handouts.source import Chapter, Prose
from labkit.paths import REPO
from labkit.site import builder, commands, documents, downloads, intro, pages, reference
from labkit.site.pages import Content
from tests.unit import replayed

if TYPE_CHECKING:
    from pathlib import Path

#: Handouts that stand beside the pages, and their sizes.
HANDOUTS = {"learner-a4.pdf": 350_000, "lesson.html": 1_600_000, "command-card.pdf": 999}


@cache
def content() -> Content:
    """Return all there is to show, with the little recording of the unit tests as the run of 05."""
    return Content(
        chapters=[source.read(path) for path in sorted((REPO / "notebooks").glob("*.ipynb"))],
        runs={"05-rolling-update": replayed.source()},
        documents=documents.read(REPO),
        readme=(REPO / "README.md").read_text(encoding="utf-8"),
        api=reference.read(REPO),
        commands=commands.markdown(cli.app, "labkit"),
        root=REPO,
    )


@cache
def site() -> dict[str, str]:
    return pages.site(content(), HANDOUTS)


class Anchors(HTMLParser):
    """What a page leads to, what in it can be led to, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a tag leads to, and its id."""
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag in {"link", "iframe", "object", "embed", "video", "audio", "base"} or "srcset" in found:
            self.fetched.append(tag)
        if found.get("src") and not str(found["src"]).startswith("data:"):
            self.fetched.append(str(found["src"]))


@cache
def anchors() -> dict[str, Anchors]:
    return {name: Anchors(text) for name, text in site().items()}


def test_every_link_leads_somewhere() -> None:
    """To a file of the site, and in it to an anchor that there is; what is elsewhere is on the web."""
    files = {*site(), *(f"handouts/{each}" for each in HANDOUTS)}
    lost = []
    for name, page in anchors().items():
        assert page.links, name
        for link in page.links:
            if link.startswith(("https://", "http://")):
                continue
            path, _, anchor = link.partition("#")
            there = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if there not in files or (anchor and anchor not in anchors()[there].ids):
                lost.append((name, link))
    assert lost == []


def test_a_page_fetches_nothing_and_has_each_id_once() -> None:
    """So it opens from a disk; a folder's page is named in full, since a disk has no index."""
    for name, page in anchors().items():
        assert page.fetched == [], name
        assert [each for each in page.ids if page.ids.count(each) > 1] == [], name
        assert [link for link in page.links if "://" not in link and link.endswith("/")] == [], name
        styles = "".join(re.findall(r"<style>(.*?)</style>", site()[name], re.DOTALL))
        assert not re.search(r"@import|url\((?!#)", styles), name


def test_only_pages_that_play_run_a_script() -> None:
    plays = {name for name, text in site().items() if '<script type="module">' in text}
    assert plays == {"index.html", "lesson/05-rolling-update.html"}
    for name, text in site().items():
        assert ("script-src" in text) == (name in plays)


def test_each_page_can_be_reached_from_the_first() -> None:
    reached, ahead = set(), ["index.html"]
    while ahead:
        name = ahead.pop()
        if name in reached or name not in site():
            continue
        reached.add(name)
        paths = (link.partition("#")[0] for link in anchors()[name].links if "://" not in link)
        ahead += [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in paths if path]
    assert reached == set(site())


def test_the_same_content_gives_the_same_bytes() -> None:
    assert pages.site(content(), HANDOUTS) == site()


def test_a_word_of_the_lesson_leads_into_the_glossary() -> None:
    links = anchors()["lesson/00-start-here.html"].links
    assert "../glossary.html#replicaset" in links
    assert "01-create.html" in links


def test_without_recordings_and_documents_there_is_a_site_all_the_same() -> None:
    few = Content([Chapter("01-a", "A", (Prose("x"),))], {}, [], content().readme, content().api, "x", REPO)
    made = pages.site(few, {})
    assert "make handouts" in made["handouts/index.html"]
    assert "<script" not in made["index.html"]
    assert not {"glossary.html", "architecture.html"} & set(made)


def test_a_document_that_is_new_is_a_page(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "instructors.md").write_text("# For `you`\n\nHello.\n", encoding="utf-8")
    (tmp_path / "docs" / "bump.md").write_text("# A bump\n\nOne command.\n", encoding="utf-8")
    found = documents.read(tmp_path)
    assert [(each.name, each.label, each.title) for each in found] == [
        ("instructors.html", "Teach", "For you"),
        ("bump.html", "A bump", "A bump"),
    ]
    assert found[0].text.strip() == "Hello."


def test_handouts_are_named_and_what_is_not_known_is_offered_too() -> None:
    groups = dict(downloads.groups({**HANDOUTS, "instructor.pdf": 2_000_000, "new.pdf": 10}))
    assert [each.file for each in groups["For learners"]] == ["learner-a4.pdf", "command-card.pdf", "lesson.html"]
    assert [(each.title, each.size) for each in groups["For instructors"]] == [("Instructor's handout", "2.0 MB")]
    assert [(each.title, each.size) for each in groups["More"]] == [("new.pdf", "1 kB")]


def test_a_chapter_in_the_list_says_its_minutes_and_questions() -> None:
    told = intro.of(content().chapters[0])
    assert told.minutes is not None
    assert f"**About {told.minutes} minutes**" in (REPO / "notebooks" / "00-start-here.ipynb").read_text(
        encoding="utf-8"
    )
    assert len(told.questions) >= 2
    assert all(each.endswith("?") for each in told.questions)


def test_the_reference_has_all_that_a_notebook_can_call() -> None:
    """Read off the sources, it names what the class itself has."""
    described = {each.name: each for each in content().api}
    told = {member.name for group in described["Lab"].groups for member in group.members}
    there = {
        name for name in dir(Lab) if not name.startswith("_") and (callable(getattr(Lab, name)) or _is_property(name))
    }
    assert told == there
    member = next(m for group in described["Lab"].groups for m in group.members if m.name == "wait_ready")
    assert member.signature.startswith("wait_ready(name: str, ")
    assert {each.name for each in member.parameters} >= {"name", "replicas", "timeout"}
    assert "LabError" in {each.name for each in member.raises}
    assert not re.search(r":\w+:`|``", f"{member.summary} {member.more}")


def _is_property(name: str) -> bool:
    return isinstance(getattr(Lab, name), property | cached_property)


def test_the_reference_has_every_command() -> None:
    ids = anchors()["reference/commands.html"].ids
    for info in cli.app.registered_commands:
        assert info.callback is not None
        name = info.name or info.callback.__name__
        assert (f"labkit-{name}" in ids) is not info.hidden, name


def test_no_sentence_of_a_command_is_cut_off() -> None:
    told = content().commands
    assert "Bring everything up and open JupyterLab on the first notebook." in told
    assert not re.search(r"\w(?:\.\.\.|\u2026)$", told, re.MULTILINE)


def test_what_readme_says_of_trying_it_stands_on_the_site() -> None:
    assert "make lab" in re.sub(r"<[^>]+>", "", site()["try.html"])
    assert "How it compares" in site()["compared.html"]
    with pytest.raises(KeyError):
        documents.section("# x\n\n## Other\n", "Two commands")
    assert documents.section("## One\n\na\n\n### Sub\n\nb\n\n## Two\n\nc\n", "One") == "a\n\n### Sub\n\nb"


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(LabError, match="something else in it") as told:
        builder.begin(tmp_path)
    assert str(tmp_path / "site") in told.value.remedy
    with pytest.raises(LabError, match="is a file"):
        builder.begin(mine)
    assert mine.read_text(encoding="utf-8") == "mine"
    with pytest.raises(LabError, match="cannot be written"):
        builder.begin(mine / "below a file")


def test_a_site_that_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    builder.begin(tmp_path / "ours")
    builder.write(tmp_path / "ours", {"lesson/old.html": "x"})
    builder.begin(tmp_path / "ours")
    assert [path.name for path in (tmp_path / "ours").iterdir()] == [".labkit-site"]


def test_the_command_refuses_it_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["site", "--out", str(tmp_path)])
    assert isinstance(done.exception, LabError)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "handouts").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(LabError, match="cannot be written"):
        builder.write(tmp_path, {"handouts/index.html": "x"})
