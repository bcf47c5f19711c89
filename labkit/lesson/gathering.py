"""Gathers what a check may look at: the watch and the recording, the working copy, and replies to its questions."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.lesson import asking
from labkit.lesson.steps.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labkit.lesson.access import Access
    from labkit.lesson.steps.evidence import Question, Reply
    from labkit.recording.source import Source

#: Seconds for which a reply is good while the cluster does not change.
GOOD_FOR = 3.0
#: The same once nothing has changed for :data:`QUIET` seconds: a box that was left open costs next to nothing.
GOOD_FOR_LONG = 15.0
QUIET = 120.0
#: Seconds that lie between two questions at least, however much the cluster changes.
PAUSE = 0.7


class Gatherer:
    """Gathers evidence for one step or prediction, from one thread.

    Parameters
    ----------
    questions
        What to ask beside the watch.
    source
        The recording, at its present.
    access
        The learner's cluster and files.
    since
        When the step began, in seconds since the epoch.
    clock
        Returns seconds that only go on.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        source: Source,
        access: Access,
        since: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.since = since
        self.answer = ""
        #: what only the notebook knows: the Nodes that it took away, and whether its steady client asks
        self.away: frozenset[str] = frozenset()
        self.asking = True
        self._questions = tuple(questions)
        self._source, self._access = source, access
        self._clock = clock
        self._replies: dict[str, Reply] = {}
        self._asked: tuple[float, object] | None = None
        self._changed = clock()
        self._originals: dict[str, str] = {}
        with contextlib.suppress(LabError):
            self._originals = access.workspace.originals()

    def gather(self, *, afresh: bool = False) -> Evidence:
        """Return what is known now.

        Parameters
        ----------
        afresh
            Whether to put the questions anew, however young their replies are.
        """
        snapshot, files = self._source.timeline.latest, self._files()
        # what may change an answer: objects other than the events, and the files
        about = (tuple(snapshot.objects.get(kind) for kind in ("Deployment", "Pod", "Service", "Node")), files)
        if self._questions and (afresh or self._due(about)):
            self._replies = {each.key: asking.ask(each, self._access) for each in self._questions}
            self._asked = (self._clock(), about)
            snapshot = self._source.timeline.latest
        return Evidence(
            snapshot,
            self._source,
            self.since,
            files,
            dict(self._replies),
            self.answer,
            self._originals,
            self.away,
            self.asking,
        )

    def _due(self, about: object) -> bool:
        if self._asked is None:
            return True
        when, then = self._asked
        now, same = self._clock(), _same(about, then)
        if not same:
            self._changed = now
        passed = now - when
        good = GOOD_FOR if now - self._changed < QUIET else GOOD_FOR_LONG
        return passed > good or (passed > PAUSE and not same)

    def _files(self) -> dict[str, str]:
        """Return the working copy's files; one that can't be read is left out."""
        found = {}
        with contextlib.suppress(LabError, OSError):
            for path in self._access.workspace.files():
                with contextlib.suppress(LabError):
                    found[path] = self._access.workspace.read(path)
        return found


def _same(one: object, other: object) -> bool:
    """Whether two tuples hold the very same maps and equal files, without comparing maps object by object."""
    if not (isinstance(one, tuple) and isinstance(other, tuple)):
        return False
    return all(a is b for a, b in zip(one[0], other[0], strict=True)) and one[1] == other[1]
