"""One pod: its body, a glyph for what it does, its name, and the word that kubectl has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board.picture import words
from labkit.board.picture.blocks import block
from labkit.board.picture.scene import FRONT, Canvas, path, rect, text
from labkit.board.picture.shapes import COLOURS, glyph, shape
from labkit.board.picture.signs import sign
from labkit.board.picture.text import fit, fit_end, width, wrap_name
from labkit.state import PodState, pod_state

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement
    from labkit.board.picture.scene import Part
    from labkit.state import Pod

#: From this size on a pod has room for the time of day at which it was made. Its age is told like that, and not in
#: seconds: a time of day stays as it is, so that no message is sent because time goes by and no picture is out of date
#: by itself; and it can be compared with the events and the revisions, which say when too.
_MADE = 60
#: The most lines that a pod's status takes.
STATUS_LINES = 3
_LINE = 11
_MOST_RESTARTS = 99


class Look(NamedTuple):
    """How a pod is drawn: size in pixels, lines of label (0: none, 1: its name, 2: its status too), room for them."""

    size: float
    lines: int
    room: float
    name: str = ""


def colour(index: int) -> str:
    """Return the style class of a ReplicaSet's colour; of a pod without one, a class without colour."""
    return f"r{index % COLOURS}" if index >= 0 else "rx"


def status_lines(pod: Pod, room: float) -> int:
    """Return how many lines a pod's status takes."""
    return len(wrap_name(words.status(pod), "tiny", room - 4, STATUS_LINES))


def draw(canvas: Canvas, seen: Arrangement, pod: Pod, x: float, y: float, look: Look) -> None:
    """Draw one pod with its middle at (x, y)."""
    said = words.node(seen.snapshot, pod.node).words if pod.node else ""
    silent = bool(pod.node) and words.silent(seen.snapshot, pod.node or "")
    about = _About(seen.colour(pod), "" if look.name else seen.label(pod), said, silent)
    block(canvas, ("pod", pod.uid), (pod, x, y, look, about), lambda own: _draw(own, pod, (x, y), look, about))


class _About(NamedTuple):
    """What of a pod's picture stands elsewhere: its colour, what tells it from the others, and its node's state."""

    colour: int
    label: str
    node: str
    silent: bool


def _draw(canvas: Canvas, pod: Pod, where: tuple[float, float], look: Look, its: _About) -> None:
    state = pod_state(pod)
    index, half, room = its.colour, look.size / 2, look.room - 4
    parts = [
        path(shape(index, look.size), "body"),
        path(glyph(state, look.size), "glyph" if look.lines else "glyph thin"),  # strokes clog a small one
    ]
    if look.lines:
        style, line = ("pod", 13) if look.lines > 1 else ("podsmall", 11)
        # a Pod's name ends with what tells it from the others, a Deployment's begins with it
        name = fit(look.name, style, room) if look.name else fit_end(its.label, style, room)
        parts.append(text(0, half + line, name, style, "fg", "middle"))
    if look.lines > 1:
        tone = "bad" if state is PodState.FAILING else "dim"
        for i, line_of in enumerate(wrap_name(words.status(pod), "tiny", room, STATUS_LINES)):
            parts.append(text(0, half + 25 + i * _LINE, line_of, "tiny", tone, "middle"))
        made = f"made {words.clock(pod.created)}" if pod.created and look.size >= _MADE else ""
        if made and width(made, "tiny") <= room:
            parts.append(text(0, half + 25 + status_lines(pod, look.room) * _LINE, made, "tiny", "dim", "middle"))
    if look.lines and pod.restarts:
        parts += _restarts(pod.restarts, half, look.room)
    about = f"{pod.name}: {words.status(pod)}"
    if pod.node:
        about += f" on {pod.node}" + (f", which is {its.node}" if its.node not in {"", "Ready"} else "")
    about += f", {pod.restarts} restart{'' if pod.restarts == 1 else 's'}" if pod.restarts else ""
    about += f". {pod.waiting}" if pod.waiting else ""
    cls = f"pod s-{state.value} {colour(index)}" + (" dimmed" if its.silent else "")
    canvas.put(f"pod:{pod.uid}", *where, parts, cls, layer=FRONT, title=about)


def _restarts(count: int, half: float, room: float) -> list[Part]:
    """Return the sign of a pod whose containers were restarted, and how often, at its upper right."""
    said = str(count) if count <= _MOST_RESTARTS else f"{_MOST_RESTARTS}+"
    wide = width(said, "tiny") + 17
    left, y = min(half + 12, room / 2) - wide, 4 - half
    return [
        rect(left, y - 7, wide, 14, "restarts", 7),
        sign("again", left + 8, y, "warn"),
        text(left + 14, y + 3.2, said, "tiny", "warn"),
    ]
