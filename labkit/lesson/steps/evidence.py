"""All that a check may look at: gathered before, so that checks are pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labkit.recording.moment import Moment
    from labkit.recording.request import Request
    from labkit.state import Snapshot


class Times(Protocol):
    """The snapshots of a recording (:class:`labkit.recording.timeline.Timeline`)."""

    def at(self, at: float) -> Snapshot: ...  # noqa: D102 - what was the present then
    def since(self, at: float) -> Iterator[Snapshot]: ...  # noqa: D102 - those of a time and later, oldest first


class Asked(Protocol):
    """The requests of a recording (:class:`labkit.recording.requests.Requests`)."""

    def between(self, begin: float, end: float) -> tuple[Request, ...]: ...  # noqa: D102 - those due then, in order


class Recorded(Protocol):
    """A recording, as far as a check needs it (:class:`labkit.recording.source.Source`)."""

    @property
    def timeline(self) -> Times: ...  # noqa: D102 - its snapshots
    @property
    def requests(self) -> Asked: ...  # noqa: D102 - its requests
    @property
    def moments(self) -> Sequence[Moment]: ...  # noqa: D102 - what happened


@dataclass(frozen=True, slots=True)
class AskKubectl:
    """A question that kubectl answers, since the watch does not know it.

    Attributes
    ----------
    key
        By which name a check finds the reply.
    words
        What stands behind ``kubectl``; it must change nothing.
    """

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskDoor:
    """A request through the front door.

    Attributes
    ----------
    key
        By which name a check finds the reply.
    path
        ``/`` or ``/version``.
    """

    key: str
    path: str


Question = AskKubectl | AskDoor


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered.

    Attributes
    ----------
    code
        kubectl's exit code, or the HTTP status; -1 where nobody answered.
    text
        What kubectl wrote to its standard output, or the answer's body.
    said
        What kubectl complained of.
    headers
        The answer's, by their names in lower case.
    """

    code: int
    text: str = ""
    said: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Evidence:
    """All that a check may look at.

    Attributes
    ----------
    snapshot
        The cluster as it is now.
    recorded
        What it was.
    since
        When the step began, in seconds since the epoch.
    files
        The files of the working copy: path → text.
    replies
        What was asked beside the watch: key → reply. One that was not asked yet is missing.
    answer
        What the learner wrote into the step's box.
    originals
        The lesson's own files, of which the working copy is one: path → text.
    away
        The Nodes that this notebook has taken away and not brought back.
    asking
        Whether a steady client asks just now.
    """

    snapshot: Snapshot
    recorded: Recorded
    since: float
    files: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Reply] = field(default_factory=dict)
    answer: str = ""
    originals: Mapping[str, str] = field(default_factory=dict)
    away: frozenset[str] = frozenset()
    asking: bool = True

    @cached_property
    def before(self) -> Snapshot:
        """The cluster as it was when the step began."""
        return self.recorded.timeline.at(self.since)

    @cached_property
    def course(self) -> tuple[Snapshot, ...]:
        """Every state of the cluster since the step began, oldest first, the one that it began with among them."""
        return (self.before, *self.recorded.timeline.since(self.since))

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """What happened since the step began."""
        return tuple(moment for moment in self.recorded.moments if moment.at >= self.since)

    def requests(self, begin: float | None = None, end: float | None = None) -> tuple[Request, ...]:
        """Return the steady client's requests since the step began, or between two times."""
        first = self.since if begin is None else begin
        return self.recorded.requests.between(first, self.snapshot.at if end is None else end)
