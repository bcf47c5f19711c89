"""The class's Secrets: what hub and proxy tell each other, and the passwords that are handed out. Pure."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from labkit.classroom import names
from labkit.classroom.objects import Object, made

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Bytes of a key: as many as JupyterHub itself takes for them.
_KEY_BYTES = 32


def keys(found: Mapping[str, str]) -> dict[str, str]:
    """Return hub's and proxy's keys: those that there are, and new ones for what is missing.

    Parameters
    ----------
    found
        What stands in the Secret.
    """
    wanted = (names.PROXY_TOKEN, names.COOKIE_SECRET, names.INSTRUCTOR_TOKEN)
    return {name: found.get(name) or secrets.token_hex(_KEY_BYTES) for name in wanted}


def handed_out(learners: Iterable[str], found: Mapping[str, str]) -> dict[str, str]:
    """Return each learner's password: the one that there is, or a new one.

    Parameters
    ----------
    learners
        Who is in the class.
    found
        What stands in the Secret; whoever is not in the class any more is left out.
    """
    return {name: found.get(name) or new() for name in learners}


def new() -> str:
    """Return a password that can be typed: no mixing of 0 and O."""
    return "-".join(secrets.token_hex(2) for _ in range(3))


def secret(name: str, said: Mapping[str, str], *, kind: str = "Opaque") -> Object:
    """Return a Secret of the class's namespace; its kind is what Kubernetes calls its type."""
    data = {key: base64.b64encode(value.encode()).decode("ascii") for key, value in said.items()}
    return made("v1", "Secret", name, names.NAMESPACE, type=kind, data=data)


def read(found: Object | None) -> dict[str, str]:
    """Return what stands in a Secret, or nothing where there is none."""
    return {key: value.decode() for key, value in content(found).items()}


def content(found: Object | None) -> dict[str, bytes]:
    """Return what stands in a Secret, byte by byte: what others have put there may be no text."""
    data: Mapping[str, str] = (found or {}).get("data") or {}
    return {key: base64.b64decode(value) for key, value in data.items()}


def listed(said: Mapping[str, str]) -> str:
    """Return the list to hand out: CSV, a line for each learner."""
    return "name,password\n" + "".join(f"{name},{password}\n" for name, password in said.items())
