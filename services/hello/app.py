"""The HTTP side of hello: ``/``, ``/version``, and ``/secure`` for those who bring a token."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from services import tokens

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Greeting:
    """What hello says of itself.

    Parameters
    ----------
    message
        The text of this release (``releases/``).
    version
        The release, as in the image's tag: ``1.0.0``.
    pod
        The pod's name: Kubernetes gives it to the container as its host name.
    """

    message: str
    version: str
    pod: str


def make_app(greeting: Greeting, signing_key: str, *, work_seconds: float = 0.0) -> Starlette:
    """Return the app.

    Parameters
    ----------
    greeting
        What it answers.
    signing_key
        Verifies the tokens of auth.
    work_seconds
        How long an answer takes. 0 for the lesson; more makes a request in flight long enough to watch.
    """

    async def root(_: Request) -> JSONResponse:
        await asyncio.sleep(work_seconds)
        return JSONResponse(asdict(greeting))

    async def version(_: Request) -> JSONResponse:
        return JSONResponse({"version": greeting.version})

    async def secure(request: Request) -> JSONResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return _unauthorized("bring the token of /login: Authorization: Bearer …", 'Bearer realm="hello"')
        try:
            user = tokens.user_of(token.strip(), signing_key)
        except ValueError as error:
            return _unauthorized(str(error), 'Bearer realm="hello", error="invalid_token"')
        await asyncio.sleep(work_seconds)
        return JSONResponse({**asdict(greeting), "user": user})

    return Starlette(routes=[Route("/", root), Route("/version", version), Route("/secure", secure)])


def _unauthorized(message: str, challenge: str) -> JSONResponse:
    """Return a 401 as RFC 6750 has it, with the reason as JSON."""
    return JSONResponse({"error": message}, status_code=401, headers={"WWW-Authenticate": challenge})
