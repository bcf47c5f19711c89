"""The certificate that the proxy shows to browsers: had when the class is set up, and known to who opens its door."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit.api.client import ApiError
from labkit.classroom import authority, certificate_given, desk, machine_addresses, names, passwords, proxy
from labkit.classroom.authority import Pair
from labkit.cluster import tls
from labkit.errors import ClusterError
from labkit.lesson.namespace import is_own, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from labkit.classroom.objects import Object
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values

_KIND = "kubernetes.io/tls"
#: Addresses of a Node by which others reach it, among all that Kubernetes knows of it.
_OF_NODES = {"InternalIP", "ExternalIP"}
_SECRETS = f"/api/v1/namespaces/{names.NAMESPACE}/secrets"


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificate that the proxy shows.

    Attributes
    ----------
    certificate
        As PEM.
    authority
        The certificate of the class's own authority, which has signed it; empty where somebody has given it.
    why_new
        Why the authority is another one than before, as a clause.
    """

    certificate: bytes
    authority: bytes = b""
    why_new: str = ""

    @property
    def mark(self) -> str:
        """What tells it from others: the proxy's Pod has it on it, so that with another certificate it starts anew.

        configurable-http-proxy reads its certificate once, and has no signal for more (its issue 107).
        """
        return hashlib.sha256(self.certificate).hexdigest()[:16]


def look(target: Target, said: Values) -> None:
    """Look whether the certificate is there that somebody was to give.

    Raises
    ------
    LabError
        If it is not, or the proxy could not show it.
    """
    if proxy.certificate_of(said) == "secret":
        _given(target, said)


def have(target: Target, said: Values) -> Shown | None:
    """Have the proxy's certificate in the cluster; None where it needs none.

    Raises
    ------
    LabError
        If somebody was to give it, and it is not there or not good; or a Secret is somebody else's.
    """
    match proxy.certificate_of(said):
        case "secret":
            return Shown(_given(target, said))
        case "authority":
            return _own(target, said)
        case _:
            return None


def there(target: Target, said: Values) -> Shown | None:
    """Return the certificate that is there, whatever its state; None where there is none."""
    kind = proxy.certificate_of(said)
    if not kind:
        return None
    name, _, crt = proxy.secret_of(said)
    found = passwords.content(_read(target, name)).get(crt, b"")
    signer = passwords.content(_read(target, names.AUTHORITY_SECRET)) if kind == "authority" else {}
    return Shown(found, signer.get(names.TLS_CERTIFICATE, b"")) if found else None


def known(target: Target, said: Values) -> Shown | None:
    """Return the certificate that is there, for what is said of it; None also of who may not read Secrets."""
    try:
        return there(target, said)
    except ApiError as error:
        if error.code != HTTPStatus.FORBIDDEN:
            raise
        return None


def write_authority(target: Target, shown: Shown | None) -> None:
    """Write the certificate of the class's authority, which everybody may have, beside the list of passwords."""
    if shown is not None and shown.authority:
        target.authority_file.parent.mkdir(parents=True, exist_ok=True)
        target.authority_file.write_bytes(shown.authority)


def told(shown: Shown | None, file: Path) -> Iterator[str]:
    """Return what is to be said of the class's authority to those who hand it out, line by line (pure).

    Parameters
    ----------
    shown
        The proxy's certificate.
    file
        Where the authority's is.
    """
    if shown is None or not shown.authority:
        return
    yield f"Browsers warn until they trust the class's authority: {file}"
    yield f"  SHA-256 {authority.fingerprint(shown.authority)}"
    if shown.why_new:
        yield f"It is a new one, to be handed out again: {shown.why_new}."


def said_of(shown: Shown, file: Path, reached: Iterable[str], flags: str) -> Iterator[str]:
    """Return all that is to be said of a certificate where browsers are let in, line by line.

    Parameters
    ----------
    shown
        The proxy's certificate.
    file
        Where the authority's is.
    reached
        The hosts by which browsers come in.
    flags
        Which cluster a command is to name again.
    """
    yield from told(shown, file)
    yield from not_good(shown, reached, dt.datetime.now(dt.UTC), flags)


