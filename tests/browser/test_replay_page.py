"""The replay page in Chromium, opened from disk with the network off: it plays, and tells everybody what happened."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import pytest

from labkit.board import page
from labkit.board.excerpt import excerpt
from labkit.board.replay_data import scene
from tests.unit import replayed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

#: The seconds of the recording that are played: hello is scaled, then rolled out.
BEGIN, END = 20.0, 34.0


@pytest.fixture(scope="module")
def source() -> replayed.Replayed:
    """Return the recorded rollout, with a client that asked all the time."""
    return replayed.source(replayed.requests())


@pytest.fixture(scope="module")
def file(source: replayed.Replayed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page."""
    first = source.span[0]
    out = tmp_path_factory.mktemp("replay") / "rollout.html"
    return page.write(source, out, title="hello is rolled out", focus="hello", begin=first + BEGIN, end=first + END)


@contextmanager
def opened(browser: Browser, file: Path, *, width: int = 1280, **options: Any) -> Iterator[Page]:
    """Open the page from disk, with the network off; whatever it asks for, and every error, fails the test."""
    asked: list[str] = []
    with browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options) as context:
        seen = context.new_page()
        seen.on("pageerror", lambda error: asked.append(f"error: {error}"))
        seen.on("console", lambda said: asked.append(f"console: {said.text}") if said.type == "error" else None)
        seen.on("request", lambda request: asked.append(request.url))
        seen.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            seen.wait_for_selector(".lk-replay[data-state]")
        yield seen
        assert asked == [file.as_uri()]


def state(seen: Page) -> str:
    """Return whether it plays, stands still or has ended."""
    return str(seen.locator(".lk-replay").get_attribute("data-state"))


def at(seen: Page) -> int:
    """Return where it is, in milliseconds since the beginning."""
    return int(str(seen.locator(".lk-replay").get_attribute("data-at")))


def test_it_plays_to_its_end_with_the_network_off(
    browser: Browser, file: Path, source: replayed.Replayed, screenshots: Path
) -> None:
    first = source.span[0]
    shown = excerpt(source, first + BEGIN, first + END)
    with opened(browser, file) as seen:
        assert seen.locator(".lk-fallback").is_hidden()
        seen.get_by_role("radio", name="four times").click()
        seen.locator(".lk-begin").click()
        assert seen.locator(".lk-begin").is_hidden()
        seen.wait_for_timeout(1500)
        assert state(seen) == "playing"
        assert at(seen) > 0
        seen.screenshot(path=screenshots / "replay-playing.png")
        seen.wait_for_selector('.lk-replay[data-state="ended"]', timeout=60_000)
        assert at(seen) == round((shown[-1].at - shown[0].at) * 1000)
        keys = seen.eval_on_selector_all(
            ".lk-player .lk-pic [data-key]", "nodes => nodes.map((node) => node.dataset.key)"
        )
        last = scene(shown[-1], 960, "hello")
        assert sorted(keys) == sorted(last.elements)
        label = seen.locator(".lk-player .lk-pic").get_attribute("aria-label")
        assert label == f"{last.title}. {last.description}"
        seen.get_by_role("button", name="Play again").click()
        assert state(seen) == "playing"


