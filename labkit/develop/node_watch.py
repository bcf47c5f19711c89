"""Watches the nodes while ``make test`` runs, for false alarms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state import Snapshot
    from labkit.state.objects import Node


class NodeWatch:
    """Watches the nodes while the tests run: one that goes NotReady though nobody paused it is a false alarm.

    The lab's grace period is shorter than Kubernetes' own, so that a dead node shows soon. It must not be so short that
    a busy machine passes for a dead one.
    """

    def __init__(self) -> None:
        from labkit import cluster  # noqa: PLC0415 - only with a cluster
        from labkit.api.watch import Watch  # noqa: PLC0415 - likewise
        from labkit.cluster.nodes import containers  # noqa: PLC0415 - likewise

        connection = cluster.connection()
        self._paused = cluster.paused_nodes
        self._own = {container.name for container in containers()}
        self._ready: set[str] = set()
        self.false_alarms: list[str] = []
        self._watch = Watch(connection.kubeconfig, connection.context, connection.namespace)
        self._watch.subscribe(self._look)
        self._watch.start()

    def stop(self) -> None:
        """Stop watching."""
        self._watch.stop()

    def _look(self, snapshot: Snapshot) -> None:
        lost, self._ready = lost_nodes(self._ready, snapshot.nodes(), self._own)
        for name in sorted(lost - set(self._paused()) if lost else ()):
            self.false_alarms.append(f"{time.strftime('%H:%M:%S')} {name} went NotReady")


def lost_nodes(ready: set[str], nodes: Iterable[Node], own: set[str]) -> tuple[set[str], set[str]]:
    """Return which Nodes are not Ready any more, and which are.

    Parameters
    ----------
    ready
        Those that were Ready before.
    nodes
        The Nodes now.
    own
        The names of those that have a machine: a test also makes Nodes that are objects only. One that was deleted has
        not gone NotReady either.
    """
    now = {node.name: node.ready for node in nodes if node.name in own}
    return {name for name in ready if now.get(name) is False}, {name for name, is_ready in now.items() if is_ready}
