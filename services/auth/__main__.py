"""``python3 -m services.auth``: what the container runs.

``USERS_FILE`` (``/etc/auth/users``) and ``SIGNING_KEY_FILE`` (``/etc/auth/signing-key``) are the two keys of the
Kubernetes Secret ``auth``, mounted as files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services import serving, tokens
from services.auth.app import make_app
from services.auth.passwords import parse_users

if TYPE_CHECKING:
    from starlette.applications import Starlette


async def prepare() -> Starlette:
    """Read the mounted files; what is wrong with them is said at once, not at the first login."""
    path = serving.setting("USERS_FILE", "/etc/auth/users")
    try:
        users = parse_users(serving.read(path, "the users"))
    except ValueError as error:
        raise serving.ConfigError(f"{path}: {error}") from error
    return make_app(users, tokens.signing_key())


if __name__ == "__main__":
    serving.main(prepare)
