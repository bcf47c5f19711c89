"""Asking the hub's own API, from inside its Pod: no door is opened for it, and no token leaves the cluster."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit.classroom import names
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from labkit.classroom.target import Target

#: Runs in the hub's Pod, with Python's own library only.
_PROGRAM = f"""\
import json, os, sys, urllib.error, urllib.request
headers = {{"Authorization": "token " + os.environ["LABKIT_INSTRUCTOR_TOKEN"]}}
url = "http://127.0.0.1:{names.HUB_PORT}/hub/api/" + sys.argv[2]
try:
    with urllib.request.urlopen(urllib.request.Request(url, method=sys.argv[1], headers=headers), timeout=60) as answer:
        code, body = answer.status, answer.read().decode()
except urllib.error.HTTPError as error:
    code, body = error.code, error.read().decode()
print(json.dumps([code, json.loads(body) if body else None]))
"""
#: Seconds that the hub may take to reach a proxy that is Ready.
_ROUTES_SECONDS = 20.0
#: Seconds that a notebook may take to end.
_END_SECONDS = 60.0


def ask(target: Target, method: str, path: str) -> tuple[int, Any]:
    """Return code and JSON body of an answer of the hub.

    Parameters
    ----------
    target
        The cluster.
    method
        Of HTTP.
    path
        Below ``/hub/api/``.

    Raises
    ------
    ClusterError
        If the hub does not run.
    """
    code, body = json.loads(target.hub(_PROGRAM, method, path))
    return code, body


def last_activity(target: Target) -> dict[str, str | None]:
    """Return when each learner was last heard of: name → a time as RFC 3339 has it, or None for never."""
    code, body = ask(target, "GET", "users")
    if code != HTTPStatus.OK:
        raise _refused("GET users", code, body)
    return {each["name"]: each["last_activity"] for each in body}


def forget(target: Target, name: str) -> None:
    """End a learner's server, and have the hub forget them with the password that they chose.

    Raises
    ------
    ClusterError
        If the hub says no, or the server does not end.
    """
    end = time.monotonic() + _END_SECONDS
    while True:
        code, body = ask(target, "DELETE", f"users/{name}/server")
        # 202: it is on its way; 400: it is not running, or about to
        if code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST}:
            code, body = ask(target, "DELETE", f"users/{name}")
            if code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}:
                return
        if time.monotonic() > end:
            raise _refused(f"DELETE users/{name}", code, body)
        time.sleep(1)


def tell_routes(target: Target) -> None:
    """Have the hub tell the proxy who is where: one that started anew knows nobody.

    Raises
    ------
    ClusterError
        If the hub says no.
    """
    end = time.monotonic() + _ROUTES_SECONDS
    while True:
        code, body = ask(target, "POST", "proxy")
        if code < HTTPStatus.BAD_REQUEST:
            return
        # that the proxy is Ready may not be known yet on the hub's Node
        if code < HTTPStatus.INTERNAL_SERVER_ERROR or time.monotonic() > end:
            raise _refused("POST proxy", code, body)
        time.sleep(1)


def _refused(what: str, code: int, body: object) -> ClusterError:
    return ClusterError(
        f"The hub answers {code} to {what}.",
        detail=str(body)[:400],
        remedy="labkit class up, then the same command again",
    )
