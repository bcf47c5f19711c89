"""Long lines of code and output, broken where a reader would, so that nothing runs off the page."""

from __future__ import annotations

#: Continuation lines stand this much further in than the line that they continue.
_HANG = 4

#: A line is broken at a blank only if what stays is at least this share of the width; else in the middle of a word.
_LEAST = 0.5


def wrap(text: str, columns: int) -> str:
    """Return the text with no line longer than ``columns``; shorter lines stay as they are."""
    return "\n".join(piece for line in text.splitlines() for piece in _pieces(line, columns))


def widest(text: str) -> int:
    """Return the length of the longest line, in columns."""
    return max(map(len, text.splitlines()), default=0)


def _pieces(line: str, columns: int) -> list[str]:
    indent = len(line) - len(line.lstrip(" "))
    hang = " " * min(indent + _HANG, columns // 2)
    pieces: list[str] = []
    while len(line) > columns:
        blank = line.rfind(" ", 0, columns + 1)
        cut = blank if blank >= max(columns * _LEAST, len(hang) + 1) else columns
        pieces.append(line[:cut].rstrip())
        line = hang + line[cut:].lstrip(" ")
    return [*pieces, line]
