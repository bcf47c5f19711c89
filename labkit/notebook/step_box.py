"""A step's box in a cell: its goal, a live mark with what was seen, hints, "show me" and "start over"."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets

from labkit.board import mimebundle
from labkit.errors import LabError, TakenOverError
from labkit.lesson import wording
from labkit.lesson.steps import acts
from labkit.lesson.steps.verdict import Grade, Verdict
from labkit.notebook import step_words
from labkit.notebook.control_widgets import a_button, hear_all, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.doing import Say
    from labkit.lesson.following import Follower
    from labkit.lesson.steps.acts import Act

_LOG = logging.getLogger(__name__)


class Doer(Protocol):
    """Who does what is pressed: the notebook's lab."""

    def do(self, todo: tuple[Act, ...], say: Say) -> None: ...  # noqa: D102 - one after the other
    def began_anew(self) -> float: ...  # noqa: D102 - return since when, in seconds since the epoch
    def note(self, how: str) -> None: ...  # noqa: D102 - the step is done: by the learner, or as it was shown


class StepBox:
    """A step's box: show it as the last thing of a cell.

    Parameters
    ----------
    words
        The step's.
    doer
        Who does what is pressed.
    follow
        Makes the follower that tells the box what the check finds.
    """

    def __init__(
        self, words: wording.StepWords, doer: Doer, follow: Callable[[Callable[[Verdict], None]], Follower]
    ) -> None:
        self.words = words
        self.running: threading.Thread | None = None
        self._said = wording.common("box")
        self._doer = doer
        self._drawing = threading.RLock()
        self._verdict = Verdict(Grade.UNKNOWN, "asking")
        self._opened: tuple[str, int] = ("", 0)
        self._shown = self._ended = False
        self._todo: tuple[Act, ...] | None = None
        self._head, self._finding, self._hints, self._commands, self._note = (ipywidgets.HTML() for _ in range(5))
        self._answer = ipywidgets.Text(
            description=self._said["answer"],
            continuous_update=False,
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="32em", max_width="98%"),
        )
        self._hint = a_button("", words.title, self._press_hint)
        self._show = a_button(self._said["show"], words.title, self._press_show)
        self._run = a_button(self._said["run"], words.title, self._press_run)
        self._over = a_button(self._said["start-over"], words.title, self._press_over)
        self.follower = follow(self._told)
        self._answer.observe(lambda change: self.follower.answer(str(change["new"])), names="value")
        self.widget = self._arranged()
        self._draw()
        hear_all(self.widget)
        self.follower.start()

    def __repr__(self) -> str:
        """Return the step as a saved notebook has it."""
        return step_words.plain(self.words)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = mimebundle.of(self.widget, **kwargs)
        return {**data, "text/plain": repr(self)}, metadata

    @property
    def verdict(self) -> Verdict:
        """What was found last."""
        return self._verdict

    def end(self, why: str) -> None:
        """Follow no more, let nothing be pressed any more, and say why. May be called twice, from any thread."""
        with self._drawing:
            if self._ended:
                return
            self._ended = True
            put(self._note, value=step_words.note(why))
            self._draw()
        self.follower.close()

    # --- inside --------------------------------------------------------------------------------------------------

    def _told(self, verdict: Verdict) -> None:
        """Take in what the check found; on the follower's thread."""
        with self._drawing:
            if self._ended:
                return
            before, self._verdict = self._verdict, verdict
            if verdict.cause != before.cause:
                self._opened = (verdict.cause, 0)
            self._draw()
        if verdict.grade is Grade.DONE and before.grade is not Grade.DONE:
            self._doer.note("shown" if self._shown else "done")

    def _draw(self) -> None:
        verdict, words = self._verdict, self.words
        cause = wording.said(words, verdict)
        put(self._head, value=step_words.STYLE + step_words.head(words, verdict.grade, shown=self._shown))
        put(self._finding, value=step_words.finding(words, cause, verdict.grade))
        opened = cause.hints[: self._opened[1]]
        put(self._hints, value=step_words.hints(opened))
        for grade in Grade:
            name = step_words.style_class(grade)
            if grade is verdict.grade:
                self.widget.add_class(name)
            else:
                self.widget.remove_class(name)
        busy = self.running is not None or self._ended
        more = len(opened) < len(cause.hints)
        if more:
            told = self._said["hint"].format(number=len(opened) + 1, all=len(cause.hints))
        else:
            told = self._said["no-hint"]
        put(self._hint, description=told, disabled=not more or self._ended)
        self._hint.layout.display = None if cause.hints and verdict.grade is not Grade.DONE else "none"
        put(self._show, description=self._said["show" if self._todo is None else "hide"], disabled=busy)
        self._run.layout.display = "none" if self._todo is None else None
        put(self._run, disabled=busy)
        put(self._over, disabled=busy)
        put(self._answer, disabled=self._ended)

    def _press_hint(self) -> None:
        with self._drawing:
            self._opened = (self._verdict.cause, self._opened[1] + 1)
            self._draw()

    def _press_show(self) -> None:
        # what to do depends on what there is, and to ask may take a second: nothing is locked meanwhile
        todo = None if self._todo is not None else self.follower.step.solve(self.follower.gatherer.gather())
        with self._drawing:
            self._todo = todo
            put(self._commands, value="" if todo is None else step_words.commands(acts.typed(todo)))
            self._draw()

    def _press_run(self) -> None:
        with self._drawing:
            todo = self._todo
            if todo is None:
                return
            self._shown = True
        self._start(todo, lambda: "")

    def _press_over(self) -> None:
        def begin_anew() -> str:
            with self._drawing:
                self._shown = False
                self._opened = ("", 0)
                self._answer.value = ""
            self.follower.begin_anew(self._doer.began_anew())
            return self._said["started-over"]

        self._start(self.follower.step.reset(self.follower.gatherer.gather()), begin_anew)

    def _start(self, todo: tuple[Act, ...], then: Callable[[], str]) -> None:
        """Do acts on a thread of its own, so that the kernel stays free."""
        with self._drawing:
            if self.running is not None or self._ended:
                return
            self._todo = None
            put(self._commands, value="")
            self.running = threading.Thread(
                target=self._perform, args=(todo, then), name=f"labkit-do-{self.follower.step.key}", daemon=True
            )
            put(self._note, value=step_words.note(self._said["running"]))
            self._draw()
            self.running.start()

    def _perform(self, todo: tuple[Act, ...], then: Callable[[], str]) -> None:
        lines: list[str] = []

        def say(said: str, *, waiting: bool = False) -> None:
            shown = [*lines, said]
            if not waiting:  # what is waited for is said as long as it is
                lines.append(said)
            put(self._note, value=step_words.note("\n".join(shown[-6:]), code=True))

        try:
            self._doer.do(todo, say)
            words = then()
            put(self._note, value=step_words.note(words or "\n".join(lines[-6:]), code=not words))
        except TakenOverError as error:
            self.end(self._said["ended"].format(why=error.problem))
        except LabError as error:
            put(self._note, value=step_words.note(str(error), code=True))
        except Exception as error:  # noqa: BLE001 - a fault of the kit: told in a line, and the log has the rest
            _LOG.exception("step %s could not be done", self.follower.step.key)
            why = self._said["failed"].format(why=f"{type(error).__name__}: {error}")
            put(self._note, value=step_words.note(why, code=True))
        with self._drawing:
            self.running = None
            for answer in (act.text for act in todo if isinstance(act, acts.Answer)):
                self._answer.value = answer
            self._draw()

    def _arranged(self) -> Any:  # noqa: ANN401 - ipywidgets is untyped
        buttons = ipywidgets.HBox(
            [self._hint, self._show, self._run, self._over], layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        asked = []
        if self.follower.step.asks_for:
            question = ipywidgets.HTML(step_words.note(self.words.question))
            asked = [question, self._answer]
        box = ipywidgets.VBox(
            [self._head, *asked, self._finding, self._hints, buttons, self._commands, self._note],
            layout=ipywidgets.Layout(max_width="100%"),
        )
        box.add_class("labkit-step")
        return box
