"""Where the pictures of a filmstrip stand, and what of each whole picture it shows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from labkit.board import picture
from labkit.board.picture import legend, pods, shapes
from labkit.board.picture.backing import backing_of
from labkit.board.picture.requests_strip import WINDOW
from labkit.board.picture.scene import LINES, Canvas, Element, Part, Scene, path, rect, text
from labkit.board.picture.text import width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.state import Snapshot

#: The pictures are drawn larger than on the board, so that their smallest text (8.5 pixels) is still read.
SCALE = 1.3
#: From this width on two pictures stand side by side.
_TWO = 840
_MARGIN = 14.0
_GAP = 12.0
_PAD = 10.0
_LINE = 17.0
_BADGE = 11.0
_HEADING = 44.0
#: The margin that the whole picture has at its sides: here the frame is the margin.
_EDGE = 14.0
#: How far a tick of the strip of requests, or its mark, reaches above its line, and what is written above it.
_TICKS = 23.0
_ASKED = f"Requests of the last {WINDOW:.0f} s"
#: Kinds of elements between which the stage is: what is above or below it is not shown.
_STAGE = ("service:", "waiting", "node:")


class Cell(NamedTuple):
    """One picture with its words: when, what happens, and the whole picture."""

    when: str
    sentence: str
    scene: Scene


class Version(NamedTuple):
    """A revision's colour (and shape), and what it is in words."""

    colour: int
    said: str


class Piece(NamedTuple):
    """A part of a picture: its elements, and where it begins and ends."""

    scene: Scene
    top: float
    bottom: float

    @property
    def height(self) -> float:
        """How tall it is in a filmstrip, in pixels."""
        return (self.bottom - self.top) * SCALE


def columns(across: float, *, alone: bool) -> int:
    """Return how many pictures stand side by side; where all Deployments are shown, each takes the whole width."""
    return 2 if alone and across >= _TWO else 1


def scene_width(across: float, count: int) -> float:
    """Return how wide each picture has to be laid out."""
    return round(_inner(across, count) / SCALE + 2 * _EDGE, 1)


def draw(
    title: str, cells: Sequence[Cell], across: float, count: int, versions: Sequence[Version]
) -> tuple[str, float, list[float]]:
    """Return all pictures as SVG, how tall they are together, and where each row but the first begins.

    Parameters
    ----------
    title
        What stands above them.
    cells
        The pictures, in order.
    across
        The width of all, in pixels.
    count
        How many stand side by side.
    versions
        What the colours mean.
    """
    canvas = Canvas(across)
    canvas.put("title", _MARGIN + 2, 29, [text(0, 0, title, "name")])
    drawn: list[str] = []
    rows: list[float] = []
    y = _HEADING
    for start in range(0, len(cells), count):
        row = cells[start : start + count]
        pieces = [_pieces(cell.scene) for cell in row]
        lines = [_words(cell, _inner(across, count)) for cell in row]
        words = max(len(each) for each in lines) * _LINE + 10
        tall = words + max(sum(p.height for p in each) + 8 * (len(each) - 1) for each in pieces) + 2 * _PAD
        for i, cell in enumerate(row):
            x = _MARGIN + i * (_inner(across, count) + 2 * _PAD + _GAP)
            frame = _inner(across, count) + 2 * _PAD
            canvas.put(f"frame:{start + i}", x, y, [rect(0, 0, frame, tall, "frame", 10)], "film", layer=0)
            _caption(canvas, start + i + 1, cell, lines[i], (x + _PAD, y + _PAD, frame - 2 * _PAD))
            top = y + _PAD + words
            for piece in pieces[i]:
                place = f"translate({x + _PAD - _EDGE * SCALE:g} {top - piece.top * SCALE:.1f}) scale({SCALE})"
                drawn.append(f'<g transform="{place}">{picture.body(piece.scene)}</g>')
                top += piece.height + 8
        y += tall + _GAP
        rows.append(round(y - _GAP / 2, 1))
    frame = _inner(across, count) + 2 * _PAD
    if len(cells) % count:  # the place beside the last picture is free
        x, w = _MARGIN + frame + _GAP + _PAD, frame - 2 * _PAD
        _key(canvas, drawn, versions, (x, y - tall - _GAP + _PAD + 4, w))
        bottom = y
    else:
        bottom = _key(canvas, drawn, versions, (_MARGIN, y, across - 2 * _MARGIN)) + _MARGIN
    return picture.body(_scene(canvas)) + "\n" + "\n".join(drawn), round(bottom, 1), rows[:-1]


