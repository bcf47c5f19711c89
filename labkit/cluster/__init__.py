"""The lab's cluster. Only this package and :mod:`labkit.images` know kind and Docker; the rest takes a connection."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.cluster.connections import Connection, connection
    from labkit.cluster.lifecycle import down, ensure_kubectl, up
    from labkit.cluster.node_repair import put_right as put_nodes_right
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
    "put_nodes_right",
    "status",
    "unpause_node",
    "up",
]

#: Public name → where it is. Each is imported on first use: a notebook that begins makes no cluster and builds no image.
_HOMES = {
    "Connection": ("connections", "Connection"),
    "Secrets": ("secrets", "Secrets"),
    "Status": ("status", "Status"),
    "connection": ("connections", "connection"),
    "down": ("lifecycle", "down"),
    "ensure_kubectl": ("lifecycle", "ensure_kubectl"),
    "pause_node": ("nodes", "pause_node"),
    "paused_nodes": ("nodes", "paused_nodes"),
    "put_nodes_right": ("node_repair", "put_right"),
    "status": ("status", "status"),
    "unpause_node": ("nodes", "unpause_node"),
    "up": ("lifecycle", "up"),
}


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'labkit.cluster' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(f"labkit.cluster.{module}"), attribute)