def test_the_whole_of_it_works_with_the_keyboard(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        seen.keyboard.press("Tab")  # the switch between light and dark
        before = seen.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.keyboard.press("Enter")
        assert seen.evaluate("getComputedStyle(document.body).backgroundColor") != before
        seen.keyboard.press(".")  # still on the switch: a page of its own has the keys everywhere
        step = at(seen)
        assert step > 0
        words = seen.locator('.lk-told[aria-current="step"] > span').inner_text()
        assert words in seen.locator(".lk-caption").inner_text()
        seen.keyboard.press(".")
        assert at(seen) > step
        seen.keyboard.press(",")
        assert at(seen) == step
        seen.keyboard.press("End")  # outside of the replay it scrolls the page
        assert at(seen) == step
        seen.locator(".lk-tl-slider").focus()
        seen.keyboard.press("End")
        seen.wait_for_selector('.lk-replay[data-state="ended"]')
        seen.keyboard.press("Home")
        # not by a function that is called again and again: the page's own policy forbids to make one from a string
        seen.wait_for_selector('.lk-replay[data-at="0"]')
        seen.keyboard.press(" ")
        assert state(seen) == "playing"
        seen.keyboard.press(" ")
        assert state(seen) == "standing"
        last = seen.locator(".lk-told").last
        last.focus()
        seen.keyboard.press("Enter")
        assert last.get_attribute("aria-current") == "step"


def test_the_table_says_the_same(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        seen.locator("summary").click()
        seen.keyboard.press("End")
        rows = seen.locator(".lk-scroll tbody tr")
        pods = seen.locator('.lk-player [data-key^="pod:"]')
        assert rows.count() == pods.count() >= 3
        names = rows.locator("td:nth-child(3)").all_inner_texts()
        labels = [str(label) for label in pods.evaluate_all("nodes => nodes.map((n) => n.getAttribute('aria-label'))")]
        assert all(any(label.startswith(name) for label in labels) for name in names)


def test_what_is_behind_a_pod_is_told(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        seen.locator(".lk-told").last.click()
        seen.locator('.lk-player [data-key^="pod:"] .body').first.click()
        card = seen.locator(".lk-card")
        card.wait_for(state="visible")
        assert "kubectl" in card.locator("code").inner_text()
        assert "Status" in card.inner_text()


def test_to_go_anywhere_takes_less_than_50_ms(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        took = seen.evaluate(
            """() => {
              const lines = [...document.querySelectorAll(".lk-told")];
              const took = [];
              for (let i = 0; i < 40; i += 1) {
                const begin = performance.now();
                lines[(i * 7919) % lines.length].click();
                took.push(performance.now() - begin);
              }
              return took.sort((a, b) => a - b);
            }"""
        )
        assert took[len(took) // 2] < 50, took


@pytest.mark.parametrize("shape", [(1280, "light"), (1280, "dark"), (480, "light"), (480, "dark")])
def test_nothing_keeps_anybody_from_using_it(
    browser: Browser, file: Path, axe: str, shape: tuple[int, Literal["light", "dark"]]
) -> None:
    width, scheme = shape
    with opened(browser, file, width=width, color_scheme=scheme) as seen:
        seen.locator(".lk-told").nth(6).click()
        seen.locator("summary").click()
        # Chromium has no policy for what a test runs in the page
        seen.evaluate(axe)
        found: dict[str, Any] = seen.evaluate("axe.run({resultTypes: ['violations', 'passes']})")
        wide = seen.evaluate("document.documentElement.scrollWidth")
    looked = {"color-contrast", "button-name", "aria-allowed-attr", "label-content-name-mismatch"}
    assert looked <= {rule["id"] for rule in found["passes"]}
    told = [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"][:4]
    ]
    assert told == [], "\n".join(told)
    assert wide <= width, "it is wider than the window"


def test_without_scripts_it_shows_stills_and_the_words(browser: Browser, file: Path) -> None:
    with opened(browser, file, java_script_enabled=False) as seen:
        assert seen.locator(".lk-film svg").first.is_visible()
        assert seen.locator(".lk-moments li").first.is_visible()
        assert seen.get_by_text("in which scripts are on").is_visible()


def test_on_paper_it_shows_stills_and_the_words(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        assert seen.locator(".lk-film").is_hidden()
        seen.emulate_media(media="print")
        assert seen.locator(".lk-film svg").first.is_visible()
        assert seen.locator(".lk-moments").is_visible()
        assert seen.locator(".lk-player").is_hidden()


def test_who_wants_no_motion_sees_none(browser: Browser, file: Path) -> None:
    with opened(browser, file, reduced_motion="reduce") as seen:
        seen.locator(".lk-begin").click()
        moving = 0
        for _ in range(16):
            seen.wait_for_timeout(50)
            # what waits to be shown at once does not move: it takes no time
            moving += seen.evaluate(
                "document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 0).length"
            )
        assert moving == 0
        assert state(seen) == "playing"


def test_in_a_low_window_the_timeline_does_not_lie_over_the_picture(
    browser: Browser, file: Path, screenshots: Path
) -> None:
    """As with a zoom of 200 %: a window of 1280 by 900 pixels then has 640 by 450."""
    over = """() => {
      const box = (each) => document.querySelector(each).getBoundingClientRect();
      const [bar, picture] = ['.lk-bar', '.lk-stage'].map(box);
      return picture.bottom - bar.top;
    }"""
    with opened(browser, file, width=640) as seen:
        assert seen.evaluate(over) > 0  # a taller one: it stays in sight, and lies over the picture's lower end
        seen.set_viewport_size({"width": 640, "height": 450})
        seen.screenshot(path=screenshots / "replay-zoomed.png")
        assert seen.evaluate(over) <= 0


@pytest.mark.parametrize("width", [480, 800])
def test_the_button_of_the_theme_stands_clear_of_the_words_below_the_heading(
    browser: Browser, file: Path, width: int
) -> None:
    edges = """() => ['header button', 'header p'].map((each) => {
      const { left, right, top, bottom } = document.querySelector(each).getBoundingClientRect();
      return { left, right, top, bottom };
    })"""
    with opened(browser, file, width=width) as seen:
        button, words = seen.evaluate(edges)
        assert words["right"] > button["left"], "the words are as wide as the page"
        assert words["top"] >= button["bottom"] + 2