def not_good(shown: Shown, reached: Iterable[str], now: dt.datetime, flags: str) -> Iterator[str]:
    """Return why browsers will not take a certificate, or soon not any more, line by line (pure).

    Parameters
    ----------
    shown
        The proxy's certificate.
    reached
        The hosts by which browsers come in.
    now
        The time, with a time zone.
    flags
        Which cluster a command is to name again.
    """
    instead = f"labkit class up{flags}" if shown.authority else "another one into its Secret, then labkit class up"
    if other := [each for each in reached if not certificate_given.names_host(shown.certificate, each)]:
        yield f"The certificate is not for {', '.join(other)}: {instead}"
    if tls.ends_soon(shown.certificate, now):
        yield f"The certificate is good until {tls.good_until(shown.certificate):%Y-%m-%d} only: {instead}"


def hosts(said: Values, machine: Iterable[str], nodes: Iterable[Mapping[str, Any]], service: Object) -> list[str]:
    """Return by which names and addresses browsers come to a class's proxy (pure).

    Parameters
    ----------
    said
        The class's values.
    machine
        The names and addresses of this machine, on which its door may be.
    nodes
        The desk's Nodes.
    service
        The proxy's Service; empty where there is none yet.
    """
    settings = said.settings["proxy"]
    found = [*proxy.hosts_of(said), *machine]
    if settings["service"]["type"] == "NodePort":
        found += [
            each["address"] for node in nodes for each in node["status"]["addresses"] if each["type"] in _OF_NODES
        ]
    elif settings["service"]["type"] == "LoadBalancer":
        ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
        found += [
            settings["service"]["loadBalancerIP"],
            *(each.get(key) for each in ingress for key in ("ip", "hostname")),
        ]
    inside = (
        names.PROXY_PUBLIC,
        f"{names.PROXY_PUBLIC}.{names.NAMESPACE}",
        f"{names.PROXY_PUBLIC}.{names.NAMESPACE}.svc",
    )
    # both kinds of addresses: of a kind that an authority says nothing of, it might sign for any
    every = [*found, "localhost", "127.0.0.1", "::1", *inside]
    return list(dict.fromkeys(str(tls.address(each) or each.lower()) for each in every if each))


def _own(target: Target, said: Values) -> Shown:
    signer, proxys = _pair(target, names.AUTHORITY_SECRET), _pair(target, names.CERTIFICATE_SECRET)
    own = authority.brought(signer, proxys, _hosts(target, said), dt.datetime.now(dt.UTC), target.name)
    # the authority first: what it has signed is nothing without it
    if own.authority != signer:
        target.apply([_secret(names.AUTHORITY_SECRET, own.authority)])
    if own.proxy != proxys:
        target.apply([_secret(names.CERTIFICATE_SECRET, own.proxy)])
    return Shown(own.proxy.certificate, own.authority.certificate, own.why_new)


def _hosts(target: Target, said: Values) -> list[str]:
    machine = [*machine_addresses.names_of_this_machine(), *machine_addresses.of_this_machine()]
    nodes = target.api.get("/api/v1/nodes", {"labelSelector": desk.selector(said)})["items"]
    service = read(target.api, f"/api/v1/namespaces/{names.NAMESPACE}/services/{names.PROXY_PUBLIC}")
    return hosts(said, machine, nodes, service or {})


def _given(target: Target, said: Values) -> bytes:
    https = said.settings["proxy"]["https"]
    found = _read(target, https["secret"]["name"])
    return certificate_given.checked(https, found, dt.datetime.now(dt.UTC), target.kubectl)


def _pair(target: Target, name: str) -> Pair | None:
    found = _read(target, name)
    if found is None:
        return None
    if not is_own(found["metadata"].get("labels")):
        raise ClusterError(
            f"In namespace {names.NAMESPACE} on cluster {target.name} there is Secret {name}, which no class made: "
            "it stays as it is.",
            remedy=f"if it is yours to give: {target.kubectl} delete secret {name}; then: labkit class up",
        )
    data = passwords.content(found)
    return Pair(data.get(names.TLS_KEY, b""), data.get(names.TLS_CERTIFICATE, b""))


def _secret(name: str, pair: Pair) -> Object:
    return passwords.secret(
        name, {names.TLS_KEY: pair.key.decode(), names.TLS_CERTIFICATE: pair.certificate.decode()}, kind=_KIND
    )


def _read(target: Target, name: str) -> Object | None:
    return read(target.api, f"{_SECRETS}/{name}")
