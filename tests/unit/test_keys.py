"""The front door's certificate and the lesson's secrets: made once, private, and what their readers understand."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from typing import TYPE_CHECKING

import pytest
import yaml
from cryptography import x509

from labkit.cluster import connections, secrets, tls
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def test_the_certificate_names_what_clients_ask_for() -> None:
    _, certificate = tls.make(NOW)
    names = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert set(names.value.get_values_for_type(x509.DNSName)) == {"localhost", "frontend"}
    assert [str(ip) for ip in names.value.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert tls.good_until(certificate) == NOW + dt.timedelta(days=tls.VALID_DAYS)


def test_a_client_can_trust_it_and_a_server_serve_it(tmp_path: Path) -> None:
    key, certificate = tls.ensure(tmp_path)
    ssl.create_default_context(cafile=str(certificate))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_it_is_made_once_and_again_before_it_runs_out(tmp_path: Path) -> None:
    first = tls.ensure(tmp_path)[1].read_bytes()
    assert tls.ensure(tmp_path)[1].read_bytes() == first
    key, old = tls.make(dt.datetime.now(dt.UTC) - dt.timedelta(days=tls.VALID_DAYS - 1))
    (tmp_path / "tls.key").write_bytes(key)
    (tmp_path / "tls.crt").write_bytes(old)
    assert tls.ensure(tmp_path)[1].read_bytes() != old
    (tmp_path / "tls.crt").write_bytes(b"broken")
    assert tls.good_until(tls.ensure(tmp_path)[1].read_bytes()) > dt.datetime.now(dt.UTC)


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = secrets.ensure(tmp_path)
    assert secrets.ensure(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert first.password not in first.users_file
    assert first.users_file.startswith(f"{first.user}:scrypt$")
    assert len(first.signing_key) >= 32
    (tmp_path / "secrets.json").write_text("{", encoding="utf-8")
    assert secrets.ensure(tmp_path).password != first.password


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump({"contexts": [{"name": "class", "context": {}}]}), encoding="utf-8")
    return file


def test_any_cluster_by_name(kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\n", encoding="utf-8")
    kubectl.chmod(0o755)
    monkeypatch.setattr("labkit.paths.STATE", tmp_path / "state")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LABKIT_KUBECONFIG", str(kubeconfig))
    monkeypatch.setenv("LABKIT_CONTEXT", "class")
    monkeypatch.setenv("LABKIT_NAMESPACE", "ada")
    monkeypatch.setenv("LABKIT_FRONT_DOOR", "https://class.example/")
    found = connections.connection()
    assert (found.context, found.namespace, found.kubectl) == ("class", "ada", kubectl)
    assert found.front_door == "https://class.example"
    before = kubeconfig.read_bytes()
    connections.connection()
    assert kubeconfig.read_bytes() == before


def test_a_context_that_is_not_there_is_named(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_KUBECONFIG", str(kubeconfig))
    monkeypatch.setenv("LABKIT_CONTEXT", "clas")
    with pytest.raises(ClusterError, match="LABKIT_CONTEXT='clas'") as caught:
        connections.connection()
    assert "class" in caught.value.remedy


def test_a_kubeconfig_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(ClusterError, match="is no file"):
        connections.connection()
    (tmp_path / "text").write_text("hello", encoding="utf-8")
    monkeypatch.setenv("LABKIT_KUBECONFIG", str(tmp_path / "text"))
    with pytest.raises(ClusterError, match="is no kubeconfig"):
        connections.connection()


def test_no_cluster_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_KUBECONFIG", raising=False)
    monkeypatch.setenv("LABKIT_CLUSTER", "labkit")
    monkeypatch.setattr("labkit.paths.STATE", tmp_path)
    with pytest.raises(ClusterError, match="there is no cluster 'labkit' here yet") as caught:
        connections.connection()
    assert caught.value.remedy == "labkit up"
