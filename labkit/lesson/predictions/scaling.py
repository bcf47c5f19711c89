"""The predictions of the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.lesson.predictions.prediction import Prediction

PREDICTIONS: tuple[Prediction, ...] = ()
