"""The nodes of a notebook's lab: which one to choose, cutting its power, and giving it back."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from labkit import in_class
from labkit.cluster import faults
from labkit.errors import LabError
from labkit.explain import diagnosis
from labkit.notebook import tables, together, wait_loop
from labkit.state.objects import GIVEN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.api.watch import Watch
    from labkit.state import Pod, Snapshot

#: Seconds that a Node may take until it takes Pods again (seen: 3 to 15).
_RETURNS = 90.0


class Power:
    """What a notebook can do to nodes."""

    watch: Watch
    _lost: set[str]
    #: Of :class:`~labkit.notebook.telling.Telling`.
    _tell_of_wait: Callable[[str], None]

    def check_holder(self) -> None:
        """Return if this notebook still has the lab; raises otherwise."""
        raise NotImplementedError

    def node_with(self, name: str, *, without: str | tuple[str, ...] = ()) -> str:
        """Return a node on which a pod of Deployment `name` stands, and preferably none of the apps in `without`."""
        without = (without,) if isinstance(without, str) else without
        if not isinstance(without, (tuple, list, set)):
            raise LabError(f"{without!r} is no list of apps.", remedy='lab.node_with("hello", without=("frontend",))')
        others = {pod.node for other in without for pod in self._pods(other)}
        nodes = [pod.node for pod in self._pods(name) if pod.node]
        if not nodes:
            raise LabError(f"No pod of {name} stands on a node.", remedy=f'lab.why("{name}")')
        return min(nodes, key=lambda node: (node in others, node))

    def node_address(self) -> str:
        """Return the address of a worker inside the cluster's network.

        Raises
        ------
        LabError
            If no worker has one.
        """
        workers = [node for node in self.watch.snapshot.nodes() if not node.control_plane]
        found = next((node.ip for node in workers if node.ip), None)
        if found is None:
            names = ", ".join(node.name for node in workers)
            raise LabError(
                f"No worker has an address yet ({names})." if names else "This cluster has no workers.",
                remedy=f"%kubectl get nodes -o wide; {in_class.repair()}",
            )
        return found

    def lose_node(self, node: str) -> None:
        """Take a node away as a power cut would. It comes back by :meth:`bring_back`, or when this notebook ends.

        In a class the instructor does it, for all: :meth:`~labkit.notebook.together.Together.lost_node` waits for it.

        Raises
        ------
        LabError
            If there is no such worker, or the cluster is run by others.
        """
        print(self._lose(node))

    def bring_back(self, node: str) -> None:
        """Bring a lost node back; in a class, wait until the instructor has brought it back.

        Raises
        ------
        LabError
            If there is no such worker; or if Docker does not bring it back now, which the kit then goes on trying.
        WaitTimeoutError
            If the instructor does not bring it back in time.
        """
        if (ours := in_class.found()) is None:
            print(self._bring_back(node))
        else:
            self._check_worker(node)
            self._tell_of_wait("the Node to be brought back")
            try:
                print(together.wait_until_back(self.watch, node, ours))
            finally:
                self._tell_of_wait("")

    def return_nodes(self, say: Callable[[str], None] = print) -> None:
        """Bring the Nodes back that this notebook has lost, and wait until they take Pods again.

        Where none is lost, nothing is done and nothing said.

        Parameters
        ----------
        say
            Is told of each Node that comes back.

        Raises
        ------
        LabError
            If Docker does not bring one back now.
        WaitTimeoutError
            If one does not take Pods again.
        """
        for node in sorted(self._lost):
            say(self._bring_back(node))
            wait_loop.wait(
                self.watch,
                partial(_settled, node),
                what=f"{node} to take Pods again",
                timeout=_RETURNS,
                explain=tables.facts,
                remedy="%kubectl get nodes",
            )

    def _lose(self, node: str) -> str:
        """Take a node away and return the fact."""
        self.check_holder()
        self._check_worker(node)
        if (ours := in_class.found()) is not None:
            raise together.not_yours(ours)
        if node in self._lost:
            return f"node {node}: it is frozen already"
        self._lost.add(node)
        faults.lose(node)
        return f"node {node}: it is frozen, and silent"

    def _bring_back(self, node: str) -> str:
        """Bring a node back and return the fact."""
        if (ours := in_class.found()) is not None:
            raise together.not_yours(ours)
        if node not in self._lost:
            self._check_worker(node)
        was_lost = faults.bring_back(node)
        self._lost.discard(node)
        return f"node {node}: it goes on where it was" if was_lost else f"node {node}: it is not frozen"

    def _check_worker(self, node: str) -> None:
        known = sorted(each.name for each in self.watch.snapshot.nodes() if not each.control_plane)
        if node not in known:
            raise LabError(f"There is no worker {node!r}.", remedy=f"one of: {', '.join(known)}")

    def bring_back_all(self, *, quietly: bool = False) -> None:
        """Bring back whatever this notebook has lost; where Docker does not do it now, say so and go on.

        Parameters
        ----------
        quietly
            Whether to say nothing of those that are back.
        """
        for node in tuple(self._lost):
            try:
                if quietly:
                    faults.bring_back(node)
                    self._lost.discard(node)
                else:
                    self.bring_back(node)
            except LabError as error:
                # what else is to be tidied up must not wait for Docker: a process goes on trying
                self._lost.discard(node)
                print(error, file=sys.stderr)

    def _pods(self, name: str) -> list[Pod]:
        """Return the Pods of a Deployment that are not Terminating, newest first; none where there is no Deployment."""
        snapshot = self.watch.snapshot
        found = snapshot.deployment(name)
        return diagnosis.staying(snapshot, found) if found else []


def _settled(name: str, snapshot: Snapshot) -> bool:
    """Whether a Node is Ready, takes Pods, and is rid of those that had to go (pure)."""
    node = snapshot.node(name)
    open_again = node is not None and node.ready and not any(taint.key in GIVEN_UP for taint in node.taints)
    return open_again and not any(pod.node == name and pod.terminating for pod in snapshot.pods())
