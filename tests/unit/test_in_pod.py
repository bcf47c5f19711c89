"""The kit in a Pod: no kubeconfig but the Pod's own account, a token that is replaced, and files elsewhere."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cryptography import x509

from labkit.api import client, in_pod, kubeconfig
from labkit.cluster import connections, tls
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make this process one in a Pod of a learner's, and return where its account's files are."""
    account = tmp_path / "serviceaccount"
    account.mkdir()
    (account / "token").write_text("first\n", encoding="utf-8")
    (account / "ca.crt").write_bytes(tls.make(dt.datetime.now(dt.UTC))[1])
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text("#!/bin/sh\n", encoding="utf-8")
    kubectl.chmod(0o755)
    monkeypatch.setattr(in_pod, "ACCOUNT", account)
    monkeypatch.setattr("labkit.paths.STATE", tmp_path / "state")
    for name, value in {
        "PATH": str(kubectl.parent),
        "LABKIT_KUBECONFIG": "in-pod",
        "LABKIT_NAMESPACE": "lab-ann",
        "KUBERNETES_SERVICE_HOST": "10.96.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("LABKIT_CONTEXT", "LABKIT_FRONT_DOOR"):
        monkeypatch.delenv(name, raising=False)
    return account


def test_a_pod_needs_no_kubeconfig(pod: Path, tmp_path: Path) -> None:
    found = connections.connection()
    assert (found.context, found.namespace, found.own) == ("in-pod", "lab-ann", False)
    assert found.front_door == "https://frontend.lab-ann.svc"
    assert found.kubeconfig == tmp_path / "state" / "clusters" / "in-pod" / "kubeconfig"
    assert found.kubectls_own()["KUBECONFIG"] == str(found.kubeconfig)
    said = yaml.safe_load(found.kubeconfig.read_text(encoding="utf-8"))
    assert said["users"][0]["user"] == {"tokenFile": str(pod / "token")}
    assert said["clusters"][0]["cluster"]["server"] == "https://10.96.0.1:443"
    assert said["contexts"][0]["context"]["namespace"] == "lab-ann", "not the Pod's own"


def test_no_token_is_copied_anywhere(pod: Path, tmp_path: Path) -> None:
    (pod / "token").write_text("very-own-token", encoding="utf-8")
    connections.connection()
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"very-own-token" in path.read_bytes()]


