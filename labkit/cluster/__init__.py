"""The lab's cluster. Only this package and :mod:`labkit.images` know kind and Docker; the rest takes a connection."""

from __future__ import annotations

from labkit.cluster.connections import Connection, connection
from labkit.cluster.lifecycle import down, ensure_kubectl, up
from labkit.cluster.nodes import pause_node, paused_nodes, unpause_node
from labkit.cluster.secrets import Secrets
from labkit.cluster.status import Status, status

__all__ = [
    "Connection",
    "Secrets",
    "Status",
    "connection",
    "down",
    "ensure_kubectl",
    "pause_node",
    "paused_nodes",
    "status",
    "unpause_node",
    "up",
]
