"""Label selectors, as after ``kubectl get -l``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SET = re.compile(r"(?P<key>[\w./-]+)\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(r"(?P<key>[\w./-]+)\s*(?P<op>==|!=|=)\s*(?P<value>[\w.-]*)")
_EXISTS = re.compile(r"(?P<not>!?)\s*(?P<key>[\w./-]+)")


def matcher(selector: str | None) -> Callable[[Mapping[str, str]], bool]:
    """Return a function that tells whether labels match a selector.

    Parameters
    ----------
    selector
        For example ``app=hello,track=stable``, ``version in (1.0.0, 2.0.0)``, ``!debug``; None and empty match all.

    Raises
    ------
    ValueError
        When a part of it is not a requirement.
    """
    # A comma inside the parentheses of a set does not separate requirements.
    parts = [p.strip() for p in re.split(r",(?![^()]*\))", selector or "") if p.strip()]
    tests = [_requirement(part) for part in parts]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(part: str) -> Callable[[Mapping[str, str]], bool]:
    """Return the test for one requirement."""
    if found := _SET.fullmatch(part):
        key, values = found["key"], {v.strip() for v in found["values"].split(",")}
        if found["op"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUAL.fullmatch(part):
        key, value = found["key"], found["value"]
        if found["op"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found := _EXISTS.fullmatch(part):
        key, wanted = found["key"], not found["not"]
        return lambda labels: (key in labels) == wanted
    raise ValueError(f"{part!r} is not a label requirement such as app=hello")
