"""Values that a learner hands to the lab: what makes no sense is told, with the value and an example. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from labkit.errors import LabError

#: What Kubernetes' objects are named by, at most (docs, "Object Names and IDs": a DNS subdomain).
_NAME = re.compile(r"[a-z0-9][-.a-z0-9]*")


def name(value: Any, what: str, example: str) -> str:  # noqa: ANN401 - that is the question
    """Return the name of an object.

    Parameters
    ----------
    value
        What was given.
    what
        What it should name, such as ``Deployment``.
    example
        The same call with a name that makes sense.

    Raises
    ------
    LabError
        If no object can have that name.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise LabError(f"No {what} can be named {value!r}.", remedy=example)
    return value


def number(value: Any, what: str, example: str, *, least: float = -math.inf) -> float:  # noqa: ANN401 - likewise
    """Return a number that is one, and no less than another.

    Parameters
    ----------
    value
        What was given.
    what
        What it should be, such as ``number of seconds``.
    example
        The same call with a number that makes sense.
    least
        The smallest that does.

    Raises
    ------
    LabError
        If it is none.
    """
    # True is a number to Python, and to nobody else
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < least:
        raise LabError(f"{value!r} is no {what}.", remedy=example)
    return value
