"""The real cluster for tests: each gets a namespace of its own, which is deleted without waiting."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from labkit import cluster
from labkit.api.kubectl import Kubectl
from labkit.api.watch import Watch
from labkit.lesson import notebooks
from labkit.lesson.workspace import Workspace
from labkit.notebook import recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection
    from labkit.recording.source import Source


@pytest.fixture(scope="session")
def lab_connection() -> Connection:
    """Return the test cluster's connection; `make test` has brought the cluster up."""
    return cluster.connection()


@pytest.fixture
def namespace(lab_connection: Connection) -> Iterator[str]:
    """Make a fresh namespace for one test."""
    name = f"test-{secrets.token_hex(4)}"
    kubectl = Kubectl(replace(lab_connection, namespace=name))
    notebooks.ensure_namespace(kubectl)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.fixture
def connection(lab_connection: Connection, namespace: str) -> Connection:
    """Return a connection to the test's own namespace."""
    return replace(lab_connection, namespace=namespace)


@pytest.fixture
def kubectl(connection: Connection, tmp_path: Path) -> Kubectl:
    """Return kubectl on the test's own namespace, in a working copy of its own."""
    Workspace(tmp_path / "work").reset()
    return Kubectl(connection, cwd=tmp_path / "work")


@pytest.fixture
def watch(connection: Connection) -> Iterator[Watch]:
    """Return a watch that has seen everything once."""
    with Watch(connection.kubeconfig, connection.context, connection.namespace) as started:
        started.synced(timeout=10)
        yield started


@pytest.fixture
def source(connection: Connection) -> Iterator[Source]:
    """Return a recording of the test's own namespace that grows."""
    watch, recording = recorder.begin(connection)
    yield recording
    watch.stop()
    recording.close()
