"""The proxy's certificate: one that is given is looked at, one of the class's own is had once, and both are told."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from labkit.api.client import ApiError
from labkit.classroom import authority, certificate_given, certificates, machine_addresses, names, passwords, values
from labkit.classroom.certificates import Shown
from labkit.cluster import tls
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from labkit.classroom.target import Target
    from labkit.classroom.values import Values

NOW = dt.datetime.now(dt.UTC)
OWN = {"app.kubernetes.io/managed-by": "labkit"}
SECRETS = "/api/v1/namespaces/labkit-class/secrets"
KEY, CERTIFICATE = tls.make(NOW, "class.example")


def a_class(https: str = "enabled: true", service: str = "type: ClusterIP") -> Values:
    said = values.parse(f"learners: [ann]\nproxy: {{https: {{{https}}}, service: {{{service}}}}}", "values.yaml")
    return values.complete(said, [("", "ann")], "values.yaml")


def secret(name: str, *, labels: dict[str, str] | None = None, **data: bytes) -> dict[str, Any]:
    coded = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in data.items()}
    return {"kind": "Secret", "metadata": {"name": name, "labels": labels or {}}, "data": coded}


class Cluster:
    """A cluster with some objects: what is read, and what is applied."""

    def __init__(self, *secrets: dict[str, Any]) -> None:
        self.objects = {f"{SECRETS}/{each['metadata']['name']}": each for each in secrets}
        self.objects["/api/v1/nodes"] = {"items": []}
        self.applied: list[str] = []

    def get(self, path: str, _query: object = None) -> dict[str, Any]:
        """Return an object."""
        if path not in self.objects:
            raise ApiError(404, "not found")
        return self.objects[path]

    def apply(self, objects: list[dict[str, Any]]) -> None:
        """Have objects."""
        for each in objects:
            self.applied.append(each["metadata"]["name"])
            self.objects[f"{SECRETS}/{each['metadata']['name']}"] = each

    def target(self) -> Target:
        """Return it as commands have it."""
        found: Any = SimpleNamespace(api=self, apply=self.apply, name="there", kubectl="kubectl --context there")
        return found  # type: ignore[no-any-return]


# --- one that is given


def given(found: dict[str, Any] | None, **said: Any) -> bytes:
    https = {"secret": {"name": "proxy-tls", "key": "tls.key", "crt": "tls.crt"}, "hosts": [], **said}
    return certificate_given.checked(https, found, NOW, "kubectl -n labkit-class")


def test_a_certificate_with_its_key_is_taken() -> None:
    assert given(secret("proxy-tls", tls_key=KEY, tls_crt=CERTIFICATE), hosts=["Class.example"]) == CERTIFICATE
    other = {"secret": {"name": "x", "key": "k", "crt": "c"}}
    assert given(secret("x", k=KEY, c=CERTIFICATE), **other) == CERTIFICATE


def test_what_is_behind_the_servers_own_certificate_is_taken_too() -> None:
    own = authority.brought(None, None, ["a.example", "::1"], NOW, "c")
    chain = own.proxy.certificate + own.authority.certificate
    assert given(secret("proxy-tls", tls_key=own.proxy.key, tls_crt=chain)) == chain
    turned = own.authority.certificate + own.proxy.certificate
    with pytest.raises(LabError, match="the server's own certificate is not the first one"):
        given(secret("proxy-tls", tls_key=own.proxy.key, tls_crt=turned))


def test_no_secret() -> None:
    with pytest.raises(LabError, match="There is no Secret proxy-tls in namespace labkit-class") as told:
        given(None)
    assert told.value.remedy.startswith("kubectl -n labkit-class create secret tls proxy-tls --cert=CERTIFICATE-FILE")
    assert "type: authority" in told.value.remedy
    with pytest.raises(LabError) as told:
        given(None, secret={"name": "x", "key": "k", "crt": "c"})
    assert "create secret generic x --from-file=c=CERTIFICATE-FILE --from-file=k=KEY-FILE" in told.value.remedy


def test_a_key_of_the_secret_is_missing() -> None:
    with pytest.raises(LabError, match=r"has no tls\.key; it has: tls\.crt\."):
        given(secret("proxy-tls", tls_crt=CERTIFICATE))
    with pytest.raises(LabError, match=r"has no tls\.crt and no tls\.key; it has: cert\."):
        given(secret("proxy-tls", cert=CERTIFICATE))


OTHER = tls.make(NOW)[0]
LOCKED = serialization.load_pem_private_key(KEY, None).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
)
DER = x509.load_pem_x509_certificate(CERTIFICATE).public_bytes(serialization.Encoding.DER)
BEFORE, AFTER = tls.make(NOW - dt.timedelta(days=200)), tls.make(NOW + dt.timedelta(days=2))
WRONG = {
    "another's key": (OTHER, CERTIFICATE, "certificate and key are no pair"),
    "a key with a passphrase": (LOCKED, CERTIFICATE, "locked by a passphrase"),
    "no key": (CERTIFICATE, CERTIFICATE, "its key is none in PEM"),
    "DER": (KEY, DER, "its certificate is none in PEM"),
    "expired": (*BEFORE, f"has expired on {NOW - dt.timedelta(days=20):%Y-%m-%d}"),
    "not yet good": (*AFTER, "is not good before"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_a_proxy_could_not_show_is_told(what: str) -> None:
    key, certificate, why = WRONG[what]
    with pytest.raises(
        LabError, match=f"Secret proxy-tls in namespace labkit-class can't be the proxy's: .*{why}"
    ) as told:
        given(secret("proxy-tls", tls_key=key, tls_crt=certificate))
    assert "delete secret proxy-tls; kubectl -n labkit-class create secret tls proxy-tls" in told.value.remedy


def test_a_certificate_for_other_hosts_is_told() -> None:
    with pytest.raises(
        LabError, match=r"is not for b\.example, 10\.1\.2\.3, which .* it is for localhost, frontend, 1"
    ):
        given(secret("proxy-tls", tls_key=KEY, tls_crt=CERTIFICATE), hosts=["class.example", "b.example", "10.1.2.3"])


def test_names_with_a_star() -> None:
    certificate = tls.make(NOW, "*.school.example")[1]
    assert certificate_given.names_host(certificate, "class.school.example")
    assert certificate_given.names_host(certificate, "127.0.0.1")
    assert not certificate_given.names_host(certificate, "school.example")
    assert not certificate_given.names_host(certificate, "a.class.school.example")
    assert not certificate_given.names_host(certificate, "10.1.2.3")


# --- one of the class's own


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have a machine with one address, which may change."""
    found = ["10.1.2.3"]
    monkeypatch.setattr(machine_addresses, "of_this_machine", lambda: list(found))
    monkeypatch.setattr(machine_addresses, "names_of_this_machine", lambda: ["desk.school.example"])
    return found


