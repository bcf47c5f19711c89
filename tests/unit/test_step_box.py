"""A step's box: what it shows, and that a press does what it says. No cluster: what is to be done is written down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError, TakenOverError
from labkit.lesson import wording
from labkit.lesson.following import Follower
from labkit.lesson.steps.acts import Answer, kubectl
from labkit.lesson.steps.step import Step
from labkit.lesson.steps.verdict import Verdict, done, not_yet
from labkit.notebook.step_box import StepBox
from labkit.notebook.step_words import prose
from tests.unit.replayed import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labkit.lesson.doing import Say
    from labkit.lesson.gathering import Gatherer
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence

WORDS = wording.StepWords(
    "Delete <it>",
    "Delete the `Pod`.",
    "another Pod",
    "It is there.",
    "As before.",
    {
        "asking": wording.Cause("Looking"),
        "done": wording.Cause("{pod} is new.", "It was made."),
        "same": wording.Cause("It is the same.", "Nobody did it.", "`delete`", ("first", "second {pod}")),
    },
    {},
    "What?",
)


class Gathers:
    """Stands for what gathers evidence; the check below asks only for the answer."""

    since, answer = 0.0, ""

    def gather(self, *, afresh: bool = False) -> object:
        """Return what the check below looks at."""
        del afresh
        return self


class Hand:
    """Writes down what it is to do."""

    def __init__(self) -> None:
        self.done: list[tuple[Act, ...]] = []
        self.noted: list[str] = []
        self.error: LabError | None = None

    def do(self, todo: tuple[Act, ...], say: Say) -> None:
        """Note it."""
        if self.error:
            raise self.error
        self.done.append(todo)
        say("said")

    def began_anew(self) -> float:
        """Return the time."""
        return 7.0

    def note(self, how: str) -> None:
        """Note it."""
        self.noted.append(how)


class Looking:
    """A step whose verdict a test sets."""

    def __init__(self) -> None:
        self.verdict: Verdict = not_yet("same", pod="old")
        self.hand, self.gathers = Hand(), Gathers()
        self.step = Step(
            "delete",
            "00-start-here",
            check=self._check,
            solve=lambda _: (kubectl("delete pod old"), Answer("this")),
            reset=lambda _: (kubectl("create pod"),),
            causes=frozenset({"same", "done"}),
            asks_for=True,
        )
        self.source = source()
        self.box = StepBox(WORDS, self.hand, self._follow)

    def _check(self, _: Evidence) -> Verdict:
        return self.verdict

    def _follow(self, tell: Callable[[Verdict], None]) -> Follower:
        gathers: Gatherer = self.gathers  # type: ignore[assignment]  # all of it that is asked for
        follower = Follower(self.step, gathers, self.source, tell)
        follower.look = self._look(follower, tell)  # type: ignore[method-assign]  # no snapshot is needed here
        return follower

    def _look(self, follower: Follower, tell: Callable[[Verdict], None]) -> Callable[..., Verdict]:
        def look(*, afresh: bool = False) -> Verdict:
            del afresh
            verdict = self.verdict
            if verdict != follower.verdict:
                follower.verdict = verdict
                tell(verdict)
            return verdict

        return look

    def find(self, verdict: Verdict) -> None:
        """Let the check find something, and wait until the box shows it."""
        self.verdict = verdict
        self.box.follower._changed.set()
        self.wait(lambda: self.box.verdict == verdict)
        # the verdict is taken in first, and drawn under the same lock
        with self.box._drawing:
            pass

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def press(self, name: str) -> None:
        """Press a button, and wait until what it does is done."""
        getattr(self.box, f"_{name}").click()
        if (running := self.box.running) is not None:
            running.join(5)

    @property
    def text(self) -> str:
        """Return all HTML of the box."""
        box = self.box
        parts = (box._head, box._finding, box._hints, box._commands, box._note)
        return "\n".join(str(part.value) for part in parts)


@pytest.fixture
def seen() -> Iterator[Looking]:
    """Return a box that follows."""
    looking = Looking()
    looking.wait(lambda: looking.box.verdict.cause == "same")
    yield looking
    looking.box.end("")


def test_it_says_what_was_seen_and_what_to_try(seen: Looking) -> None:
    """Escaped, and with code as code."""
    for words in ("Delete &lt;it&gt;", "Not done yet", "It is the same.", "another Pod", "<code>delete</code>", "○"):
        assert words in seen.text
    assert "labkit-step-open" in seen.box.widget._dom_classes


def test_done_and_red_again(seen: Looking) -> None:
    """The mark follows; that it was done stays noted."""
    seen.find(done(pod="new"))
    assert "new is new." in seen.text
    assert "✓" in seen.text
    assert "labkit-step-done" in seen.box.widget._dom_classes
    seen.wait(lambda: seen.hand.noted == ["done"])
    seen.find(not_yet("same", pod="old"))
    assert "○" in seen.text
    assert "labkit-step-done" not in seen.box.widget._dom_classes


def test_hints_open_one_by_one(seen: Looking) -> None:
    """And are those of what was seen; with another finding they begin anew."""
    assert "first" not in seen.text
    assert seen.box._hint.description == "Hint 1 of 2"
    seen.press("hint")
    assert "first" in seen.text
    assert "second" not in seen.text
    seen.press("hint")
    assert "second old" in seen.text
    assert seen.box._hint.disabled
    seen.find(done(pod="new"))
    assert seen.box._hint.layout.display == "none"


def test_show_me_shows_before_it_runs(seen: Looking) -> None:
    """Then what is done counts as shown, and an answer stands in its field."""
    seen.press("show")
    assert "%kubectl delete pod old" in seen.text
    assert seen.hand.done == []
    seen.press("show")
    assert "%kubectl delete pod old" not in seen.text
    seen.press("show")
    seen.press("run")
    assert seen.hand.done == [(kubectl("delete pod old"), Answer("this"))]
    assert seen.box._answer.value == "this"
    assert seen.gathers.answer == "this"
    seen.find(done(pod="new"))
    assert seen.hand.noted == ["shown"]
    assert "Done, as shown" in seen.text


def test_start_over(seen: Looking) -> None:
    """It takes back what was done, begins at another time, and counts as the learner's own again."""
    seen.press("show")
    seen.press("run")
    seen.press("over")
    assert seen.hand.done[-1] == (kubectl("create pod"),)
    assert "Started over." in seen.text
    assert seen.gathers.since == 7.0
    assert seen.box._answer.value == ""
    seen.find(done(pod="new"))
    seen.wait(lambda: seen.hand.noted == ["done"])


