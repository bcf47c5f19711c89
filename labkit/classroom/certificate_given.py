"""A certificate that somebody has given: whether it is one, and the proxy can show it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from labkit.classroom import names, passwords
from labkit.cluster import tls
from labkit.errors import LabError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import Any

    from labkit.classroom.objects import Object


def checked(said: Mapping[str, Any], found: Object | None, now: dt.datetime, kubectl: str) -> bytes:
    """Return the certificate that is in a Secret, if the proxy can start with it.

    Parameters
    ----------
    said
        ``proxy.https`` of the values.
    found
        The Secret; None where there is none.
    now
        The time, with a time zone.
    kubectl
        How a command asks about the class's namespace, for what is told.

    Returns
    -------
    bytes
        The certificate, with those that signed it behind it, as PEM.

    Raises
    ------
    LabError
        If there is no such Secret, something is missing in it, certificate and key do not belong together, or the
        certificate is not good now, or not for the hosts of the values.
    """
    name, key, crt = (said["secret"][each] for each in ("name", "key", "crt"))
    make, anew = _commands(name, key, crt, kubectl)
    if found is None:
        raise LabError(
            f"There is no Secret {name} in namespace {names.NAMESPACE}, and the proxy is to have its certificate from "
            "it (proxy.https.type is secret).",
            remedy=f"{make}; or proxy: {{https: {{enabled: true, type: authority}}}}; then: labkit class up",
        )
    data = passwords.content(found)
    if missing := [each for each in (crt, key) if not data.get(each)]:
        has = ", ".join(sorted(data)) or "nothing"
        raise LabError(
            f"Secret {name} in namespace {names.NAMESPACE} has no {' and no '.join(missing)}; it has: {has}.",
            remedy=f"proxy.https.secret names the keys; or: {anew}; then: labkit class up",
        )
    wrong = why_not(data[crt], data[key], now) or _not_for(data[crt], said.get("hosts") or ())
    if wrong:
        raise LabError(
            f"Secret {name} in namespace {names.NAMESPACE} can't be the proxy's: {wrong}.",
            remedy=f"{anew}; then: labkit class up",
        )
    return data[crt]


def why_not(certificate: bytes, key: bytes, now: dt.datetime) -> str:
    """Return why a server can't show a certificate with a key, as a clause; empty where it can.

    Parameters
    ----------
    certificate
        As PEM, with those that signed it behind it.
    key
        As PEM.
    now
        The time, with a time zone.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        return "its certificate is none in PEM (-----BEGIN CERTIFICATE-----)"
    try:
        private = serialization.load_pem_private_key(key, None)
    except TypeError:
        return "its key is locked by a passphrase, and the proxy knows none"
    except ValueError:
        return "its key is none in PEM (-----BEGIN PRIVATE KEY-----)"
    return _why_no_pair(chain, private.public_key()) or _why_not_now(chain[0], now)


def _why_no_pair(chain: Sequence[x509.Certificate], public: object) -> str:
    whose = [each.public_key() == public for each in chain]
    if whose[0]:
        return ""
    return "the server's own certificate is not the first one" if any(whose) else "certificate and key are no pair"


def _why_not_now(first: x509.Certificate, now: dt.datetime) -> str:
    if now >= first.not_valid_after_utc:
        return f"its certificate has expired on {first.not_valid_after_utc:%Y-%m-%d}"
    if now < first.not_valid_before_utc:
        return f"its certificate is not good before {first.not_valid_before_utc:%Y-%m-%d}"
    return ""


def names_host(certificate: bytes, host: str) -> bool:
    """Tell whether a certificate is for a host, by its own name or one with a star (RFC 6125, 6.4.3)."""
    known = {each.lower() for each in tls.hosts(certificate)}
    parsed = tls.address(host)
    return str(parsed or host.lower()) in known or (parsed is None and f"*.{host.lower().partition('.')[2]}" in known)


def _not_for(certificate: bytes, hosts: Sequence[str]) -> str:
    other = [each for each in hosts if not names_host(certificate, each)]
    if not other:
        return ""
    known = ", ".join(tls.hosts(certificate)) or "no host at all"
    return f"its certificate is not for {', '.join(other)}, which proxy.https.hosts names; it is for {known}"


def _commands(name: str, key: str, crt: str, kubectl: str) -> tuple[str, str]:
    """Return what makes such a Secret, and what makes it in place of one that is there."""
    if (key, crt) == (names.TLS_KEY, names.TLS_CERTIFICATE):
        make = f"{kubectl} create secret tls {name} --cert=CERTIFICATE-FILE --key=KEY-FILE"
    else:
        make = f"{kubectl} create secret generic {name} --from-file={crt}=CERTIFICATE-FILE --from-file={key}=KEY-FILE"
    return make, f"{kubectl} delete secret {name}; {make}"
