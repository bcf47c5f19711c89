"""A word of the lesson, clicked in a notebook, opens the glossary at this very word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.playing import Player

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from labkit.jupyter import Server

pytestmark = pytest.mark.browser

#: Whether a heading that has a word's anchor is seen in the Markdown viewer, and how far it stands below its top.
_SEEN = """
(word) => {
  const viewer = document.querySelector('.jp-MarkdownViewer');
  const heading = viewer?.querySelector(`h2 [data-jupyter-id="${word}"]`)?.closest('h2');
  if (!heading) return null;
  const [box, room] = [heading.getBoundingClientRect(), viewer.getBoundingClientRect()];
  return box.top >= room.top - 5 && box.bottom <= room.bottom;
}
"""


@pytest.mark.parametrize(
    ("notebook", "word"), [("00-start-here", "kubelet"), ("04-self-healing", "poddisruptionbudget")]
)
def test_a_link_leads_to_the_word(server: Server, page: Page, notebook: str, word: str) -> None:
    """Far down in the glossary: it would not be seen if only the file were opened."""
    Player(page, server, notebook)
    # JupyterLab draws the cells that are seen
    page.evaluate(
        """(word) => {
          const book = jupyterapp.shell.currentWidget.content;
          return book.scrollToItem(book.widgets.findIndex((cell) => cell.model.sharedModel.source.includes(word)));
        }""",
        f"glossary.md#{word})",
    )
    page.locator(f'.jp-Notebook a[href*="glossary.md"][href$="#{word}"]').click()
    page.wait_for_function(_SEEN, arg=word)
