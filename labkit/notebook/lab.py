"""The lab as a notebook sees it: ``lab = Lab("03-scale")`` brings everything to the notebook's start."""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from labkit import cluster
from labkit.api import kubectl
from labkit.lesson import holder, notebooks
from labkit.lesson.workspace import Workspace
from labkit.notebook import recorder, shell, tables
from labkit.notebook.asking import Asking
from labkit.notebook.controlling import Controlling
from labkit.notebook.files import Files
from labkit.notebook.laboratory import Laboratory
from labkit.notebook.pictures import Pictures
from labkit.notebook.power import Power
from labkit.notebook.reading import Reading
from labkit.notebook.stepping import Stepping
from labkit.notebook.together import Together
from labkit.notebook.wait_loop import ProgressLine
from labkit.notebook.waits import Waits
from labkit.recording.writer import Writer

# The widgets and the HTTP client are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from pathlib import Path

    from labkit.api.watch import Watch
    from labkit.app.traffic import SteadyClient
    from labkit.notebook.control_panel import ControlPanel
    from labkit.notebook.look import Look
    from labkit.notebook.progress_table import ProgressTable
    from labkit.notebook.replay import Replay
    from labkit.notebook.step_box import StepBox

#: The environment variable that names a file: a notebook's lab is recorded into it as it goes.
RECORD = "LABKIT_RECORD"


