"""Asking the app from inside the cluster, where addresses count that nobody outside can reach."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.app.frontdoor import Answer, parsed
from labkit.app.tally import met
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl

#: One of the names for which the lab's certificate is good (:mod:`labkit.cluster.tls`).
NAME = "frontend"
_PROGRAM = Path(__file__).with_name("inside_pod.py")


def get(
    kubectl: Kubectl, pod: str, address: str, path: str = "/", *, port: int = 443, patience: float = 10.0
) -> Answer:
    """Ask for ``https://address/path`` from inside a Pod.

    The Pod connects to `address`, whatever that is to kube-proxy: a Node's address, a ClusterIP, one of a Service's
    ``externalIPs``. It expects the lab's own certificate there, as the front door's name has it, and no other.

    Parameters
    ----------
    kubectl
        kubectl on the Pod's cluster and namespace.
    pod
        The name of a running Pod of auth or hello: their images have Python.
    address
        An IP address.
    path
        ``/``, ``/version``, …
    port
        TCP port.
    patience
        Seconds for which a connection that is not accepted is tried again: kube-proxy hears of a Service a moment
        after kubectl has made or changed it.

    Raises
    ------
    LabError
        If `address` is no IP address, or `path` does not begin with a slash.
    ClusterError
        If nobody answers there, or the Pod can't ask.
    """
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise LabError(
            f"{address!r} is no IP address.",
            remedy='%kubectl get services shows those of the Services: lab.get_inside("10.96.0.10")',
        ) from None
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        raise LabError(f"{path!r} is no path.", remedy=f'lab.get_inside("{address}", "/version")')
    question = {
        "address": address,
        "port": port,
        "path": path,
        "name": NAME,
        "certificate": kubectl.connection.secrets.tls_crt.read_text(encoding="utf-8"),
        "patience": patience,
    }
    program = _PROGRAM.read_text(encoding="utf-8")
    where = f"https://{address}{path} inside the cluster"
    done = kubectl.try_run(
        "exec", "-i", f"pod/{pod}", "--", "python3", "-c", program, stdin=json.dumps(question), timeout=patience + 30
    )
    said = _said(done.stdout)
    if done.code or said is None:
        raise ClusterError(
            f"Pod {pod} could not ask {where}.",
            detail=done.stderr or done.stdout,
            remedy=f"%kubectl get pod {pod} shows whether it runs",
        )
    if "nobody" in said:
        raise ClusterError(
            f"Nobody answers at {where} ({said['nobody']}).",
            remedy="%kubectl get services shows under EXTERNAL-IP and CLUSTER-IP at which addresses a Service listens",
        )
    return Answer(said["status"], parsed(said["body"]), met(said["headers"]))


def _said(stdout: str) -> dict[str, Any] | None:
    try:
        said = json.loads(stdout)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
