"""Losing a node on purpose, in such a way that it always comes back.

A node stays lost only as long as the notebook that lost it is alive and well: a small process watches over it, so that
even a killed kernel leaves nothing paused.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from labkit import cluster, paths

#: Seconds after which a lost node comes back whatever happens; the lesson needs about 60.
LONGEST = 600.0


def lose(node: str) -> None:
    """Take a node away, as a power cut would: its containers stop at once and say nothing.

    Parameters
    ----------
    node
        The node's name, ``labkit-worker2``.
    """
    # The watcher first: there is no moment in which the node is lost and nobody would bring it back.
    subprocess.Popen(
        [sys.executable, "-m", "labkit.faults", node, str(os.getpid())],
        cwd=paths.REPO,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    cluster.pause_node(node)


def bring_back(node: str) -> None:
    """Bring a lost node back; harmless when it is not lost."""
    if node in cluster.paused_nodes():
        cluster.unpause_node(node)


def watch_over(node: str, parent: int, longest: float = LONGEST) -> None:
    """Wait until `node` is back, its notebook has died, or `longest` seconds have gone; then bring it back.

    Parameters
    ----------
    node
        The node's name.
    parent
        The process id of the notebook's kernel.
    longest
        Seconds.
    """
    deadline = time.monotonic() + longest
    seen_paused = False
    started = time.monotonic()
    while time.monotonic() < deadline and _alive(parent):
        paused = node in cluster.paused_nodes()
        seen_paused = seen_paused or paused
        if not paused and (seen_paused or time.monotonic() - started > 30):  # noqa: PLR2004 - it was never lost
            return
        time.sleep(1.0)
    bring_back(node)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    watch_over(sys.argv[1], int(sys.argv[2]))
