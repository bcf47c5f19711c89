"""What a notebook shows of the cluster: the board, a still picture, and the story of an app's Pods."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from labkit.board.requests_shown import requests_now, requests_until
from labkit.notebook import values
from labkit.recording import story

# The widgets are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.api.watch import Watch
    from labkit.app.traffic import SteadyClient
    from labkit.board.boards import Boards
    from labkit.board.dock import Docked
    from labkit.board.filmstrip import Filmstrip
    from labkit.board.live import Board
    from labkit.board.requests_shown import Asked
    from labkit.board.still import Still
    from labkit.recording.moments import Moment
    from labkit.recording.source import Source


class Pictures:
    """What a notebook can show."""

    watch: Watch
    recording: Source
    _client: SteadyClient | None
    #: since when :meth:`story` tells, unless it is told otherwise
    _began: float

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    @cached_property
    def _boards(self) -> Boards:
        from labkit.board.boards import Boards  # noqa: PLC0415 - see the head of the module

        return Boards(self.recording)

    def board(self, focus: str | None = None) -> Board | Docked:
        """Show the live picture of the cluster: beside the notebook in the kit's own JupyterLab, else in the cell.

        Parameters
        ----------
        focus
            The Deployment to look at closely; all of them when it is not given.

        Raises
        ------
        TakenOverError
            If another notebook has the lab: then its board is the one to look at.
        """
        self.check_holder()
        return self._boards.show(focus)

    def picture(self, caption: str = "", *, focus: str | None = None, at: float | None = None) -> Still:
        """Return a still picture: of now (in a replay, of the moment at the cursor), or of a recorded moment.

        Parameters
        ----------
        caption
            What the picture shows, in one sentence; it stands below it.
        focus
            The Deployment to look at closely.
        at
            Seconds since the epoch; what was the present then is shown.
        """
        from labkit.board.still import Still  # noqa: PLC0415 - see the head of the module

        if at is None:
            snapshot, asked = self.watch.snapshot, self._asked_now()
        else:
            values.number(at, "moment in seconds since the epoch", "lab.picture(at=lab.now())")
            snapshot, asked = self.recording.timeline.at(at), requests_until(self.recording.requests, at)
        return Still(snapshot, caption=caption, focus=focus, **asked)

    def _asked_now(self) -> Asked:
        """Return what a still picture of the present shows of the steady client's requests."""
        client = self._client
        return requests_now(client, self.watch.snapshot.at) if client is not None else {}

    def filmstrip(
        self, what: str | Sequence[Moment | float] = "rollout", app: str | None = None, *, since: float | None = None
    ) -> Filmstrip:
        """Return what happened as a row of still pictures, each with its sentence.

        Parameters
        ----------
        what
            ``rollout``, ``scale`` or ``node-loss``: the last one that was recorded; or moments and times (seconds since
            the epoch), a picture for each.
        app
            The Deployment that it is about; any when it is not given.
        since
            Seconds since the epoch: the first one that began then or later, in place of the last.

        Raises
        ------
        LabError
            If nothing of the kind was recorded; it says what was.
        """
        from labkit.board.filmstrip import filmstrip  # noqa: PLC0415 - see the head of the module

        if since is not None:
            values.number(since, "moment in seconds since the epoch", "began = lab.now(), and later since=began")
        return filmstrip(self.recording, what, app, since=since)

    def page(
        self, path: str | Path, *, focus: str | None = None, begin: float | None = None, end: float | None = None
    ) -> None:
        """Write the recording as one HTML file that plays it, without Jupyter, cluster or network; print where it is.

        Parameters
        ----------
        path
            The file, ``rollout.html``, say.
        focus
            The Deployment to look at closely; all of them when it is not given.
        begin, end
            From when to when, in seconds since the epoch; all of it when they are not given.

        Raises
        ------
        LabError
            If nothing was recorded in that time, or the file is something else or can't be written.
        """
        from labkit.board import page  # noqa: PLC0415 - see the head of the module

        for at in (begin, end):
            if at is not None:
                values.number(at, "moment in seconds since the epoch", "began = lab.now(), and later begin=began")
        file = page.write(self.recording, path, focus=focus, begin=begin, end=end)
        print(f"{file}: open it in any browser")

    def now(self) -> float:
        """Return the present moment, in seconds since the epoch: for :meth:`story` and :meth:`picture`."""
        return time.time()

    def story(self, app: str, since: float | None = None) -> story.Story:
        """Return the lives of an app's pods since a moment (seconds since the epoch), as the lab recorded them."""
        began = self._began if since is None else since
        values.number(
            began, "moment in seconds since the epoch", 'began = lab.now(), and later lab.story("hello", began)'
        )
        return story.tell(self.recording, app, began)