def test_it_is_had_once_and_stays(machine: list[str]) -> None:
    cluster = Cluster()
    first = certificates.have(cluster.target(), a_class())
    assert first is not None
    assert cluster.applied == [names.AUTHORITY_SECRET, names.CERTIFICATE_SECRET]
    made = [cluster.objects[f"{SECRETS}/{name}"] for name in cluster.applied]
    assert {each["type"] for each in made} == {"kubernetes.io/tls"}
    assert all(OWN.items() <= each["metadata"]["labels"].items() for each in made), "they go with the class"
    assert {"desk.school.example", "10.1.2.3", "proxy-public.labkit-class.svc"} <= set(tls.hosts(first.certificate))
    assert certificates.have(cluster.target(), a_class()) == first
    assert certificates.there(cluster.target(), a_class()) == first
    assert len(cluster.applied) == 2
    machine.append("10.9.9.9")
    other = certificates.have(cluster.target(), a_class())
    assert other is not None
    assert (other.mark != first.mark, other.why_new) == (True, "the one before is not for 10.9.9.9")


def test_keys_are_in_their_secrets_alone() -> None:
    cluster = Cluster()
    shown = certificates.have(cluster.target(), a_class())
    assert shown is not None
    assert b"PRIVATE" not in shown.authority + shown.certificate


def test_a_secret_of_somebody_elses_is_not_taken_over() -> None:
    cluster = Cluster(secret(names.AUTHORITY_SECRET, tls_key=KEY, tls_crt=CERTIFICATE))
    with pytest.raises(ClusterError, match="there is Secret authority, which no class made"):
        certificates.have(cluster.target(), a_class())
    assert cluster.applied == []


