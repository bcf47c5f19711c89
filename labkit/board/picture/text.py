"""Text on the board: its few styles, and how wide a line comes out at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# Advance widths of the printable ASCII characters in hundredths of an em, read from DejaVu Sans, DejaVu Sans Bold and
# DejaVu Sans Mono 2.37. They are the widest fonts that JupyterLab's own font list comes down to on a usual system, so a
# line that fits in them fits in Helvetica, Arial or Segoe UI as well.
_PLAIN = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34,
    84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99,
    69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52,
    39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_BOLD = (
    35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40,
    84, 84, 84, 58, 100, 77, 76, 73, 83, 68, 68, 82, 84, 37, 37, 77, 64, 100, 84, 85, 73, 85, 77, 72, 68, 81, 77, 110,
    77, 72, 73, 46, 37, 46, 84, 50, 50, 67, 72, 59, 72, 68, 44, 72, 71, 34, 34, 67, 34, 104, 71, 69, 72, 72, 49, 60,
    48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84,
)  # fmt: skip
_MONO = 60
_OTHER = {"·": 38, "…": 100}
#: Anything else: Chinese characters are one em wide, and so is what we do not know.
_FULL = 100
_FIRST, _LAST = 32, 126


@dataclass(frozen=True, slots=True)
class Style:
    """Size in pixels, and the face."""

    size: float
    bold: bool = False
    mono: bool = False
    italic: bool = False


#: Every text on the board has one of these styles; the style sheet is written from them too.
STYLES = {
    "name": Style(15, bold=True),
    "num": Style(15, bold=True),
    "caption": Style(13),
    "strong": Style(11, bold=True),
    "body": Style(11),
    "small": Style(10),
    "tiny": Style(9),
    "mono": Style(10, mono=True),
    "pod": Style(10, mono=True),
    "podsmall": Style(8.5, mono=True),
    "said": Style(11, italic=True),
}


@lru_cache(maxsize=8192)
def width(text: str, style: str) -> float:
    """Return the width of a line in pixels, at most."""
    face = STYLES[style]
    if face.mono:
        return sum(_MONO if ord(c) <= 0x2FF or c in _OTHER else _FULL for c in text) * face.size / 100  # noqa: PLR2004
    table = _BOLD if face.bold else _PLAIN
    units = sum(table[ord(c) - _FIRST] if _FIRST <= ord(c) <= _LAST else _OTHER.get(c, _FULL) for c in text)
    return units * face.size / 100


def fit(text: str, style: str, room: float) -> str:
    """Return the line, cut with an ellipsis where it would be wider than ``room`` pixels."""
    if width(text, style) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle].rstrip() + "…", style) <= room else (low, middle - 1)
    return text[:low].rstrip() + "…" if low else ""


def first_that_fits(candidates: tuple[str, ...], style: str, room: float) -> str:
    """Return the first line that fits; the last one, cut, when none does."""
    return next((c for c in candidates if width(c, style) <= room), fit(candidates[-1], style, room))


def fit_end(text: str, style: str, room: float) -> str:
    """Return the line, cut at its front where it would be wider than ``room`` pixels."""
    if width(text, style) <= room:
        return text
    low, high = 0, len(text)  # how much of the front goes
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width("…" + text[middle:].lstrip(), style) <= room else (middle + 1, high)
    return "…" + text[low:].lstrip() if low < len(text) else ""


def wrap(text: str, style: str, room: float) -> list[str]:
    """Return the text as lines that fit: broken at spaces, and within a word only where it alone is too long."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, style) <= room:
            line = longer
            continue
        if width(word, style) > room:
            line = longer  # it is broken anyway: then from where it begins
        else:
            if line:
                lines.append(line)
            line = word
        while width(line, style) > room and len(line) > 1:
            head = _head(line, style, room)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines


def wrap_name(text: str, style: str, room: float, most: int = 2) -> list[str]:
    """Return a word such as ``CreateContainerConfigError`` as at most `most` lines, broken before its capitals.

    What does not fit even then is cut at its end.
    """
    if width(text, style) <= room:
        return [text]
    pieces = re.findall(r"BackOff| not Ready|[ ,:]*(?:[A-Z]+(?![a-z])|[A-Z]?[^A-Z ,:]+)[,:]?|.", text)
    lines = [""]
    for piece in pieces:
        if not lines[-1] or width(lines[-1] + piece, style) <= room or len(lines) == most:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [fit(line.strip(), style, room) for line in lines]


def tail(text: str, style: str, room: float, most: int, keep: str = "") -> list[str]:
    """Return the text as at most `most` lines; what is too much goes from its front.

    Parameters
    ----------
    text, style, room
        What, how it is set, and how wide its lines may be in pixels.
    most
        How many lines there may be.
    keep
        A part of the text that must be seen. Where it would be cut away with the front, the text begins with it, and is
        cut at its end.
    """
    lines = wrap(text, style, room)
    if len(lines) <= most:
        return lines
    words = text.split()
    # The front goes word by word, and of one long word in the end letter by letter.
    for start in range(1, len(words)):
        rest = " ".join(words[start:])
        lines = wrap("… " + rest, style, room)
        if len(lines) <= most:
            if keep and keep not in rest and keep in text:
                break
            return lines
    if keep and keep in text:
        lines = wrap(("… " if not text.startswith(keep) else "") + text[text.index(keep) :], style, room)
        if len(lines) <= most:
            return lines
        return [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), style, room)]
    return [*lines[:1], *lines[1 - most :]] if most > 1 else [fit_end(text, style, room)]


def _head(word: str, style: str, room: float) -> str:
    """Return as many letters of a word as fit on a line, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(word[:middle], style) <= room else (low, middle - 1)
    return word[:low]
