"""All predictions of the lesson, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.lesson.predictions import configuring, creating, healing, replacing, scaling, settings, starting, updating

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.lesson.predictions.prediction import Prediction

#: Key → prediction, in the order of the lesson.
PREDICTIONS: Mapping[str, Prediction] = {
    each.key: each
    for module in (starting, creating, configuring, scaling, healing, updating, replacing, settings)
    for each in module.PREDICTIONS
}


def prediction(key: str) -> Prediction:
    """Return the prediction of that name.

    Raises
    ------
    LabError
        If the lesson has none.
    """
    if not isinstance(key, str) or key not in PREDICTIONS:
        raise LabError(f"The lesson has no prediction {key!r}.", remedy=f"one of: {', '.join(PREDICTIONS)}")
    return PREDICTIONS[key]