class Lab(Pictures, Waits, Power, Together, Reading, Asking, Files, Controlling, Stepping, Laboratory):
    """The lab, brought to the start of a notebook.

    Making one connects to the kit's cluster, takes the lab for this notebook, brings namespace and working copy to the
    notebook's start, and makes ``%kubectl`` known. It may be made again at any time: that starts the notebook over.

    Parameters
    ----------
    notebook
        The notebook's name, such as ``03-scale``.

    Raises
    ------
    LabError
        If there is no cluster, or the lesson has no such notebook.
    """

    _current: ClassVar[Lab | None] = None
    _following: holder.Following | None = None

    def __init__(self, notebook: str) -> None:
        notebooks.start_of(notebook)
        if Lab._current is not None:
            Lab._current.close()
        self.notebook = notebook
        self.connection = cluster.connection()
        self.kubectl = kubectl.Kubectl(self.connection)
        self.workspace = Workspace()
        self._lost: set[str] = set()
        self._client: SteadyClient | None = None
        self._writer: Writer | None = None
        self._shell: Any = None
        self._panels: dict[str, ControlPanel] = {}
        self._boxes: dict[str, StepBox] = {}
        self._since: dict[str, float] = {}
        self._tables: list[ProgressTable] = []
        self._tried: dict[str, tuple[float, float]] = {}
        with ProgressLine() as line:
            line.show(f"bringing the lab to the start of {notebook} …")
            notebooks.ensure_namespace(self.kubectl)
            self._holder = holder.take(self.kubectl, notebook)
            kept, notes = notebooks.begin(notebook, self.kubectl, self.workspace, line.show)
            self.watch = self._watching()
            self._following = holder.Following(self.kubectl, self._holder, self._taken)
        self._tell_class()
        Lab._current = self
        atexit.register(self.close)
        self._register()
        self._settle(kept, notes)
        #: since when :meth:`story` tells, unless it is told otherwise
        self._began = time.time()

    @staticmethod
    def replay(path: str | Path) -> Replay:
        """Return a lab that plays a recording: no cluster and no Docker are needed.

        Parameters
        ----------
        path
            What ``lab.recording.save`` or ``labkit record`` wrote.

        Raises
        ------
        LabError
            If that is no recording, or nothing of it can be read.
        """
        from labkit.notebook.replay import Replay  # noqa: PLC0415 - most notebooks play none

        return Replay(path)

    @staticmethod
    def look(learner: str) -> Look:
        """Return a learner's lab to look at, for an instructor of a class: its board, pictures and tables.

        Parameters
        ----------
        learner
            Their name.

        Raises
        ------
        LabError
            If this is no class, or you may not look.
        """
        from labkit.notebook.look import Look  # noqa: PLC0415 - instructors alone need it

        return Look(learner)

    def exit_code(self, command: str) -> int:
        """Run kubectl, print what it says, and return its exit code, for a command that is meant to fail.

        Parameters
        ----------
        command
            What stands behind ``kubectl``: ``rollout status deployment/hello --timeout=10s``.
        """
        self.check_holder()
        return self.kubectl.exit_code(kubectl.words(command))

    # --- itself --------------------------------------------------------------------------------------------------

    def status(self) -> None:
        """Print which cluster and namespace this is, and what is in it."""
        nodes = self.watch.snapshot.nodes()
        print(f"Cluster {self.connection.context}: {sum(node.ready for node in nodes)} of {len(nodes)} nodes ready")
        print(f"Namespace {self.connection.namespace}: {tables.facts(self.watch.snapshot) or 'empty'}")
        print(f"Front door {self.connection.front_door}")

    def reset(self) -> None:
        """Start this notebook over."""
        Lab(self.notebook)

    def check_holder(self) -> None:
        """Return if this notebook still has the lab.

        Raises
        ------
        TakenOverError
            If another notebook took it.
        """
        holder.check(self.kubectl, self._holder)

    def close(self) -> None:
        """Stop everything that runs for this notebook and bring back what it lost. May be called twice."""
        atexit.unregister(self.close)
        if self._following is not None:
            self._following.end()
        if self._shell is not None:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            self._shell = None
        if self._client is not None:
            self._client.stop()
            self._client = None
        self._tell_class_no_more()
        self._end_panels("the notebook was started over, or has ended")
        self._end_boxes("the notebook was started over, or has ended")
        if "_boards" in vars(self):
            self._boards.close("the notebook was started over, or has ended")
        if hasattr(self, "watch"):
            self.watch.stop()
            self.recording.close()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self.bring_back_all(quietly=True)
        if Lab._current is self:
            Lab._current = None

    # --- inside --------------------------------------------------------------------------------------------------

    def _watching(self) -> Watch:
        watch, recording = recorder.begin(self.connection)
        #: everything that the watch has heard, and the steady client's requests
        self.recording = recording
        if path := os.environ.get(RECORD):
            self._writer = Writer(recording, path)
        return watch

    def _taken(self, theirs: holder.Holder) -> None:
        # not on the thread that reads: what goes wrong in it is to be heard of
        threading.Thread(target=self._hand_over, args=(theirs.notebook,), name="labkit-hand-over").start()

    def _hand_over(self, notebook: str) -> None:
        """Leave the stage to the notebook that took the lab: two boards and two clients would only confuse."""
        self._tell_class_no_more()
        self._end_panels(f"notebook {notebook} has the lab now")
        self._end_boxes(f"notebook {notebook} has the lab now")
        self.bring_back_all(quietly=True)
        if self._client is not None:
            self._client.stop()
        if "_boards" in vars(self):
            self._boards.close(f"notebook {notebook} has the lab now")

    def _register(self) -> None:
        """Make ``%kubectl`` known, and see to it that a cell that fails leaves no node lost."""
        self._shell = shell.current()
        if self._shell is None:
            return
        kubectl.register(self._shell, self.kubectl, self.check_holder)
        self._shell.events.register("post_run_cell", self._after_cell)

    def _after_cell(self, result: Any) -> None:  # noqa: ANN401 - IPython's ExecutionResult is untyped
        if not result.success:
            self.bring_back_all()
        self._tell_of_cell(result.error_before_exec or result.error_in_exec)
        self._follow_panels()

    def _settle(self, kept: object, notes: list[str]) -> None:
        """Wait until the start's apps are as they should be, and say where we stand."""
        start = notebooks.start_of(self.notebook)
        for app in start.apps:
            if app != "frontend" or start.configmap:
                self.wait_ready(app)
            else:
                # it waits for its ConfigMap; for a moment before, it is only Pending
                self._wait_status(app, ("ContainerCreating",))
        if start.configmap:
            with ProgressLine() as line:
                line.show("waiting for the front door to answer …")
                self.front_door.wait_open()
        for note in notes:
            print(note)
        if kept:
            print(f"Your own versions of the files are kept in {kept}")
        print(f"The lab is at the start of {self.notebook}.")
