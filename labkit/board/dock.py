"""The board beside the notebook: in a panel of its own, so that it stays in sight while the cells go by."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sidecar import Sidecar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.board.filmstrip import Filmstrip
    from labkit.board.live import Board
    from labkit.recording.moments import Moment

#: Set by the kit's own JupyterLab (:mod:`labkit.jupyter`). Elsewhere (nbval, another editor) nobody has such panels.
VARIABLE = "LABKIT_DOCK"


def possible() -> bool:
    """Return whether this kernel's JupyterLab can show a panel beside the notebook."""
    return os.environ.get(VARIABLE) == "1"


class Docked:
    """A board in a panel at the right.

    Whoever makes one takes the one before away, so that there is one board beside the notebooks. What a kernel that has
    died could not take away, the next board does (``browser/panels.js``).

    Parameters
    ----------
    board
        The board.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self._panel = Sidecar(title="Board", anchor="split-right")
        self._panel.append_display_data(board.widget)

    def filmstrip(self, what: str | Sequence[Moment | float] = "rollout", app: str | None = None) -> Filmstrip:
        """Return what was recorded as a filmstrip: see :func:`labkit.board.filmstrip.filmstrip`."""
        return self.board.filmstrip(what, app)

    def page(self, path: str | Path) -> Path:
        """Write what was recorded as one HTML file that plays it: see :func:`labkit.board.page.write`."""
        return self.board.page(path)

    def close(self) -> None:
        """Take the panel away."""
        self._panel.close()

    def __repr__(self) -> str:
        """Return where it is, and the picture in words."""
        return f"The board stands beside this notebook, live. {self.board!r}"
