"""What says the same is kept once: the recording has very many versions of few objects, and many objects are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.state.objects import Object

#: How many values are remembered at least, so that the next one like it can be the very same.
KEPT = 4096


class Common:
    """The values that were met last: texts, labels, conditions, containers. Safe for threads.

    Two threads may each remember one of two equal values: that costs a little memory, and nothing else.

    Parameters
    ----------
    limit
        How many to remember at least; at most twice as many.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        # Two generations: what is asked for goes over into the new one, and what nobody asks for goes with the old one.
        self._new: dict[object, Any] = {}
        self._old: dict[object, Any] = {}

    def one(self, value: Any) -> Any:  # noqa: ANN401 - whatever a record has
        """Return a value that is equal and of the same type: the one that was met before, where there is one."""
        if isinstance(value, (str, tuple)) or is_dataclass(value):
            key: Any = value
        elif isinstance(value, Mapping):
            # equal maps may be in another order, and are shown in theirs
            key = (type(value), *value.items())
        else:
            return value  # a number takes hardly more than its place
        try:
            found = self._new.get(key)
            found = self._old.get(key) if found is None else found
        except TypeError:
            return value  # somebody has put a list where a text belongs
        if type(found) is not type(value):
            found = self._with_common_parts(value)
        if len(self._new) >= self._limit:
            self._old, self._new = self._new, {}
        self._new[found if key is value else key] = found
        return found

    def _with_common_parts(self, value: Any) -> Any:  # noqa: ANN401 - as above
        if type(value) is tuple:
            return tuple([self.one(each) for each in value])
        if is_dataclass(value):
            cls: Any = type(value)
            for name in _fields(cls):
                # a frozen record that is shown to nobody before it is shared
                object.__setattr__(value, name, self.one(getattr(value, name)))
        return value


_COMMON = Common()


def share(new: Object, old: Object | None) -> Object:
    """Return a record that nobody else has yet, with the very values of others where they are equal.

    Parameters
    ----------
    new
        The record; its fields become those of `old` where they say the same, else those of any other object that does.
    old
        What was known of the same object, or None.
    """
    if type(old) is not type(new):
        old = None
    cls: Any = type(new)
    for name in _fields(cls):
        before: Any = getattr(old, name, None)
        after: Any = getattr(new, name)
        if before is after:
            continue
        same = before == after and type(before) is type(after)
        # a frozen record that is shown to nobody before this returns
        object.__setattr__(new, name, before if same else _COMMON.one(after))
    return new


@cache
def _fields(cls: Any) -> tuple[str, ...]:  # noqa: ANN401 - a class
    return tuple(each.name for each in fields(cls))
