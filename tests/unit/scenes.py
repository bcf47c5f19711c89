"""What the tests of the picture look at: recorded moments, crowded ones, and the boxes that texts and pods take."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from labkit.app.tally import Tick
from labkit.board import picture
from labkit.board.picture.text import STYLES, width
from labkit.state import Change, Snapshot, Store
from tests.unit import recording

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.board.picture import Element, Scene

WIDTHS = (480, 620, 800, 900, 1280)


def until(changes: list[Change], end: float) -> Store:
    """Return a store that has seen the changes up to a moment."""
    store = Store()
    for change in changes:
        if change.at <= end:
            store.apply(change)
    return store


def having(snapshot: Snapshot, kind: str, name: str, edit: Callable[[dict[str, Any]], object]) -> Snapshot:
    """Return the moment with one recorded object edited as JSON: what the recording itself does not hold."""
    changes = [c for c in recording.changes() if c.at <= snapshot.at]
    store = until(changes, snapshot.at)
    last = next(c for c in reversed(changes) if c.kind == kind and c.object["metadata"]["name"] == name)
    edited = copy.deepcopy(last.object)
    edit(edited)
    edited["metadata"]["resourceVersion"] = "999999999"
    return store.apply(Change(kind, "MODIFIED", edited, snapshot.at))


def texts(element: Element) -> list[str]:
    """Return the lines of text of an element."""
    return [part.text for part in element.parts if part.tag == "text"]


@cache
def different() -> tuple[Snapshot, ...]:
    """Return the recorded moments that differ in what there is to say."""
    seen: dict[str, Snapshot] = {}
    for snapshot in recording.moments():
        seen.setdefault(picture.describe(snapshot), snapshot)
    return tuple(seen.values())


def ticks(until: float, lost: int = 0, retried: int = 0) -> tuple[Tick, ...]:
    """Return 14 s of requests at 20 a second, half of them from each version; the last ones are lost or retried."""
    made = [
        Tick(until - 14 + i * 0.05, ("1.0.0", "2.0.0")[i % 2], 0.004 + i % 7 / 1000, "hello-x", tries=1)
        for i in range(280 - lost - retried)
    ]
    made += [Tick(until - 0.4 + i * 0.05, "2.0.0", 2.1, "hello-x", tries=2) for i in range(retried)]
    made += [Tick(until - 0.2 + i * 0.05, None, 6.1, "504 Gateway Timeout", tries=3) for i in range(lost)]
    return tuple(made)


@cache
def many(count: int) -> Snapshot:
    """Return the lesson with hello at ``count`` pods: the recorded ones and copies of them, under other names."""
    store = Store()
    changes = recording.changes()
    end = recording.when("hello: 3/3 ready on 3 nodes").at
    for change in changes:
        if change.at <= end:
            store.apply(change)
    models = [c.object for c in changes if c.kind == "Pod" and c.at <= end and c.type == "MODIFIED"]
    models = [m for m in models if m["metadata"]["name"].startswith("hello") and m["spec"].get("nodeName")]
    for i in range(count - 3):
        pod = copy.deepcopy(models[-1 - i % 3])
        pod["metadata"] |= {"uid": f"uid-{i}", "name": f"{pod['metadata']['name'][:-5]}{i:05d}"}
        pod["spec"]["nodeName"] = f"poc-worker{('', '2', '3')[i % 3]}"
        store.apply(Change("Pod", "ADDED", pod, end))
    return store.snapshot


@dataclass(frozen=True)
class Line:
    """A line of text on the picture, with the box it takes."""

    key: str
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Line) -> bool:
        """Return whether two lines cover each other by more than a hair."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.5
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 1.0
        )


def text_lines(scene: Scene) -> list[Line]:
    """Return every line of text with its box, from the widths of the fonts' characters."""
    found = []
    for element in scene.elements.values():
        for part in element.parts:
            if part.tag != "text":
                continue
            style = str(part.attributes["class"]).split()[0].removeprefix("t-")
            wide = width(part.text, style)
            x, y = element.x + float(part.attributes["x"]), element.y + float(part.attributes["y"])
            left = x - {"end": wide, "middle": wide / 2}.get(str(part.attributes.get("text-anchor")), 0)
            size = STYLES[style].size
            found.append(Line(element.key, part.text, left, y - size * 0.76, left + wide, y + size * 0.22))
    return found


def overlapping(lines: list[Line]) -> list[tuple[Line, Line]]:
    """Return the lines that cover each other: each is held against those only that begin above its lower edge."""
    ordered = sorted(lines, key=lambda line: line.top)
    found = []
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.top >= one.bottom:
                break
            if one.overlaps(other):
                found.append((one, other))
    return found


def bodies(scene: Scene) -> list[tuple[str, float, float, float]]:
    """Return key, middle and half size of every pod."""
    found = []
    for element in scene.elements.values():
        if element.key.startswith(("pod:", "ghost:")):
            numbers = [abs(float(n)) for n in _numbers(str(element.parts[0].attributes["d"]))]
            found.append((element.key, element.x, element.y, max(numbers)))
    return found


def _numbers(d: str) -> list[str]:
    for letter in "MLHVQACZ":
        d = d.replace(letter, " ")
    return [n for n in d.split() if n]
