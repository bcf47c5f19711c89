"""The class's own authority: it signs the proxy's certificate where nobody has given one. Pure.

Whoever comes by a browser trusts its certificate once, and from then on all that it signs. So it may sign for nothing
but the class: X.509's name constraints (RFC 5280, 4.2.1.10) say for which hosts it is, and clients refuse the rest.
They can't be widened: where a class is to be reached by another name, it takes another authority.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from labkit.cluster import tls

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: How long an authority is good for: a school year, since each browser is told of it by hand.
DAYS = 365
#: Letters that fit into a common name (RFC 5280, ub-common-name), and how many of them a cluster's name gets.
_LONGEST_NAME, _LONGEST_CLUSTER = 64, 30
_PROXY = "labkit class proxy"


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and the certificate for it, both as PEM."""

    key: bytes = field(repr=False)
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Own:
    """What a class has that signs for itself.

    Attributes
    ----------
    authority
        Signs, and nothing else.
    proxy
        What the proxy shows to browsers.
    why_new
        Why the authority is another one than before, as a clause; empty where it is the same, or the first.
    """

    authority: Pair
    proxy: Pair
    why_new: str = ""


def brought(authority: Pair | None, proxy: Pair | None, wanted: Sequence[str], now: dt.datetime, cluster: str) -> Own:
    """Return a class's authority and its proxy's certificate: those that there are, where they will do.

    A new authority is also for what the one before was for: who sets a class up from two machines in turn gets one
    that is for both, and not another one each time.

    Parameters
    ----------
    authority, proxy
        What there is.
    wanted
        The hosts by which browsers come.
    now
        The time, with a time zone.
    cluster
        What the cluster is called: browsers show it in their lists of authorities.
    """
    hosts = list(dict.fromkeys(wanted))
    why_not = _why_no_authority(authority, hosts, now) if authority else ""
    if authority is None or why_not:
        if authority and not _ends_soon(authority.certificate, now):
            hosts = list(dict.fromkeys([*hosts, *permitted(authority.certificate)]))
        signs = made(hosts, now, cluster)
        return Own(signs, signed(signs, hosts, now), why_not)
    if proxy and _is_by(proxy, authority):
        known = tls.hosts(proxy.certificate)
        if set(hosts) <= set(known) and not _ends_soon(proxy.certificate, now):
            return Own(authority, proxy)
        hosts += known
    every = dict.fromkeys([*hosts, *permitted(authority.certificate)])
    return Own(authority, signed(authority, list(every), now))


def made(hosts: Sequence[str], now: dt.datetime, cluster: str) -> Pair:
    """Return a new authority.

    Parameters
    ----------
    hosts
        The names and IP addresses that it may sign for. (A name stands for those below it, too.)
    now
        The time it begins to be good, with a time zone.
    cluster
        What the cluster is called.
    """
    key = tls.new_key()
    name = f"labkit class {cluster[-_LONGEST_CLUSTER:]} {now:%Y-%m-%d %H:%M}"[:_LONGEST_NAME]
    allowed: list[x509.GeneralName] = [_subtree(each) for each in hosts]
    builder = (
        tls.begun(name, key.public_key(), now, now + dt.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(tls.usage(serves=False, signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True)
    )
    return Pair(*tls.as_pem(key, tls.signed(builder, key)))


def signed(authority: Pair, hosts: Iterable[str], now: dt.datetime) -> Pair:
    """Return a new key for the proxy and a certificate for it, which an authority has signed.

    Parameters
    ----------
    authority
        Who signs; the certificate ends when it does at the latest.
    hosts
        The names and IP addresses that it is for.
    now
        The time it begins to be good, with a time zone.
    """
    key, signer = tls.new_key(), x509.load_pem_x509_certificate(authority.certificate)
    end = min(now + dt.timedelta(days=tls.VALID_DAYS), signer.not_valid_after_utc)
    identifier = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    issuer = str(signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    builder = (
        tls.begun(_PROXY, key.public_key(), now, end, issuer)
        .add_extension(x509.SubjectAlternativeName([tls.general_name(each) for each in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(tls.usage(serves=True, signs=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return Pair(*tls.as_pem(key, tls.signed(builder, _private(authority.key))))


def permitted(certificate: bytes) -> list[str]:
    """Return the hosts that an authority may sign for; none where it says nothing of it, or is no certificate."""
    try:
        extensions = x509.load_pem_x509_certificate(certificate).extensions
        found = extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
    except (ValueError, x509.ExtensionNotFound):
        return []
    return [
        str(each.value.network_address) if isinstance(each, x509.IPAddress) else str(each.value)  # type: ignore[union-attr]
        for each in found
    ]


def fingerprint(certificate: bytes) -> str:
    """Return a certificate's SHA-256 as browsers show it: pairs of hexadecimal digits, with colons."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def _subtree(host: str) -> x509.GeneralName:
    return x509.IPAddress(ip_network(ip)) if (ip := tls.address(host)) else x509.DNSName(host)


def _why_no_authority(authority: Pair, hosts: Iterable[str], now: dt.datetime) -> str:
    """Return why an authority will not do, as a clause; empty where it will."""
    if not _belong_together(authority):
        return "the one before is damaged"
    if _ends_soon(authority.certificate, now):
        return f"the one before ends on {tls.good_until(authority.certificate):%Y-%m-%d}"
    known = permitted(authority.certificate)
    other = [each for each in hosts if not any(_is_below(each, base) for base in known)]
    return f"the one before is not for {', '.join(other)}" if other else ""


def _is_below(host: str, base: str) -> bool:
    return host == base or (tls.address(host) is None and host.endswith(f".{base}"))


def _ends_soon(certificate: bytes, now: dt.datetime) -> bool:
    try:
        return tls.ends_soon(certificate, now)
    except ValueError:
        return True  # it is none


def _is_by(proxy: Pair, authority: Pair) -> bool:
    """Whether a certificate was signed by an authority, and is its key's."""
    if not _belong_together(proxy):
        return False
    signer = x509.load_pem_x509_certificate(authority.certificate)
    try:
        x509.load_pem_x509_certificate(proxy.certificate).verify_directly_issued_by(signer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _belong_together(pair: Pair) -> bool:
    try:
        return _private(pair.key).public_key() == x509.load_pem_x509_certificate(pair.certificate).public_key()
    except (ValueError, TypeError):
        return False


def _private(key: bytes) -> ec.EllipticCurvePrivateKey:
    found = serialization.load_pem_private_key(key, None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError("no key of an elliptic curve")
    return found
