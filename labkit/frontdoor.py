"""Asking the app through its front door: HTTPS on 127.0.0.1, with the lab's own certificate checked."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx2
from tenacity import RetryError, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from labkit.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What the app answered.

    Attributes
    ----------
    status
        The HTTP status, 200 for instance.
    body
        The JSON of the answer, or its text where it is not JSON.
    """

    status: int
    body: Any

    def __str__(self) -> str:
        """Return it as one line: ``200 OK {"message": …}``."""
        return f"{self.status} {HTTPStatus(self.status).phrase} {json.dumps(_shortened(self.body), ensure_ascii=False)}"

    __repr__ = __str__  # a notebook shows what was answered, not how we keep it


def _shortened(body: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a body fit for one line: a token is long, and nobody reads it."""
    if isinstance(body, dict):
        return {key: f"{value[:12]}…" if key == "token" else value for key, value in body.items()}
    return body


class FrontDoor:
    """The app's address outside the cluster.

    Parameters
    ----------
    url
        ``https://127.0.0.1:30443``.
    certificate
        The certificate that the lab made at set-up; any other is refused.
    """

    def __init__(self, url: str, certificate: Path) -> None:
        self.url = url.rstrip("/")
        self.certificate = certificate

    def get(
        self, path: str = "/", *, token: str | None = None, login: tuple[str, str] | None = None, patience: float = 10.0
    ) -> Answer:
        """Ask for `path`.

        Parameters
        ----------
        path
            ``/``, ``/login``, ``/secure``, ``/version``.
        token
            A JWT, sent as bearer token.
        login
            User name and password, sent by HTTP basic auth.
        patience
            Seconds for which a door that is not open yet is tried again: a Service's rules reach each node a moment
            after its pod is Ready.

        Raises
        ------
        ClusterError
            If nobody answers at the door.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with httpx2.Client(
                verify=ssl.create_default_context(cafile=self.certificate), timeout=10.0, trust_env=False
            ) as http:
                for attempt in Retrying(
                    retry=retry_if_exception_type(httpx2.TransportError),
                    stop=stop_after_delay(patience),
                    wait=wait_fixed(0.25),
                    reraise=True,
                ):
                    with attempt:
                        reply = http.get(f"{self.url}{path}", headers=headers, auth=login)
        except httpx2.TransportError as closed:
            raise ClusterError(
                f"Nobody answers at the front door {self.url}{path} ({type(closed).__name__}: {closed}).",
                remedy="%kubectl get pods shows whether frontend is ready, %kubectl get service frontend its node port",
            ) from closed
        try:
            body = reply.json()
        except ValueError:
            body = reply.text.strip()
        return Answer(reply.status_code, body)

    def wait_open(self, patience: float = 30.0) -> None:
        """Wait until the app behind the door answers.

        That all its pods are Ready is not enough: kube-proxy tells each node a moment later, and until then whoever
        knocks is turned away, or nginx says 502.

        Parameters
        ----------
        patience
            Seconds.

        Raises
        ------
        ClusterError
            If it does not.
        """
        again = retry_if_result(lambda answer: answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        try:
            Retrying(retry=again, stop=stop_after_delay(patience), wait=wait_fixed(0.1))(self.get, patience=patience)
        except RetryError as never:
            raise ClusterError(
                f"Behind the front door {self.url} nobody answered within {patience:.0f} s: "
                f"{never.last_attempt.result()}",
                remedy="%kubectl get endpointslices shows whether hello has pods that are ready",
            ) from never
