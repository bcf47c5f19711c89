"""The class's own door: a port of this machine that leads to the proxy, for as long as the command runs.

It goes through the API server, as ``kubectl port-forward`` does: where kubectl works it works, on the kit's own cluster
and on any other, and nobody has to open or allow anything. (A port of the Nodes is where the Nodes are: on kind this
machine reaches it if it runs Linux; elsewhere there are firewalls, or no way at all.) kubectl has one connection to the
API server for all, and ends when a browser breaks off one of its own. Here each connection of a browser has a WebSocket
of its own: when it breaks, nothing else does.

What neither of them has: that a browser sends nothing more does not get through to the proxy, since that way of the API
has no word for it. The door remembers it, and passes on what still comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.classroom import certificates, machine_addresses, names, plain_http, pods, proxy, waiting
from labkit.classroom.listening import BACKLOG, Place, hosts, listening, outside
from labkit.classroom.pod_port import NotOpenedError, PodPorts, pod_ports
from labkit.classroom.relay import CHUNK, relay
from labkit.classroom.target import told
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from typing import Any

    from labkit.classroom.certificates import Shown
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values

#: The proxy's Pods among the class's.
_PROXYS = {"labelSelector": f"component={names.PROXY}"}
#: Seconds for which it is taken as known that the proxy is not there: browsers ask again and again.
_AWAY_SECONDS = 1.0


def keep_open(target: Target, place: Place, flags: str, say: Callable[[str], None]) -> None:
    """Open the door and keep it open until Ctrl-C.

    Parameters
    ----------
    target
        The cluster.
    place
        Where.
    flags
        Which cluster a command is to name again; empty for the kit's own.
    say
        Is told what to hand out, and what goes wrong meanwhile, a line each.

    Raises
    ------
    LabError
        If there is no class, its proxy is not Ready or can't be reached, or the port is not to be had.
    """
    with told(target):
        said = target.values()
        shown = certificates.known(target, said)
    certificates.write_authority(target, shown)
    _allow_many_connections()
    # also where a shell started this in the background: there it is ignored at first
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_keep_open(target, place, _Behind(said, shown, flags), say))
    say("The door is closed. The class goes on.")


@dataclass(frozen=True, slots=True)
class _Behind:
    """What is known of a class whose door is opened: its values, its certificate, and how a command names it."""

    said: Values
    shown: Shown | None
    flags: str


async def _keep_open(target: Target, place: Place, behind: _Behind, say: Callable[[str], None]) -> None:
    connection, flags, (port, scheme) = target.connection, behind.flags, proxy.entrance(behind.said)
    reached = hosts(place.address, proxy.hosts_of(behind.said), machine_addresses.of_this_machine())
    refused = f"Cluster {target.name} does not pass connections on to the class's proxy"
    try:
        async with pod_ports(connection.kubeconfig, connection.context, names.NAMESPACE) as ports:
            door = Door(lambda: asyncio.to_thread(_ready, target, flags), ports, port, say, encrypted=scheme == "https")
            await door.tried()
            with listening(place, flags) as listener:
                server = await asyncio.start_server(door.enter, sock=listener, limit=CHUNK, backlog=BACKLOG)
                for line in outside(place.address, listener.getsockname()[1], scheme, reached):
                    say(line)
                if behind.shown:
                    for line in certificates.said_of(behind.shown, target.authority_file, reached, flags):
                        say(line)
                say("Ctrl-C closes it; the class goes on.")
                try:
                    await asyncio.Event().wait()
                finally:
                    server.close()
                    await door.shut()
    except NotOpenedError as error:
        remedy = (
            f"use a context that may do it: kubectl --context {target.name} auth can-i create pods/portforward "
            f"--namespace {names.NAMESPACE}"
            if error.code in {401, 403}
            else f"labkit class status{flags}"
        )
        raise ClusterError(f"{refused}: {error}.", remedy=remedy) from error


class Door:
    """Lets browsers in.

    Parameters
    ----------
    find
        Returns the name of the proxy's Pod; raises a :class:`LabError` where none is Ready.
    ports
        Opens connections to it.
    port
        Its port.
    say
        Is told when the proxy can't be reached, and when it can again.
    encrypted
        Whether it speaks TLS at that port; who comes in plain HTTP is then told so.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[str]],
        ports: PodPorts,
        port: int,
        say: Callable[[str], None],
        *,
        encrypted: bool = False,
    ) -> None:
        self._find = find
        self._ports = ports
        self._port = port
        self._say = say
        self._encrypted = encrypted
        self._finding = asyncio.Lock()
        self._pod = ""
        self._away: LabError | None = None
        self._away_since = 0.0
        self._last_said = ""
        self._inside: set[asyncio.Task[None]] = set()

    async def tried(self) -> None:
        """Open a connection and close it: what is not as it should be is told before anybody comes.

        Raises
        ------
        LabError
            If the proxy is not Ready.
        NotOpenedError
            If the API server does not pass connections on to it.
        """
        async with self._ports.open(await self._proxy(), self._port):
            pass

    def enter(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Let one connection in, to be seen to its end."""
        # a task of our own: of those that asyncio makes for a server, Python 3.11 reports a cancelled one as an error
        task = asyncio.create_task(self._see_through(reader, writer))
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)

    async def shut(self) -> None:
        """End all connections."""
        for each in self._inside:
            each.cancel()
        await asyncio.gather(*self._inside, return_exceptions=True)

    async def _see_through(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            first = await self._first(reader, writer) if self._encrypted else b""
            if first is not None:
                await self._passed_on(first, reader, writer)
        finally:
            # also where nothing was passed on
            writer.transport.abort()

    @staticmethod
    async def _first(reader: StreamReader, writer: StreamWriter) -> bytes | None:
        """Return the first bytes of who speaks TLS, to be passed on; None of who does not, and has been answered."""
        with contextlib.suppress(OSError):  # they broke it off
            first = await plain_http.first_bytes(reader)
            if first and not plain_http.is_plain(first):
                return first
            if first:
                await plain_http.answered(first, reader, writer)
        return None

    async def _passed_on(self, first: bytes, reader: StreamReader, writer: StreamWriter) -> None:
        async with contextlib.AsyncExitStack() as stack:
            try:
                try:
                    far = await stack.enter_async_context(self._ports.open(await self._proxy(), self._port))
                except NotOpenedError:
                    # the Pod that was known may be gone, and another one there
                    self._pod = ""
                    far = await stack.enter_async_context(self._ports.open(await self._proxy(), self._port))
            except LabError as error:
                self._tell(f"Nobody gets in just now. {error}")
                return
            except NotOpenedError as error:
                self._pod = ""
                self._tell(f"Nobody gets in just now: {error}")
                return
            if self._last_said:
                self._say("They get in again.")
                self._last_said = ""
            try:
                if first:
                    await far.send(first)
                await relay(reader, writer, far)
            except OSError:
                # whichever side broke it off: it ends, and it alone. If it was the Pod, there will be another one
                self._pod = ""

    def _tell(self, words: str) -> None:
        if words != self._last_said:
            self._last_said = words
            self._say(words)

    async def _proxy(self) -> str:
        """Return the proxy's Pod, looked for where none is known."""
        async with self._finding:
            if self._pod:
                return self._pod
            now = asyncio.get_running_loop().time()
            if self._away is not None and now - self._away_since < _AWAY_SECONDS:
                raise self._away.with_traceback(None)
            try:
                self._pod = await self._find()
            except LabError as error:
                self._away, self._away_since = error, now
                raise
            self._away = None
            return self._pod


def _ready(target: Target, flags: str) -> str:
    with told(target):
        return proxys_pod(target.api.get(waiting.PODS, _PROXYS)["items"], target.name, flags)


def proxys_pod(found: Iterable[Mapping[str, Any]], cluster: str, flags: str) -> str:
    """Return the name of the proxy's Pod (pure).

    Parameters
    ----------
    found
        The Pods of the class.
    cluster
        What the cluster is called.
    flags
        Which cluster a command is to name again.

    Raises
    ------
    ClusterError
        If none is Ready.
    """
    those = pods.of_part(found, names.PROXY)
    for pod in those:
        if pods.state_of(pod).state == "ready":
            return str(pod["metadata"]["name"])
    best = pods.best(those)
    why = (best.why or best.state) if best else "it has no Pod"
    raise ClusterError(
        f"The class's proxy on cluster {cluster} is not Ready: {why}.",
        remedy=f"labkit class status{flags}; then: labkit class up{flags}",
    )


def _allow_many_connections() -> None:
    """Have as many open files as this user may: each connection takes two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
