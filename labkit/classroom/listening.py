"""A port of this machine for the class's door, and what is said of it."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.classroom import machine_addresses
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The port to prefer.
PORT = 8000
#: So many browsers may be about to come in.
BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Place:
    """Where the door is.

    Attributes
    ----------
    address
        The address to listen on.
    port
        The port; None for :data:`PORT`, or another where that is taken.
    """

    address: str = "127.0.0.1"
    port: int | None = None


def hosts(address: str, named: Sequence[str], machine: Sequence[str]) -> list[str]:
    """Return by which hosts browsers come in where one listens on an address (pure).

    Parameters
    ----------
    address
        Where the door listens.
    named
        Names that the values have for the class.
    machine
        This machine's addresses.
    """
    if machine_addresses.is_this_machine_alone(address):
        return [address]
    if not machine_addresses.is_all(address):
        return list(dict.fromkeys([*named, address]))
    return list(dict.fromkeys([*named, *(each for each in machine if ":" not in each or ":" in address)]))


def outside(address: str, port: int, scheme: str, reached: Sequence[str]) -> Iterator[str]:
    """Return what is to be said of a door that is open, line by line (pure).

    Parameters
    ----------
    address, port
        Where it listens.
    scheme
        ``http``, or ``https`` where the proxy has a certificate.
    reached
        The hosts by which browsers come in (:func:`hosts`).
    """

    def url(host: str) -> str:
        return f"{scheme}://{machine_addresses.in_url(host)}:{port}"

    if machine_addresses.is_this_machine_alone(address):
        yield f"The class's door is open, for this machine alone: {url(address)}"
        yield "(--address 0.0.0.0 lets other machines in)"
    else:
        yield "The class's door is open. To hand out:"
        for host in reached or ["ADDRESS-OF-THIS-MACHINE"]:
            yield f"  {url(host)}"
        if scheme == "http":
            yield "Passwords travel unencrypted: the proxy has no certificate (proxy.https in the values)"


@contextlib.contextmanager
def listening(place: Place, flags: str) -> Iterator[socket.socket]:
    """Listen on an address and a port of this machine.

    Parameters
    ----------
    place
        Where.
    flags
        Which cluster a command is to name again.

    Raises
    ------
    LabError
        If the address is none of this machine's, or the port is taken or not for everybody.
    """
    preferred = place.port is None
    port = PORT if place.port is None else place.port
    try:
        found = _bound(place.address, port)
    except OSError as error:
        if not (preferred and error.errno == errno.EADDRINUSE):
            raise not_bound(place.address, port, error, flags) from error
        try:
            found = _bound(place.address, 0)
        except OSError as again:
            raise not_bound(place.address, 0, again, flags) from again
    with found:
        yield found


def _bound(address: str, port: int) -> socket.socket:
    family, kind, protocol, _, where = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, protocol)
    try:
        # as servers do: connections of a moment ago do not count as somebody who listens
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(where)
        found.listen(BACKLOG)
    except BaseException:
        found.close()
        raise
    return found


def not_bound(address: str, port: int, error: OSError, flags: str) -> LabError:
    """Return the error for an address and a port on which one can't listen (pure)."""
    again = f"labkit class open{flags}"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return LabError(
            f"{address} is no address of this machine.", remedy=f"{again} --address 0.0.0.0, for all that it has"
        )
    if error.errno == errno.EADDRINUSE:
        return LabError(
            f"Port {port} on {address} is taken by another program.",
            remedy=f"{again} --port 0, for any that is free; ss -ltnp 'sport = :{port}' tells whose it is",
        )
    if error.errno == errno.EACCES:
        return LabError(
            f"Port {port} on {address} is not for everybody (those below 1024 are not).",
            remedy=f"{again} --port {PORT}",
        )
    return LabError(f"Port {port} on {address} can't be opened: {error.strerror or error}.", remedy=f"{again} --port 0")
