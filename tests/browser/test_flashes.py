"""What lasts less than 200 ms does not flash: looked at frame by frame in Chromium, on a real board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.board_page import BoardPage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

#: Lets an element come, or changes its state, by the board's own classes; returns what was seen of it after so many ms.
#: The clock is the animations' own: what counts is not how busy the machine is.
_SAMPLE = """
async ({ key, what }) => {
  const node = document.querySelector(`.lk-board svg g[data-key^="${key}"]`);
  const body = node.querySelector('.body');
  const at = async (ms) => {
    for (const one of node.getAnimations({ subtree: true })) { one.pause(); one.currentTime = ms; }
  };
  const was = getComputedStyle(body).fill;
  const before = node.getAttribute('class');
  if (what === 'comes') {
    node.classList.add('lk-enter');
    node.getAnimations().forEach((one) => one.finish());
    getComputedStyle(node).opacity;
    node.classList.remove('lk-enter');
  } else {
    node.setAttribute('class', before.replace('s-ready', 's-failing'));
  }
  getComputedStyle(body).fill;
  const seen = {};
  for (const ms of [100, 199, 1000]) {
    await at(ms);
    seen[ms] = { opacity: Number(getComputedStyle(node).opacity), fill: getComputedStyle(body).fill };
  }
  return { was, seen };
}
"""


@pytest.fixture(params=["no-preference", "reduce"])
def board(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BoardPage]:
    """Open a board for those who like motion, and for those who prefer none."""
    with browser.new_context(viewport={"width": 960, "height": 900}, reduced_motion=request.param) as context:
        opened = BoardPage(context, 900)
        yield opened
        opened.close()


def test_what_comes_is_hardly_seen_before_200_ms_and_fully_after_that(board: BoardPage) -> None:
    seen: dict[str, Any] = board.page.evaluate(_SAMPLE, {"key": "pod:", "what": "comes"})["seen"]
    assert seen["100"]["opacity"] < 0.05
    assert seen["199"]["opacity"] < 0.2
    assert seen["1000"]["opacity"] == 1


def numbers(colour: str) -> list[int]:
    """Return red, green and blue."""
    return [int(each) for each in colour.removeprefix("rgb(").removesuffix(")").split(", ")]


def test_a_state_that_changes_is_hardly_seen_before_200_ms(board: BoardPage) -> None:
    board.page.wait_for_selector('.lk-board g[data-key^="pod:"].s-ready')
    found = board.page.evaluate(_SAMPLE, {"key": "pod:", "what": "changes"})
    was, last = numbers(found["was"]), numbers(found["seen"]["1000"]["fill"])
    whole = sum(abs(a - b) for a, b in zip(was, last, strict=True))
    assert whole > 100
    for ms in ("100", "199"):
        far = sum(abs(a - b) for a, b in zip(was, numbers(found["seen"][ms]["fill"]), strict=True))
        assert far < 0.2 * whole, ms
