"""Losing a node on purpose, in such a way that it always comes back.

A node stays lost only as long as the notebook that lost it is alive and well: a small process watches over it, so that
even a killed kernel leaves nothing paused. It goes on trying until the node is back, whatever Docker does meanwhile.
In a class the node is lost for all, until the instructor brings it back, and for ten minutes at most.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tenacity import Retrying, retry_if_exception_type, wait_random_exponential

from labkit import cluster, paths
from labkit.cluster import nodes
from labkit.errors import ClusterError, EngineError
from labkit.images import docker

#: Seconds after which a lost node comes back whatever happens; the lesson needs about 60.
LONGEST = 600.0
#: Seconds that Docker gets to answer the watching process once; then it is asked again.
PATIENCE = 15.0
#: Seconds between two looks at a node that is lost, and the longest pause while Docker does not do what it is asked.
LOOK_EVERY = 2.0
LONGEST_PAUSE = 10.0
#: Seconds for which a pause that was asked for may still come true: while its notebook lives (it asks Docker three
#: questions, each for 60 s at most), and after that.
LATE = 200.0
LATE_ORPHAN = 20.0

#: What stands for the notebook in a process that is to bring a node back at once.
_NOBODY = 0
#: What stands for it where nobody's end brings the node back, only time does.
_ANYBODY = -1

_watchers: list[subprocess.Popen[bytes]] = []


def lose(node: str, *, stays: bool = False) -> None:
    """Take a node away, as a power cut would: its containers stop at once and say nothing.

    Parameters
    ----------
    node
        The node's name, ``labkit-worker2``.
    stays
        Whether it stays lost when this process has ended, for :data:`LONGEST` seconds at most.

    Raises
    ------
    ClusterError
        If there is no such node, or the cluster is one that others run.
    """
    if os.environ.get("LABKIT_KUBECONFIG"):
        raise ClusterError(
            f"The cluster of {node} is run by others (LABKIT_KUBECONFIG names it): the kit cuts no power there.",
            remedy="%kubectl delete pod shows what a Deployment does; or unset LABKIT_KUBECONFIG, then: labkit lab",
        )
    # The watcher first: there is no moment in which the node is lost and nobody would bring it back.
    _watch(node, _ANYBODY if stays else os.getpid())
    cluster.pause_node(node)


def bring_back(node: str) -> bool:
    """Bring a lost node back; harmless when it is not lost.

    Returns
    -------
    bool
        Whether it was lost.

    Raises
    ------
    EngineError
        If Docker does not do it now; a process of its own goes on trying until it does.
    """
    try:
        if node not in cluster.paused_nodes():
            return False
        cluster.unpause_node(node)
    except EngineError as error:
        _watch(node, _NOBODY)
        raise EngineError(
            f"Node {node} is not back yet: {error.problem}. The kit goes on trying until it is.",
            detail=error.detail,
            remedy="%kubectl get nodes shows when it is Ready again; labkit doctor (in a terminal) looks at Docker",
        ) from error
    return True


def watch_over(
    node: str,
    parent: int,
    *,
    longest: float = LONGEST,
    patience: float = PATIENCE,
    late: float = LATE,
    late_orphan: float = LATE_ORPHAN,
) -> None:
    """Wait until `node` is back, its notebook has died, or `longest` seconds have gone; then bring it back.

    Docker may fail, hang or be away for a while: it is asked again until the node is back or gone for good.

    Parameters
    ----------
    node
        The node's name.
    parent
        The process id of the notebook's kernel, which must be our parent; 0 to bring the node back at once, -1 where
        nobody's end brings it back.
    longest
        Seconds.
    patience
        Seconds that Docker gets to answer once.
    late, late_orphan
        Seconds after which a node that was never lost will not be any more: since the beginning, and since the notebook
        died.
    """
    seen_lost = parent == _NOBODY
    began = time.monotonic()
    # not kill(pid, 0): a process that was killed and not waited for answers that, and a number may be given away anew
    while parent in {os.getppid(), _ANYBODY} and time.monotonic() - began < longest:
        lost = _is_lost(node, patience)
        seen_lost = seen_lost or lost is True
        if lost is False and (seen_lost or time.monotonic() - began > late):
            return
        time.sleep(LOOK_EVERY)
    insist = Retrying(
        retry=retry_if_exception_type(Exception), wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE)
    )
    due = time.monotonic()
    while True:
        # asked apart: an answer that is late or missing below must not make it forget that the node was lost
        seen_lost = seen_lost or insist(nodes.state, node, timeout=patience) == "paused"
        insist(_have_back, node, patience)
        # a notebook that was killed a moment ago may have a request to Docker under way
        if seen_lost or time.monotonic() - due > late_orphan:
            return
        time.sleep(1.0)


def _is_lost(node: str, patience: float) -> bool | None:
    """Whether a node is lost; None when Docker does not say."""
    try:
        return nodes.state(node, timeout=patience) == "paused"
    except Exception:  # noqa: BLE001 - whatever it is, the node must not be left alone because of it
        return None


def _have_back(node: str, patience: float) -> None:
    """Bring a node back if it is lost, and see that it is.

    Raises
    ------
    EngineError
        If it is lost still, or Docker does not say.
    """
    if nodes.state(node, timeout=patience) != "paused":
        return
    docker.ask("unpause", node, timeout=patience)
    if nodes.state(node, timeout=patience) == "paused":
        raise EngineError(f"Docker let {node} go on, and it stands still all the same", remedy="labkit up")


def _watch(node: str, parent: int) -> None:
    """Start the process that watches over a node."""
    _watchers[:] = [one for one in _watchers if one.poll() is None]
    _watchers.append(
        subprocess.Popen(
            [sys.executable, "-m", "labkit.cluster.faults", node, str(parent)],
            cwd=paths.REPO,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )


if __name__ == "__main__":
    watch_over(sys.argv[1], int(sys.argv[2]))
