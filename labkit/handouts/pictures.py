"""The board's pictures, made fit for a page: what they say in words, and the SVG itself."""

from __future__ import annotations

import html
import re

#: Typst's own monospaced font, and the sans that comes from PyPI: no other letters are in the PDF.
SANS, MONO = "Source Sans Pro", "DejaVu Sans Mono"

_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title>", re.DOTALL)
_DESC = re.compile(r"<desc\b[^>]*>(.*?)</desc>", re.DOTALL)
_ID = re.compile(r"""\bid=(["'])(.+?)\1""")
_SIZE = re.compile(r"""<svg\b[^>]*?\bviewBox=["']\s*\S+[\s,]+\S+[\s,]+([\d.]+)[\s,]+([\d.]+)""", re.DOTALL)
_WIDTH_HEIGHT = {name: re.compile(rf"""<svg\b[^>]*?\b{name}=["']([\d.]+)""", re.DOTALL) for name in ("width", "height")}
_FAMILY = re.compile(r"""font-family\s*(?::\s*([^;}"<]+)|=\s*"([^"]*)"|=\s*'([^']*)')""")


def caption(svg: str) -> str:
    """Return a picture's own title, which everybody reads below it; nothing where it has none."""
    found = _TITLE.search(svg)
    return _plain(found[1]) if found else ""


def alternative(svg: str, plain: str) -> str:
    """Return the words that stand for a picture: its own title and description, else the output's plain text."""
    own = [_plain(found[1]) for pattern in (_TITLE, _DESC) if (found := pattern.search(svg))]
    words = [word for word in own if word]
    plain = " ".join(plain.split())
    if not words and plain and not plain.startswith("<"):
        words = [plain]
    ended = (word if word[-1] in ".!?:…" else f"{word}." for word in words)
    return " ".join(ended) or "A picture of the cluster."


def size(svg: str) -> tuple[float, float]:
    """Return a picture's width and height in pixels."""
    if found := _SIZE.search(svg):
        return float(found[1]), float(found[2])
    found_each = [pattern.search(svg) for pattern in _WIDTH_HEIGHT.values()]
    width, height = (float(found[1]) if found else 300.0 for found in found_each)
    return width, height


def described(svg: str) -> str:
    """Return a picture's own description, line by line; nothing where it has none."""
    found = _DESC.search(svg)
    return html.unescape(found[1]).strip() if found else ""


def for_screen(svg: str, prefix: str, alt: str) -> str:
    """Return a picture to stand inside an HTML page: its ids made its own, so that two alike can stand in one page.

    The prefix begins with a letter: the picture's own style sheet refers to the ids, and CSS wants that.
    """
    svg = svg[svg.index("<svg") :]
    for name in sorted({found[2] for found in _ID.finditer(svg)}, key=len, reverse=True):
        svg = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w])", f"{prefix}{name}", svg)
    head, bracket, rest = svg.partition(">")
    head = re.sub(r"""\s(?:role|aria-label|aria-labelledby)=("[^"]*"|'[^']*')""", "", head)
    width, _ = size(svg)
    label = html.escape(alt, quote=True)
    return f'{head} role="img" aria-label="{label}" style="max-width: {width:g}px"{bracket}{rest}'


def for_paper(svg: str) -> str:
    """Return a picture for Typst: light, and in fonts that it has, so that no letter depends on the machine."""
    svg = without_media(svg[svg.index("<svg") :])
    return _FAMILY.sub(_family, svg)


def without_media(css: str) -> str:
    """Drop ``@media`` rules with all that is in their braces: paper is light."""
    kept: list[str] = []
    at = 0
    while (start := css.find("@media", at)) >= 0:
        kept.append(css[at:start])
        depth, at = 0, css.find("{", start)
        if at < 0:
            return "".join(kept)
        while at < len(css):
            depth += (css[at] == "{") - (css[at] == "}")
            at += 1
            if depth == 0:
                break
    return "".join(kept) + css[at:]


def _family(found: re.Match[str]) -> str:
    named = (found[1] or found[2] or found[3] or "").lower()
    family = MONO if "mono" in named.split(",")[0] else SANS
    return f'font-family="{family}"' if found[1] is None else f"font-family: '{family}'"


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())
