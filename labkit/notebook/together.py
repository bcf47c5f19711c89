"""What is done together in a class: a Node is lost for all at once, and the notebook waits for whoever takes it away.

On a machine of one's own a notebook takes Nodes away itself (:mod:`labkit.notebook.power`).
"""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.api.api_errors import told
from labkit.api.client import ApiError
from labkit.errors import LabError
from labkit.in_class import NodeLoss
from labkit.notebook import tables, values, wait_loop
from labkit.notebook.telling import Telling
from labkit.state.objects import GIVEN_UP

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.api.watch import Watch
    from labkit.in_class import Class
    from labkit.state import Pod, Snapshot

#: Seconds for which one waits for the instructor: as long as a class may take until all are there.
LONGEST = 1800.0
#: HTTP's "ask again": a budget lets the Pod not go now (Kubernetes docs, "API-initiated Eviction").
_NOT_YET = 429
_RECORDING = "recordings/04-self-healing.rec"


class Together(Telling):
    """What a notebook can do in a class."""

    watch: Watch
    kubectl: Kubectl

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    def lost_node(self, app: str, *, timeout: float = LONGEST) -> str:
        """Wait until the instructor of the class has taken a Node away, print the fact, and return its name.

        Parameters
        ----------
        app
            A Deployment that is to have a Pod on it.
        timeout
            Seconds.

        Raises
        ------
        LabError
            If nobody will take one away, it is interrupted, or the Deployment has no Pod there; with what one can do
            alone.
        WaitTimeoutError
            If none is taken away in time; likewise.
        """
        values.name(app, "Deployment", 'lab.lost_node("hello")')
        self.check_holder()
        ours = in_class.found()
        if ours is None:
            raise LabError(
                "This is no class: nobody takes Nodes away here but you.",
                remedy='node = lab.node_with("hello"), then: lab.lose_node(node)',
            )
        if ours.node_loss is NodeLoss.NONE:
            raise LabError("In this class no Node is taken away.", remedy=alone(ours))
        self._tell_of_wait("a Node to be taken away")
        try:
            snapshot = wait_loop.wait(
                self.watch,
                lambda seen: bool(taken(seen, ours.node_loss)),
                what="your instructor to take a Node away, for all of you (■ ends the waiting)",
                timeout=timeout,
                explain=tables.facts,
                brief=_nodes,
                remedy=alone(ours),
            )
        except KeyboardInterrupt:
            raise LabError("You do not wait any more, and no Node is taken away.", remedy=alone(ours)) from None
        finally:
            self._tell_of_wait("")
        return self._met(app, snapshot, ours)

    def evict(self, pod: str) -> None:
        """Ask that one of your Pods leaves, as a drain asks it of each Pod of a Node, and print the answer.

        Parameters
        ----------
        pod
            Its name.

        Raises
        ------
        LabError
            If there is no such Pod, or you may not.
        """
        values.name(pod, "Pod", 'lab.evict(lab.pod_names("hello")[0])')
        self.check_holder()
        namespace = self.kubectl.connection.namespace
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
        with told("evict", "pod", pod):
            try:
                self.kubectl.api.send("POST", f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction", body)
            except ApiError as refused:
                if refused.code != _NOT_YET:
                    raise
                print(f"{pod}: not yet (429). {refused}")
                return
        print(f"{pod}: it may go, and is told to end")

    def _met(self, app: str, snapshot: Snapshot, ours: Class) -> str:
        """Print which Node is away, and return its name."""
        away = taken(snapshot, ours.node_loss)
        there = {node: _staying(snapshot, app, node) for node in away}
        node = next((node for node in away if there[node]), "")
        if not node:
            raise LabError(
                f"Taken away: {', '.join(away)}. Of {app}, no Pod of yours stands there (or its replacement is on its "
                "way already), so there is nothing to be seen of it in your namespace.",
                remedy=f"ask your instructor for another Node, and run this cell again; {alone(ours)}",
            )
        silent = "it is frozen, and silent" if ours.node_loss is NodeLoss.PAUSE else "it is being emptied"
        print(f"node {node}: your instructor has taken it away, {silent}")
        return node


def taken(snapshot: Snapshot, way: NodeLoss) -> tuple[str, ...]:
    """Return the workers that are taken away (pure).

    Parameters
    ----------
    snapshot
        The cluster.
    way
        How the class loses Nodes. One that is drained is well, and closed for new Pods; one that falls silent is
        marked first, and seen by the cluster later.
    """
    workers = (node for node in snapshot.nodes() if not node.control_plane)
    closed = way is NodeLoss.DRAIN
    return tuple(node.name for node in workers if node.taken or not node.ready or (closed and not node.schedulable))


def wait_until_back(watch: Watch, node: str, ours: Class, *, timeout: float = LONGEST) -> str:
    """Wait until the instructor has brought a Node back, and return the fact.

    Parameters
    ----------
    watch
        The running watch.
    node
        The Node.
    ours
        The class.
    timeout
        Seconds.

    Raises
    ------
    LabError
        If it is interrupted.
    WaitTimeoutError
        If it does not come back in time.
    """
    remedy = "ask your instructor to bring it back (labkit class bring-back), then run this cell again"
    try:
        wait_loop.wait(
            watch,
            partial(_is_back, node, ours.node_loss),
            what=f"your instructor to bring {node} back (■ ends the waiting)",
            timeout=timeout,
            explain=tables.facts,
            brief=_nodes,
            remedy=remedy,
        )
    except KeyboardInterrupt:
        raise LabError(f"You do not wait any more, and {node} is still away.", remedy=remedy) from None
    return f"node {node}: it is back"


def not_yours(ours: Class) -> LabError:
    """Return the error for a learner who takes a Node away, or brings it back (pure)."""
    return LabError(
        "Nodes carry everybody's Pods, so in a class only your instructor takes them away and brings them back.",
        remedy=alone(ours)
        if ours.node_loss is NodeLoss.NONE
        else f'lab.lost_node("hello") waits for it; {alone(ours)}',
    )


def alone(ours: Class) -> str:
    """Return what one can do without an instructor, as a remedy (pure)."""
    replay = f'alone: Lab.replay("{_RECORDING}").board() shows a Node that died'
    if not ours.evictions:
        return replay
    return f'{replay}; lab.evict(lab.pod_names("hello")[0]) has a Pod of yours leave, as a drain would'


def _nodes(snapshot: Snapshot) -> str:
    workers = [node for node in snapshot.nodes() if not node.control_plane]
    return f"{sum(node.ready for node in workers)} of {len(workers)} workers Ready"


def _staying(snapshot: Snapshot, app: str, node: str) -> list[Pod]:
    return [pod for pod in snapshot.pods(f"app={app}") if pod.node == node and not pod.terminating]


def _is_back(name: str, way: NodeLoss, snapshot: Snapshot) -> bool:
    """Whether a Node is Ready, takes Pods, and is rid of those that had to go."""
    node = snapshot.node(name)
    if node is None or name in taken(snapshot, way) or any(taint.key in GIVEN_UP for taint in node.taints):
        return False
    return not any(pod.node == name and pod.terminating for pod in snapshot.pods())
