"""The lab's cluster. Only this package and :mod:`labkit.images` know kind and Docker; the rest takes a connection."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from labkit.api.connection import Connection
from labkit.cluster.connections import connection
from labkit.cluster.nodes import pause_node, paused_nodes, unpause_node
from labkit.cluster.secrets import Secrets
from labkit.cluster.status import Status, status

if TYPE_CHECKING:
    from labkit.cluster.lifecycle import down, ensure_kubectl, up
    from labkit.cluster.node_repair import put_right as put_nodes_right

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

#: Public name → where it is, of what is imported on first use: a notebook that begins makes no cluster.
_LATE = {
    "down": ("lifecycle", "down"),
    "ensure_kubectl": ("lifecycle", "ensure_kubectl"),
    "put_nodes_right": ("node_repair", "put_right"),
    "up": ("lifecycle", "up"),
}


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in _LATE:
        raise AttributeError(f"module 'labkit.cluster' has no attribute {name!r}")
    module, attribute = _LATE[name]
    return getattr(importlib.import_module(f"labkit.cluster.{module}"), attribute)