def test_an_answer_reaches_the_check(seen: Looking) -> None:
    seen.box._answer.value = "a ConfigMap"
    assert seen.gathers.answer == "a ConfigMap"


def test_what_is_refused_is_told_in_the_box(seen: Looking) -> None:
    """With its remedy; another notebook that has the lab ends the box."""
    seen.hand.error = LabError("no such Pod", remedy="look")
    seen.press("over")
    assert "no such Pod" in seen.text
    assert "Next: look" in seen.text
    assert not seen.box._over.disabled
    seen.hand.error = TakenOverError("notebook 05 has the lab", remedy="go there")
    seen.press("over")
    assert "Not live: notebook 05 has the lab" in seen.text
    assert seen.box._over.disabled


def test_a_box_that_has_ended_stays_as_it_was(seen: Looking) -> None:
    """What the notebook does from then on is not the learner's doing."""
    seen.box.end("gone on")
    seen.verdict = done(pod="new")
    assert not seen.box.follower._thread.is_alive()
    assert seen.hand.noted == []
    assert "gone on" in seen.text
    assert seen.box._show.disabled


def test_a_saved_notebook_has_it_as_not_done(seen: Looking) -> None:
    """Whatever was done: the committed output is the same for everybody."""
    before = repr(seen.box)
    seen.find(done(pod="new"))
    assert repr(seen.box) == before
    assert before.startswith("Exercise: Delete <it> (not done yet)\nDelete the `Pod`.")
    assert "Expected: another Pod" in before


def test_a_verdict_without_words_is_a_fault() -> None:
    """Found by the step itself, not by a learner before an empty box."""
    step = Step("x", "00-start-here", check=lambda _: done("odd"), solve=lambda _: (), causes=frozenset({"done"}))

    class Heard:
        outdated = ""

    class Empty:
        snapshot = Heard()

    empty: Evidence = Empty()  # type: ignore[assignment]  # all of it that is looked at
    with pytest.raises(ValueError, match="no words for odd"):
        step.look(empty)


def test_prose() -> None:
    assert prose("a < `%kubectl get pods` & b") == "a &lt; <code>%kubectl get pods</code> &amp; b"
