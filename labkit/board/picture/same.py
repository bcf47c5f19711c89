"""A thing that is the same only when it is the very same: comparing what is in it would cost more than it saves."""

from __future__ import annotations

from typing import Generic, TypeVar

_T = TypeVar("_T")


class Same(Generic[_T]):
    """One thing, as the input of a block or of a function that remembers its results.

    Parameters
    ----------
    thing
        It is not changed from now on.
    """

    __slots__ = ("thing",)

    def __init__(self, thing: _T) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        """Return whether it is the very same thing."""
        return isinstance(other, Same) and self.thing is other.thing

    def __hash__(self) -> int:
        """Return the same for the very same."""
        return id(self.thing)
