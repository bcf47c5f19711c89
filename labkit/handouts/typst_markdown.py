"""Markdown to Typst, over markdown-it's tokens.

All text goes out as Typst *strings*, never as markup: ``#"…"``. So no character of a notebook can mean anything to
Typst, and nothing has to be escaped but what Typst's strings escape.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

    #: Typst code for a link's target (``<label>`` or a string), or None where it leads nowhere on paper.
    Links = Callable[[str], str | None]

#: CommonMark with the two additions that JupyterLab's notebooks use.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

#: Longer words of inline code may be broken (by a zero-width space); shorter ones stay whole, fit to be copied.
_LONGEST_WORD = 36
_BREAKABLE = re.compile(r"(?<=[/,.=\-_:])(?=\w)")


def string(text: str) -> str:
    """Return a Typst string literal."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "", "\t": "\\t"}
    return '"' + "".join(escapes.get(sign, sign) for sign in text if sign >= " " or sign in "\n\t") + '"'


def inline_code(text: str) -> str:
    """Return inline code, with places to break in words that are too long for a line."""
    words = (_BREAKABLE.sub("\u200b", word) if len(word) > _LONGEST_WORD else word for word in text.split(" "))
    return f"#raw({string(' '.join(words))})"


def render(text: str, *, links: Links, code: Callable[[str, str], str], level: int = 0) -> str:
    """Return Markdown as Typst markup.

    Parameters
    ----------
    text
        The Markdown.
    links
        Where its links lead.
    code
        Writes a fenced code block: text and language in, Typst markup out.
    level
        Added to each heading's level.
    """
    return _Renderer(links, code, level).blocks(MARKDOWN.parse(text))


def inline(text: str, links: Links = lambda _: None) -> str:
    """Return Markdown without blocks (a sentence, a heading) as Typst markup."""
    (token,) = MARKDOWN.parseInline(text)
    return _Renderer(links, lambda *_: "", 0).inline(token.children or [])


class _Renderer:
    def __init__(self, links: Links, code: Callable[[str, str], str], level: int) -> None:
        self.links, self.code, self.level = links, code, level

    def blocks(self, tokens: Sequence[Token]) -> str:
        """Return block tokens as markup; each container's inside comes through here again."""
        out: list[str] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            end = _closing(tokens, at) if token.nesting == 1 else at
            out.append(self._block(token, tokens[at + 1 : end]))
            at = end + 1
        return "\n".join(part for part in out if part)

    def _block(self, token: Token, inside: Sequence[Token]) -> str:  # noqa: PLR0911 - one for each kind of block
        match token.type:
            case "heading_open":
                return f"#heading(level: {int(token.tag[1]) + self.level})[{self.blocks(inside)}]"
            case "paragraph_open":
                # in a tight list a paragraph is not one: markdown-it hides it
                return self.blocks(inside) if token.hidden else f"#par[{self.blocks(inside)}]"
            case "inline":
                return self.inline(token.children or [])
            case "bullet_list_open":
                return f"#list(tight: {_tight(inside)}, {self._items(inside)})"
            case "ordered_list_open":
                start = int(token.attrGet("start") or 1)
                return f"#enum(start: {start}, tight: {_tight(inside)}, {self._items(inside)})"
            case "blockquote_open":
                return f"#quotation[{self.blocks(inside)}]"
            case "fence" | "code_block":
                return self.code(token.content.rstrip("\n"), token.info.strip().split(" ")[0] or "text")
            case "table_open":
                return self._table(inside)
            case "hr":
                return "#rule()"
            case _:
                return f"#{string(token.content)}" if token.content else ""

    def _items(self, tokens: Sequence[Token]) -> str:
        items: list[str] = []
        at = 0
        while at < len(tokens):
            end = _closing(tokens, at)
            items.append(f"[{self.blocks(tokens[at + 1 : end])}]")
            at = end + 1
        return ", ".join(items)

    def _table(self, tokens: Sequence[Token]) -> str:
        rows: list[list[str]] = []
        alignments: list[str] = []
        for at, token in enumerate(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if len(rows) == 1:
                    alignments.append(_alignment(token))
                rows[-1].append(self.inline(tokens[at + 1].children or []))
        return table(rows, alignments)

    def inline(self, tokens: Sequence[Token]) -> str:
        """Return inline tokens as markup."""
        out: list[str] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            end = _closing(tokens, at) if token.nesting == 1 else at
            out.append(self._inline(token, tokens[at + 1 : end]))
            at = end + 1
        return "".join(out)

    def _inline(self, token: Token, inside: Sequence[Token]) -> str:  # noqa: PLR0911 - likewise
        match token.type:
            case "code_inline":
                return inline_code(token.content)
            case "strong_open":
                return f"#strong[{self.inline(inside)}]"
            case "em_open":
                return f"#emph[{self.inline(inside)}]"
            case "s_open":
                return f"#strike[{self.inline(inside)}]"
            case "link_open":
                target = self.links(str(token.attrGet("href") or ""))
                return f"#link({target})[{self.inline(inside)}]" if target else self.inline(inside)
            case "image":
                # a notebook's pictures are outputs; what a Markdown image shows is said by its words
                return f"#emph[#{string(token.content)}]" if token.content else ""
            case "softbreak":
                return '#" "'
            case "hardbreak":
                return "#linebreak()"
            case _:
                return f"#{string(token.content)}" if token.content else ""


def table(rows: Sequence[Sequence[str]], alignments: Sequence[str], *, mono: bool = False) -> str:
    """Return a table: rows of cells that are Typst markup already, the first row being the header."""
    if not rows or not rows[0]:
        return ""
    header, *body = [", ".join(f"[{cell}]" for cell in row) for row in rows]
    align = ", ".join(alignments)
    cells = "".join(f"  {row},\n" for row in body)
    return f"#grid-table({len(rows[0])}, ({align},), {str(mono).lower()}, ({header},), (\n{cells}))"


def _alignment(token: Token) -> str:
    style = str(token.attrGet("style") or "")
    return "right" if "right" in style else "center" if "center" in style else "left"


def _tight(items: Sequence[Token]) -> str:
    hidden = [token.hidden for token in items if token.type == "paragraph_open" and token.level == items[0].level + 1]
    return "true" if all(hidden) else "false"


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Return the index of the token that closes the one at ``at``."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1
