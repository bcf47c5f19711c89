"""The lab's side of the controls: it shows a panel for a Deployment, and does what is pressed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.notebook import controls, values
from labkit.notebook.controls import Control

# The widgets are imported by what needs them: a notebook's first cell does not.
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch
    from labkit.app.traffic import SteadyClient
    from labkit.notebook.control_panel import ControlPanel
    from labkit.notebook.controls import Command
    from labkit.state import Snapshot

#: Seconds that a control's kubectl gets; ``drain`` itself gives up after 60.
_PATIENCE = 90.0


class Controlling:
    """What a notebook can have under its buttons."""

    watch: Watch
    kubectl: Kubectl
    _lost: set[str]
    _client: SteadyClient | None
    _panels: dict[str, ControlPanel]

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    def traffic(self, rate: float = 20.0, *, for_at_most: float | None = None) -> SteadyClient:
        """Start a steady client."""
        raise NotImplementedError

    def _lose(self, node: str) -> str:
        """Take a Node away and return the fact."""
        raise NotImplementedError

    def _bring_back(self, node: str) -> str:
        """Bring a Node back and return the fact."""
        raise NotImplementedError

    def controls(self, app: str) -> ControlPanel:
        """Show buttons for a Deployment, the Nodes and the requests; each shows the command that it runs.

        Parameters
        ----------
        app
            The Deployment.

        Raises
        ------
        TakenOverError
            If another notebook has the lab.
        """
        from labkit.notebook.control_panel import ControlPanel  # noqa: PLC0415 - see the head of the module

        values.name(app, "Deployment", 'lab.controls("hello")')
        self.check_holder()
        if before := self._panels.pop(app, None):
            before.end(f"the controls for {app} were shown anew")
        panel = self._panels[app] = ControlPanel(_Hands(self), app)
        return panel

    def _end_panels(self, why: str) -> None:
        while self._panels:
            self._panels.popitem()[1].end(why)

    def _follow_panels(self) -> None:
        """Tell the panels that something has changed which is no change of the cluster."""
        for panel in tuple(self._panels.values()):
            panel.follow()


class _Hands:
    """Does for a panel what is pressed there (:class:`labkit.notebook.control_panel.Actor`)."""

    def __init__(self, lab: Controlling) -> None:
        self._lab = lab

    @property
    def snapshot(self) -> Snapshot:
        return self._lab.watch.snapshot

    @property
    def lost(self) -> Collection[str]:
        return frozenset(self._lab._lost)  # noqa: SLF001 - a part of the lab

    @property
    def asking(self) -> bool:
        client = self._lab._client  # noqa: SLF001 - a part of the lab
        return client is not None and client.running

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        return self._lab.watch.subscribe(callback)

    def act(self, control: Control, command: Command, subject: str) -> str:
        lab = self._lab
        lab.check_holder()
        if command.kubectl:
            done = lab.kubectl.try_run(*command.kubectl, timeout=_PATIENCE)
            if done.code:
                raise lab.kubectl.failure(command.kubectl, f"{done.stdout}{done.stderr}")
            return f"{done.stdout}{done.stderr}"
        if control is Control.LOSE:
            return lab._lose(subject)  # noqa: SLF001 - a part of the lab
        if control is Control.BRING_BACK:
            return lab._bring_back(subject)  # noqa: SLF001 - a part of the lab
        if control is Control.START_REQUESTS:
            client = lab.traffic(rate=controls.RATE)
            return f"A client asks {client.url} {client.rate:g} times a second, until it is stopped."
        client_now = lab._client  # noqa: SLF001 - a part of the lab
        if client_now is None:
            raise LabError("No client is asking.", remedy="press Start first")
        return str(client_now.stop())