def _key(canvas: Canvas, drawn: list[str], versions: Sequence[Version], where: tuple[float, float, float]) -> float:
    """Tell what colours, shapes and glyphs mean, and return where that ends."""
    x, y, w = where
    at = x
    for version in versions:
        wide = 20 + width(version.said, "caption") + 22
        if at > x and at + wide > x + w:
            at, y = x, y + _LINE + 3
        parts = [path(shapes.shape(version.colour, 14), "swatch"), text(14, 4.5, version.said, "caption", "dim")]
        canvas.put(f"revision:{version.said}", at + 8, y + 9, parts, pods.colour(version.colour))
        at += wide
    y += _LINE + 9 if versions else 0
    below = Canvas(w / SCALE)
    tall = legend.draw(below, 0, 0, w / SCALE)
    drawn.append(f'<g transform="translate({x:g} {y:.1f}) scale({SCALE})">{picture.body(_scene(below))}</g>')
    return y + tall * SCALE


def _inner(across: float, count: int) -> float:
    """Return how wide the content of a frame is."""
    return (across - 2 * _MARGIN - _GAP * (count - 1)) / count - 2 * _PAD


def _scene(canvas: Canvas) -> Scene:
    return Scene(canvas.width, 0, canvas.elements, "", "")


def _words(cell: Cell, room: float) -> list[str]:
    """Return the lines of a caption: beside its number, and as far as its time."""
    return wrap(cell.sentence, "caption", room - 2 * _BADGE - 8 - width(cell.when, "caption") - 12)


def _caption(canvas: Canvas, number: int, cell: Cell, lines: list[str], where: tuple[float, float, float]) -> None:
    x, y, w = where
    parts: list[Part] = [
        Part("circle", {"cx": _BADGE, "cy": _BADGE, "r": _BADGE, "class": "badge"}),
        Part(
            "text", {"x": _BADGE, "y": _BADGE + 4.2, "class": "t-strong badge-n", "text-anchor": "middle"}, f"{number}"
        ),
        text(w, 15.5, cell.when, "caption", "dim", "end"),
    ]
    parts += [text(2 * _BADGE + 8, 15.5 + i * _LINE, line, "caption") for i, line in enumerate(lines)]
    canvas.put(f"caption:{number}", x, y, parts)


def _pieces(scene: Scene) -> list[Piece]:
    """Return what of a whole picture is shown: its requests, and its stage with Services, Nodes and Pods."""
    found = []
    if requests := scene.elements.get("requests"):
        found.append(_requests(scene, requests))
    edges = [each for key, e in scene.elements.items() if key.startswith(_STAGE) for each in _edges(e)]
    top, bottom = min(edges, default=0.0), max(edges, default=scene.height)
    stage = {
        key: e
        for key, e in scene.elements.items()
        if (e.layer == LINES or top <= e.y <= bottom) and not key.startswith(_TELLS)
    }
    if (line := stage.get("waiting")) and not _holds(line, stage):
        del stage["waiting"]  # a line on which nobody waits tells nothing in a picture that stands still
    return [*found, Piece(_only(scene, stage), top - 1, bottom + 1)]


def _requests(scene: Scene, element: Element) -> Piece:
    """Return the ticks of the strip of requests, without the counts, which are for those who follow it."""
    ticks = [p for p in element.parts if p.tag == "path"]
    line = next(p for p in ticks if p.attributes["class"] == "rule")
    base = element.y + float(str(line.attributes["d"]).split("H")[0].split()[-1])
    kept = Element("requests", element.x, element.y, element.cls, tuple(ticks), element.layer, element.title)
    said = Element("asked", element.x, base - _TICKS - 5, "", (text(0, 0, _ASKED, "tiny", "dim"),))
    return Piece(_only(scene, {"requests": kept, "asked": said}), base - _TICKS - 14, base + 3)


def _holds(line: Element, stage: dict[str, Element]) -> bool:
    """Return whether something stands on the line of those without a Node."""
    top, bottom = min(_edges(line)), max(_edges(line))
    return any(top < e.y < bottom for key, e in stage.items() if key != "waiting" and e.layer != LINES)


#: What a caption, the legend below all pictures, and the sentences say already.
_TELLS = ("live", "said", "requests", "card:", "rs:", "others", "legend:", "event")


def _only(scene: Scene, elements: dict[str, Element]) -> Scene:
    return Scene(scene.width, scene.height, elements, scene.title, scene.description)


def _edges(element: Element) -> list[float]:
    """Return the upper and lower edges of an element's boxes."""
    boxes = [p.attributes for p in element.parts if p.tag == "rect"]
    return [element.y + float(b["y"]) + d for b in boxes for d in (0.0, float(b["height"]))]


def versions(snapshots: Sequence[Snapshot], app: str) -> list[Version]:
    """Return the colours and shapes of a Deployment's revisions that have, or desire, Pods in one of the pictures."""
    seen: dict[str, Version] = {}
    for snapshot in snapshots:
        deployment = snapshot.deployment(app)
        if deployment is None:
            continue
        paint = backing_of(snapshot).colours
        for each in snapshot.replica_sets_of(deployment):
            if each.desired or snapshot.pods_of(each):
                images = ", ".join(image.rpartition("/")[2] for image in each.images)
                # the last one counts: a rollback gives a ReplicaSet another revision
                seen[each.uid] = Version(paint.get(each.uid, 0), f"revision {each.revision}: {images}")
    return sorted(seen.values())