def test_one_that_is_given_is_looked_at_and_not_written() -> None:
    cluster = Cluster(secret("proxy-tls", tls_key=KEY, tls_crt=CERTIFICATE))
    said = a_class("enabled: true, type: secret")
    certificates.look(cluster.target(), said)
    assert certificates.have(cluster.target(), said) == certificates.there(cluster.target(), said) == Shown(CERTIFICATE)
    assert cluster.applied == []
    with pytest.raises(LabError, match="There is no Secret proxy-tls"):
        certificates.look(Cluster().target(), said)


@pytest.mark.parametrize("https", ["enabled: false", "enabled: true, type: offload", "enabled: false, type: secret"])
def test_without_tls_at_the_proxy_there_is_none(https: str) -> None:
    target = Cluster().target()
    certificates.look(target, a_class(https))
    assert certificates.have(target, a_class(https)) is None
    assert certificates.there(target, a_class(https)) is None


# --- which hosts

NODE = {
    "status": {
        "addresses": [
            {"type": "Hostname", "address": "node"},
            {"type": "InternalIP", "address": "172.18.0.2"},
            {"type": "ExternalIP", "address": "2001:DB8::5"},
        ]
    }
}
INSIDE = [
    "localhost",
    "127.0.0.1",
    "::1",
    "proxy-public",
    "proxy-public.labkit-class",
    "proxy-public.labkit-class.svc",
]


def test_hosts_of_a_class_behind_its_door() -> None:
    said = a_class("enabled: true, hosts: [Class.example, 10.1.2.3]")
    assert certificates.hosts(said, ["10.1.2.3", "10.9.9.9"], [NODE], {}) == [
        "class.example",
        "10.1.2.3",
        "10.9.9.9",
        *INSIDE,
    ]


def test_hosts_of_a_class_behind_a_port_of_the_desk() -> None:
    assert certificates.hosts(a_class(service="type: NodePort"), [], [NODE], {}) == [
        "172.18.0.2",
        "2001:db8::5",
        *INSIDE,
    ]


def test_hosts_of_a_class_behind_a_load_balancer() -> None:
    service = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}, {"hostname": "lb.example"}]}}}
    said = a_class(service="type: LoadBalancer, loadBalancerIP: 192.0.2.8")
    assert certificates.hosts(said, [], [], service) == ["192.0.2.8", "192.0.2.7", "lb.example", *INSIDE]
    assert certificates.hosts(a_class(service="type: LoadBalancer"), [], [], {}) == INSIDE


# --- what is said


def test_what_is_said_of_an_authority() -> None:
    own = authority.brought(None, None, ["localhost", "::1"], NOW, "c").authority.certificate
    lines = list(certificates.told(Shown(CERTIFICATE, own), Path("/x/authority.crt")))
    assert lines[0].endswith("trust the class's authority: /x/authority.crt")
    assert lines[1] == f"  SHA-256 {authority.fingerprint(own)}"
    again = list(certificates.told(Shown(CERTIFICATE, own, "the one before is not for x"), Path("/x")))
    assert again[2] == "It is a new one, to be handed out again: the one before is not for x."
    assert list(certificates.told(Shown(CERTIFICATE), Path("/x"))) == []
    assert list(certificates.told(None, Path("/x"))) == []


def test_what_browsers_will_not_take_is_said_with_what_to_do() -> None:
    def said(shown: Shown, *hosts: str, days: float = 0) -> list[str]:
        return list(certificates.not_good(shown, hosts, NOW + dt.timedelta(days=days), " --context there"))

    assert said(Shown(CERTIFICATE), "class.example", "127.0.0.1") == []
    assert said(Shown(CERTIFICATE, b"x"), "127.0.0.1", "10.1.2.3") == [
        "The certificate is not for 10.1.2.3: labkit class up --context there"
    ]
    assert said(Shown(CERTIFICATE), "10.1.2.3") == [
        "The certificate is not for 10.1.2.3: another one into its Secret, then labkit class up"
    ]
    (line,) = said(Shown(CERTIFICATE, b"x"), "127.0.0.1", days=tls.VALID_DAYS - 3)
    assert line.endswith(" only: labkit class up --context there")


def test_the_key_of_a_secret_is_as_it_was_written() -> None:
    assert passwords.read(passwords.secret("x", {"tls.key": KEY.decode()})) == {"tls.key": KEY.decode()}
