"""Blocks: parts of the picture that are laid out again only when what they show has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from labkit.board.picture.scene import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.board.picture.scene import Element

_R = TypeVar("_R")

#: So many blocks are remembered, of all pictures together; then all are forgotten. A picture of 50 nodes has some 200.
_MOST = 6000
#: Name of a block → what it was made of, its elements, and what its maker returned.
_KNOWN: dict[tuple[object, ...], tuple[tuple[object, ...], dict[str, Element], Any]] = {}


def block(canvas: Canvas, name: tuple[object, ...], inputs: tuple[object, ...], draw: Callable[[Canvas], _R]) -> _R:
    """Put a block's elements on a canvas: those of the last time where it was made of the same.

    Parameters
    ----------
    canvas
        Where to.
    name
        Tells the block from all others, also from those of other pictures that are drawn in turn with this one.
    inputs
        All that the block shows and all that decides where: what is not in here must not be read by `draw`. They are
        the same when they are the very same objects, or equal.
    draw
        Draws it on a canvas of its own; what it returns is returned.
    """
    name = (canvas.name, *name)
    known = _KNOWN.get(name)
    if known is not None and _same(known[0], inputs):
        canvas.elements.update(known[1])
        return cast("_R", known[2])
    own = Canvas(canvas.width, canvas.name)
    result = draw(own)
    if len(_KNOWN) >= _MOST:
        _KNOWN.clear()
    _KNOWN[name] = (inputs, own.elements, result)
    canvas.elements.update(own.elements)
    return result


def _same(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    return len(old) == len(new) and all(a is b or a == b for a, b in zip(old, new, strict=True))
