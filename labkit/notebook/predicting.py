"""The lab's side of predictions: it asks before a change, and lets the recording answer after it."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from labkit import in_class
from labkit.errors import LabError, WaitTimeoutError
from labkit.lesson import progress, wording
from labkit.lesson.access import Access
from labkit.notebook import together
from labkit.notebook.telling import Telling
from labkit.notebook.wait_loop import ProgressLine, blind

# The widgets, and all steps of the lesson, are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch
    from labkit.app.frontdoor import FrontDoor
    from labkit.app.traffic import SteadyClient
    from labkit.lesson.gathering import Gatherer
    from labkit.lesson.predictions.prediction import Missed, Observed, Prediction
    from labkit.lesson.steps.step import Step
    from labkit.lesson.workspace import Workspace
    from labkit.notebook.prediction_box import Observation, PredictionBox, Unseen
    from labkit.notebook.progress_table import ProgressTable
    from labkit.recording.source import Source

_Found = TypeVar("_Found", "Step", "Prediction")
_T = TypeVar("_T")

#: Seconds that a step which was brought about may take until its check says so, and a prediction until it has happened.
PATIENCE = 90.0
_PAUSE = 0.1


class Predicting(Telling):
    """What a notebook can have a learner predict, and what predictions and exercises have in common."""

    notebook: str
    watch: Watch
    kubectl: Kubectl
    workspace: Workspace
    recording: Source
    _began: float
    _since: dict[str, float]
    _tables: list[ProgressTable]
    _lost: set[str]
    _client: SteadyClient | None

    def return_nodes(self, say: Callable[[str], None] = print) -> None:
        """Bring the Nodes back that this notebook has lost, and wait until they take Pods again."""
        raise NotImplementedError

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    @property
    def front_door(self) -> FrontDoor:
        """The app's address outside the cluster."""
        raise NotImplementedError

    def predict(self, key: str) -> PredictionBox:
        """Ask what will happen, before it does.

        Raises
        ------
        LabError
            If this notebook has no such prediction.
        """
        from labkit.notebook.prediction_box import PredictionBox  # noqa: PLC0415 - see the head of the module

        found = self._own_prediction(key)
        self._since[key] = time.time()

        def keep(choice: str) -> None:
            progress.note_prediction(key, choice, self.workspace.root)
            self._follow_progress()

        chosen = progress.read(self.workspace.root).predictions.get(key)
        return PredictionBox(wording.of_prediction(key, found.notebook), chosen, keep)

    def observe(self, key: str) -> Observation | Unseen:
        """Wait until what was to be predicted has happened, and show the moment, what was predicted, and why it is so.

        Where it can't be seen any more, that is said, and what one would have seen.

        Raises
        ------
        LabError
            If this notebook has no such prediction.
        WaitTimeoutError
            If nothing of the kind happens.
        """
        from IPython.display import display  # noqa: PLC0415 - see the head of the module

        from labkit.board.requests_shown import requests_until  # noqa: PLC0415 - likewise
        from labkit.board.still import Still  # noqa: PLC0415 - likewise
        from labkit.lesson.predictions.prediction import Missed  # noqa: PLC0415 - likewise
        from labkit.notebook.prediction_box import Observation, Unseen  # noqa: PLC0415 - likewise

        found = self._own_prediction(key)
        words = wording.of_prediction(key, found.notebook)
        if found.nodes_back:
            self.return_nodes()
        seen = self._happened(found)
        if isinstance(seen, Missed):
            return Unseen(words, seen)
        sentence = wording.fill(words.happened[seen.choice], seen.facts)
        why = wording.fill(words.why[seen.choice], seen.facts)
        progress.note_observed(key, seen.choice, self.workspace.root)
        asked = requests_until(self.recording.requests, seen.at) if self.recording.requests.version else {}
        snapshot = self.recording.timeline.at(seen.at)
        print(wording.common("prediction")["recorded"])
        display(  # type: ignore[no-untyped-call]  # IPython's own
            Still(snapshot, caption=sentence, focus=found.focus or None, described=False, **asked)
        )
        predicted = progress.read(self.workspace.root).predictions.get(key)
        return Observation(words, predicted, seen.choice, sentence, why)

    @cached_property
    def _access(self) -> Access:
        return Access(self.kubectl, self.front_door, self.workspace)

    def _away(self) -> frozenset[str]:
        """Return the Nodes that are away: this notebook took them, or in a class the instructor did."""
        ours = in_class.found()
        taken = together.taken(self.watch.snapshot, ours.node_loss) if ours else ()
        return frozenset((*self._lost, *taken))

    def _asking(self) -> bool:
        """Whether the steady client asks just now."""
        return self._client is not None and self._client.running

    def _gatherer(self, found: Step | Prediction, since: float, *, answer: str = "") -> Gatherer:
        from labkit.lesson.gathering import Gatherer  # noqa: PLC0415 - see the head of the module

        gatherer = Gatherer(found.questions, self.recording, self._access, since)
        gatherer.answer = answer
        return gatherer

    def _happened(self, found: Prediction) -> Observed | Missed:
        gatherer = self._gatherer(found, self._since.get(found.key, self._began))
        with ProgressLine() as line:

            def look() -> Observed | Missed | None:
                gatherer.away, gatherer.asking = self._away(), self._asking()
                evidence = gatherer.gather()
                return found.observe(evidence) or (None if evidence.snapshot.outdated else found.missed(evidence))

            def happened(seen: Observed | Missed | None) -> bool:
                if seen is None:
                    line.show(f"waiting until it has happened … {blind(self.watch.snapshot)}".rstrip())
                return seen is not None

            seen = tried(look, happened)
        if seen is None:
            why = blind(self.watch.snapshot)
            raise WaitTimeoutError(
                f"Waited {PATIENCE:.0f} s, and what was to be predicted has not happened{f': {why}' if why else ''}.",
                remedy="run the cells above, from the prediction on",
            )
        return seen

    def _own_prediction(self, key: str) -> Prediction:
        from labkit.lesson.predictions.known import prediction  # noqa: PLC0415 - see the head of the module

        return self._own(prediction(key), "prediction")

    def _own(self, found: _Found, what: str) -> _Found:
        """Return a step or a prediction, if it stands in this notebook."""
        if found.notebook != self.notebook:
            raise LabError(
                f"The {what} {found.key} stands in {found.notebook}, and this is {self.notebook}.",
                remedy=f"open {found.notebook}.ipynb",
            )
        return found

    def _follow_progress(self) -> None:
        now = progress.read(self.workspace.root)
        for table in self._tables:
            table.follow(now)
        self._tell_of_progress(now)


def tried(look: Callable[[], _T], good: Callable[[_T], bool]) -> _T:
    """Return what is seen as soon as it is good; once patience is over, what was seen last."""
    deadline = time.monotonic() + PATIENCE
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return seen
