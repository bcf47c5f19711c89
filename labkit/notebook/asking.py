"""The app as its clients see it: one request, one from inside the cluster, or a steady stream of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from labkit.errors import LabError

# The HTTP client is imported by what needs it: a notebook's first cell does not.
if TYPE_CHECKING:
    from labkit.api.connection import Connection
    from labkit.api.kubectl import Kubectl
    from labkit.app.frontdoor import Answer, FrontDoor
    from labkit.app.traffic import SteadyClient
    from labkit.board.boards import Boards
    from labkit.recording.source import Source
    from labkit.state import Pod


class Asking:
    """What a notebook can ask the app."""

    connection: Connection
    kubectl: Kubectl
    recording: Source
    _client: SteadyClient | None

    @property
    def _boards(self) -> Boards:
        """The notebook's boards."""
        raise NotImplementedError

    def _pods(self, name: str) -> list[Pod]:
        """Return a Deployment's Pods that are not Terminating."""
        raise NotImplementedError

    @cached_property
    def front_door(self) -> FrontDoor:
        """The app's address outside the cluster."""
        from labkit.app.frontdoor import FrontDoor  # noqa: PLC0415 - see the head of the module

        return FrontDoor(self.connection.front_door, self.connection.secrets.tls_crt)

    def get(self, path: str = "/", *, token: str | None = None, login: bool = False) -> Answer:
        """Ask the app through its front door.

        Parameters
        ----------
        path
            ``/``, ``/login``, ``/secure`` or ``/version``.
        token
            The JWT to show.
        login
            Whether to send the lab's user name and password.
        """
        secrets = self.connection.secrets
        return self.front_door.get(path, token=token, login=(secrets.user, secrets.password) if login else None)

    def get_inside(self, address: str, path: str = "/") -> Answer:
        """Ask the app from inside the cluster: from a Pod, over HTTPS on port 443 of `address`.

        A connection that is not accepted is tried again for 10 seconds, because kube-proxy hears of a change to a
        Service a moment later.

        Parameters
        ----------
        address
            An IP address: a Node's, a Service's, or one of a Service's ``externalIPs``.
        path
            ``/`` or ``/version``.

        Raises
        ------
        LabError
            If that is no address, nobody answers there, or no Pod can ask.
        """
        from labkit.app import inside  # noqa: PLC0415 - see the head of the module

        for name in ("hello", "auth"):
            for pod in self._pods(name):
                if pod.ready:
                    return inside.get(self.kubectl, pod.name, address, path)
        raise LabError(
            "No Pod of hello or auth is Ready: from inside the cluster nobody can ask.", remedy='lab.why("hello")'
        )

    def traffic(self, rate: float = 20.0, *, for_at_most: float | None = None) -> SteadyClient:
        """Start a steady client that asks through the front door, until ``.stop()``.

        Parameters
        ----------
        rate
            Requests a second, 200 at most.
        for_at_most
            Seconds after which it stops by itself; ten minutes when it is not given.
        """
        from labkit.app.traffic import FOR_AT_MOST, SteadyClient  # noqa: PLC0415 - see the head of the module

        longest = FOR_AT_MOST if for_at_most is None else for_at_most
        client = SteadyClient(
            f"{self.front_door.url}/",
            self.front_door.certificate,
            rate=rate,
            for_at_most=longest,
            over=self.recording.requests.add,
        )
        if self._client is not None:
            self._client.stop()
        self._client = client.start()
        self._boards.follow(self._client)
        return self._client
