"""What kind was told of the Nodes' containerd is what containerd goes by."""

from __future__ import annotations

import tomllib

import pytest

from labkit import paths
from labkit.cluster import nodes
from labkit.cluster.config import STATISTICS_SECONDS
from labkit.images import docker

pytestmark = pytest.mark.cluster


def test_containerd_asks_for_statistics_rarely() -> None:
    """On every Node; what kind itself has set there stays."""
    found = nodes.containers(paths.cluster_name())
    assert found
    for node in found:
        runtime = tomllib.loads(docker.ask("exec", node.id, "containerd", "config", "dump"))["plugins"][
            "io.containerd.cri.v1.runtime"
        ]
        assert runtime["stats_collect_period"] == f"{STATISTICS_SECONDS}s"
        assert runtime["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
