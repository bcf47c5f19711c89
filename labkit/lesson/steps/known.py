"""All steps of the lesson, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.lesson.steps import (
    canary,
    configuring,
    creating,
    crowding,
    draining,
    hashing,
    healing,
    immutable,
    letting_go,
    naming,
    probing,
    repairing,
    scaling,
    starting,
    updating,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.steps.step import Step

#: Key → step, in the order of the lesson.
STEPS: Mapping[str, Step] = {
    step.key: step
    for module in (
        starting,
        creating,
        letting_go,
        naming,
        configuring,
        scaling,
        healing,
        draining,
        updating,
        repairing,
        canary,
        crowding,
        probing,
        hashing,
        immutable,
    )
    for step in module.STEPS
}


def step(key: str) -> Step:
    """Return the step of that name.

    Raises
    ------
    LabError
        If the lesson has none.
    """
    if not isinstance(key, str) or key not in STEPS:
        raise LabError(f"The lesson has no exercise {key!r}.", remedy=f"one of: {', '.join(STEPS)}")
    return STEPS[key]
