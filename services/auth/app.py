"""The HTTP side of auth: ``GET /login`` with basic auth (RFC 7617) gives ``{"token": …}``."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from services import tokens
from services.auth import passwords

if TYPE_CHECKING:
    from starlette.requests import Request


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return user and password of an ``Authorization`` header, or None if it holds none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def make_app(users: dict[str, str], signing_key: str) -> Starlette:
    """Return the app for these users (name → hash) and this signing key."""
    # A verification needs 16 MiB and a core: a crowd that logs in at once waits in line and does not burst the pod's
    # memory limit.
    one_at_a_time = CapacityLimiter(1)

    async def login(request: Request) -> JSONResponse:
        credentials = basic_credentials(request.headers.get("authorization", ""))
        if credentials is None:
            return _unauthorized("log in with a user name and a password (basic auth)")
        user, password = credentials
        if not await to_thread.run_sync(passwords.verify, users, user, password, limiter=one_at_a_time):
            return _unauthorized("wrong user name or password")
        return JSONResponse({"token": tokens.issue(user, signing_key)}, headers={"Cache-Control": "no-store"})

    return Starlette(routes=[Route("/login", login)])


def _unauthorized(message: str) -> JSONResponse:
    challenge = {"WWW-Authenticate": 'Basic realm="auth", charset="UTF-8"'}
    return JSONResponse({"error": message}, status_code=401, headers=challenge)
