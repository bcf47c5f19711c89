"""Where browsers reach the class, in words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from labkit.classroom import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.classroom.target import Target
    from labkit.classroom.values import Values


def told(target: Target, said: Values) -> Iterator[str]:
    """Return what to do so that browsers reach the proxy, line by line.

    Parameters
    ----------
    target
        The cluster.
    said
        The class's values.
    """
    service = said.settings["proxy"]["service"]
    name, scheme = names.PROXY_PUBLIC, "https" if said.settings["proxy"]["https"]["enabled"] else "http"
    if service["type"] == "ClusterIP":
        kubectl = [str(target.connection.kubectl), "--kubeconfig", str(target.connection.kubeconfig)]
        where = ["--context", target.name, "--namespace", names.NAMESPACE]
        port = "8000:443" if scheme == "https" else "8000:80"
        forward = ["port-forward", "--address", "127.0.0.1", f"service/{name}", port]
        yield f"Next: {shlex.join([*kubectl, *where, *forward])}"
        yield f"and in a browser: {scheme}://127.0.0.1:8000 (--address 0.0.0.0 lets other machines in)"
    elif service["type"] == "NodePort":
        port = service["nodePorts"][scheme] or "PORT"
        yield f"Next: in a browser, {scheme}://ADDRESS-OF-A-NODE:{port} (kubectl get service {name} says the port)"
    else:
        asked = f"kubectl --namespace {names.NAMESPACE} get service {name}"
        yield f"Next: in a browser, {scheme}://ADDRESS ({asked} says it)"
