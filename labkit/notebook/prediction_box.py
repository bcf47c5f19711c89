"""A prediction's box in a cell, and what stands in a cell once it is seen what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets

from labkit.board import mimebundle
from labkit.lesson import wording
from labkit.notebook import step_words
from labkit.notebook.control_widgets import hear_all, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.predictions.prediction import Missed
    from labkit.lesson.wording import PredictionWords


class PredictionBox:
    """A question with its choices: show it as the last thing of a cell.

    Parameters
    ----------
    words
        The prediction's.
    chosen
        What was chosen before, if anything.
    keep
        Is told what is chosen.
    """

    def __init__(self, words: PredictionWords, chosen: str | None, keep: Callable[[str], None]) -> None:
        self.words = words
        self._keep = keep
        self._said = wording.common("prediction")
        self._choices = ipywidgets.RadioButtons(
            options=[(said, key) for key, said in words.choices.items()],
            value=chosen if chosen in words.choices else None,
            layout=ipywidgets.Layout(width="auto", max_width="100%"),
        )
        self._note = ipywidgets.HTML()
        self._draw()
        self._choices.observe(self._picked, names="value")
        question = ipywidgets.HTML(step_words.STYLE + step_words.question(words))
        self.widget = ipywidgets.VBox([question, self._choices, self._note], layout=ipywidgets.Layout(max_width="100%"))
        self.widget.add_class("labkit-step")
        hear_all(self.widget)

    def __repr__(self) -> str:
        """Return the question as a saved notebook has it."""
        return step_words.plain_question(self.words)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = mimebundle.of(self.widget, **kwargs)
        return {**data, "text/plain": repr(self)}, metadata

    def _picked(self, change: Any) -> None:  # noqa: ANN401 - traitlets' own
        if change["new"] is not None:
            self._keep(change["new"])
        self._draw()

    def _draw(self) -> None:
        chosen = self._choices.value
        said = self._said["keep"]
        if chosen is not None:
            said = self._said["kept"].format(choice=self.words.choices[chosen])
        put(self._note, value=step_words.note(said))


@dataclass(frozen=True, slots=True, repr=False)
class Observation:
    """What happened, beside what was predicted; the picture of the moment stands above it."""

    words: PredictionWords
    predicted: str | None
    happened: str
    sentence: str
    why: str

    def __repr__(self) -> str:
        """Return what happened and why: the same on every run."""
        said = wording.common("prediction")
        return f"{said['happened']}: {self.sentence}\n{said['why']}: {self.why}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        shown = step_words.observation(self.words, self.predicted, self.happened, self.sentence, self.why)
        return {"text/html": shown, "text/plain": repr(self)}


@dataclass(frozen=True, slots=True, repr=False)
class Unseen:
    """Why it can't be seen what happens, what one would have seen, and how to see it after all."""

    words: PredictionWords
    missed: Missed

    def __repr__(self) -> str:
        """Return it in plain text."""
        return "\n".join(f"{name}: {said}" for name, said in self._rows())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        return {"text/html": step_words.rows(self._rows()), "text/plain": repr(self)}

    def _rows(self) -> list[tuple[str, str]]:
        said, missed = wording.common("prediction"), self.missed
        cause = self.words.missed[missed.cause]
        return [
            (said["unseen"], wording.fill(cause.seen, missed.facts)),
            (said["usual"], wording.fill(self.words.happened[missed.choice], missed.facts)),
            (said["why"], wording.fill(self.words.why[missed.choice], missed.facts)),
            (said["try"], wording.fill(cause.remedy, missed.facts)),
        ]
