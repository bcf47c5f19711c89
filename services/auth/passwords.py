"""Hashed passwords: one line per user, ``user:scrypt$n$r$p$salt$hash`` with salt and hash in base64.

Standard library only: the kit's set-up uses :func:`users_line` to write the file that the auth pod reads, so the two
cannot disagree about the format. scrypt is RFC 7914; its costs stand in the line, so they can be raised later without
breaking older lines.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import cache

_SALT_BYTES = 16
_HASH_BYTES = 32

#: A verification may take this much memory at most, whatever costs a line asks for.
_MAX_MEMORY = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Costs:
    """What one verification costs: n=2**14, r=8 need 16 MiB and about 50 ms (RFC 7914's interactive values)."""

    n: int = 2**14
    r: int = 8
    p: int = 1


DEFAULT_COSTS = Costs()


def _scrypt(password: str, salt: bytes, costs: Costs, length: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=costs.n, r=costs.r, p=costs.p, maxmem=_MAX_MEMORY, dklen=length
    )


def hash_password(password: str, costs: Costs = DEFAULT_COSTS) -> str:
    """Return ``scrypt$n$r$p$salt$hash`` of a password, with a salt of its own."""
    salt = os.urandom(_SALT_BYTES)
    digest = _scrypt(password, salt, costs, _HASH_BYTES)
    fields = [costs.n, costs.r, costs.p, *(base64.b64encode(part).decode() for part in (salt, digest))]
    return "$".join(["scrypt", *map(str, fields)])


def users_line(user: str, password: str, costs: Costs = DEFAULT_COSTS) -> str:
    r"""Return one line of a users file (without its newline). Joined by ``\n`` they are the file.

    Raises
    ------
    ValueError
        If the name cannot stand in the file: empty, or with a colon, a newline or a leading ``#``.
    """
    if not user or user.startswith("#") or user != user.strip() or any(sign in user for sign in ":\n\r"):
        raise ValueError(f"{user!r} cannot be a user name: no colon, newline, leading # or outer blanks, not empty")
    return f"{user}:{hash_password(password, costs)}"


def parse_users(text: str) -> dict[str, str]:
    """Return user → hash of a users file. Blank lines and lines that begin with ``#`` count for nothing.

    Raises
    ------
    ValueError
        If a line is malformed, with its number (and never with its content: it may be a secret).
    """
    users: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, hashed = line.strip().partition(":")
        if not (user and colon):
            raise ValueError(f"line {number} of the users file is not user:scrypt$n$r$p$salt$hash")
        try:
            _fields(hashed)
        except ValueError as error:
            raise ValueError(f"line {number} of the users file is not user:scrypt$n$r$p$salt$hash") from error
        users[user] = hashed
    return users


def verify(users: dict[str, str], user: str, password: str) -> bool:
    """Tell whether the password is this user's.

    It takes as long for a user that does not exist as for one that does, so an answer's time gives no name away.
    """
    costs, salt, expected = _fields(users.get(user) or _nobody())
    given = _scrypt(password, salt, costs, len(expected))
    return hmac.compare_digest(given, expected) and user in users


@cache
def _nobody() -> str:
    """Return a hash that no password has, for users that do not exist."""
    return hash_password(base64.b64encode(os.urandom(32)).decode())


def _fields(hashed: str) -> tuple[Costs, bytes, bytes]:
    """Return costs, salt and hash of one line's second half; ValueError if it is malformed or too costly."""
    try:
        scheme, n, r, p, salt, digest = hashed.split("$")
        costs = Costs(int(n), int(r), int(p))
        parts = [base64.b64decode(part, validate=True) for part in (salt, digest)]
    except (ValueError, binascii.Error) as error:
        raise ValueError("malformed hash") from error
    power_of_two = costs.n > 1 and costs.n & (costs.n - 1) == 0
    affordable = costs.r > 0 and costs.p > 0 and 128 * costs.r * (costs.n + costs.p + 2) <= _MAX_MEMORY
    if scheme != "scrypt" or not power_of_two or not affordable or not all(parts):
        raise ValueError("malformed hash")
    return costs, parts[0], parts[1]
