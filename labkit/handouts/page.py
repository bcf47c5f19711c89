"""The HTML: one file that needs nothing else. Style, pictures, highlighting and the runs that it replays are inside."""

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

from labkit.board import replay_html
from labkit.board.excerpt import excerpt, told
from labkit.handouts import pictures
from labkit.handouts.source import Chapter, Code, Output, Part, Picture, Prose, Table
from labkit.handouts.typst_markdown import MARKDOWN
from labkit.handouts.words import NOTE, SUBTITLE, TITLE
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markdown_it.token import Token

    from labkit.recording.source import Source

TEMPLATES = REPO / "handouts"

#: Themes of Pygments whose colours all keep 4.5:1 against the shade behind code (WCAG 2.2, 1.4.3; computed).
_LIGHT, _DARK = "xcode", "github-dark"

#: What a page without scripts may: nothing but be styled.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

#: For how wide windows a run is laid out, in pixels: a page of the handouts is at most 54 rem wide.
_WIDTHS = (400, 760)

#: What is wider than a small screen is scrolled with the keyboard too.
_SCROLLS = 'tabindex="0" role="group" aria-label="table"'


def html(chapters: Sequence[Chapter], runs: Mapping[str, Source] | None = None) -> str:
    """Return the handouts as one HTML document.

    Parameters
    ----------
    chapters
        The notebooks.
    runs
        The recording of a chapter's run, by its name: it plays where the chapter's first picture stands, and that stays
        for who has no scripts, and on paper. Without a recording there are only pictures, and no script.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    colours = f"{_colours(_LIGHT)}\n@media screen and (prefers-color-scheme: dark) {{\n{_colours(_DARK)}\n}}"
    names = {chapter.name for chapter in chapters}
    runs = runs or {}
    rendered = [_Chapter(chapter, names, runs.get(chapter.name)) for chapter in chapters]
    replayed = any(chapter.replays for chapter in rendered)
    script = replay_html.script() if replayed else ""
    trusted = Markup(style + colours + (replay_html.style() if replayed else ""))  # noqa: S704 - our own style sheets
    template = environment.get_template("page.html")
    return template.render(
        title=TITLE,
        subtitle=SUBTITLE,
        note=NOTE,
        style=trusted,
        chapters=rendered,
        policy=replay_html.policy(script) if replayed else _POLICY,
        script=Markup(script),  # noqa: S704 - our own script
    )


class _Chapter:
    """A chapter as the template sees it: ``id``, ``title``, ``number``, ``sections`` for the contents, and ``body``."""

    def __init__(self, chapter: Chapter, names: set[str], run: Source | None) -> None:
        self.id, self.title, self.number = chapter.name, chapter.title, chapter.number
        self.sections: list[tuple[str, str]] = []
        self._names = names
        self._pictures = 0
        self._run = run
        self.replays = False
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
                figure = f'<figure tabindex="0">{drawn}{below}</figure>'
                return figure if self._run is None or self.replays else self._replay(self._run, figure)

    def _replay(self, run: Source, figure: str) -> str:
        """Return the chapter's run, which plays where scripts are on, and the picture where they are not."""
        self.replays = True
        shown = excerpt(run)
        name = f"{self.title}: the run, replayed"
        return replay_html.section(shown, told(run, shown), name, fallback=figure, widths=_WIDTHS)

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
