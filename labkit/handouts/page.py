"""The HTML: one file that needs nothing else. Style, pictures and highlighting are inside; there is no script."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from labkit.handouts import pictures
from labkit.handouts.source import Chapter, Code, Output, Part, Picture, Prose, Table
from labkit.handouts.typst_markdown import MARKDOWN
from labkit.handouts.words import NOTE, SUBTITLE, TITLE
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

TEMPLATES = REPO / "handouts"

#: Themes of Pygments whose colours all keep 4.5:1 against the shade behind code (WCAG 2.2, 1.4.3; computed).
_LIGHT, _DARK = "xcode", "github-dark"

#: What is wider than a small screen is scrolled with the keyboard too.
_SCROLLS = 'tabindex="0" role="group" aria-label="table"'


def html(chapters: Sequence[Chapter]) -> str:
    """Return the handouts as one HTML document."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    colours = f"{_colours(_LIGHT)}\n@media screen and (prefers-color-scheme: dark) {{\n{_colours(_DARK)}\n}}"
    names = {chapter.name for chapter in chapters}
    rendered = [_Chapter(chapter, names) for chapter in chapters]
    trusted = Markup(style + colours)  # noqa: S704 - our own style sheet
    template = environment.get_template("page.html")
    return template.render(title=TITLE, subtitle=SUBTITLE, note=NOTE, style=trusted, chapters=rendered)


class _Chapter:
    """A chapter as the template sees it: ``id``, ``title``, ``number``, ``sections`` for the contents, and ``body``."""

    def __init__(self, chapter: Chapter, names: set[str]) -> None:
        self.id, self.title, self.number = chapter.name, chapter.title, chapter.number
        self.sections: list[tuple[str, str]] = []
        self._names = names
        self._pictures = 0
        self.body = Markup("\n".join(self._part(part) for part in chapter.parts))  # noqa: S704 - escaped below

    def _part(self, part: Part) -> str:
        match part:
            case Prose(text):
                return self._prose(text)
            case Code(text, language):
                return f'<div class="cell">{_code(text, language)}</div>'
            case Output(text, kind, language):
                label = '<p class="label">Error</p>' if kind == "error" else ""
                return f'<div class="output {kind}">{label}{_code(text, language)}</div>'
            case Table(header, rows):
                return _table(header, rows)
            case Picture(svg, caption, alt):
                self._pictures += 1
                drawn = pictures.for_screen(svg, f"pic-{self.id}-{self._pictures}-", alt)
                below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
                return f'<figure tabindex="0">{drawn}{below}</figure>'

    def _prose(self, text: str) -> str:
        tokens = MARKDOWN.parse(text)
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                words = _words(tokens[at + 1])
                anchor = f"{self.id}-{_slug(words)}"
                taken = [name for name, _ in self.sections]
                anchor += f"-{len(taken)}" if anchor in taken else ""
                token.attrSet("id", anchor)
                if token.tag == "h2":
                    self.sections.append((anchor, words))
            for child in token.children or []:
                if child.type == "link_open":
                    self._lead(child)
        renderer = MarkdownIt("commonmark", {"html": False, "highlight": _fence}).enable(["table", "strikethrough"])
        written = str(renderer.renderer.render(_without_images(tokens), renderer.options, {}))
        return written.replace("<table>", f'<div class="wide" {_SCROLLS}><table>').replace("</table>", "</table></div>")

    def _lead(self, link: Token) -> None:
        """Lead a link to another notebook to its chapter; a file that is not here is named, not linked."""
        target = str(link.attrGet("href") or "")
        name = target.partition("#")[0].removeprefix("./").removesuffix(".ipynb")
        if name in self._names:
            link.attrSet("href", f"#{name}")
        elif not target.startswith(("https://", "http://", "mailto:", "#")):
            link.attrs.pop("href", None)


def _without_images(tokens: list[Token]) -> list[Token]:
    """Put the words of each Markdown image in its place: the page holds nothing that has to be fetched."""
    for token in tokens:
        for child in token.children or []:
            if child.type == "image":
                child.type, child.tag, child.nesting, child.children = "text", "", 0, None
    return tokens


def _code(text: str, language: str) -> str:
    return f'<pre tabindex="0"><code>{_fence(text, language, "")}</code></pre>'


def _fence(text: str, language: str, _: str) -> str:
    """Return code as highlighted HTML, without a frame."""
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(text)
    return str(highlight(text, lexer, HtmlFormatter(nowrap=True)))


def _colours(theme: str) -> str:
    """Return a theme's rules, without those that colour the paper."""
    rules = HtmlFormatter(style=theme).get_style_defs("pre").splitlines()
    return "\n".join(rule for rule in rules if re.match(r"pre \.\w+ ", rule) and not rule.startswith("pre .err"))


def _table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    # pandas writes nothing above its index: that corner heads no column, and what stands below it heads the rows
    head = "".join(f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in header)
    first = '<th scope="row">{}</th>' if header and not header[0] else "<td>{}</td>"
    templates = (first, *["<td>{}</td>"] * (len(header) - 1))
    cells = ("".join(map(str.format, templates, map(escape, row))) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    rows_of_it = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="output wide" {_SCROLLS}><table class="data">{rows_of_it}</table></div>'


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _slug(text: str) -> str:
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")
