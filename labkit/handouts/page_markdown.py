"""Markdown and code as HTML for a page: headings with anchors, links that lead where the page has what they name."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from labkit.handouts.typst_markdown import MARKDOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

    #: Where a link leads on the page, or None where it leads nowhere: its words stay.
    Links = Callable[[str], str | None]
    #: An image as HTML, by its target and its words; None where the words stay.
    Images = Callable[[str, str], str | None]

#: Themes of Pygments whose colours all keep 4.5:1 against the shade behind code (WCAG 2.2, 1.4.3; computed).
LIGHT, DARK = "xcode", "github-dark"

#: What is wider than a small screen is scrolled with the keyboard too.
SCROLLS = 'tabindex="0" role="group" aria-label="table"'

_OWN = re.compile(r'<a id="([\w-]+)"></a>')
#: An anchor as text has it when HTML is text: where another page leads to.
_ANCHOR = re.compile(r"&lt;a id=&quot;([\w-]+)&quot;&gt;&lt;/a&gt;")


def _no_image(_target: str, _words: str) -> None:
    """Return None: the words of an image stand in its place."""


class Sections:
    """The headings of a page: gives each an id that nobody else has, and remembers those of the second level."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._taken: set[str] = set()
        self.found: list[tuple[str, str]] = []

    def name(self, token: Token, inline: Token) -> None:
        """Give a heading its id, unless it brings an anchor of its own."""
        own, words = _OWN.search(inline.content), _words(inline)
        anchor = f"{self.prefix}{own[1] if own else slug(words)}"
        anchor += f"-{len(self.found)}" if anchor in self._taken else ""
        self._taken.add(anchor)
        if own is None:
            token.attrSet("id", anchor)
        if token.tag == "h2":
            self.found.append((anchor, words))


def html(text: str, links: Links, sections: Sections, images: Images = _no_image) -> str:
    """Return Markdown as HTML. What stands there as HTML is text, but for an anchor of a word: ``<a id="lease"></a>``.

    Parameters
    ----------
    text
        The Markdown.
    links
        Where its links lead.
    sections
        Gives its headings their ids.
    images
        What stands in an image's place: the page holds nothing that has to be fetched. By default its words.
    """
    tokens = MARKDOWN.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            sections.name(token, tokens[at + 1])
        for child in token.children or []:
            if child.type == "link_open":
                _lead(child, links)
            elif child.type == "image":
                drawn = images(str(child.attrGet("src")), child.content)
                child.type, child.content = ("text", child.content) if drawn is None else ("html_inline", drawn)
                child.tag, child.nesting, child.children = "", 0, None
    renderer = MarkdownIt("commonmark", {"html": False, "highlight": fence}).enable(["table", "strikethrough"])
    written = str(renderer.renderer.render(tokens, renderer.options, {}))
    written = _ANCHOR.sub(lambda found: f'<a id="{sections.prefix}{found[1]}"></a>', written)
    # a corner without words heads nothing: no head for a screen reader to read out
    written = written.replace("<th></th>", "<td></td>").replace("<pre>", '<pre tabindex="0">')
    return written.replace("<table>", f'<div class="wide" {SCROLLS}><table>').replace("</table>", "</table></div>")


def line(text: str) -> str:
    """Return one line of Markdown, without a paragraph around it."""
    return str(MARKDOWN.renderInline(text)).strip()


def code(text: str, language: str) -> str:
    """Return code in a frame of its own."""
    return f'<pre tabindex="0"><code>{fence(text, language, "")}</code></pre>'


def fence(text: str, language: str, _: str = "") -> str:
    """Return code as highlighted HTML, without a frame."""
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(text)
    return str(highlight(text, lexer, HtmlFormatter(nowrap=True)))


def colours() -> str:
    """Return the rules for highlighted code: light, and dark where the reader has it dark."""
    dark = rules(DARK)
    switched = re.sub(r"^pre", ':root[data-theme="dark"] pre', dark, flags=re.MULTILINE)
    kept = re.sub(r"^pre", ':root:not([data-theme="light"]) pre', dark, flags=re.MULTILINE)
    return (
        f"{rules(LIGHT)}\n@media screen and (prefers-color-scheme: dark) {{\n{kept}\n}}\n"
        f"@media screen {{\n{switched}\n}}"
    )


def rules(theme: str) -> str:
    """Return a theme's rules, without those that colour the paper."""
    found = HtmlFormatter(style=theme).get_style_defs("pre").splitlines()
    return "\n".join(rule for rule in found if re.match(r"pre \.\w+ ", rule) and not rule.startswith("pre .err"))


def slug(text: str) -> str:
    """Return a heading's words as an id."""
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")


def _lead(link: Token, links: Links) -> None:
    target = str(link.attrGet("href") or "")
    found = target if target.startswith(("https://", "http://", "mailto:")) else links(target)
    if found is None:
        link.attrs.pop("href", None)
    else:
        link.attrSet("href", found)


def _words(inline: Token) -> str:
    return _OWN.sub("", "".join(child.content for child in inline.children or []))
