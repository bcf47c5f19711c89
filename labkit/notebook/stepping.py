"""The lab's side of exercises: it shows their boxes, and brings or takes back what they leave."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.errors import LabError, WaitTimeoutError
from labkit.lesson import progress, wording
from labkit.lesson.steps.verdict import Grade
from labkit.notebook.predicting import PATIENCE, Predicting, tried
from labkit.notebook.wait_loop import ProgressLine, blind, remedy_of

# The widgets, and all steps of the lesson, are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from labkit.lesson.doing import Say
    from labkit.lesson.following import Follower
    from labkit.lesson.gathering import Gatherer
    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.step import Step
    from labkit.lesson.steps.verdict import Verdict
    from labkit.notebook.progress_table import ProgressTable
    from labkit.notebook.step_box import StepBox


class Stepping(Predicting):
    """What a notebook can have a learner do."""

    _boxes: dict[str, StepBox]

    # --- exercises -----------------------------------------------------------------------------------------------

    def exercise(self, key: str) -> StepBox:
        """Show an exercise: its goal, what the cluster says of it as it changes, hints, and two buttons.

        Parameters
        ----------
        key
            Its name, such as ``delete-a-pod``.

        Raises
        ------
        LabError
            If this notebook has no such exercise.
        """
        from labkit.lesson.following import Follower  # noqa: PLC0415 - see the head of the module
        from labkit.notebook.step_box import StepBox  # noqa: PLC0415 - likewise

        self.check_holder()
        found = self._own_step(key)
        # who runs the cell a second time goes on with what they have begun; after "start over" it begins anew
        since = self._since.setdefault(key, time.time())
        gatherer = self._gatherer(found, since)
        if (before := self._boxes.pop(key, None)) is not None:
            before.end(wording.common("box")["gone-on"])

        words = wording.of_step(key, found.notebook)

        def follow(tell: Callable[[Verdict], None]) -> Follower:
            def tell_all(verdict: Verdict) -> None:
                tell(verdict)
                self._tell_of_step(key, words, verdict)

            return Follower(found, gatherer, self.recording, tell_all)

        box = StepBox(words, _Hand(self, found, gatherer), follow)
        self._boxes[key] = box
        return box

    def ensure(self, key: str) -> None:
        """See to it that an exercise is done, whoever does it, and print the fact: what follows stands on it.

        Raises
        ------
        LabError
            If this notebook has no such exercise, or it can't be done.
        """
        self.check_holder()
        found = self._own_step(key)
        gatherer = self._gatherer(found, self._since.get(key, self._began), answer=self._answer_of(key))
        self._leave(key)
        words = wording.of_step(key, found.notebook)
        self.return_nodes()
        with ProgressLine() as line:
            line.show(f"looking at {words.title} …")
            if self._settled(found, gatherer).grade is not Grade.DONE:
                self._perform(found.solve(gatherer.gather(afresh=True)), gatherer, words.waits, line)
                self._until_done(found, gatherer, words, line)
        print(words.there)

    def as_before(self, key: str) -> None:
        """Take an exercise back, whatever was done in it, and print the fact: what follows is as if it had not been.

        Raises
        ------
        LabError
            If this notebook has no such exercise, or it can't be taken back.
        """
        self.check_holder()
        found = self._own_step(key)
        gatherer = self._gatherer(found, self._since.get(key, self._began))
        self._leave(key)
        self._since.pop(key, None)
        words = wording.of_step(key, found.notebook)
        self.return_nodes()
        with ProgressLine() as line:
            line.show(f"taking back {words.title} …")
            self._perform(found.reset(gatherer.gather(afresh=True)), gatherer, words.waits, line)
        print(words.as_before)

    # --- how far one is ------------------------------------------------------------------------------------------

    def progress(self) -> ProgressTable:
        """Show how far you are in the whole lesson."""
        from labkit.notebook.progress_table import ProgressTable  # noqa: PLC0415 - see the head of the module

        table = ProgressTable(progress.read(self.workspace.root))
        self._tables.append(table)
        return table

    def reset_progress(self) -> None:
        """Forget what was done and predicted in all notebooks; the cluster and your files stay as they are.

        Raises
        ------
        LabError
            If the file that keeps it can't be removed.
        """
        progress.reset(self.workspace.root)
        self._follow_progress()
        print(wording.common("progress")["reset"])

    # --- inside --------------------------------------------------------------------------------------------------

    def _end_boxes(self, why: str) -> None:
        """End all boxes; they say why."""
        while self._boxes:
            self._boxes.popitem()[1].end(wording.common("box")["ended"].format(why=why))

    def _leave(self, key: str) -> None:
        """Let a box stand as it is: from here on, what changes is not the learner's doing."""
        if (box := self._boxes.pop(key, None)) is not None:
            box.end(wording.common("box")["gone-on"])
            self._tell_of_leaving(key)

    def _answer_of(self, key: str) -> str:
        box = self._boxes.get(key)
        return box.follower.gatherer.answer if box is not None else ""

    def _perform(self, todo: tuple[Act, ...], gatherer: Gatherer, waits: Mapping[str, str], line: ProgressLine) -> None:
        from labkit.lesson import doing  # noqa: PLC0415 - see the head of the module

        def say(said: str, *, waiting: bool = False) -> None:
            del waiting  # one line shows either
            line.show(said.splitlines()[0] if said else "")

        doing.perform(todo, self._access, gatherer, say=say, waits=waits)

    def _settled(self, found: Step, gatherer: Gatherer) -> Verdict:
        """Return the check's verdict as soon as one is known."""
        verdict = tried(lambda: found.look(gatherer.gather()), lambda seen: seen.grade is not Grade.UNKNOWN)
        if verdict.grade is Grade.UNKNOWN:
            snapshot = self.watch.snapshot
            raise LabError(
                f"What decides the exercise can't be seen ({blind(snapshot) or verdict.cause}).",
                remedy=remedy_of(snapshot),
            )
        return verdict

    def _until_done(self, found: Step, gatherer: Gatherer, words: wording.StepWords, line: ProgressLine) -> None:
        def done(seen: Verdict) -> bool:
            if seen.grade is not Grade.DONE:
                line.show(f"{words.title}: {wording.said(words, seen).seen}")
            return seen.grade is Grade.DONE

        verdict = tried(lambda: found.look(gatherer.gather()), done)
        if verdict.grade is not Grade.DONE:
            cause = wording.said(words, verdict)
            raise WaitTimeoutError(
                f"{words.title}: after {PATIENCE:.0f} s it is not as it should be. {cause.seen}",
                remedy=cause.remedy or f'lab.as_before("{found.key}")',
                detail=cause.why,
            )

    def _own_step(self, key: str) -> Step:
        from labkit.lesson.steps.known import step  # noqa: PLC0415 - see the head of the module

        return self._own(step(key), "exercise")


class _Hand:
    """Does for a box what is pressed there (:class:`labkit.notebook.step_box.Doer`)."""

    def __init__(self, lab: Stepping, found: Step, gatherer: Gatherer) -> None:
        self._lab, self._step, self._gatherer = lab, found, gatherer

    def do(self, todo: tuple[Act, ...], say: Say) -> None:
        from labkit.lesson import doing  # noqa: PLC0415 - see the head of the module

        lab = self._lab
        lab.check_holder()
        lab.return_nodes(say)
        waits = wording.of_step(self._step.key, self._step.notebook).waits
        # a gatherer of its own: the box's belongs to the thread that follows
        mine = lab._gatherer(self._step, self._gatherer.since)  # noqa: SLF001 - a part of the lab
        doing.perform(todo, lab._access, mine, say=say, waits=waits)  # noqa: SLF001 - a part of the lab
        if mine.answer:
            self._gatherer.answer = mine.answer

    def began_anew(self) -> float:
        now = time.time()
        self._lab._since[self._step.key] = now  # noqa: SLF001 - a part of the lab
        return now

    def note(self, how: str) -> None:
        progress.note_step(self._step.key, how, self._lab.workspace.root)
        self._lab._follow_progress()  # noqa: SLF001 - a part of the lab
