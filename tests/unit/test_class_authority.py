"""The class's own authority: it signs for the class's hosts and for no others, as clients see it; and it is kept."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from labkit.classroom import authority
from labkit.classroom.authority import Own, Pair
from labkit.cluster import tls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOW = dt.datetime.now(dt.UTC)
HOSTS = ["class.example", "localhost", "127.0.0.1", "::1"]


def first(hosts: Sequence[str] = HOSTS, now: dt.datetime = NOW) -> Own:
    return authority.brought(None, None, hosts, now, "kind-labkit")


def days(number: float) -> dt.datetime:
    return NOW + dt.timedelta(days=number)


def handshake(folder: Path, trusted: bytes, shown: Pair, host: str) -> None:
    """Shake hands as a browser and a proxy do; raise what the browser says."""
    key, certificate = folder / "key", folder / "crt"
    key.write_bytes(shown.key)
    certificate.write_bytes(shown.certificate)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=trusted.decode())
    # as strict as the newest clients are
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server.load_cert_chain(certificate, key)
    near, far = socket.socketpair()

    def serve() -> None:
        with far, contextlib.suppress(OSError):
            server.wrap_socket(far, server_side=True).close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        with near:
            client.wrap_socket(near, server_hostname=host).close()
    finally:
        serving.join(10)


@pytest.mark.parametrize("host", HOSTS)
def test_who_trusts_the_authority_gets_in_by_each_of_the_classs_hosts(host: str, tmp_path: Path) -> None:
    own = first()
    handshake(tmp_path, own.authority.certificate, own.proxy, host)


def test_by_another_name_or_without_trust_nobody_gets_in(tmp_path: Path) -> None:
    own = first()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(tmp_path, own.authority.certificate, own.proxy, "other.example")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self-signed"):
        handshake(tmp_path, first().authority.certificate, own.proxy, "localhost")


@pytest.mark.parametrize("host", ["www.google.com", "notclass.example", "example", "10.1.2.3", "127.0.0.2", "fd00::1"])
def test_clients_refuse_what_it_signs_for_others(host: str, tmp_path: Path) -> None:
    """Whoever learns its key can pretend to be the class, and nobody else."""
    own = first()
    forged = authority.signed(own.authority, [host], NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(tmp_path, own.authority.certificate, forged, host)


def test_clients_refuse_an_authority_below_it(tmp_path: Path) -> None:
    own = first()
    key, signer = tls.new_key(), x509.load_pem_x509_certificate(own.authority.certificate)
    name = signer.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    identifier = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        tls.begun("below", key.public_key(), NOW, days(9), str(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(tls.usage(serves=False, signs=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    below = Pair(*tls.as_pem(key, tls.signed(builder, authority._private(own.authority.key))))
    leaf = authority.signed(below, ["localhost"], NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match="path length constraint exceeded"):
        handshake(
            tmp_path, own.authority.certificate, Pair(leaf.key, leaf.certificate + below.certificate), "localhost"
        )


def test_what_it_may_is_critical_and_is_for_servers_alone() -> None:
    own = first()
    for certificate, signs in ((own.authority.certificate, True), (own.proxy.certificate, False)):
        extensions = x509.load_pem_x509_certificate(certificate).extensions
        assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is signs
        assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
            ExtendedKeyUsageOID.SERVER_AUTH
        ]
        usage = extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert (usage.value.key_cert_sign, usage.value.digital_signature) == (signs, not signs)
    constraints = x509.load_pem_x509_certificate(own.authority.certificate).extensions.get_extension_for_class(
        x509.NameConstraints
    )
    assert constraints.critical
    assert authority.permitted(own.authority.certificate) == HOSTS
    assert tls.hosts(own.proxy.certificate) == HOSTS


def test_how_long_they_are_good() -> None:
    own = first()
    assert (tls.good_until(own.authority.certificate) - NOW).days in {364, 365}
    assert (tls.good_until(own.proxy.certificate) - NOW).days in {179, 180}
    late = authority.signed(own.authority, HOSTS, days(300))
    assert tls.good_until(late.certificate) == tls.good_until(own.authority.certificate)


def test_the_name_of_a_cluster_fits_in() -> None:
    own = authority.made(HOSTS, NOW, "arn:aws:eks:eu-central-1:123456789012:cluster/a-school-with-a-long-name")
    name = x509.load_pem_x509_certificate(own.certificate).subject.rfc4514_string()
    assert "a-school-with-a-long-name" in name


def test_a_private_key_does_not_stand_in_what_is_printed() -> None:
    assert "PRIVATE" not in repr(first())


def test_the_fingerprint_is_as_browsers_show_it() -> None:
    own = first().authority.certificate
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(own.decode())).hexdigest()
    assert authority.fingerprint(own) == ":".join(digest[at : at + 2] for at in range(0, 64, 2)).upper()


# --- the second time


def again(own: Own, hosts: Sequence[str], now: dt.datetime = NOW) -> Own:
    return authority.brought(own.authority, own.proxy, hosts, now, "kind-labkit")


def test_what_will_do_is_kept() -> None:
    own = first()
    assert again(own, HOSTS) == own
    assert again(own, HOSTS[1:]) == own, "a name less is no reason"


def test_a_certificate_that_ends_soon_is_made_anew_by_the_same_authority() -> None:
    own = first()
    after = again(own, HOSTS, days(tls.VALID_DAYS - tls.RENEW_DAYS + 1))
    assert (after.authority, after.why_new) == (own.authority, "")
    assert after.proxy != own.proxy
    assert tls.hosts(after.proxy.certificate) == HOSTS


def test_a_name_below_one_that_is_permitted_takes_no_other_authority(tmp_path: Path) -> None:
    own = first()
    after = again(own, [*HOSTS, "lab.class.example"])
    assert (after.authority, after.why_new) == (own.authority, "")
    handshake(tmp_path, own.authority.certificate, after.proxy, "lab.class.example")
    assert again(after, HOSTS) == after, "who sets it up without that name does not take it away"


@pytest.mark.parametrize("host", ["other.example", "notclass.example", "10.1.2.3", "example"])
def test_another_name_takes_another_authority_which_is_for_the_old_ones_too(host: str, tmp_path: Path) -> None:
    own = first()
    after = again(own, ["localhost", host])
    assert after.why_new == f"the one before is not for {host}"
    assert set(authority.permitted(after.authority.certificate)) == {*HOSTS, host}
    handshake(tmp_path, after.authority.certificate, after.proxy, host)
    # set up from two machines in turn, it is the same from then on
    for hosts in (HOSTS, ["localhost", host]):
        assert again(after, hosts) == Own(after.authority, after.proxy)


def test_an_authority_that_ends_soon_is_another_one_and_forgets_old_names() -> None:
    own = first()
    after = again(own, ["localhost"], days(authority.DAYS - tls.RENEW_DAYS + 1))
    assert after.why_new.startswith("the one before ends on 2")
    assert authority.permitted(after.authority.certificate) == ["localhost"]


@pytest.mark.parametrize("what", ["no PEM", "another's key", "empty"])
def test_a_damaged_authority_is_another_one(what: str) -> None:
    own = first()
    bad = {
        "no PEM": Pair(own.authority.key, b"broken"),
        "another's key": Pair(own.proxy.key, own.authority.certificate),
        "empty": Pair(b"", b""),
    }[what]
    after = authority.brought(bad, own.proxy, HOSTS, NOW, "c")
    assert after.why_new == "the one before is damaged"
    assert after.authority != bad


@pytest.mark.parametrize("what", ["no PEM", "another's key", "another authority's"])
def test_a_damaged_certificate_is_made_anew(what: str) -> None:
    own, other = first(), first()
    bad = {
        "no PEM": Pair(own.proxy.key, b"broken"),
        "another's key": Pair(other.proxy.key, own.proxy.certificate),
        "another authority's": other.proxy,
    }[what]
    after = authority.brought(own.authority, bad, HOSTS, NOW, "c")
    assert (after.authority, after.why_new) == (own.authority, "")
    assert after.proxy not in {bad, other.proxy}
