"""What holds of every step and prediction: words for all that it may say, and none for what it never says."""

from __future__ import annotations

import pytest

from labkit.errors import LabError
from labkit.lesson import wording
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions import known as known_predictions
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.steps import known as known_steps
from labkit.lesson.steps.known import STEPS

#: What may be said of any step.
COMMON = {"asking", "not-heard"}


@pytest.mark.parametrize("key", STEPS)
def test_a_step_has_its_words(key: str) -> None:
    """Each cause its own, and no other; where it is not done, what to try."""
    step = STEPS[key]
    assert step.notebook in STARTS
    words = wording.of_step(key, step.notebook)
    assert set(words.causes) == step.causes | COMMON
    assert bool(words.question) == step.asks_for
    for name in step.causes - {"done"}:
        assert words.causes[name].remedy, f"{key}: {name} says nothing to try"


@pytest.mark.parametrize("key", PREDICTIONS)
def test_a_prediction_has_its_words(key: str) -> None:
    """What may be chosen; of what can happen, that it happened and why."""
    prediction = PREDICTIONS[key]
    assert prediction.notebook in STARTS
    words = wording.of_prediction(key, prediction.notebook)
    assert set(words.choices) == set(prediction.choices)
    assert set(words.happened) == set(words.why)
    assert set(words.missed) == prediction.misses
    assert all(each.seen and each.remedy for each in words.missed.values())
    assert set(words.happened) <= set(words.choices)
    assert 3 <= len(words.choices) <= 4


@pytest.mark.parametrize("notebook", STARTS)
def test_every_notebook_has_at_least_two_predictions(notebook: str) -> None:
    assert sum(each.notebook == notebook for each in PREDICTIONS.values()) >= 2


def test_no_words_for_what_is_not_there() -> None:
    """A step that was renamed leaves nothing behind."""
    for name in STARTS:
        found = wording._read(name)
        assert set(found.get("steps", {})) == {key for key, step in STEPS.items() if step.notebook == name}
        assert set(found["predictions"]) == {key for key, each in PREDICTIONS.items() if each.notebook == name}


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(LabError, match="no exercise 'fly'"):
        known_steps.step("fly")
    with pytest.raises(LabError, match="no prediction 'fly'"):
        known_predictions.prediction("fly")


def test_facts_are_filled_in() -> None:
    assert wording.fill("{pods} of {app}", {"pods": "3 Pods", "app": "hello"}) == "3 Pods of hello"
    assert wording.names_in("{pods} of {app}") == {"pods", "app"}
    with pytest.raises(KeyError):
        wording.fill("{pods}", {})


@pytest.mark.parametrize("name", STARTS)
def test_commands_stand_out_as_code(name: str) -> None:
    """In backticks, which are closed: a learner types what stands there."""
    for line in (wording.FOLDER / wording.LANGUAGE / f"{name}.toml").read_text(encoding="utf-8").splitlines():
        assert line.count("`") % 2 == 0, line
        plain = "".join(line.split("`")[::2])
        assert "%kubectl" not in plain, line
