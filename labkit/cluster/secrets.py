"""What the lesson keeps secret: the learner's password, as auth reads it, and the key that signs auth's tokens."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.cluster import tls
from services.auth import passwords

if TYPE_CHECKING:
    from pathlib import Path

USER = "user"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The lesson's secrets for one cluster.

    Attributes
    ----------
    user
        Who logs in.
    password
        With which password; random, one per cluster.
    users_file
        The file that auth reads: a line ``user:scrypt$…`` per user (:mod:`services.auth.passwords` defines it).
    signing_key
        What the auth service signs its tokens with.
    tls_key
        The front door's key.
    tls_crt
        The front door's certificate, which clients trust.
    """

    user: str
    password: str
    users_file: str
    signing_key: str
    tls_key: Path
    tls_crt: Path


def ensure(folder: Path, host: str = tls.HERE) -> Secrets:
    """Have the secrets of one cluster, made at the first call and read from its folder later.

    Parameters
    ----------
    folder
        The cluster's folder; it gets ``secrets.json``, ``tls.key`` and ``tls.crt``.
    host
        The front door's host: the certificate is good for it too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = tls.ensure(folder, host)
    file = folder / "secrets.json"
    kept = _read(file)
    if kept is None:
        # words that can be typed: no mixing of 0 and O
        password = "-".join(secrets.token_hex(2) for _ in range(3))
        users = passwords.users_line(USER, password) + "\n"
        kept = {"user": USER, "password": password, "users_file": users, "signing_key": secrets.token_urlsafe(48)}
        tls.write_private(file, json.dumps(kept, indent=2).encode() + b"\n")
    return Secrets(**kept, tls_key=key, tls_crt=certificate)


def _read(file: Path) -> dict[str, str] | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = ("user", "password", "users_file", "signing_key")
    return (
        {name: kept[name] for name in wanted}
        if isinstance(kept, dict) and all(name in kept for name in wanted)
        else None
    )
