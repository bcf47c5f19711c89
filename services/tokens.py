"""JSON Web Tokens (RFC 7519), signed with one shared key (HS256): ``auth`` issues them, ``hello`` verifies them.

The key is the key ``signing-key`` of the Kubernetes Secret ``auth``, made at set-up and mounted into both pods.
"""

from __future__ import annotations

import time

import jwt

from services.serving import ConfigError, read, setting

ALGORITHM = "HS256"
ISSUER = "auth"
LIFETIME_SECONDS = 3600

#: HS256 wants a key at least as long as its hash (RFC 7518, section 3.2).
_MIN_KEY_BYTES = 32


def signing_key() -> str:
    """Return the key from the file that ``SIGNING_KEY_FILE`` names (``/etc/auth/signing-key``).

    Raises
    ------
    services.serving.ConfigError
        If there is none, or it is shorter than 32 bytes.
    """
    path = setting("SIGNING_KEY_FILE", "/etc/auth/signing-key")
    key = read(path, "the signing key")
    if len(key.encode()) < _MIN_KEY_BYTES:
        raise ConfigError(f"the signing key in {path} is too short: HS256 needs {_MIN_KEY_BYTES} bytes or more")
    return key


def issue(user: str, key: str, *, now: float | None = None) -> str:
    """Return a token that says who it is for and that ends an hour from ``now`` (seconds since the epoch)."""
    issued = int(time.time() if now is None else now)
    claims = {"iss": ISSUER, "sub": user, "iat": issued, "exp": issued + LIFETIME_SECONDS}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def user_of(token: str, key: str) -> str:
    """Return the user that a token was issued to.

    Raises
    ------
    ValueError
        If it is not a valid token of ours: wrong signature, another algorithm, expired, or without a claim. The message
        is fit for an answer to the client.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "sub", "iss"]},
        )
    except jwt.ExpiredSignatureError:
        raise ValueError("the token has expired: log in again") from None
    except jwt.InvalidTokenError:
        raise ValueError("this is not a valid token") from None
    return str(claims["sub"])
