"""The front door's key and certificate: made at set-up, for this machine only, and never committed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: How long a certificate is good for. Long enough for a course, short enough that nobody takes it for a real one.
VALID_DAYS = 180

#: One with fewer days left is made anew.
RENEW_DAYS = 14


def make(now: dt.datetime) -> tuple[bytes, bytes]:
    """Return a new key and a certificate for it that signs itself.

    Parameters
    ----------
    now
        The time it begins to be good, with a time zone.

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
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.DNSName("frontend"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
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


def good_until(certificate: bytes) -> dt.datetime:
    """Return until when a certificate is good.

    Parameters
    ----------
    certificate
        The certificate as PEM.
    """
    from cryptography import x509  # noqa: PLC0415 - likewise

    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def ensure(folder: Path) -> tuple[Path, Path]:
    """Have ``tls.key`` and ``tls.crt`` in a folder, made anew when they are missing or run out soon.

    Parameters
    ----------
    folder
        The cluster's folder.

    Returns
    -------
    tuple of Path
        Key and certificate.
    """
    key, certificate = folder / "tls.key", folder / "tls.crt"
    now = dt.datetime.now(dt.UTC)
    if key.is_file() and certificate.is_file():
        try:
            left = good_until(certificate.read_bytes()) - now
        except ValueError:
            left = dt.timedelta(0)
        if left > dt.timedelta(days=RENEW_DAYS):
            return key, certificate
    folder.mkdir(parents=True, exist_ok=True)
    key_pem, certificate_pem = make(now)
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
