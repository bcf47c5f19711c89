"""Markdown to Typst, over markdown-it's tokens: sentences, as the lesson's words and notebooks have them.

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

    #: Typst code for a link's target (``<label>``), or None where it leads nowhere on paper.
    Links = Callable[[str], str | None]

#: CommonMark with the two additions that JupyterLab's notebooks use.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

#: Longer words of inline code may be broken; shorter ones stay whole.
_LONGEST_WORD = 36
_BREAKABLE = re.compile(r"(?<=[/,.=\-_:])(?=\w)")


def string(text: str) -> str:
    """Return a Typst string literal."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "", "\t": "\\t"}
    return '"' + "".join(escapes.get(sign, sign) for sign in text if sign >= " " or sign in "\n\t") + '"'


def inline_code(text: str) -> str:
    """Return inline code, with places to break in words that are too long for a line.

    Such a place is an empty box. A zero-width space would be one too, but it goes into what is copied out of the PDF.
    """
    pieces: list[str] = []
    for number, word in enumerate(text.split(" ")):
        parts = _BREAKABLE.split(word) if len(word) > _LONGEST_WORD else [word]
        before = f"{pieces.pop()} " if number else ""
        pieces += [before + parts[0], *parts[1:]]
    return "#box()".join(f"#raw({string(piece)})" for piece in pieces)


def _nowhere(_: str) -> None:
    """Lead no link anywhere."""


def inline(text: str, links: Links = _nowhere) -> str:
    """Return Markdown without blocks, a sentence or a heading, as Typst markup.

    Parameters
    ----------
    text
        The Markdown.
    links
        Where its links lead.
    """
    (token,) = MARKDOWN.parseInline(text)
    return _markup(token.children or [], links)


def _markup(tokens: Sequence[Token], links: Links) -> str:
    out: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _closing(tokens, at) if token.nesting == 1 else at
        out.append(_one(token, tokens[at + 1 : end], links))
        at = end + 1
    return "".join(out)


def _one(token: Token, inside: Sequence[Token], links: Links) -> str:  # noqa: PLR0911 - one for each kind
    match token.type:
        case "code_inline":
            return inline_code(token.content)
        case "strong_open":
            return f"#strong[{_markup(inside, links)}]"
        case "em_open":
            return f"#emph[{_markup(inside, links)}]"
        case "s_open":
            return f"#strike[{_markup(inside, links)}]"
        case "link_open":
            target = links(str(token.attrGet("href") or ""))
            return f"#link({target})[{_markup(inside, links)}]" if target else _markup(inside, links)
        case "image":
            # what a Markdown image shows is said by its words
            return f"#emph[#{string(token.content)}]" if token.content else ""
        case "softbreak":
            return '#" "'
        case "hardbreak":
            return "#linebreak()"
        case _:
            return f"#{string(token.content)}" if token.content else ""


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Return the index of the token that closes the one at ``at``."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1
