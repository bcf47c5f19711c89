"""Reading a kubeconfig without the Kubernetes client, and leaving to it what takes more than reading."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
import yaml

from labkit.api import kubeconfig
from labkit.cluster import tls


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """Return a key and a certificate, as a kubeconfig has them."""
    key, certificate = tls.make(dt.datetime.now(dt.UTC))
    return base64.b64encode(key).decode(), base64.b64encode(certificate).decode()


def config(pair: tuple[str, str], cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> str:
    """Return a kubeconfig as kind writes it, with changes."""
    key, certificate = pair
    server = {"server": "https://127.0.0.1:41234", "certificate-authority-data": certificate}
    who = {"client-certificate-data": certificate, "client-key-data": key}
    return yaml.safe_dump(
        {
            "clusters": [{"name": "other", "cluster": {}}, {"name": "c", "cluster": {**server, **(cluster or {})}}],
            "users": [{"name": "u", "user": who if user is None else user}],
            "contexts": [{"name": "kind-labkit", "context": {"cluster": "c", "user": "u", "namespace": "lab"}}],
            "current-context": "somebody-elses",
        }
    )


def test_what_kind_writes(pair: tuple[str, str]) -> None:
    found = kubeconfig.parse(config(pair), "kind-labkit")
    assert found is not None
    assert found.server == "https://127.0.0.1:41234"
    assert found.certificate.startswith(b"-----BEGIN CERTIFICATE")
    assert found.token == ""
    assert found.tls().verify_mode.name == "CERT_REQUIRED"


def test_a_token(pair: tuple[str, str]) -> None:
    found = kubeconfig.parse(config(pair, user={"token": "abc"}), "kind-labkit")
    assert found is not None
    assert (found.token, found.certificate) == ("abc", b"")
    assert "abc" not in repr(found)


@pytest.mark.parametrize(
    "cluster",
    [
        {"server": "https://cluster.example.org:6443"},
        {"insecure-skip-tls-verify": True},
        {"proxy-url": "http://proxy"},
        {"tls-server-name": "x"},
        {"certificate-authority-data": "bm8gUEVN"},
        {"certificate-authority-data": "not base64"},
    ],
)
def test_a_cluster_that_is_left_to_the_client(pair: tuple[str, str], cluster: dict[str, Any]) -> None:
    assert kubeconfig.parse(config(pair, cluster), "kind-labkit") is None


@pytest.mark.parametrize("user", [{"exec": {"command": "log-in"}}, {"tokenFile": "/t"}, {"client-key": "/k"}])
def test_a_user_who_is_left_to_the_client(pair: tuple[str, str], user: dict[str, Any]) -> None:
    assert kubeconfig.parse(config(pair, user=user), "kind-labkit") is None


@pytest.mark.parametrize("text", ["", "[", "contexts: {}", "contexts: [{name: kind-labkit}]"])
def test_no_kubeconfig(text: str) -> None:
    assert kubeconfig.parse(text, "kind-labkit") is None


def test_another_context(pair: tuple[str, str]) -> None:
    assert kubeconfig.parse(config(pair), "somebody-elses") is None
