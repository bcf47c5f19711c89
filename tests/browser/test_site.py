"""The site and the lesson as one file, opened from a disk in Chromium: phone, tablet and screen, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from labkit import cli
from labkit.handouts import page as lesson
from labkit.handouts import source
from labkit.paths import REPO
from labkit.site import builder, commands, documents, pages, reference
from labkit.site.pages import Content
from tests.browser.pages import told
from tests.unit import replayed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

#: One page of each kind.
KINDS = (
    "index.html",
    "lesson/index.html",
    "lesson/05-rolling-update.html",
    "try.html",
    "compared.html",
    "handouts/index.html",
    "glossary.html",
    "architecture.html",
    "reference/lab.html",
    "reference/commands.html",
)
RUN = "05-rolling-update"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the site of a few chapters and one run, with the lesson as one file among its handouts."""
    out = tmp_path_factory.mktemp("site")
    chapters = [source.read(REPO / "notebooks" / f"{name}.ipynb") for name in ("00-start-here", RUN)]
    # a short recording: the whole run takes long to lay out
    runs = {RUN: replayed.source()}
    content = Content(
        chapters,
        runs,
        documents.read(REPO),
        (REPO / "README.md").read_text(encoding="utf-8"),
        reference.read(REPO),
        commands.markdown(cli.app, "labkit"),
        REPO,
    )
    builder.write(out, {"handouts/lesson.html": lesson.html(chapters)})
    builder.write(out, pages.site(content, {"lesson.html": 1_000_000}))
    return out


@pytest.fixture
def opened(browser: Browser) -> Iterator[Page]:
    """Open an empty page on a phone; what the console or the page complains of fails the test."""
    with browser.new_context(viewport={"width": 400, "height": 850}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        yield page
        assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 800, 1280])
def test_nothing_is_cut_off_and_nothing_keeps_anybody_from_reading(
    opened: Page, site: Path, axe: str, *, screenshots: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size({"width": width, "height": 850})
    found: dict[str, list[str]] = {}
    for name in (*KINDS, "handouts/lesson.html"):
        opened.goto((site / name).as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, name
        opened.screenshot(path=screenshots / f"site-{name.replace('/', '-')}-{width}-{scheme}.png")
        # axe-core looks at each kind of page in both layouts and colours, and in test_handout.py at the one file
        if (width, scheme) in {(400, "light"), (1280, "dark")} and name in KINDS:
            opened.evaluate(axe)
            seen: dict[str, Any] = opened.evaluate("axe.run({resultTypes: ['violations', 'passes']})")
            assert "color-contrast" in {rule["id"] for rule in seen["passes"]}, "it has not looked"
            found |= {name: [told(rule) for rule in seen["violations"]]} if seen["violations"] else {}
    assert found == {}


@pytest.mark.parametrize("name", ["index.html", f"lesson/{RUN}.html"])
def test_a_replay_moves_when_it_is_played(opened: Page, site: Path, name: str) -> None:
    opened.set_viewport_size({"width": 1280, "height": 850})
    opened.goto((site / name).as_uri())
    stage = opened.locator(".lk-stage > svg")
    before = stage.inner_html()
    opened.locator(".lk-begin").click()
    opened.wait_for_function("(before) => document.querySelector('.lk-stage > svg').innerHTML !== before", arg=before)
    assert stage.locator(".pod").count() > 0
    assert opened.locator(".lk-fallback").first.is_hidden()


def test_a_prediction_is_remembered_in_its_answer(opened: Page, site: Path) -> None:
    """Without a script: the page's own rules do it."""
    opened.goto((site / "lesson" / "00-start-here.html").as_uri())
    key = "00-start-here-what-create-makes"
    yours = opened.locator(f"#answer-{key} .yours")
    opened.locator(f"#predict-{key} label").nth(1).click()
    opened.locator(f"#answer-{key} > summary").click()
    assert [each.is_visible() for each in yours.all()] == [False, True, False]
    assert opened.locator(f"#answer-{key} li.right").inner_text().startswith("a Deployment, a ReplicaSet and a Pod")


def test_one_gets_about_from_a_disk(opened: Page, site: Path) -> None:
    opened.goto((site / "index.html").as_uri())
    opened.get_by_role("link", name="Read the lesson").click()
    opened.get_by_role("link", name="Start here").first.click()
    opened.get_by_role("link", name="ReplicaSet", exact=True).first.click()
    assert opened.url == f"{(site / 'glossary.html').as_uri()}#replicaset"
    opened.get_by_role("link", name="Reference").click()
    opened.get_by_role("link", name="Lab", exact=True).click()
    opened.get_by_role("link", name="wait_ready").click()
    assert opened.locator("#wait_ready").evaluate("(at) => at.getBoundingClientRect().top") < 850


def test_on_paper_all_is_open_and_nothing_of_the_screen_is_left(opened: Page, site: Path) -> None:
    opened.goto((site / "handouts" / "lesson.html").as_uri())
    opened.emulate_media(media="print")
    way = opened.locator(".exercise .way pre").first
    assert way.evaluate("(at) => at.getBoundingClientRect().height") > 10
    assert opened.locator(".top").is_hidden()
    assert opened.locator(".onwards").first.is_hidden()


#: What does not fit on a sheet and can't be scrolled there: how far right it reaches, beyond the page's width.
_CUT_OFF = """
() => [...document.querySelectorAll('main svg, main table, main pre, main img')]
  .filter((each) => each.checkVisibility() && !each.closest('.lk-replay'))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1)
  .map((each) => `${each.tagName} ${each.textContent.slice(0, 60)}`)
"""


def test_on_paper_nothing_is_cut_off(opened: Page, site: Path) -> None:
    # what A4 leaves between margins of 2 cm, in CSS pixels
    opened.set_viewport_size({"width": 642, "height": 970})
    opened.emulate_media(media="print")
    found: dict[str, list[str]] = {}
    for name in KINDS:
        opened.goto((site / name).as_uri())
        if cut := opened.evaluate(_CUT_OFF):
            found[name] = cut
    assert found == {}
