"""What has not changed of an object is kept once: the recording has very many versions of the same few objects."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.state.objects import Object


def share(new: Object, old: Object | None) -> Object:
    """Return a record that nobody else has yet, with the very values of an older version where they are equal.

    Parameters
    ----------
    new
        The record; its fields become those of `old` where they say the same.
    old
        What was known of the same object, or None.
    """
    if old is None or type(old) is not type(new):
        return new
    cls: Any = type(new)
    for name in _fields(cls):
        before: Any = getattr(old, name)
        after: Any = getattr(new, name)
        if before is after:
            continue
        if before == after and type(before) is type(after):
            # a frozen record that is shown to nobody before this returns
            object.__setattr__(new, name, before)
        elif isinstance(after, tuple) and isinstance(before, tuple):
            object.__setattr__(new, name, tuple([_same(each, before) for each in after]))
    return new


def _same(value: object, among: tuple[object, ...]) -> object:
    return next((each for each in among if each == value and type(each) is type(value)), value)


@cache
def _fields(cls: Any) -> tuple[str, ...]:  # noqa: ANN401 - a class
    return tuple(each.name for each in fields(cls))
