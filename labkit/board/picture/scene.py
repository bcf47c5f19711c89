"""A scene: the picture as keyed elements with geometry, style class and label, before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Layers, from the back to the front.
BACK, LINES, FRONT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Part:
    """One SVG shape or line of text of an element, in the element's own coordinates."""

    tag: str
    attributes: Mapping[str, str | float]
    text: str = ""

    def as_json(self) -> list[Any]:
        """Return it as the live board gets it."""
        return [self.tag, dict(self.attributes), self.text]


@dataclass(frozen=True, slots=True)
class Element:
    """What moves as one: a pod, a line, a card.

    Parameters
    ----------
    key
        The same from scene to scene for the same thing: ``pod:<uid>``.
    x, y
        Where its origin is, in pixels.
    cls
        Style classes.
    layer
        :data:`BACK`, :data:`LINES` or :data:`FRONT`.
    title
        What a pointer that rests on it is told.
    """

    key: str
    x: float
    y: float
    cls: str
    parts: tuple[Part, ...]
    layer: int = FRONT
    title: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as the live board gets it."""
        return {
            "key": self.key,
            "x": self.x,
            "y": self.y,
            "cls": self.cls,
            "layer": self.layer,
            "title": self.title,
            "parts": [p.as_json() for p in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """The whole picture.

    Parameters
    ----------
    width, height
        In pixels.
    elements
        By key, in drawing order within each layer.
    title, description
        What the picture is, and what can be seen on it, for those who do not see it.
    stale
        Whether it may not be the present any more.
    """

    width: float
    height: float
    elements: Mapping[str, Element]
    title: str
    description: str
    stale: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the live board gets it."""
        return {**_frame(self), "elements": [e.as_json() for e in self.elements.values()]}


@dataclass(frozen=True, slots=True)
class Changes:
    """What leads from one scene to the next: elements that are new or different, and the keys of those that go.

    Parameters
    ----------
    put, remove
        The elements, and the keys.
    scene
        The one that they lead to.
    before
        The one that they lead from; None: nothing.
    """

    put: tuple[Element, ...]
    remove: tuple[str, ...]
    scene: Scene
    before: Scene | None = None

    def __bool__(self) -> bool:
        """Whether anything is different."""
        return bool(self.put or self.remove)

    def as_json(self) -> dict[str, Any]:
        """Return it as the live board gets it: only what is different.

        Of what the picture is as a whole (``width``, ``height``, ``title``, ``description``, ``stale``) those that
        differ. ``put`` holds whole elements; ``patch`` holds those that the page has already, as
        ``[key, {x, y, cls, title}, [[number of the part, {attribute: value or None}, text], …]]``: of the four and of
        the attributes those that differ, and the text only where it does. Where parts came or went, it has a fourth
        member, ``[number, how many go there, [parts that come there]]``; the numbers of the third are those after it.
        """
        old: Mapping[str, Element] = self.before.elements if self.before is not None else {}
        put, patch = [], []
        for element in self.put:
            was = old.get(element.key)
            if was is not None and was.layer == element.layer and bool(was.title) == bool(element.title):
                patch.append(_patch(was, element))
            else:
                put.append(element.as_json())
        frame = _frame(self.scene)
        if self.before is not None:
            before = _frame(self.before)
            frame = {name: value for name, value in frame.items() if value != before[name]}
        return {**frame, "put": put, "patch": patch, "remove": list(self.remove)}


def _frame(scene: Scene) -> dict[str, Any]:
    return {
        "width": scene.width,
        "height": scene.height,
        "title": scene.title,
        "description": scene.description,
        "stale": scene.stale,
    }


def _patch(old: Element, new: Element) -> list[Any]:
    own = {n: getattr(new, n) for n in ("x", "y", "cls", "title") if getattr(old, n) != getattr(new, n)}
    begin, end = _kept(old.parts, new.parts)
    gone, came = len(old.parts) - begin - end, new.parts[begin : len(new.parts) - end]
    kept = [*range(begin), *range(len(new.parts) - end, len(new.parts))]
    shift = len(old.parts) - len(new.parts)
    parts: list[list[Any]] = []
    for i in kept:
        a, b = old.parts[i if i < begin else i + shift], new.parts[i]
        if a is b or a == b:
            continue
        changed: dict[str, Any] = {n: v for n, v in b.attributes.items() if a.attributes.get(n) != v}
        changed |= dict.fromkeys(n for n in a.attributes if n not in b.attributes)
        parts.append([i, changed, b.text] if a.text != b.text else [i, changed])
    return [new.key, own, parts, [begin, gone, [p.as_json() for p in came]]] if gone or came else [new.key, own, parts]


def _kept(old: tuple[Part, ...], new: tuple[Part, ...]) -> tuple[int, int]:
    """Return how many parts at the start, and how many at the end, stay, be it with other attributes or another text.

    Where there are as many as before, each becomes the one in its place, if it can. Else those of one class are
    matched from both ends, so that what lies between is all that comes and goes.
    """
    if len(old) == len(new) and all(a is b or a.tag == b.tag for a, b in zip(old, new, strict=True)):
        return len(new), 0
    most = min(len(old), len(new))
    begin = 0
    while begin < most and _alike(old[begin], new[begin]):
        begin += 1
    end = 0
    while end < most - begin and _alike(old[-1 - end], new[-1 - end]):
        end += 1
    return begin, end


def _alike(old: Part, new: Part) -> bool:
    return old.tag == new.tag and old.attributes.get("class") == new.attributes.get("class")


def diff(old: Scene | None, new: Scene) -> Changes:
    """Return what leads from ``old`` (None: from nothing) to ``new``."""
    before = old.elements if old is not None else {}
    # most are the very same, out of blocks that have not changed
    put = tuple(e for key, e in new.elements.items() if (b := before.get(key)) is not e and b != e)
    return Changes(put, tuple(key for key in before if key not in new.elements), new, old)


@dataclass(slots=True)
class Canvas:
    """Collects the elements of a scene that is being laid out."""

    width: float
    name: tuple[object, ...] = ()  # tells the blocks of this picture from those of others
    elements: dict[str, Element] = field(default_factory=dict)

    def put(
        self,
        key: str,
        x: float,
        y: float,
        parts: Iterable[Part],
        cls: str = "",
        *,
        layer: int = FRONT,
        title: str = "",
    ) -> None:
        """Add one element."""
        self.elements[key] = Element(key, _round(x), _round(y), cls, tuple(parts), layer, title)


def text(x: float, y: float, line: str, style: str, tone: str = "fg", anchor: str = "start") -> Part:
    """Return a line of text: its style is one of :data:`labkit.board.picture.text.STYLES`, its tone a colour."""
    attributes: dict[str, str | float] = {"x": _round(x), "y": _round(y), "class": f"t-{style} c-{tone}"}
    if anchor != "start":
        attributes["text-anchor"] = anchor
    return Part("text", attributes, line)


def rect(x: float, y: float, w: float, h: float, cls: str, radius: float = 0) -> Part:
    """Return a rectangle."""
    return Part(
        "rect",
        {"x": _round(x), "y": _round(y), "width": _round(w), "height": _round(h), "rx": radius, "class": cls},
    )


def path(d: str, cls: str) -> Part:
    """Return a path."""
    return Part("path", {"d": d, "class": cls})


def _round(value: float) -> float:
    """Round to a tenth of a pixel: small messages, and no element that "moved" by nothing."""
    return round(value, 1)
