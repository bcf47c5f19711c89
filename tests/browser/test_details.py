"""The details of a Pod on a real board in Chromium: by keyboard alone, by pointer, and with axe-core looking on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.board_page import BoardPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

#: Where the card and what it is about stand on the page, and how wide the board is.
_BOXES = """
() => {
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  const open = document.querySelector('.lk-board [aria-controls]:not(button)');
  const root = document.querySelector('.lk-board');
  return { key: open.dataset.key, about: box(open), card: box(document.querySelector('.lk-card')), board: box(root),
           ring: box(document.querySelector('.lk-ring-front')), picture: box(root.querySelector('svg')) };
}
"""
#: What AXE says, with what it looked at.
_AXE = "() => axe.run(document.querySelector('main'), { resultTypes: ['violations', 'passes'] })"


@pytest.fixture
def made() -> Iterator[list[BoardPage]]:
    """Close the boards of a test in the end."""
    boards: list[BoardPage] = []
    yield boards
    for board in boards:
        board.close()


def walk(board: BoardPage) -> list[str]:
    """Return all that arrow keys reach, from the first on."""
    board.page.keyboard.press("Home")
    seen = [board.focused()]
    while True:
        board.page.keyboard.press("ArrowDown")
        if board.focused() == seen[-1]:
            return seen
        seen.append(board.focused())


def test_a_pod_is_reached_by_keyboard_told_of_and_its_command_copied(
    browser: Browser, made: list[BoardPage], screenshots: Path
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    board = BoardPage(context, 1280)
    made.append(board)
    page = board.page
    page.focus("#before")
    page.keyboard.press("Tab")
    assert board.focused().startswith("service:"), "the first of its things"
    reached = walk(board)
    titled = page.evaluate("() => [...document.querySelectorAll('[data-key][aria-label]')].map((n) => n.dataset.key)")
    assert sorted(reached) == sorted(titled), "each once"
    kinds = list(dict.fromkeys(key.partition(":")[0] for key in reached))
    assert (
        kinds.index("service") < kinds.index("card") < kinds.index("node") < kinds.index("pod") < kinds.index("event")
    )
    nodes = [key for key in reached if key.startswith("node:")]
    assert nodes == ["node:poc-worker", "node:poc-worker2", "node:poc-worker3"]
    for key in reached:
        pod = next((p for p in board.watch.snapshot.pods() if f"pod:{p.uid}" == key), None)
        if pod is not None:
            before = [each for each in reached[: reached.index(key)] if each.startswith("node:")]
            assert before[-1] == f"node:{pod.node}", "it comes after its own Node"
    page.keyboard.press("Home")
    hello = next(p for p in board.watch.snapshot.pods() if p.name.startswith("hello") and p.ready)
    for _ in range(reached.index(f"pod:{hello.uid}")):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('.lk-card').hidden")
    card = board.card()
    for fact in (hello.name, str(hello.node), str(hello.ip), "localhost/board/hello:", "Deployment hello", "Ready"):
        assert fact in card, card
    page.keyboard.press("c")
    page.wait_for_selector(".lk-copy.lk-done")
    assert page.evaluate("() => navigator.clipboard.readText()") == f"kubectl describe pod {hello.name}"
    page.screenshot(path=screenshots / "details.png")
    page.keyboard.press("Escape")
    assert board.card() == ""
    assert board.focused() == f"pod:{hello.uid}"
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.querySelector('.lk-board svg.lk-pic').contains(document.activeElement)")
    page.keyboard.press("Shift+Tab")
    assert board.focused() == f"pod:{hello.uid}", "one stop, where it was left"
    page.keyboard.press("Shift+Tab")
    assert board.focused() == "before"


def test_the_card_follows_its_pod_and_says_when_it_is_gone(browser: Browser, made: list[BoardPage]) -> None:
    board = BoardPage(browser.new_context(viewport={"width": 1280, "height": 1200}), 900)
    made.append(board)
    page = board.page
    hello = next(p for p in board.watch.snapshot.pods() if p.name.startswith("hello-6c64d56fb8") and p.ready)
    # in its middle, where the glyph is
    page.hover(f'[data-key="pod:{hello.uid}"] .glyph', force=True)
    page.wait_for_function("() => !document.querySelector('.lk-card').hidden")
    assert hello.name in board.card()
    page.mouse.move(5, 5)
    page.wait_for_function("() => document.querySelector('.lk-card').hidden")
    page.click(f'[data-key="pod:{hello.uid}"] .glyph', force=True)
    page.wait_for_function("() => !document.querySelector('.lk-card').hidden")
    page.mouse.move(5, 5)
    while any(p.uid == hello.uid and not p.terminating for p in board.watch.snapshot.pods()):
        board.watch.play(1)
    page.wait_for_function("() => /Terminating.*grace period 10 s/s.test(document.querySelector('.lk-card').innerText)")
    while board.watch.snapshot.pod(hello.name):
        board.watch.play(1)
    page.wait_for_function("() => document.querySelector('.lk-card').innerText.includes('Gone.')")
    assert hello.name in board.card()


# each colour and each layout once: what depends on the one does not depend on the other
@pytest.mark.parametrize(("width", "dark"), [(480, True), (1280, False)], ids=["480-dark", "1280-light"])
def test_the_card_stands_beside_and_axe_finds_nothing(  # noqa: PLR0917 - fixtures and parameters
    browser: Browser, made: list[BoardPage], axe: str, screenshots: Path, width: int, dark: bool
) -> None:
    board = BoardPage(browser.new_context(viewport={"width": width, "height": 1400}), width, dark=dark, played=260)
    made.append(board)
    page = board.page
    page.evaluate(axe)
    page.focus("#before")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    kinds = set()
    for key in [*walk(board)]:
        page.focus(f'[data-key="{key}"]')
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        page.wait_for_function("() => !document.querySelector('.lk-card').hidden")
        at: dict[str, Any] = page.evaluate(_BOXES)
        assert at["key"] == key
        left, top, right, bottom = at["card"]
        x1, y1, x2, y2 = at["about"]
        assert left >= x2 or right <= x1 or top >= y2 or bottom <= y1, f"over {key}"
        assert at["board"][0] <= left, key
        assert right <= at["board"][2], key
        ring, picture = at["ring"], at["picture"]
        assert ring[0] >= picture[0], f"the ring around {key} is cut off"
        assert ring[2] <= picture[2], f"the ring around {key} is cut off"
        kind = key.partition(":")[0]
        if kind not in kinds:
            kinds.add(kind)
            found: dict[str, Any] = page.evaluate(_AXE)
            assert [_told(rule) for rule in found["violations"]] == []
            assert {"color-contrast", "button-name", "svg-img-alt"} <= {rule["id"] for rule in found["passes"]}, (
                "it has not looked"
            )
        if kind == "pod":
            page.screenshot(path=screenshots / f"details-{width}-{'dark' if dark else 'light'}.png")
    assert {"pod", "node", "service", "card", "rs", "event"} <= kinds


def _told(rule: dict[str, Any]) -> str:
    places = [f"{node['target']}: {node['failureSummary']}" for node in rule["nodes"][:8]]
    return "\n".join([f"{rule['id']} ({len(rule['nodes'])}): {rule['help']}", *places])
