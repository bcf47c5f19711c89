"""The steps of the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.lesson.steps.step import Step

STEPS: tuple[Step, ...] = ()
