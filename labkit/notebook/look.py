"""A learner's lab as an instructor looks at it: board, pictures and tables, and nothing that changes anything."""

from __future__ import annotations

import atexit
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from labkit import cluster, in_class
from labkit.errors import LabError
from labkit.explain import diagnosis
from labkit.notebook import recorder, tables, values
from labkit.notebook.pictures import Pictures
from labkit.notebook.reading import Reading

if TYPE_CHECKING:
    from labkit.state import Pod, Snapshot


class Look(Pictures, Reading):
    """Look at a learner's lab in your class.

    It is watched from now on, and does not notice. One is watched at a time: the one before is let go.

    Parameters
    ----------
    learner
        Their name.

    Raises
    ------
    LabError
        If this is no class, or there is no such name.
    ClusterError
        If you may not look, or the cluster does not answer.
    """

    _current: ClassVar[Look | None] = None

    def __init__(self, learner: str) -> None:
        values.name(learner, "learner", 'Lab.look("alice")')
        if in_class.found() is None:
            raise LabError("This is no class: there is nobody to look at.", remedy="lab.board() shows your own lab")
        if Look._current is not None:
            Look._current.close()
        self.learner = learner
        self._client = None
        connection = replace(cluster.connection(), namespace=in_class.lab(learner))
        self.watch, self.recording = recorder.begin(connection)
        self._began = time.time()
        Look._current = self
        atexit.register(self.close)
        facts = tables.facts(self.watch.snapshot) or "empty"
        print(f"You look at the lab of {learner}, and change nothing in it: {facts}")  # noqa: T201 - a cell prints facts

    def check_holder(self) -> None:
        """Return: who looks takes nothing from anybody."""

    def now(self) -> float:
        """Return the time, in seconds since the epoch: for :meth:`story` and :meth:`picture`."""
        return time.time()

    def close(self) -> None:
        """Look no more. May be called twice."""
        atexit.unregister(self.close)
        if "_boards" in vars(self):
            self._boards.close("you look elsewhere now")
        self.watch.stop()
        self.recording.close()
        if Look._current is self:
            Look._current = None

    def _pods(self, name: str) -> list[Pod]:
        snapshot: Snapshot = self.watch.snapshot
        found = snapshot.deployment(name)
        return diagnosis.staying(snapshot, found) if found else []
