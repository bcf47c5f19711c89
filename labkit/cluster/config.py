"""What the cluster looks like: kind's configuration, and the settings that must be found in the running cluster."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import yaml

from labkit.errors import ClusterError

#: The NodePort of the Service ``frontend``, and the port on 127.0.0.1 when it is free.
FRONT_DOOR_PORT = 30443

#: A node that does not renew its lease for so long counts as lost. The kubelet renews it every quarter of its duration
#: (``nodeLeaseDurationSeconds``), so that four renewals in a row must fail. Kubernetes' default is 40 and 50 seconds.
LEASE_SECONDS = 20
GRACE_SECONDS = 20

#: How often containerd asks each container for statistics, which nobody here looks at. By itself it does each second
#: since 2.3 (containerd/containerd#12629): containerd and its shims took 13 % of a core on four quiet Nodes, and take
#: 4 % like this. One that does not know the setting says so in its log, and goes on.
STATISTICS_SECONDS = 30

DEFAULT_WORKERS = 3

_STATISTICS = f"""[plugins."io.containerd.cri.v1.runtime"]
  stats_collect_period = "{STATISTICS_SECONDS}s"
"""


@dataclass(frozen=True, slots=True)
class Config:
    """A cluster's shape.

    Attributes
    ----------
    workers
        How many worker nodes there are besides the control plane.
    front_door_port
        The port on 127.0.0.1 that leads to the Service ``frontend``.
    cgroup_version
        The engine's cgroup version, 1 or 2: kubelet refuses version 1 unless it is told not to.
    """

    workers: int
    front_door_port: int
    cgroup_version: int

    @property
    def kubelet(self) -> dict[str, object]:
        """What is set in every kubelet's configuration."""
        settings: dict[str, object] = {"nodeLeaseDurationSeconds": LEASE_SECONDS}
        if self.cgroup_version == 1:
            settings["failCgroupV1"] = False
        return settings

    @property
    def controller_manager(self) -> dict[str, str]:
        """The controller manager's extra flags."""
        return {"node-monitor-grace-period": f"{GRACE_SECONDS}s"}

    @property
    def shape(self) -> str:
        """What a running cluster must have been made with to be used again; the port is free to differ."""
        return f"workers={self.workers} kubelet={self.kubelet} controller-manager={self.controller_manager}"

    def render(self) -> str:
        """Return kind's configuration as YAML.

        kind drops a patch whose apiVersion is not the one that it generates, and says nothing. So kubeadm's
        configuration is patched in both its versions, which write flags differently: kind 0.33 generates v1beta3 up to
        Kubernetes 1.35, and v1beta4 from then on. :mod:`labkit.cluster.verify` looks whether they took effect.
        """
        listed = [{"name": name, "value": value} for name, value in self.controller_manager.items()]
        patches = [
            {"kind": "KubeletConfiguration", **self.kubelet},
            _kubeadm("v1beta4", listed),
            _kubeadm("v1beta3", self.controller_manager),
        ]
        front_door = {
            "containerPort": FRONT_DOOR_PORT,
            "hostPort": self.front_door_port,
            "listenAddress": "127.0.0.1",
            "protocol": "TCP",
        }
        cluster = {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "networking": {"apiServerAddress": "127.0.0.1"},
            "containerdConfigPatches": [_STATISTICS],
            "kubeadmConfigPatches": [yaml.safe_dump(patch, sort_keys=False) for patch in patches],
            "nodes": [
                {"role": "control-plane", "extraPortMappings": [front_door]},
                *({"role": "worker"} for _ in range(self.workers)),
            ],
        }
        return yaml.safe_dump(cluster, sort_keys=False)


def _kubeadm(version: str, flags: object) -> dict[str, object]:
    """Return a patch of one version of kubeadm's configuration."""
    return {
        "apiVersion": f"kubeadm.k8s.io/{version}",
        "kind": "ClusterConfiguration",
        "controllerManager": {"extraArgs": flags},
    }


def workers() -> int:
    """Return how many workers are asked for (``LABKIT_WORKERS``, or 3).

    Raises
    ------
    ClusterError
        If the variable is no number between 0 and 9.
    """
    asked = os.environ.get("LABKIT_WORKERS", str(DEFAULT_WORKERS))
    if len(asked) == 1 and asked.isdigit():
        return int(asked)
    raise ClusterError(
        f"LABKIT_WORKERS={asked!r} is no number from 0 to 9", remedy="unset LABKIT_WORKERS, then: labkit up"
    )


def port_is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether nobody listens on a port.

    Parameters
    ----------
    port
        The port.
    address
        The address to listen on.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do, so that connections of a moment ago do not count as somebody who listens
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port(wanted: int = FRONT_DOOR_PORT) -> int:
    """Return the wanted port when it is free on 127.0.0.1, or another one that is.

    Parameters
    ----------
    wanted
        The port to prefer; 0 for any.
    """
    if wanted and port_is_free(wanted):
        return wanted
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
