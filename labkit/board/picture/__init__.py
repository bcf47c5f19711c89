"""The picture: a snapshot in, a scene of keyed elements out, and its SVG. Pure, and the only renderer.

Examples
--------
>>> picture.svg(picture.scene(snapshot, width=800))   # doctest: +SKIP
"""

from labkit.board.picture.compose import scene
from labkit.board.picture.describe import describe, summary
from labkit.board.picture.scene import Changes, Element, Part, Scene, diff
from labkit.board.picture.svg import Theme, body, document, stylesheet, svg

__all__ = [
    "Changes",
    "Element",
    "Part",
    "Scene",
    "Theme",
    "body",
    "describe",
    "diff",
    "document",
    "scene",
    "stylesheet",
    "summary",
    "svg",
]
