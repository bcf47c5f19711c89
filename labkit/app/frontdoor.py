"""Asking the app through its front door: HTTPS on 127.0.0.1, with the lab's own certificate checked."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tenacity import RetryError, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from labkit.app.tally import met
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    met
        What each try of the front door met, if it said so (:func:`labkit.app.tally.met`).
    headers
        The answer's headers, by their names in lower case.
    """

    status: int
    body: Any
    met: tuple[str, ...] = field(default=(), compare=False)
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        """Return it as one line: ``200 OK {"message": …}``."""
        return f"{self.status} {HTTPStatus(self.status).phrase} {json.dumps(_shortened(self.body), ensure_ascii=False)}"

    __repr__ = __str__  # a notebook shows what was answered, not how we keep it


def _shortened(body: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a body fit for one line: a token is long, and nobody reads it."""
    if isinstance(body, dict):
        return {key: f"{value[:12]}…" if key == "token" else value for key, value in body.items()}
    return body


def parsed(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a body as JSON, or as text where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


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
        LabError
            If `path` or `token` can't be one.
        """
        # not at the top: it takes longer to import than all the rest, and who looks at Pods only needs none of it
        import httpx2  # noqa: PLC0415

        if not isinstance(path, str) or not path.startswith("/"):
            # what stands behind the port without a slash would be another host, which would get the password as well
            raise LabError(f"{path!r} is no path: a path begins with '/'.", remedy='lab.get("/login", login=True)')
        if token is not None and not (isinstance(token, str) and token.isascii() and token.isprintable()):
            raise LabError(f"{token!r} is no token.", remedy='token = lab.get("/login", login=True).body["token"]')
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
                remedy="%kubectl get pods shows whether frontend is ready, %kubectl get service frontend its ports",
            ) from closed
        said = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status_code, parsed(reply.text), met(said), said)

    def wait_open(self, patience: float = 30.0, *, times: int = 5) -> None:
        """Wait until the app behind the door answers at the first try, several times in a row.

        That all its Pods are Ready is not enough: kube-proxy tells each Node a moment later, and until then whoever
        knocks is turned away, or nginx says 502, or needs another try. Each time is a connection of its own, because
        that is what a Service chooses a Pod for.

        Parameters
        ----------
        patience
            Seconds.
        times
            How many answers in a row.

        Raises
        ------
        ClusterError
            If it does not.
        """
        again = retry_if_result(lambda answers: not all(map(_at_once, answers)))
        try:
            Retrying(retry=again, stop=stop_after_delay(patience), wait=wait_fixed(0.1))(
                self._in_a_row, patience, times
            )
        except RetryError as never:
            last = never.last_attempt.result()[-1]
            tries = f", after {len(last.met)} tries" if len(last.met) > 1 else ""
            raise ClusterError(
                f"Behind the front door {self.url} nobody answered at the first try within {patience:.0f} s: "
                f"{last}{tries}",
                remedy="%kubectl get endpointslices shows whether hello has Pods that are ready",
            ) from never

    def _in_a_row(self, patience: float, times: int) -> list[Answer]:
        """Return so many answers, or fewer when the last one was not as it should be."""
        answers: list[Answer] = []
        while len(answers) < times:
            answers.append(self.get(patience=patience))
            if not _at_once(answers[-1]):
                break
        return answers


def _at_once(answer: Answer) -> bool:
    """Whether the app answered, and at the front door's first try."""
    return answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and len(answer.met) <= 1
