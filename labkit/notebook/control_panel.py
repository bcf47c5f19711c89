"""The panel of controls in a cell: buttons that run what :mod:`labkit.notebook.controls` says, one at a time."""

from __future__ import annotations

import html
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets

from labkit.board import mimebundle
from labkit.errors import LabError, TakenOverError
from labkit.notebook import controls
from labkit.notebook.control_widgets import STYLE, WORDS, Reply, a_button, hear_all, log, narrow_label, put, wide
from labkit.notebook.controls import Control

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from labkit.notebook.controls import Command, State
    from labkit.state import Snapshot

_LOG = logging.getLogger(__name__)

#: How many replies the panel keeps in sight.
KEPT = 4
#: Seconds after which the keyboard is not given back to the button that was pressed: whoever has waited for longer has
#: gone elsewhere.
_SOON = 2.0


class Actor(Protocol):
    """Who does what the controls say: the notebook's lab."""

    @property
    def snapshot(self) -> Snapshot: ...  # noqa: D102 - the cluster as it is now
    @property
    def lost(self) -> Collection[str]: ...  # noqa: D102 - the Nodes that this notebook has lost
    @property
    def asking(self) -> bool: ...  # noqa: D102 - whether its steady client is asking
    def act(self, control: Control, command: Command, subject: str) -> str: ...  # noqa: D102 - return the reply
    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]: ...  # noqa: D102 - as the watch's


