"""What a plain kubeconfig says, read without the Kubernetes client: that takes longer to import than a lab to begin.

Plain is what kind writes, and what a tunnel to a cluster of a class has: an API server on this machine, a client
certificate or a token that stands in the file. So is what the kit itself writes in a Pod (:mod:`labkit.api.in_pod`).
Everything else (programs that log in, proxies, files beside the file) is left to the Kubernetes client.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from dataclasses import dataclass
from ssl import SSLError
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml
from urllib3.util.ssl_ import create_urllib3_context

from labkit.api import in_pod

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HERE = {"127.0.0.1", "localhost", "::1"}
_CLUSTER = {"server", "certificate-authority-data"}
_USER = {"client-certificate-data", "client-key-data", "token"}


@dataclass(frozen=True, slots=True, repr=False)
class Plain:
    """How to reach an API server, all of it at hand.

    Attributes
    ----------
    server
        Such as ``https://127.0.0.1:41234``.
    authority
        The certificate to trust, as PEM.
    certificate, key
        The client's, as PEM; both empty where a token does.
    token
        The bearer token, or empty.
    token_file
        Where a token stands that is replaced from time to time, or None.
    """

    server: str
    authority: str
    certificate: bytes
    key: bytes
    token: str
    token_file: Path | None = None

    def bearer(self) -> str:
        """Return the bearer token as it is now, or nothing.

        A file is read each time: kubelet replaces it before the token in it runs out. It is small, and in memory.
        """
        if self.token_file is None:
            return self.token
        try:
            return self.token_file.read_text(encoding="utf-8").strip()
        except OSError:
            return ""  # the API server says what it makes of nobody

    def tls(self) -> ssl.SSLContext:
        """Return the settings of a connection that trusts this authority only, and shows the client's certificate."""
        context = create_urllib3_context()
        context.load_verify_locations(cadata=self.authority)
        if self.certificate:
            # OpenSSL takes a client's certificate from files only; these live for the moment of reading, for us alone
            with tempfile.NamedTemporaryFile() as pair:
                pair.write(self.certificate + b"\n" + self.key)
                pair.flush()
                context.load_cert_chain(pair.name)
        return context


def read(kubeconfig: Path, context: str) -> Plain | None:
    """Return what a kubeconfig says of a context, or None where it takes more than reading it."""
    try:
        text = kubeconfig.read_text(encoding="utf-8")
        if context == in_pod.NAME and (found := _in_pod(text)):
            return found
        return parse(text, context)
    except OSError:
        return None


def _in_pod(text: str) -> Plain | None:
    """Return what the kit's own kubeconfig in a Pod says, or None where this is another one."""
    account = in_pod.ACCOUNT
    try:
        config = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
        address = config["clusters"][0]["cluster"]["server"]
        namespace = config["contexts"][0]["context"]["namespace"]
        if config != in_pod.kubeconfig(address, account, namespace):
            return None
        authority = (account / in_pod.AUTHORITY).read_text(encoding="ascii")
        plain = Plain(address.rstrip("/"), authority, b"", b"", "", account / in_pod.TOKEN)
        plain.tls()
    except (yaml.YAMLError, KeyError, TypeError, IndexError, AttributeError, ValueError, SSLError):
        return None
    return plain


def parse(text: str, context: str) -> Plain | None:
    """Return what a kubeconfig's text says of a context, or None where it is not plain (pure).

    Parameters
    ----------
    text
        The kubeconfig.
    context
        The context in it.
    """
    try:
        config = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, written in C where it can be had
        chosen = _named(config["contexts"], context)["context"]
        cluster = _named(config["clusters"], chosen["cluster"])["cluster"]
        user = _named(config["users"], chosen["user"])["user"]
        if set(cluster) - _CLUSTER or set(user) - _USER or urlsplit(cluster["server"]).hostname not in _HERE:
            return None
        plain = Plain(
            server=str(cluster["server"]).rstrip("/"),
            authority=_decoded(cluster["certificate-authority-data"]).decode("ascii"),
            certificate=_decoded(user.get("client-certificate-data", "")),
            key=_decoded(user.get("client-key-data", "")),
            token=str(user.get("token", "")),
        )
        plain.tls()
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, StopIteration, ValueError, SSLError):
        return None  # whatever is wrong with it, the Kubernetes client has its words for it
    return plain


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ValueError(str(wrong)) from wrong
