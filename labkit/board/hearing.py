"""Whether the kernel can hear its views: where widgets have no subshell, a cell that runs keeps their messages out."""

from __future__ import annotations

import sys
import threading
from typing import Any


class Hearing:
    """Tells a view that says nothing from one that cannot be heard.

    The kit's JupyterLab sends widgets' messages through a subshell, in a thread of its own: they arrive at any time.
    Elsewhere they wait in the main thread until the cell is done, and nobody's silence means anything until then.
    """

    def __init__(self) -> None:
        self._aside = False
        self._events: Any = _events()
        # a board is made by a cell, which is still running
        self._busy = self._events is not None
        if self._events is not None:
            self._events.register("pre_run_cell", self._begin)
            self._events.register("post_run_cell", self._end)

    @property
    def deaf(self) -> bool:
        """Whether no view can be heard now."""
        return self._busy and not self._aside

    def heard(self) -> None:
        """Note by which thread a message came; called by that thread."""
        self._aside = threading.current_thread() is not threading.main_thread()

    def close(self) -> None:
        """Look at cells no more. Safe to call twice."""
        if self._events is not None:
            self._events.unregister("pre_run_cell", self._begin)
            self._events.unregister("post_run_cell", self._end)
            self._events = None

    def _begin(self, _info: object) -> None:
        self._busy = True

    def _end(self, _result: object) -> None:
        self._busy = False


def _events() -> Any:  # noqa: ANN401 - IPython is untyped
    """Return what tells of the notebook's cells, or None in a plain program."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython  # noqa: PLC0415 - only there in a notebook

    shell = get_ipython()
    return shell.events if shell is not None else None
