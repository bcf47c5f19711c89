"""Where browsers reach the class, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.classroom.values import Values


def told(said: Values, flags: str) -> Iterator[str]:
    """Return what to do so that browsers reach the proxy, line by line.

    Parameters
    ----------
    said
        The class's values.
    flags
        Which cluster a command is to name again; empty for the kit's own.
    """
    service = said.settings["proxy"]["service"]
    name, scheme = names.PROXY_PUBLIC, "https" if said.settings["proxy"]["https"]["enabled"] else "http"
    if service["type"] == "ClusterIP":
        yield f"Next: labkit class open{flags}"
        yield "and in a browser the address that it says (--address 0.0.0.0 lets other machines in)"
    elif service["type"] == "NodePort":
        port = service["nodePorts"][scheme] or "PORT"
        yield f"Next: in a browser, {scheme}://ADDRESS-OF-A-NODE:{port} (kubectl get service {name} says the port)"
    else:
        asked = f"kubectl --namespace {names.NAMESPACE} get service {name}"
        yield f"Next: in a browser, {scheme}://ADDRESS ({asked} says it)"
