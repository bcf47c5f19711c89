"""Steps as lines of JSON, and back: of each record the fields that the kit reads, and nothing else. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from rpds import HashTrieMap

from labkit.state import KINDS, Object, Step, objects
from labkit.state.step import MARKS, kind_of

_R = TypeVar("_R")
_Read = Callable[[Any], Any]

#: The marks that map what to why; the others are a text and a time.
_MAPS = frozenset({"stale_kinds", "denied", "unreadable"})
#: The end of the year 9999, in seconds since the epoch.
_FURTHEST = 253_402_300_799


def written(step: Step) -> bytes:
    """Return a step as one line of JSON, without its end."""
    said: dict[str, Any] = {"at": step.at}
    if step.put:
        said["put"] = [[kind_of(record), fields_of(record)] for record in step.put]
    if step.gone:
        said["gone"] = step.gone
    if step.known:
        said["known"] = step.known
    if step.forgotten:
        said["forgotten"] = step.forgotten
    if step.marks:
        said["marks"] = {name: dict(value) if name in _MAPS else value for name, value in step.marks.items()}
    return line(said)


def line(said: object) -> bytes:
    """Return as one line of JSON, without its end, what JSON can say."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read(said: object) -> Step:
    """Return the step that a line said, once it is no JSON any more.

    Raises
    ------
    ValueError
        If that is none; the message says what is wrong with it.
    """
    if not isinstance(said, dict):
        _wrong("a step", said)
    marks = said.get("marks", {})
    if not isinstance(marks, dict) or not set(marks) <= set(MARKS):
        _wrong("marks", marks)
    return Step(
        at=number(said.get("at")),
        put=tuple(_record(each) for each in _list(said.get("put", []))),
        gone=tuple(_gone(each) for each in _list(said.get("gone", []))),
        known=tuple(_kind(each) for each in _list(said.get("known", []))),
        forgotten=tuple(_kind(each) for each in _list(said.get("forgotten", []))),
        marks={name: _mark(name, value) for name, value in marks.items()},
    )


def parsed(line: bytes) -> Any:  # noqa: ANN401 - whatever JSON says
    """Return what a line of JSON says.

    Raises
    ------
    ValueError
        If it is not JSON, or says a number that is none.
    """
    try:
        return json.loads(line, parse_constant=lambda name: _wrong("a number", name))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


# -- one record --------------------------------------------------------------------------------------------------------


def fields_of(record: object) -> dict[str, Any]:
    """Return a record's fields as JSON has them, without those that are as they are when nothing is said."""
    said: dict[str, Any] = {}
    cls: Any = type(record)
    for name, default in _fields(cls):
        value = getattr(record, name)
        # 0 == 0.0 == False: what is left out must be the very same
        if default is MISSING or value != default or type(value) is not type(default):
            said[name] = _plain(value)
    return said


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, (str, int, float, NoneType)):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    return fields_of(value)


def made(cls: type[_R], said: object) -> _R:
    """Return the record of a class with these fields; those that it does not know are not read.

    Raises
    ------
    ValueError
        If a field is missing or is none.
    """
    if not isinstance(said, dict):
        _wrong(f"a {cls.__name__}", said)
    known: Any = cls  # to mypy a class may have no hash
    try:
        return cls(**{name: reader(said[name]) for name, reader in _readers(known) if name in said})
    except TypeError as error:
        raise ValueError(f"a {cls.__name__} has not all its fields") from error


def _record(said: object) -> Object:
    kind, of = _pair(said)
    return made(_classes()[_kind(kind)], of)


@cache
def _classes() -> Mapping[str, type[Object]]:
    return {kind: getattr(objects, kind) for kind in KINDS}


@cache
def _fields(cls: Any) -> tuple[tuple[str, object], ...]:  # noqa: ANN401 - a class
    return tuple((each.name, each.default) for each in fields(cls))


@cache
def _readers(cls: Any) -> tuple[tuple[str, _Read], ...]:  # noqa: ANN401 - a class
    hints = get_type_hints(cls, vars(objects), {"Mapping": Mapping})
    return tuple((each.name, _reader(hints[each.name])) for each in fields(cls))


def _reader(hint: Any) -> _Read:  # noqa: ANN401 - a type
    """Return what makes a value of a type out of what JSON has for it."""
    origin, of = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        some = _reader(next(each for each in of if each is not NoneType))
        return lambda value: None if value is None else some(value)
    if origin is tuple and of[1:] == (...,):
        one = _reader(of[0])
        return lambda value: tuple([one(each) for each in _list(value)])
    if origin is tuple:
        each = [_reader(one) for one in of]
        return lambda value: tuple([reader(part) for reader, part in zip(each, _list(value), strict=True)])
    if origin is Mapping:
        return _texts
    return _one_reader(hint)


def _one_reader(hint: Any) -> _Read:  # noqa: ANN401 - a type
    if is_dataclass(hint):
        cls: Any = hint
        return lambda value: made(cls, value)
    if hint is float:
        return number
    return lambda value: value if type(value) is hint else _wrong(f"of type {hint.__name__}", value)


# -- what stands in it -------------------------------------------------------------------------------------------------


def _mark(name: str, value: object) -> object:
    if name in _MAPS:
        return HashTrieMap(_texts(value))
    if value is None:
        return None
    return number(value) if name == "stale_since" else _reader(str)(value)


def _gone(said: object) -> tuple[str, str]:
    kind, uid = _pair(said)
    return _kind(kind), _reader(str)(uid)


def _kind(value: object) -> str:
    return value if isinstance(value, str) and value in KINDS else _wrong("a kind", value)


def _pair(value: object) -> tuple[object, object]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - a pair
        _wrong("a pair", value)
    return value[0], value[1]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else _wrong("a list", value)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        _wrong("a map of texts", value)
    return value


def number(value: object) -> float:
    """Return a number; a time at most of the year 9999, so that it can be told.

    Raises
    ------
    ValueError
        If it is none.
    """
    if type(value) not in {int, float} or not -_FURTHEST <= value <= _FURTHEST:  # type: ignore[operator]
        _wrong("a number", value)
    return float(value)  # type: ignore[arg-type]


def _wrong(what: str, value: object) -> NoReturn:
    raise ValueError(f"{value!r:.60} is not {what}")
