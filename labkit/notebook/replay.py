"""A recorded lab: board, pictures, tables and questions, without a cluster and without Docker."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import atexit
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from labkit import paths
from labkit.board.requests_shown import requests_until
from labkit.errors import LabError
from labkit.explain import diagnosis
from labkit.notebook import shell, tables
from labkit.notebook.pictures import Pictures
from labkit.notebook.reading import Reading
from labkit.recording import file

if TYPE_CHECKING:
    from labkit.board.requests_shown import Asked
    from labkit.recording.source import Source
    from labkit.state import Pod, Snapshot

#: What a lab on a cluster has besides its methods.
_OTHERS = frozenset({"connection", "kubectl", "notebook", "workspace"})


class Replay(Pictures, Reading):
    """A lab that has been: everything shows what was the present at the cursor of ``lab.recording``.

    The cursor stands at the end at first; ``lab.recording.seek``, ``.step``, ``.play`` and ``.now`` move it, and so do
    the board's own controls.

    Parameters
    ----------
    path
        A recording: ``recordings/05-rolling-update.rec``, say.

    Raises
    ------
    LabError
        If that is no recording, or nothing of it can be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self.recording = file.load(_found(path))
        self._client = None
        self._began = self.recording.span[0]
        atexit.register(self.close)
        self._register()
        print(told(self.recording))
        if self.recording.damage:
            print(f"The recording is not whole, this much can be read: {self.recording.damage}")

    # what the parts of a lab ask of one: here it is the recording that has a present
    @cached_property
    def watch(self) -> Any:  # type: ignore[override]  # noqa: ANN401 - it has a snapshot, which is all that is asked of it
        """The recording."""
        return self.recording

    def check_holder(self) -> None:
        """Return: nobody else can take a recording."""

    def _asked_now(self) -> Asked:
        return requests_until(self.recording.requests, self.recording.at)

    def now(self) -> float:
        """Return where the cursor is, in seconds since the epoch: for :meth:`story` and :meth:`picture`."""
        return self.recording.at

    def why(self, name: str) -> None:
        """Print why a Deployment was not where it should be: each pod that was not ready, and the reason."""
        print(diagnosis.why(self.recording.snapshot, name))

    def status(self) -> None:
        """Print which cluster and namespace this was, and what was in it."""
        facts, snapshot = self.recording.facts, self.recording.snapshot
        nodes = snapshot.nodes()
        print(told(self.recording))
        print(f"Cluster {facts.context}: {sum(node.ready for node in nodes)} of {len(nodes)} nodes ready")
        print(f"Namespace {facts.namespace}: {tables.facts(snapshot) or 'empty'}")

    def reset(self) -> None:
        """Go back to the beginning."""
        self.recording.seek(self.recording.span[0])

    def close(self) -> None:
        """End what shows it. May be called twice."""
        atexit.unregister(self.close)
        if "_boards" in vars(self):
            self._boards.close("the replay has ended")
        self.recording.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a lab has
        """Tell of what a lab on a cluster has that it needs the cluster."""
        from labkit.notebook.lab import Lab  # noqa: PLC0415 - it makes replays

        if name.startswith("_") or not (name in _OTHERS or hasattr(Lab, name)):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if not callable(getattr(Lab, name, None)):
            self._refuse(f"lab.{name}")
        return lambda *_args, **_more: self._refuse(f"lab.{name}")

    def _register(self) -> None:
        """Let ``%kubectl`` tell that it needs the cluster; where a lab on a cluster is open, it is that lab's."""
        from labkit.notebook.lab import Lab  # noqa: PLC0415 - it makes replays

        notebook = shell.current()
        if notebook is None or Lab._current is not None:  # noqa: SLF001 - of the same room
            return

        def magic(line: str, cell: str | None = None) -> None:
            """Refuse: ``%kubectl`` needs a cluster, and a replay has none."""
            self._refuse(f"{'%kubectl' if cell is None else '%%kubectl'} {line}".rstrip())

        notebook.magics_manager.register_function(magic, magic_kind="line_cell", magic_name="kubectl")

    def _refuse(self, what: str) -> NoReturn:
        raise LabError(
            f"{what} needs the cluster, and this is a replay of {self.path}: what happened can be looked at, "
            "not changed.",
            remedy='lab = Lab("03-scale") is a lab on the cluster; what a replay can do: lab.board(), lab.picture(), '
            "lab.pods(), lab.story()",
        )

    def _pods(self, name: str) -> list[Pod]:
        snapshot = self.recording.snapshot
        found = snapshot.deployment(name)
        return diagnosis.staying(snapshot, found) if found else []

    def _asked(self) -> tuple[Snapshot, float]:
        tables.prepare()
        return self.recording.snapshot, self.recording.at


def _found(path: str | Path) -> str | Path:
    """Return where a recording is: the kit's own are found from any folder, a notebook's too."""
    if isinstance(path, (str, Path)) and str(path) and not Path(path).exists():
        kits = paths.REPO / path
        return kits if kits.is_file() else path
    return path


def told(source: Source) -> str:
    """Return in one line where a recording comes from, and from when to when it goes."""
    facts, (first, last) = source.facts, source.span
    day = time.strftime("%Y-%m-%d", time.localtime(first))
    times = [time.strftime("%H:%M:%S", time.localtime(at)) for at in (first, last)]
    where = f"namespace {facts.namespace or '?'} of cluster {facts.context or '?'}"
    version = f" (Kubernetes {facts.kubernetes})" if facts.kubernetes else ""
    return f"A replay of {where}{version}: {day}, {times[0]} to {times[1]}, {last - first:.0f} s."