class ControlPanel:
    """Controls for a Deployment, the Nodes, and the requests: show it as the last thing of a cell.

    A command runs on a thread of its own, so the kernel stays free; meanwhile no other can be pressed.

    Parameters
    ----------
    actor
        Who does it.
    app
        The Deployment.
    """

    def __init__(self, actor: Actor, app: str) -> None:
        self.app = app
        self.replies: deque[Reply] = deque(maxlen=KEPT)
        self.running: threading.Thread | None = None
        self._actor = actor
        self._why = ""
        self._pressed: Any = None
        #: whether what runs sets the number of replicas, and which number is to be set next
        self._scaling = False
        self._wanted: int | None = None
        self._drawing = threading.RLock()
        self._buttons = {control: self._button(control) for control in WORDS}
        self._fewer = a_button("\N{MINUS SIGN}1", "one replica fewer", lambda: self._step(-1))
        self._more = a_button("+1", "one replica more", lambda: self._step(+1))
        self._number = ipywidgets.BoundedIntText(
            min=0, max=controls.MOST, description="Replicas", layout=wide("9.5em"), style=narrow_label()
        )
        self._version = ipywidgets.Combobox(
            description="Version", continuous_update=False, layout=wide("12em"), style=narrow_label()
        )
        self._node = ipywidgets.Dropdown(description="Node", layout=wide("14em"), style=narrow_label("3em"))
        self._node_status, self._status, self._log = (ipywidgets.HTML() for _ in range(3))
        self._offer(tuple(each.name for each in actor.snapshot.nodes() if not each.control_plane))
        self._state = self._asked()
        self._number.value = _shown(self._state)
        self._draw(self._state, None)
        self._number.observe(self._typed, names="value")
        self._node.observe(lambda _: self.follow(), names="value")
        self.widget = self._arranged()
        hear_all(self.widget)
        self._unsubscribe = actor.subscribe(lambda _snapshot: self.follow())

    def __repr__(self) -> str:
        """Return what it is: the same words on every run, for a saved notebook."""
        return f"Controls for {self.app}: replicas, rollout, Nodes, requests. They work while the notebook runs."

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - IPython's
        data, metadata = mimebundle.of(self.widget, **kwargs)
        return {**data, "text/plain": repr(self)}, metadata

    def follow(self) -> None:
        """Show what has changed; from any thread."""
        with self._drawing:
            before, now = self._state, self._asked()
            if now != before:
                self._state = now
                self._draw(now, before)

    def press(self, control: Control, value: object = None) -> None:
        """Run what a control stands for, unless another runs; returns at once.

        Of numbers of replicas that are asked for while one is being set, the last is set next: a page sends two quick
        presses before it hears that the first one runs.

        Parameters
        ----------
        control
            Which.
        value
            How many replicas, or which version, where it takes one.
        """
        with self._drawing:
            if self.running is not None or self._why:
                if control is Control.SCALE and self._scaling and isinstance(value, int):
                    self._wanted = value
                return
            self._scaling = control is Control.SCALE
            subject = self._node.value if control in controls.OF_A_NODE else self.app
            self.running = threading.Thread(
                target=self._run, args=(control, subject or "", value), name="labkit-controls", daemon=True
            )
            self._allow()
            self.running.start()

    def end(self, why: str) -> None:
        """Stop following and let nothing be pressed any more; the panel says why. May be called twice."""
        self._unsubscribe()
        with self._drawing:
            self._why = self._why or why
            self._allow()

    # --- inside --------------------------------------------------------------------------------------------------

    def _asked(self) -> State:
        actor = self._actor
        return controls.state(actor.snapshot, self.app, self._node.value, lost=actor.lost, asking=actor.asking)

    def _run(self, control: Control, subject: str, value: object) -> None:
        began, typed, failed = time.monotonic(), WORDS.get(control, ("Scale", ""))[0], True
        try:
            command = controls.command(self._actor.snapshot, control, subject, value)
            typed = command.typed
            self._say(f"Running: {typed}")
            said, failed = self._actor.act(control, command, subject), False
        except LabError as error:
            said = str(error)
            if isinstance(error, TakenOverError):
                self.end(error.problem)
        except Exception as error:  # noqa: BLE001 - a fault of the kit: told in a line, and the log has the rest
            _LOG.exception("%s could not be run", typed)
            said = f"The kit could not do it: {type(error).__name__}: {error}"
        with self._drawing:
            self.replies.append(Reply(typed, said.strip(), failed))
            self._log.value = log(self.replies)
            self.running = None
            if failed and self._state.replicas is not None:
                self._number.value = _shown(self._state)
            self._state = self._asked()
            self._draw(self._state, None)
            wanted, self._wanted = self._wanted, None
            if wanted is not None and wanted != value and not failed:
                self.press(Control.SCALE, wanted)
                self._number.value = wanted
                return
            pressed, self._pressed = self._pressed, None
            # a button that is disabled loses the keyboard
            if pressed is not None and not pressed.disabled and time.monotonic() - began < _SOON:
                pressed.focus()

    def _step(self, by: int) -> None:
        with self._drawing:
            self._pressed = self._more if by > 0 else self._fewer
            self._number.value += by

    def _typed(self, change: Any) -> None:  # noqa: ANN401 - traitlets' own
        """Scale to the number that stands there, unless it is the desired one already."""
        if self._state.replicas is not None and change["new"] != _shown(self._state):
            self.press(Control.SCALE, change["new"])

    def _draw(self, state: State, before: State | None) -> None:
        if before is not None and state.replicas != before.replicas and self._wanted is None:
            self._number.value = _shown(state)
        if state.versions[:1] and (before is None or state.versions != before.versions):
            # what was typed stays; the suggestion follows the present version
            if self._version.value in ("", *self._version.options[:1]):
                self._version.value = state.versions[0]
            self._version.options = state.versions
        self._offer(tuple(name for name, _ in state.nodes))
        statuses = dict(state.nodes)
        self._node_status.value = html.escape(statuses.get(self._node.value, ""))
        self._allow()

    def _offer(self, nodes: tuple[str, ...]) -> None:
        """Let one of these Nodes be chosen; the chosen one stays as long as it is there."""
        chosen = self._node.value
        if nodes != self._node.options:
            self._node.options = nodes
            self._node.value = chosen if chosen in nodes else next(iter(nodes), None)

    def _allow(self) -> None:
        """Let be pressed what can be, and say why the rest can not."""
        off = self.running is not None or bool(self._why)
        idle = self._state.idle
        for control, button in self._buttons.items():
            put(button, disabled=off or control in idle)
        scaled = off or Control.SCALE in idle
        for each in (self._number, self._fewer, self._more):
            put(each, disabled=scaled)
        put(self._version, disabled=off or Control.ROLL_OUT in idle)
        put(self._node, disabled=off or not self._state.nodes)
        if self._why:
            self._say(f"Not live: {self._why}")
        elif self.running is not None:
            self._say("Running …")
        elif self._state.replicas is None:
            self._say(f"There is no Deployment {self.app}.")
        else:
            self._say("Each control shows the command that it runs.")

    def _say(self, words: str) -> None:
        put(self._status, value=f'<div role="status" style="{STYLE}">{html.escape(words)}</div>')

    def _button(self, control: Control) -> Any:  # noqa: ANN401 - ipywidgets is untyped
        def pressed() -> None:
            self._pressed = self._buttons[control]
            self.press(control, self._version.value if control is Control.ROLL_OUT else None)

        return a_button(*WORDS[control], pressed)

    def _arranged(self) -> Any:  # noqa: ANN401 - ipywidgets is untyped
        of = {control: [self._buttons[control]] for control in WORDS}
        heading = ipywidgets.HTML(f"<strong>{html.escape(self.app)}</strong>")
        rows = (
            [heading, self._fewer, self._number, self._more, self._version, *of[Control.ROLL_OUT]],
            [each for control in controls.OF_A_DEPLOYMENT[2:] for each in of[control]],
            [self._node, self._node_status, *(each for control in controls.OF_A_NODE for each in of[control])],
            [ipywidgets.HTML("Requests"), *(each for control in controls.OF_REQUESTS for each in of[control])],
            [self._status],
            [self._log],
        )
        boxes = [
            ipywidgets.HBox(row, layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center")) for row in rows
        ]
        return ipywidgets.VBox(boxes, layout=ipywidgets.Layout(max_width="100%"))


def _shown(state: State) -> int:
    """Return the number of replicas that the field can show."""
    return min(state.replicas or 0, controls.MOST)
