"""Shapes and glyphs. A ReplicaSet is told by colour and shape, a pod's state by outline and glyph."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

from labkit.state import PodState

#: How many colours and shapes there are before they come again: coprime, so that 42 pairs differ.
COLOURS, SHAPES = 7, 6


@cache
def shape(index: int, size: float) -> str:
    """Return the outline of a ReplicaSet's pods as an SVG path around the origin.

    Parameters
    ----------
    index
        0 for the first ReplicaSet of a Deployment (a circle), 1 for the second (a rounded square), and so on.
    size
        Width and height in pixels.
    """
    r = size / 2
    match index % SHAPES:
        case 0:
            return f"M{_n(-r)} 0A{_n(r)} {_n(r)} 0 1 1 {_n(r)} 0A{_n(r)} {_n(r)} 0 1 1 {_n(-r)} 0Z"
        case 1:
            a, c = r * 0.94, r * 0.26
            b = a - c
            return (
                f"M{_n(-b)} {_n(-a)}H{_n(b)}Q{_n(a)} {_n(-a)} {_n(a)} {_n(-b)}V{_n(b)}Q{_n(a)} {_n(a)} {_n(b)} {_n(a)}"
                f"H{_n(-b)}Q{_n(-a)} {_n(a)} {_n(-a)} {_n(b)}V{_n(-b)}Q{_n(-a)} {_n(-a)} {_n(-b)} {_n(-a)}Z"
            )
        case 2:
            return _polygon(4, r, -pi / 2)
        case 3:
            return _polygon(6, r, 0)
        case 4:
            return _polygon(5, r, -pi / 2)
        case _:
            return _polygon(8, r, pi / 8)


def _polygon(corners: int, r: float, start: float) -> str:
    points = (start + 2 * pi * i / corners for i in range(corners))
    return "M" + "L".join(f"{_n(r * cos(a))} {_n(r * sin(a))}" for a in points) + "Z"


#: In a square of side 1 around the origin; drawn as strokes, so that no font has to have them.
_GLYPHS: dict[PodState, tuple[tuple[str, float, float], ...]] = {
    PodState.READY: (("M", -0.19, 0.02), ("L", -0.05, 0.16), ("L", 0.21, -0.14)),
    PodState.TERMINATING: (("M", -0.15, -0.15), ("L", 0.15, 0.15), ("M", 0.15, -0.15), ("L", -0.15, 0.15)),
    PodState.RUNNING: (("M", -0.1, -0.17), ("L", 0.18, 0.0), ("L", -0.1, 0.17), ("L", -0.1, -0.17)),
    PodState.STARTING: (
        ("M", -0.2, 0.0), ("L", -0.19, 0.0), ("M", 0.0, 0.0), ("L", 0.01, 0.0), ("M", 0.2, 0.0), ("L", 0.21, 0.0),
    ),
    PodState.PENDING: (("M", 0.0, -0.18), ("L", 0.0, 0.02), ("L", 0.13, 0.1)),
    PodState.FAILING: (("M", 0.0, -0.22), ("L", 0.0, 0.06), ("M", 0.0, 0.2), ("L", 0.0, 0.21)),
    PodState.COMPLETED: (("M", -0.14, 0.0), ("L", 0.14, 0.0)),
    PodState.UNKNOWN: (
        ("M", -0.12, -0.1), ("L", -0.1, -0.18), ("L", 0.0, -0.22), ("L", 0.1, -0.18), ("L", 0.13, -0.1),
        ("L", 0.08, -0.02), ("L", 0.0, 0.04), ("L", 0.0, 0.09), ("M", 0.0, 0.22), ("L", 0.0, 0.23),
    ),
}  # fmt: skip


@cache
def glyph(state: PodState, size: float) -> str:
    """Return the glyph of a pod's state as an SVG path around the origin, for a pod of that size in pixels."""
    return "".join(f"{command}{_n(x * size)} {_n(y * size)}" for command, x, y in _GLYPHS[state])


def _n(value: float) -> str:
    """Write a number short."""
    return f"{round(value, 1):g}"
