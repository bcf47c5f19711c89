"""What a notebook reads off the cluster: its facts, its tables, an app's Pods and their versions."""

# ruff: noqa: T201 - a cell prints facts: that is what a learner reads and nbval compares

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.notebook import tables

if TYPE_CHECKING:
    import pandas as pd

    from labkit.api.watch import Watch
    from labkit.state import Pod, Snapshot


class Reading:
    """What a notebook can read."""

    watch: Watch

    def _pods(self, name: str) -> list[Pod]:
        """Return a Deployment's Pods that are not Terminating, newest first."""
        raise NotImplementedError

    def facts(self) -> None:
        """Print one line for each Deployment: how many of its pods are ready, on how many nodes."""
        print(tables.facts(self.watch.snapshot))

    def deployments(self) -> pd.DataFrame:
        """Return the Deployments as ``kubectl get deployments`` shows them."""
        snapshot, now = self._asked()
        return tables.deployments(snapshot, now=now)

    def replicasets(self) -> pd.DataFrame:
        """Return the ReplicaSets as ``kubectl get replicasets`` shows them."""
        snapshot, now = self._asked()
        return tables.replicasets(snapshot, now=now)

    def pods(self, selector: str | None = None) -> pd.DataFrame:
        """Return the Pods as ``kubectl get pods`` shows them; `selector` is ``app=hello,track=stable``, say."""
        snapshot, now = self._asked()
        try:
            return tables.pods(snapshot, selector, now=now)
        except (ValueError, TypeError) as wrong:
            raise LabError(
                f"{selector!r} is no label selector: {wrong}.",
                remedy='separate requirements by commas: lab.pods("app=hello,track=stable")',
            ) from wrong

    def events(self) -> pd.DataFrame:
        """Return the namespace's events, oldest first."""
        snapshot, now = self._asked()
        return tables.events(snapshot, now=now)

    def _asked(self) -> tuple[Snapshot, float]:
        """Return what to answer with, and the time: after what takes seconds when the first table is asked for."""
        tables.prepare()
        return self.watch.snapshot, time.time()

    def pod_names(self, name: str) -> list[str]:
        """Return the names of a Deployment's Pods that are not Terminating, newest first."""
        return [pod.name for pod in self._pods(name)]

    def versions(self, name: str) -> dict[str, int]:
        """Return image tag → number of a Deployment's Pods that are Ready on a Node that answers."""
        snapshot = self.watch.snapshot
        ready = [pod for pod in self._pods(name) if pod.ready and not snapshot.lost(pod)]
        return dict(Counter(pod.containers[0].image.rpartition(":")[2] for pod in ready))
