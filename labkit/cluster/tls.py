"""The front door's key and certificate: made at set-up, for one front door only, and never committed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

#: How long a certificate is good for. Long enough for a course, short enough that nobody takes it for a real one.
VALID_DAYS = 180

#: The front door's host on the kit's own cluster.
HERE = "127.0.0.1"
#: By which names it is asked besides: on this machine, and inside the cluster.
_NAMES = ("localhost", "frontend")

#: One with fewer days left is made anew.
RENEW_DAYS = 14


def make(now: dt.datetime, host: str = HERE) -> tuple[bytes, bytes]:
    """Return a new key and a certificate for it that signs itself.

    Parameters
    ----------
    now
        The time it begins to be good, with a time zone.
    host
        The front door's host, a name or an IP address.

    Returns
    -------
    tuple of bytes
        Key and certificate, both as PEM.
    """
    # late: a certificate is made once in half a year, and a notebook begins more often
    from cryptography import x509  # noqa: PLC0415

    key = new_key()
    # each once, in the order in which they are said
    said = dict.fromkeys((*_NAMES, HERE, host))
    builder = (
        begun("labkit front door", key.public_key(), now, now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([general_name(each) for each in said]), critical=False)
        # a client is given this certificate as the authority to trust, and authorities say so
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(serves=True, signs=True), critical=True)
    )
    return as_pem(key, signed(builder, key))


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new private key, of the kind that all clients know and that is made in no time."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - likewise

    return ec.generate_private_key(ec.SECP256R1())


def begun(
    subject: str, public_key: ec.EllipticCurvePublicKey, now: dt.datetime, end: dt.datetime, issuer: str | None = None
) -> x509.CertificateBuilder:
    """Return a certificate's beginning: whose it is, from when until when it is good, and that it is for servers.

    Parameters
    ----------
    subject
        The common name; what it is for, in words.
    public_key
        Its key.
    now, end
        The times between which it is good, with a time zone.
    issuer
        The common name of who signs it; the subject's own when not given.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 - likewise

    of_subject, of_issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (subject, issuer or subject)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(of_subject)
        .issuer_name(of_issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        # a clock that goes a little slow must not make a new certificate look like one from the future
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(end)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def usage(*, serves: bool, signs: bool) -> x509.KeyUsage:
    """Return what a key may be used for: to serve with, to sign other certificates with, or both."""
    from cryptography import x509  # noqa: PLC0415 - likewise

    return x509.KeyUsage(
        digital_signature=serves,
        key_cert_sign=signs,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate, signed with a key."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - likewise

    return builder.sign(key, hashes.SHA256())


def as_pem(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """Return key and certificate, both as PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - likewise

    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def general_name(host: str) -> x509.IPAddress | x509.DNSName:
    """Return a host as certificates name it.

    Parameters
    ----------
    host
        A name or an IP address.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise

    return x509.IPAddress(ip) if (ip := address(host)) else x509.DNSName(host)


def address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return a host as an IP address; None where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_for(certificate: bytes, host: str) -> bool:
    """Tell whether a certificate names a host.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    host
        A name or an IP address.
    """
    return str(address(host) or host) in hosts(certificate)


def hosts(certificate: bytes) -> list[str]:
    """Return the hosts that a certificate names, names and IP addresses, in its own order.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise

    extensions = x509.load_pem_x509_certificate(certificate).extensions
    try:
        named = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(each.value) for each in named if isinstance(each, x509.DNSName | x509.IPAddress)]


def good_until(certificate: bytes) -> dt.datetime:
    """Return until when a certificate is good.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise

    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def ends_soon(certificate: bytes, now: dt.datetime) -> bool:
    """Tell whether it is time to make a certificate anew.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    now
        The time, with a time zone.
    """
    return good_until(certificate) - now <= dt.timedelta(days=RENEW_DAYS)


def ensure(folder: Path, host: str = HERE) -> tuple[Path, Path]:
    """Have ``tls.key`` and ``tls.crt`` in a folder, made anew when they are missing, run out soon, or are for another.

    Parameters
    ----------
    folder
        The cluster's folder.
    host
        The front door's host.

    Returns
    -------
    tuple of Path
        Key and certificate.
    """
    key, certificate = folder / "tls.key", folder / "tls.crt"
    now = dt.datetime.now(dt.UTC)
    if key.is_file() and certificate.is_file():
        try:
            found = certificate.read_bytes()
            if not ends_soon(found, now) and is_for(found, host):
                return key, certificate
        except ValueError:
            pass  # it is none: a new one is made
    folder.mkdir(parents=True, exist_ok=True)
    key_pem, certificate_pem = make(now, host)
    write_private(key, key_pem)
    certificate.write_bytes(certificate_pem)
    return key, certificate


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, from its first moment on.

    Parameters
    ----------
    path
        The file.
    content
        What goes in.
    """
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
