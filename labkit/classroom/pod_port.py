"""A port of a Pod, reached by way of the API server: a WebSocket of its own for each connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import ClientError, WSMsgType, WSServerHandshakeError
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import load_kube_config
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.stream import WsApiClient

from labkit.classroom.machine_addresses import is_this_machine_alone
from labkit.classroom.relay import CHUNK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientWebSocketResponse

#: The client has a call for this, and for that needs its model of every kind that there is: 130 MB more.
_PATH = "/api/v1/namespaces/{namespace}/pods/{name}/portforward"
#: The first byte of each message ("v4.channel.k8s.io") says what it is: data, or what went wrong. The first message of
#: each kind has the port, in two bytes more.
_DATA, _ERROR = 0, 1
_DATA_SENT = bytes([_DATA])
_PORT_BYTES = 2
#: Seconds until the API server has passed a connection on to the Pod's Node.
_OPEN_SECONDS = 15.0
#: Seconds between two questions whether the API server is still there: a network that went away says nothing.
_ALIVE_SECONDS = 60.0


class NotOpenedError(OSError):
    """The API server does not pass a connection on.

    Parameters
    ----------
    code
        The HTTP status; 0 where it did not answer.
    message
        What it said.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class PodPort:
    """An open connection to a port of a Pod.

    Parameters
    ----------
    socket
        The WebSocket to the API server.
    """

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._begun: set[int] = set()

    async def send(self, data: bytes) -> None:
        """Send bytes to the Pod."""
        await self._socket.send_bytes(_DATA_SENT + data)

    async def receive(self) -> bytes:
        """Return the Pod's next bytes; none when it has ended the connection.

        Raises
        ------
        OSError
            If the Node says that it can't pass the connection on, or that it broke.
        """
        while True:
            message = await self._socket.receive()
            if message.type == WSMsgType.ERROR:
                raise ConnectionResetError(f"the API server broke the connection off: {message.data}")
            if message.type not in {WSMsgType.BINARY, WSMsgType.TEXT}:
                return b""
            raw = message.data.encode() if isinstance(message.data, str) else message.data
            channel, data = self._unpacked(raw)
            if channel == _ERROR and data:
                raise ConnectionResetError(data.decode(errors="replace"))
            if channel == _DATA and data:
                return data

    def _unpacked(self, raw: bytes) -> tuple[int, bytes]:
        """Return which channel a message is on, and what it says."""
        channel = raw[0] if raw else _DATA
        first = channel not in self._begun
        self._begun.add(channel)
        return channel, raw[1 + (_PORT_BYTES if first else 0) :]


class PodPorts:
    """Opens connections to ports of Pods.

    Parameters
    ----------
    client
        The Kubernetes client's, for WebSockets.
    namespace
        The Pods'.
    """

    def __init__(self, client: WsApiClient, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    @asynccontextmanager
    async def open(self, pod: str, port: int) -> AsyncIterator[PodPort]:
        """Open a connection to a port of a Pod, and close it at the end.

        Raises
        ------
        NotOpenedError
            If the API server does not pass it on.
        """
        async with _refusals():
            async with asyncio.timeout(_OPEN_SECONDS):
                asked = await self._client.param_serialize(
                    "GET",
                    _PATH,
                    path_params={"namespace": self._namespace, "name": pod},
                    query_params=[("ports", str(port))],
                    auth_settings=["BearerToken"],
                )
                answer: Any = await self._client.call_api(*asked, _preload_content=False)  # type: ignore[no-untyped-call]
                socket = await answer.response
        async with socket:
            yield PodPort(socket)


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    """Turn what keeps a connection from being opened into one error."""
    try:
        yield
    except WSServerHandshakeError as refused:
        words = HTTPStatus(refused.status).phrase if refused.status in set(HTTPStatus) else refused.message
        raise NotOpenedError(refused.status, f"{refused.status} {words}") from refused
    except TimeoutError as slow:
        raise NotOpenedError(0, f"no answer within {_OPEN_SECONDS:.0f} s") from slow
    except (ClientError, OSError) as silent:
        raise NotOpenedError(0, str(silent)) from silent


@asynccontextmanager
async def pod_ports(kubeconfig: Path, context: str, namespace: str) -> AsyncIterator[PodPorts]:
    """Return what opens connections to Pods of a namespace, with a kubeconfig's credentials of any kind.

    Parameters
    ----------
    kubeconfig
        The file; it is read, never changed.
    context
        The context in it.
    namespace
        The Pods'.

    Raises
    ------
    NotOpenedError
        If the credentials can't be had.
    """
    settings = Configuration()
    try:
        await load_kube_config(  # type: ignore[no-untyped-call]  # the client leaves this one untyped
            str(kubeconfig), context, client_configuration=settings, persist_config=False
        )
    except (ConfigException, OSError, ValueError) as wrong:
        raise NotOpenedError(0, f"context {context} of {kubeconfig}: {wrong}") from wrong
    settings.connection_pool_maxsize = 0  # as many as there are browsers' connections
    # a proxy that the environment names is for what is elsewhere; buffers as large as the client's are for watches
    elsewhere = not is_this_machine_alone(urlsplit(str(settings.host)).hostname or "")
    settings.client_session_kwargs = {"trust_env": elsewhere, "read_bufsize": CHUNK}
    async with WsApiClient(settings, heartbeat=_ALIVE_SECONDS) as client:  # type: ignore[no-untyped-call]  # likewise
        yield PodPorts(client, namespace)