def test_the_kubeconfig_is_written_once_and_again_for_another_namespace(
    pod: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = connections.connection().kubeconfig
    before = file.stat()
    connections.connection()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    monkeypatch.setenv("LABKIT_NAMESPACE", "lab-bob")
    connections.connection()
    assert "lab-bob" in file.read_text(encoding="utf-8")
    assert [path.name for path in file.parent.glob("kubeconfig*")] == ["kubeconfig"], pod


def test_a_token_that_is_replaced_is_read_anew(pod: Path) -> None:
    found = connections.connection()
    api = client.Api(found.kubeconfig, found.context)
    assert api.host == "https://10.96.0.1:443"
    assert api._token() == "Bearer first"
    (pod / "token").write_text("second", encoding="utf-8")
    assert api._token() == "Bearer second"
    (pod / "token").unlink()
    assert api._token() is None


def test_the_kubernetes_client_is_not_needed(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would read the token once."""
    monkeypatch.setattr(client, "_by_the_client", lambda *_: pytest.fail("asked the client"))
    found = connections.connection()
    client.Api(found.kubeconfig, found.context)
    assert pod


def changed(file: Path, **user: Any) -> None:  # YAML
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    said["users"][0]["user"] = user
    file.write_text(yaml.safe_dump(said), encoding="utf-8")


def test_another_kubeconfig_of_that_context_is_left_to_the_client(pod: Path) -> None:
    file = connections.connection().kubeconfig
    assert kubeconfig.read(file, "in-pod") is not None
    changed(file, tokenFile=str(pod / "other"))
    assert kubeconfig.read(file, "in-pod") is None
    changed(file, exec={"command": "log-in"})
    assert kubeconfig.read(file, "in-pod") is None


def test_an_authority_that_is_none_is_left_to_the_client(pod: Path) -> None:
    (pod / "ca.crt").write_text("none", encoding="utf-8")
    assert kubeconfig.read(connections.connection().kubeconfig, "in-pod") is None


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}, "https://10.0.0.1:6443"),
        ({"KUBERNETES_SERVICE_HOST": "fd00::1"}, "https://[fd00::1]:443"),
        ({}, ""),
    ],
)
def test_where_the_api_server_is(variables: dict[str, str], address: str) -> None:
    assert in_pod.server(variables) == address


@pytest.mark.parametrize("missing", ["host", "token"])
def test_who_is_in_no_pod_is_told(missing: str, pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "host":
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    else:
        (pod / "token").unlink()
    with pytest.raises(ClusterError, match="LABKIT_KUBECONFIG='in-pod' means the cluster in whose Pod") as caught:
        connections.connection()
    assert "labkit up" in caught.value.remedy


def test_a_pod_that_did_not_ask_for_it_touches_nothing(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner of CI is in a Pod, too."""
    monkeypatch.delenv("LABKIT_KUBECONFIG")
    with pytest.raises(ClusterError, match="there is no cluster"):
        connections.connection()
    assert pod


# --- the front door's name -------------------------------------------------------------------------------------------


def named(certificate: bytes) -> list[str]:
    found = x509.load_pem_x509_certificate(certificate).extensions
    return found.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def test_the_certificate_is_for_the_front_door_of_the_lab(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = connections.connection().secrets.tls_crt.read_bytes()
    assert named(first) == ["localhost", "frontend", "frontend.lab-ann.svc"]
    assert connections.connection().secrets.tls_crt.read_bytes() == first
    monkeypatch.setenv("LABKIT_FRONT_DOOR", "https://lab.example:8443/")
    found = connections.connection()
    assert found.front_door == "https://lab.example:8443"
    assert named(found.secrets.tls_crt.read_bytes()) == ["localhost", "frontend", "lab.example"], pod


def test_a_front_door_may_be_an_address() -> None:
    certificate = tls.make(dt.datetime.now(dt.UTC), "10.1.2.3")[1]
    assert tls.is_for(certificate, "10.1.2.3")
    assert tls.is_for(certificate, tls.HERE)
    assert tls.is_for(certificate, "frontend")
    assert not tls.is_for(certificate, "10.1.2.4")
    assert not tls.is_for(certificate, "frontend.lab-ann.svc")


@pytest.mark.parametrize("said", ["frontend.lab-ann.svc", "http://frontend", "https://"])
def test_a_front_door_that_is_no_address(said: str, pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_FRONT_DOOR", said)
    with pytest.raises(ClusterError, match=r"LABKIT_FRONT_DOOR=.* is no address of HTTPS"):
        connections.connection()
    assert pod


# --- files -----------------------------------------------------------------------------------------------------------


def test_what_is_made_may_stand_elsewhere(tmp_path: Path) -> None:
    """The code of an image can't be written to, and is gone with the Pod."""
    code = "from labkit import paths; print(paths.STATE, paths.cluster_dir('x'), sep='\\n')"

    def asked(**variables: str) -> list[str]:
        kept = {name: value for name, value in os.environ.items() if name != "LABKIT_STATE"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**kept, **variables},
        )
        return done.stdout.split()

    state = tmp_path / "elsewhere"
    assert asked(LABKIT_STATE=str(state)) == [str(state), str(state / "clusters" / "x")]
    # kubectl runs in another folder
    assert asked(LABKIT_STATE="near")[0] == str(tmp_path / "near")
    assert asked(LABKIT_STATE="") == asked()


# --- what a right by name allows -------------------------------------------------------------------------------------


def test_an_object_is_made_under_its_own_name(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a right to make the two Secrets of the lesson is enough: a POST to all of them says no name."""
    asked: list[tuple[str, str, dict[str, Any]]] = []

    class Answer:
        status, data = 200, b"{}"

        def release_conn(self) -> None:
            """Nothing is kept."""

    found = connections.connection()
    api = client.Api(found.kubeconfig, found.context)

    def request(method: str, url: str, **rest: Any) -> Answer:  # what urllib3 takes
        asked.append((method, url, rest["headers"]))
        return Answer()

    monkeypatch.setattr(api._pool, "request", request)
    api.apply("/api/v1/namespaces/lab-ann/secrets/auth", {"kind": "Secret"}, "labkit")
    api.send("PATCH", "/x", {})
    (method, url, headers), (_, _, merged) = asked
    assert (method, url) == (
        "PATCH",
        "https://10.96.0.1:443/api/v1/namespaces/lab-ann/secrets/auth?fieldManager=labkit&force=true",
    )
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    assert headers["Authorization"] == "Bearer first", pod
    assert merged["Content-Type"] == "application/merge-patch+json"


def test_a_kubeconfig_says_what_kubectl_takes() -> None:
    """The token's file by its name: kubectl reads it anew, as the kit does."""
    said = in_pod.kubeconfig("https://10.96.0.1:443", in_pod.ACCOUNT, "lab-ann")
    assert said["current-context"] == said["contexts"][0]["name"] == "in-pod"
    assert said["clusters"][0]["cluster"]["certificate-authority"].endswith("/serviceaccount/ca.crt")
