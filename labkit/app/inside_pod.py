"""Asks the front door from inside a Pod (see :mod:`labkit.app.inside`): runs there with Python's own library only.

It reads one JSON object from its standard input and prints one: ``{"status": 200, "headers": {…}, "body": "…"}``, or,
when nobody answered, ``{"nobody": "ConnectionRefusedError: …"}``.
"""

import http.client
import json
import socket
import ssl
import sys
import time
from typing import Any

#: Seconds for one try to connect: an address that nobody has does not refuse, it says nothing.
CONNECT = 1.0
#: Seconds between two tries.
PAUSE = 0.25


def ask(*, address: str, port: int, path: str, name: str, certificate: str, patience: float) -> dict[str, Any]:
    """Ask for ``https://address:port/path`` and return what was answered.

    Parameters
    ----------
    address, port
        Where to connect to.
    path
        What to ask for.
    name
        Whom to expect there: a name for which `certificate` is good.
    certificate
        The only certificate to trust, as PEM.
    patience
        Seconds for which a connection that is not accepted is tried again.
    """
    trusted = ssl.create_default_context(cadata=certificate)
    end = time.monotonic() + patience
    while True:
        try:
            plain = socket.create_connection((address, port), timeout=CONNECT)
            break
        except OSError as error:
            if time.monotonic() + PAUSE > end:
                return _nobody(error)
            time.sleep(PAUSE)
    plain.settimeout(10.0)
    connection = http.client.HTTPConnection(name)
    try:
        connection.sock = trusted.wrap_socket(plain, server_hostname=name)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return _nobody(error)
    finally:
        connection.close()
        plain.close()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return {"status": answer.status, "headers": headers, "body": body}


def _nobody(error: Exception) -> dict[str, Any]:
    return {"nobody": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(**json.load(sys.stdin))))
