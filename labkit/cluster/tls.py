"""The front door's key and certificate: made at set-up, for one front door only, and never committed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "labkit front door")])
    # each once, in the order in which they are said
    said = dict.fromkeys((*_NAMES, HERE, host))
    names = x509.SubjectAlternativeName(
        [x509.IPAddress(ip) if (ip := _address(each)) else x509.DNSName(each) for each in said]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # a clock that goes a little slow must not make a new certificate look like one from the future
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(names, critical=False)
        # a client is given this certificate as the authority to trust, and authorities say so
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
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
    from cryptography import x509  # noqa: PLC0415 - likewise

    extensions = x509.load_pem_x509_certificate(certificate).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if ip := _address(host):
        return ip in names.get_values_for_type(x509.IPAddress)
    return host in names.get_values_for_type(x509.DNSName)


def good_until(certificate: bytes) -> dt.datetime:
    """Return until when a certificate is good.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise

    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


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
            if good_until(found) - now > dt.timedelta(days=RENEW_DAYS) and is_for(found, host):
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
