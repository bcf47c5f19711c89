"""What kind was told of the Nodes' containerd is what containerd goes by; and what runs on them says no secret."""

from __future__ import annotations

import re
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


def test_no_token_stands_on_a_command_line() -> None:
    """Everybody on the machine can read those, for the Nodes are containers: ``ps`` is enough."""
    token = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+")
    for node in nodes.containers(paths.cluster_name()):
        said = docker.ask("exec", node.id, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
        assert "kubelet" in said
        assert not token.search(said)
