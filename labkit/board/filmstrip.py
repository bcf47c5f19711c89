"""A filmstrip: the figures of a rollout, a scaling or the loss of a Node, chosen from a recording, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from labkit.board import picture, strip_layout
from labkit.board.requests_shown import requests_until
from labkit.errors import LabError
from labkit.recording import figure_words, figures
from labkit.recording.moment_words import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.requests_shown import Recorded as RecordedRequests
    from labkit.recording.figures import FigureKind, Figures
    from labkit.recording.moment import Moment
    from labkit.state import Snapshot

#: As wide as a notebook's cell usually is, so that its text keeps its size.
WIDTH = 900
#: Below it the board itself has no picture that small.
NARROWEST = 430


class Recorded(Protocol):
    """A recording, as far as a filmstrip looks at it (see :mod:`labkit.recording.source`)."""

    @property
    def timeline(self) -> Times: ...  # noqa: D102 - its snapshots
    @property
    def requests(self) -> RecordedRequests: ...  # noqa: D102 - a steady client's requests
    @property
    def moments(self) -> Sequence[Moment]: ...  # noqa: D102 - all of them, oldest first


class Times(Protocol):
    """Its snapshots."""

    def at(self, at: float) -> Snapshot: ...  # noqa: D102 - what was the present at a time


class Frame(NamedTuple):
    """One picture of a filmstrip.

    Attributes
    ----------
    at
        Seconds since the epoch.
    when
        The time, counted from where the filmstrip begins, in words.
    sentence
        What it shows.
    snapshot
        What was the present then.
    kind
        What of the whole it is: before, a new Pod, complete …
    """

    at: float
    when: str
    sentence: str
    snapshot: Snapshot
    kind: FigureKind


class Filmstrip:
    """Several times of a recording as one picture, each with its sentence.

    Parameters
    ----------
    source
        The recording.
    told
        The times, and what they are about.
    width
        In pixels; from 840 on the pictures stand two side by side.
    """

    def __init__(self, source: Recorded, told: Figures, width: float = WIDTH) -> None:
        self.title = figure_words.heading(told)
        self.app = told.app
        self.what = told.what
        self.begin = told.begin
        self.width = max(NARROWEST, width)
        shots = [(figure, source.timeline.at(figure.at)) for figure in told.figures]
        self.frames = tuple(
            Frame(f.at, figure_words.when(f, told), figure_words.caption(f, told, snapshot), snapshot, f.kind)
            for f, snapshot in shots
        )
        self._requests = source.requests

    @property
    def description(self) -> str:
        """The pictures in words, a line for each."""
        return "\n".join(f"{n}. {frame.when}: {frame.sentence}" for n, frame in enumerate(self.frames, 1))

    def scene(self, frame: Frame, width: float) -> picture.Scene:
        """Return the whole picture of one frame, of which the filmstrip shows what happens in it."""
        return picture.scene(
            frame.snapshot,
            width=width,
            focus=self.app or None,
            now=frame.at,
            caption=frame.sentence,
            **requests_until(self._requests, frame.at),
        )

    def svg(self, theme: picture.Theme = "auto") -> str:
        """Return the picture as an SVG document."""
        columns = strip_layout.columns(self.width, alone=bool(self.app))
        room = strip_layout.scene_width(self.width, columns)
        cells = [strip_layout.Cell(f.when, f.sentence, self.scene(f, room)) for f in self.frames]
        versions = strip_layout.versions([f.snapshot for f in self.frames], self.app)
        drawn, height, rows = strip_layout.draw(self.title, cells, self.width, columns, versions)
        return picture.document(drawn, (self.width, height), self.title, self.description, theme=theme, rows=rows)

    def __repr__(self) -> str:
        """Return heading and sentences."""
        return f"{self.title}\n{self.description}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # noqa: ANN401 - IPython's own protocol
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}


def filmstrip(
    source: Recorded,
    what: str | Sequence[Moment | float],
    app: str | None = None,
    *,
    since: float | None = None,
    width: float = WIDTH,
) -> Filmstrip:
    """Return the filmstrip of what was recorded.

    Parameters
    ----------
    source
        The recording.
    what
        ``rollout``, ``scale`` or ``node-loss``: the last one that was recorded; or moments and times (seconds since the
        epoch), one for each picture.
    app
        The Deployment that it is about; any when it is not given.
    since
        Seconds since the epoch: the first one that began then or later, in place of the last.
    width
        In pixels.

    Raises
    ------
    LabError
        If nothing of the kind was recorded; it says what was.
    """
    moments = source.moments
    if not isinstance(what, str):
        if not what:
            raise LabError("A filmstrip of no moments has no pictures.", remedy='lab.filmstrip("rollout"), say')
        return Filmstrip(source, figures.chosen(what, app or ""), width)
    if what not in figures.BEGINNINGS:
        one_of = ", ".join(f'"{each}"' for each in figures.BEGINNINGS)
        raise LabError(f"There is no filmstrip {what!r}.", remedy=f"one of {one_of}, or a list of moments or times")
    found = figures.beginnings(moments, what, app or "")
    if since is not None:
        found = [each for each in found if each.at >= since][:1]
    if not found:
        raise _nothing(moments, what, app or "")
    if what == "rollout":
        return Filmstrip(source, figures.rollout(moments, found[-1]), width)
    if what == "scale":
        return Filmstrip(source, figures.scale(moments, found[-1]), width)
    return Filmstrip(source, figures.node_loss(moments, found[-1], app or ""), width)


def _nothing(moments: Sequence[Moment], what: str, app: str) -> LabError:
    """Return the error that says what there is in place of what was asked for."""
    there = {kind: figures.beginnings(moments, kind) for kind in figures.BEGINNINGS}
    lines = [f"{kind}: {sentence(each)}" for kind, all_of_it in there.items() for each in all_of_it]
    first = next((kind for kind, all_of_it in there.items() if all_of_it), None)
    of = f" of {app}" if app else ""
    return LabError(
        f"Nothing was recorded that a filmstrip {what!r}{of} could show.",
        remedy=f'lab.filmstrip("{first}")' if first else "scale or roll out a Deployment, then ask again",
        detail="Recorded so far:\n" + "\n".join(lines[-8:]) if lines else "",
    )
