"""A cluster as one reaches it: what every room that asks it is given. No kind, no Docker."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit import in_class, paths
from labkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labkit.cluster.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster as one reaches it.

    Attributes
    ----------
    kubeconfig
        The kubeconfig: the kit's own, the one that ``LABKIT_KUBECONFIG`` names, or in a Pod one that the kit writes.
    context
        The context in it.
    namespace
        The learner's namespace.
    kubectl
        The kubectl program, of the cluster's own version where it could be had.
    front_door
        The address of the Service ``frontend`` from this machine, such as ``https://127.0.0.1:30443``.
    secrets
        The lesson's secrets for this cluster.
    own
        Whether the kit made the cluster; one that ``LABKIT_KUBECONFIG`` names is run by others.
    """

    kubeconfig: Path
    context: str
    namespace: str
    kubectl: Path
    front_door: str
    secrets: Secrets
    own: bool = False

    def environment(self) -> dict[str, str]:
        """Return the environment in which kubectl runs: the caller's, with what is the kit's own in place of theirs."""
        return {**os.environ, **self.kubectls_own()}

    def kubectls_own(self) -> dict[str, str]:
        """Return the variables by which kubectl keeps to the kit: kubeconfig, no settings of the user's, its cache."""
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECTL_KUBERC": "false",
            # otherwise it writes what it learns of the API into ~/.kube/cache
            "KUBECACHEDIR": str(paths.STATE / "kubectl-cache"),
        }

    def ask(
        self, arguments: Sequence[str], *, timeout: float, stdin: str | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl with nothing but the kit's kubeconfig, to its end, whether it succeeds or not.

        Parameters
        ----------
        arguments
            kubectl's arguments.
        timeout
            Seconds after which it is ended.
        stdin
            Text for its standard input; it has none when not given.
        cwd
            The folder in which it runs.

        Raises
        ------
        ClusterError
            If it does not end in time, or there is no such program.
        """
        try:
            return subprocess.run(
                [str(self.kubectl), *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout,
                cwd=cwd,
                env=self.environment(),
                **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
            )
        except subprocess.TimeoutExpired as slow:
            raise ClusterError(
                f"kubectl {shlex.join(arguments)} did not end within {timeout:.0f} s.",
                remedy=f"labkit status (in a terminal) tells whether the cluster answers; then: {in_class.repair()}",
            ) from slow
        except FileNotFoundError as missing:
            raise self.no_kubectl() from missing

    def no_kubectl(self) -> ClusterError:
        """Return the error for a kubectl that is not there."""
        return ClusterError(f"There is no kubectl at {self.kubectl}.", remedy=in_class.repair())

    def run(self, *arguments: str, timeout: float = 30.0) -> str:
        """Run kubectl on the whole cluster, as setting it up takes, and return what it prints.

        Raises
        ------
        ClusterError
            If it fails or does not answer in time.
        """
        done = self.ask(["--context", self.context, *arguments], timeout=timeout)
        if done.returncode:
            raise ClusterError(
                f"kubectl {' '.join(arguments[:3])} failed", detail=done.stderr.strip()[-800:], remedy=in_class.repair()
            )
        return done.stdout
