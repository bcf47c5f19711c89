"""The addresses by which other machines reach this one."""

from __future__ import annotations

import contextlib
import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Addresses for documentation (RFC 5737, RFC 3849): nobody has them, so the way to them is the way out of the house.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
#: Two labels or more, of which the last is no number (RFC 1123, 2.1), and how long they may be together.
_FULL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.(?!-|\d+$)[a-z0-9-]{1,63}(?<!-)")
_LONGEST = 253


def of_this_machine() -> list[str]:
    """Return this machine's addresses, the one that leads out first; none where it has no network.

    Not those of all its network cards: most that a machine with Docker has lead to its own containers.
    """
    return told([*_outward(), *_by_name()])


def names_of_this_machine() -> list[str]:
    """Return the full names by which others may know this machine.

    No short ones: an authority that may sign for ``dev`` may do so for all that ends in ``.dev``.
    """
    found = [socket.gethostname()]
    with contextlib.suppress(OSError, UnicodeError):
        found += [each[3] for each in socket.getaddrinfo(found[0], None, flags=socket.AI_CANONNAME)]
    return list(dict.fromkeys(each.lower() for each in found if is_full_name(each.lower())))


def is_full_name(name: str) -> bool:
    """Tell whether a name is one of DNS, with a domain (pure)."""
    return len(name) <= _LONGEST and bool(_FULL.fullmatch(name))


def told(found: Iterable[str]) -> list[str]:
    """Return those addresses by which others can reach a machine, each once (pure)."""
    kept: dict[str, None] = {}
    for each in found:
        try:
            address = ip_address(each.partition("%")[0])
        except ValueError:
            continue
        if not (address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast):
            kept[str(address)] = None
    return list(kept)


def is_all(address: str) -> bool:
    """Whether an address to listen on means all that the machine has (pure)."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_unspecified


def is_this_machine_alone(address: str) -> bool:
    """Whether who listens on an address is reached from this machine alone (pure)."""
    parsed = _parsed(address)
    return address == "localhost" or (parsed is not None and parsed.is_loopback)


def in_url(address: str) -> str:
    """Return an address as it stands in a URL (pure)."""
    return f"[{address}]" if ":" in address else address


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _outward() -> Iterable[str]:
    for family, elsewhere in _ELSEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))  # of a datagram's socket: chooses the way, sends nothing
            yield str(probe.getsockname()[0])


def _by_name() -> Iterable[str]:
    with contextlib.suppress(OSError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield str(address[0])
