"""A plain way to the Kubernetes API: a connection with the kubeconfig's credentials, the server's own JSON."""

from __future__ import annotations

import json
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from labkit import in_class
from labkit.api import kubeconfig as kubeconfigs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Seconds of silence after which an ordinary request counts as not answered. It is the same for a connection: a machine
#: that is busy takes its time for the TLS handshake as well. In a class all may ask in the same moment: where 20 ran
#: their first cell at once on two cores, one had no answer within 10 s.
READ_TIMEOUT = 10.0 if in_class.found() is None else 30.0
_JSON = "application/json"
_MERGE = "application/merge-patch+json"
#: JSON is YAML too.
_APPLY = "application/apply-patch+yaml"
_POOL = 16


class ApiError(Exception):
    """The API server answered, with an error.

    Parameters
    ----------
    code
        The HTTP status.
    message
        What it said.
    retry_after
        The seconds after which it wants to be asked again; 0.0 where it did not say.
    reason
        The answer in one word of Kubernetes' own, such as ``AlreadyExists``; empty where it gave none.
    """

    def __init__(self, code: int, message: str, retry_after: float = 0.0, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.reason = reason


class Api:
    """Asks one API server.

    Parameters
    ----------
    kubeconfig
        The file to read; never the user's default one unless it is given here. It is not written to either.
    context
        The context in it.
    """

    def __init__(self, kubeconfig: Path, context: str) -> None:
        self._credentials = f"the credentials of context {context!r} in {kubeconfig}"
        plain = kubeconfigs.read(kubeconfig, context)
        self._pool: urllib3.PoolManager
        self._token: Callable[[], str | None]
        if plain is not None:
            self.host = plain.server
            self._pool = urllib3.PoolManager(maxsize=_POOL, ssl_context=plain.tls())
            self._token = lambda: f"Bearer {token}" if (token := plain.bearer()) else None
        else:
            self.host, self._pool, self._token = _by_the_client(kubeconfig, context)

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
            Seconds of silence after which connecting or reading fails.
        silence
            The same from the end of the head on, where the body may be silent for longer than the head.

        Raises
        ------
        ApiError
            When the answer is an error.
        urllib3.exceptions.HTTPError
            When there is no answer.
        """
        response = self._request("GET", path, query or {}, read_timeout)
        if silence is not None:
            _be_patient(response, silence)
        return response

    def get(self, path: str, query: dict[str, str] | None = None, read_timeout: float = READ_TIMEOUT) -> dict[str, Any]:
        """Return one JSON answer; raises as :meth:`open` does."""
        return _json(self.open(path, query, read_timeout))

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        *,
        read_timeout: float = READ_TIMEOUT,
        accept: str = _JSON,
    ) -> dict[str, Any]:
        """Send a request of any kind and return the JSON answer; raises as :meth:`open` does.

        Parameters
        ----------
        method
            ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``. A patch is a JSON merge patch (RFC 7396).
        body
            Becomes JSON.
        accept
            What the answer should be, where plain JSON will not do.
        """
        return _json(self._request(method, path, query or {}, read_timeout, body=body, accept=accept))

    def apply(self, path: str, body: dict[str, Any], manager: str) -> dict[str, Any]:
        """Make an object, or make it again what it should be, by a server-side apply; raises as :meth:`open` does.

        Its name stands in the path: so who may create objects of one name only may do it, and by POST may not
        (Kubernetes docs, "Using RBAC Authorization": create can't be restricted by resourceNames).

        Parameters
        ----------
        path
            The object's own.
        body
            All of it that is ours.
        manager
            Whose: a field that another one holds is taken over.
        """
        query = {"fieldManager": manager, "force": "true"}
        return _json(self._request("PATCH", path, query, READ_TIMEOUT, body=body, content=_APPLY))

    def _request(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        read_timeout: float,
        *,
        body: dict[str, Any] | None = None,
        accept: str = _JSON,
        content: str = "",
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content or (_MERGE if method == "PATCH" else _JSON)
        if token := self._token():
            headers["Authorization"] = token
        response = self._pool.request(
            method,
            f"{self.host}{path}" + (f"?{urlencode(query)}" if query else ""),
            headers=headers,
            body=None if body is None else json.dumps(body),
            timeout=urllib3.Timeout(connect=read_timeout, read=read_timeout),
            # One failure is one failure: the watch itself decides when to try again.
            retries=False,
            preload_content=False,
        )
        if response.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
            data = response.data
            response.release_conn()
            message, reason = _status(data)
            if response.status == HTTPStatus.UNAUTHORIZED:
                # all that it says itself is "Unauthorized"
                message = f"it does not accept {self._credentials}: 401 {message}"
            message = message or f"{response.status} {response.reason}"
            raise ApiError(response.status, message, _retry_after(response), reason)
        return response

    def close(self) -> None:
        """Close the idle connections; those in use end with their readers."""
        self._pool.clear()


def _json(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(response.data)
    finally:
        response.release_conn()
    return answer


def _by_the_client(kubeconfig: Path, context: str) -> tuple[str, urllib3.PoolManager, Callable[[], str | None]]:
    """Return host, connections and token as the Kubernetes client gets them out of a kubeconfig of any kind."""
    from kubernetes import client, config  # noqa: PLC0415 - takes half a second, and a plain kubeconfig needs it not

    settings = client.Configuration()
    config.load_kube_config(  # type: ignore[no-untyped-call]  # the client leaves this one untyped
        str(kubeconfig), context=context, client_configuration=settings, persist_config=False
    )
    settings.connection_pool_maxsize = _POOL
    settings.no_proxy = ",".join(filter(None, [settings.no_proxy, "127.0.0.1,localhost"]))
    pool: urllib3.PoolManager = client.ApiClient(settings).rest_client.pool_manager

    def token() -> str | None:
        # renewed by the client's own hook where it runs out
        found: str | None = settings.get_api_key_with_prefix("BearerToken", alias="authorization")
        return found

    return str(settings.host), pool, token


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


def _status(body: bytes) -> tuple[str, str]:
    """Return message and reason of a ``Status`` object, if it is one."""
    try:
        said = json.loads(body)
        return str(said.get("message", "")), str(said.get("reason", ""))
    except (ValueError, AttributeError):
        return "", ""
