"""The picture: a snapshot in, a scene of keyed elements out, and its SVG. Pure, and the only renderer.

Examples
--------
>>> picture.svg(picture.scene(snapshot, width=800))   # doctest: +SKIP
"""

from labkit.picture.compose import scene
from labkit.picture.describe import describe, summary
from labkit.picture.scene import Changes, Element, Part, Scene, diff
from labkit.picture.svg import Theme, stylesheet, svg

__all__ = [
    "Changes",
    "Element",
    "Part",
    "Scene",
    "Theme",
    "describe",
    "diff",
    "scene",
    "stylesheet",
    "summary",
    "svg",
]
