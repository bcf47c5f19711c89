"""A notebook's boards: those in its cells, and the one beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board import dock
from labkit.board.live import Board

if TYPE_CHECKING:
    from labkit.board.requests_shown import Traffic
    from labkit.recording.source import Source


class Boards:
    """The boards that a notebook has shown.

    Parameters
    ----------
    source
        What they show, at its cursor.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._all: list[Board] = []
        self._docked: dock.Docked | None = None
        self._traffic: Traffic | None = None

    def show(self, focus: str | None = None) -> Board | dock.Docked:
        """Make a board: beside the notebook, in place of the one that stood there, or else in the cell.

        Parameters
        ----------
        focus
            The Deployment to look at closely; all of them when it is not given.
        """
        board = Board(self._source, focus=focus)
        board.traffic = self._traffic
        self._all.append(board)
        if not dock.possible():
            return board
        self._undock()
        self._docked = dock.Docked(board)
        return self._docked

    def follow(self, client: Traffic) -> None:
        """Show a steady client's requests on all boards, and on those to come."""
        self._traffic = client
        for board in self._all:
            board.traffic = client

    def close(self, why: str) -> None:
        """End all boards: those in cells keep their last picture and say why, the one beside the notebook goes away."""
        while self._all:
            self._all.pop().close(why)
        self._undock()

    def _undock(self) -> None:
        if self._docked is not None:
            self._docked.close()
            self._docked.board.close()
            self._all = [board for board in self._all if board is not self._docked.board]
            self._docked = None
