"""Small signs beside words, drawn as strokes: no font has to have them, and no colour is needed to tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture.scene import Part

if TYPE_CHECKING:
    from labkit.board.picture.words import Tone

#: Width and height, in pixels.
SIZE = 11
#: Around the origin.
_STROKES = {
    "check": "M-4 .5L-1.2 3.2L4 -3.4",
    "onward": "M-4 -3.6L-.4 0L-4 3.6M.6 -3.6L4.2 0L.6 3.6",
    "paused": "M-2.4 -4V4M2.4 -4V4",
    "alert": "M0 -4.6L5 4.4H-5ZM0 -1.2V1.4M0 2.9V3",
    "wait": "M-4 0H-3.9M0 0H.1M4 0H4.1",
    "cordoned": "M4.2 0A4.2 4.2 0 1 1 -4.2 0A4.2 4.2 0 1 1 4.2 0M-2.9 2.9L2.9 -2.9",
    "tainted": "M-3 4.8V-4.6H4L1.8 -2.2L4 .2H-3",
    "again": "M3.7 -1.7A4.1 4.1 0 1 0 4 1.3M4.5 -4.6V-1.4H1.3",
    "lost": "M-4 -4L4 4M4 -4L-4 4",
    "up": "M0 -2.8L3 2.4H-3Z",
    "down": "M0 2.8L3 -2.4H-3Z",
}


def sign(name: str, x: float, y: float, tone: Tone) -> Part:
    """Return a sign with its middle at (x, y)."""
    return Part("path", {"d": _STROKES[name], "class": f"sign k-{tone}", "transform": f"translate({x:.1f} {y:.1f})"})
