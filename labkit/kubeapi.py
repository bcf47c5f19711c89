"""A plain way to read the Kubernetes API: the client's own connection and credentials, the server's own JSON."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client, config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds for a connection, and for the first byte of an ordinary answer.
CONNECT_TIMEOUT = 2.0
READ_TIMEOUT = 10.0


class ApiError(Exception):
    """The API server answered, with an error.

    ``code`` is the HTTP status; ``retry_after`` the seconds after which it wants to be asked again (0.0: not said).
    """

    def __init__(self, code: int, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class Api:
    """Reads from one API server.

    Parameters
    ----------
    kubeconfig
        The file to read; never the user's default one unless it is given here. It is not written to either.
    context
        The context in it.
    """

    def __init__(self, kubeconfig: Path, context: str) -> None:
        settings = client.Configuration()
        config.load_kube_config(  # type: ignore[no-untyped-call]  # the client leaves this one untyped
            str(kubeconfig), context=context, client_configuration=settings, persist_config=False
        )
        # One failure is one failure: the watch itself decides when to try again.
        settings.retries = False
        settings.connection_pool_maxsize = 16
        settings.no_proxy = ",".join(filter(None, [settings.no_proxy, "127.0.0.1,localhost"]))
        self.host: str = settings.host
        self._client = client.ApiClient(settings)

    def open(
        self,
        path: str,
        query: dict[str, str] | None = None,
        read_timeout: float = READ_TIMEOUT,
        silence: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a GET and return the open response.

        Parameters
        ----------
        path
            Such as ``/api/v1/nodes``.
        query
            Its parameters.
        read_timeout
            Seconds of silence after which reading fails.
        silence
            The same from the end of the head on, where the body may be silent for longer than the head.

        Raises
        ------
        ApiError
            When the answer is an error.
        urllib3.exceptions.HTTPError
            When there is no answer.
        """
        # Documented for the generated methods, which is why it says "serialize": it fills in host and credentials.
        request = self._client.param_serialize(
            "GET",
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json"},
            auth_settings=["BearerToken"],
        )
        answer = self._client.call_api(*request, _request_timeout=(CONNECT_TIMEOUT, read_timeout))
        response: urllib3.BaseHTTPResponse = answer.response
        if response.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            body = response.data
            response.release_conn()
            message = _message(body) or f"{response.status} {response.reason}"
            raise ApiError(response.status, message, _retry_after(response))
        if silence is not None:
            _be_patient(response, silence)
        return response

    def get(self, path: str, query: dict[str, str] | None = None, read_timeout: float = READ_TIMEOUT) -> dict[str, Any]:
        """Return one JSON answer; raises as :meth:`open` does."""
        response = self.open(path, query, read_timeout)
        try:
            answer: dict[str, Any] = json.loads(response.data)
        finally:
            response.release_conn()
        return answer

    def close(self) -> None:
        """Close the idle connections; those in use end with their readers."""
        self._client.rest_client.close()


def why(error: Exception) -> str:
    """Say in a few words why a request failed."""
    causes = list(_causes(error))
    for kind, words in _WORDS:
        if found := next((c for c in causes if isinstance(c, kind)), None):
            return words or str(found)
    return f"{type(error).__name__}: {error}".splitlines()[0]


#: The most telling first: urllib3 wraps what the socket said into its own words.
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (ApiError, ""),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection lost"),
    (BrokenPipeError, "connection lost"),
    (ssl.SSLCertVerificationError, "its certificate is not the one in the kubeconfig"),
    (ssl.SSLError, "connection lost"),
    (TimeoutError, "no answer in time"),
    (urllib3.exceptions.TimeoutError, "no answer in time"),
    (urllib3.exceptions.NewConnectionError, "no connection"),
    (urllib3.exceptions.ProtocolError, "connection lost"),
    (json.JSONDecodeError, "connection lost"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _be_patient(response: urllib3.BaseHTTPResponse, silence: float) -> None:
    """Give a response's connection another read timeout, in seconds: urllib3 takes one for head and body."""
    socket = getattr(response.connection, "sock", None)
    if socket is not None:
        socket.settimeout(silence)


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    """Return the seconds of a ``Retry-After`` (a number or a date), or 0.0."""
    try:
        return urllib3.Retry().get_retry_after(response) or 0.0
    except urllib3.exceptions.InvalidHeader:
        return 0.0


def _message(body: bytes) -> str:
    """Return the message of a ``Status`` object, if it is one."""
    try:
        return str(json.loads(body).get("message", ""))
    except (ValueError, AttributeError):
        return ""
