"""A first cell on a cluster that does not answer: one error, and nothing left running."""

from __future__ import annotations

import base64
import datetime as dt
import socket
import threading
from typing import TYPE_CHECKING

import pytest
import yaml

from labkit import Lab, paths
from labkit.cluster import tls
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a cluster where nobody listens, and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{free.getsockname()[1]}"
    key, certificate = (base64.b64encode(each).decode() for each in tls.make(dt.datetime.now(dt.UTC)))
    config = {
        "clusters": [{"name": "c", "cluster": {"server": address, "certificate-authority-data": certificate}}],
        "users": [{"name": "u", "user": {"client-certificate-data": certificate, "client-key-data": key}}],
        "contexts": [{"name": "gone", "context": {"cluster": "c", "user": "u"}}],
    }
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "kubectl").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    monkeypatch.setenv("LABKIT_KUBECONFIG", str(file))
    monkeypatch.setenv("LABKIT_CONTEXT", "gone")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return address


@pytest.mark.usefixtures("nobody")
def test_one_error_and_no_thread_left(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClusterError, match="does not answer: connection refused") as gone:
        Lab("00-start-here")
    assert "ask whoever runs the cluster" in gone.value.remedy
    assert [each.name for each in threading.enumerate() if each.name.startswith("labkit")] == []
    assert "is at the start" not in capsys.readouterr().out
