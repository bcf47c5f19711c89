"""The handout in Chromium: axe-core finds nothing that keeps anybody from reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from labkit.handouts import page, source
from labkit.lesson.notebooks import STARTS
from labkit.paths import REPO
from tests.browser.pages import told

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def handout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page, from the committed notebooks."""
    out = tmp_path_factory.mktemp("handout") / "lesson.html"
    chapters = [source.read(REPO / "notebooks" / f"{name}.ipynb") for name in STARTS]
    out.write_text(page.html(chapters), encoding="utf-8")
    return out


# each colour and each layout once: what depends on the one does not depend on the other
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_nothing_keeps_anybody_from_reading_it(
    browser: Browser, handout: Path, axe: str, scheme: Literal["light", "dark"], width: int
) -> None:
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:
        seen = context.new_page()
        seen.goto(handout.as_uri())
        seen.evaluate(axe)
        found: dict[str, Any] = seen.evaluate("axe.run({resultTypes: ['violations', 'passes']})")
    passed = {rule["id"] for rule in found["passes"]}
    assert {"color-contrast", "empty-table-header", "svg-img-alt"} <= passed, "it has not looked"
    assert [told(rule) for rule in found["violations"]] == []
