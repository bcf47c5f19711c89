"""How far a learner is in the whole lesson, as a table that follows while the notebook runs."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import ipywidgets

from labkit.board import mimebundle
from labkit.lesson import variants, wording
from labkit.lesson.notebooks import STARTS
from labkit.lesson.predictions.known import PREDICTIONS
from labkit.lesson.progress import BY_SHOWING
from labkit.lesson.steps.known import STEPS
from labkit.notebook import step_words
from labkit.notebook.control_widgets import put

if TYPE_CHECKING:
    from labkit.lesson.progress import Progress


class ProgressTable:
    """Show it as the last thing of a cell.

    Parameters
    ----------
    progress
        How far the learner is.
    """

    def __init__(self, progress: Progress) -> None:
        self.widget = ipywidgets.HTML()
        self.follow(progress)

    def __repr__(self) -> str:
        """Return what the lesson holds: the same for everybody, for a saved notebook."""
        steps, predictions = len(variants.here(STEPS)), len(variants.here(PREDICTIONS))
        return wording.common("progress")["plain"].format(steps=steps, predictions=predictions)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = mimebundle.of(self.widget, **kwargs)
        return {**data, "text/plain": repr(self)}, metadata

    def follow(self, progress: Progress) -> None:
        """Show another state."""
        put(self.widget, value=table(progress))


def table(progress: Progress) -> str:
    """Return the table: a row for each notebook, with its exercises by name (pure)."""
    said = wording.common("progress")
    rows = []
    for name in STARTS:
        steps = [key for key in variants.here(STEPS) if STEPS[key].notebook == name]
        asked = [key for key in variants.here(PREDICTIONS) if PREDICTIONS[key].notebook == name]
        made = sum(key in progress.predictions for key in asked)
        inner = "<br>".join(_step(key, name, progress.steps.get(key)) for key in steps) or "-"
        count = said["made"].format(made=made, all=len(asked))
        rows.append(f"<tr><th scope='row'>{html.escape(name)}</th><td>{inner}</td><td>{html.escape(count)}</td></tr>")
    heads = "".join(
        f"<th scope='col'>{html.escape(said[key])}</th>" for key in ("notebook", "exercises", "predictions")
    )
    return (
        f"{step_words.STYLE}<div class='labkit-words'><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _step(key: str, notebook: str, how: str | None) -> str:
    said = wording.common("progress")
    word = "open" if how is None else "shown" if how == BY_SHOWING else "done"
    mark = {"open": "○", "shown": "◐", "done": "✓"}[word]
    title = html.escape(wording.of_step(key, notebook).title)
    return f"<span aria-hidden='true'>{mark}</span> {title} <small>({html.escape(said[word])})</small>"
