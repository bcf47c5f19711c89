"""The heading: what there is to see in a few words, and whether it is the present."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture import words
from labkit.board.picture.scene import Canvas, Part, path, text
from labkit.board.picture.text import fit, width, wrap

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement

_LINE = 14


def height(w: float) -> float:
    """Return how tall the heading is: for as many lines as its words can come to need at that width."""
    return 24 + _LINE * (_lines(w) - 1)


def _lines(w: float) -> int:
    return 3 if w < 640 else 2 if w < 1000 else 1  # noqa: PLR2004 - what the words of a rollout need


def draw(
    canvas: Canvas,
    seen: Arrangement,
    x: float,
    y: float,
    w: float,
    said: list[tuple[bool, str]],
    *,
    live: bool,
    now: float | None = None,
) -> None:
    """Draw what there is to see in a few words, and whether it is the present; else what time it is on the picture."""
    snapshot = seen.snapshot
    at = snapshot.at if now is None else now
    if snapshot.stale is not None:
        since = f" since {words.clock(snapshot.stale_since)}" if snapshot.stale_since else ""
        state, tone = f"not live{since}", "bad"
    elif live:
        state, tone = "live", "good"
    else:
        state, tone = words.clock(at) if at else "", "dim"
    mark = x + w - width(state, "strong") - 8
    parts = [text(x + w - width(state, "strong"), y + 12, state, "strong", tone)]
    if live or snapshot.stale is not None:
        cy = y + 8
        cross = path(f"M{mark - 4:.1f} {cy - 4}l8 8m0-8l-8 8", f"k-{tone}")
        dot = Part("circle", {"cx": round(mark, 1), "cy": cy, "r": 4, "class": f"f-{tone}"})
        parts.append(cross if snapshot.stale is not None else dot)
    canvas.put("live", 0, 0, parts, "heading")
    lines = _said(snapshot.stale, said, mark - 16 - x, _lines(w))
    canvas.put("said", x, y, [text(0, 12 + i * _LINE, line, "said", "dim") for i, line in enumerate(lines)], "heading")


def _said(why: str | None, all_of_it: list[tuple[bool, str]], room: float, most: int) -> list[str]:
    """Return the heading's lines: everything; else what is not as desired; else the count of that."""
    stale = f"{why}." if why else ""
    calm = [said for well, said in all_of_it if well]
    rest = [said for well, said in all_of_it if not well]
    also = [f"{len(calm)} more: as desired."] if calm else []
    count = f"{len(calm)} of {len(calm) + len(rest)} as desired." if calm else f"{len(rest)} not as desired yet."
    candidates: tuple[list[str], ...] = ([said for _, said in all_of_it], [*rest, *also], [count], [])
    for candidate in candidates:
        lines = wrap(" ".join([stale, *candidate]), "said", room)
        if len(lines) <= most:
            return lines
    return [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), "said", room)]
