"""The cluster in whose Pod this runs, by the Pod's own service account: as a kubeconfig, which kubectl takes too.

The kubeconfig holds no token, only where it stands: kubelet replaces the file before the token in it runs out
(Kubernetes docs, "Managing Service Accounts": bound tokens).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from labkit.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What ``LABKIT_KUBECONFIG`` says where this way is meant, and the context in the kubeconfig. Only then: whatever runs
#: in a Pod by chance, a runner of CI say, does not touch the cluster below it.
NAME = "in-pod"
#: Where kubelet puts a service account's token into a Pod, and the certificate of the API server's authority.
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TOKEN, AUTHORITY = "token", "ca.crt"  # names of files


def kubeconfig(server: str, account: Path, namespace: str) -> dict[str, Any]:
    """Return a kubeconfig for a Pod's own service account (pure).

    Parameters
    ----------
    server
        The API server, such as ``https://10.96.0.1:443``.
    account
        The folder with token and certificate.
    namespace
        For kubectl where none is named: the learner's, which is not the Pod's own.
    """
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": NAME,
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME, "namespace": namespace}}],
        "clusters": [{"name": NAME, "cluster": {"server": server, "certificate-authority": str(account / AUTHORITY)}}],
        "users": [{"name": NAME, "user": {"tokenFile": str(account / TOKEN)}}],
    }


def server(variables: Mapping[str, str]) -> str:
    """Return the API server's address as kubelet tells each container, or nothing where this is none (pure)."""
    host, port = variables.get("KUBERNETES_SERVICE_HOST"), variables.get("KUBERNETES_SERVICE_PORT", "443")
    return f"https://[{host}]:{port}" if host and ":" in host else f"https://{host}:{port}" if host else ""


def write(folder: Path, namespace: str) -> Path:
    """Have the kubeconfig in a folder, and return it; it is written where it is not the same already.

    Raises
    ------
    ClusterError
        If this is no Pod, or one without a service account.
    """
    address = server(os.environ)
    if not address or not (ACCOUNT / TOKEN).is_file():
        missing = str(ACCOUNT / TOKEN) if address else "KUBERNETES_SERVICE_HOST"
        raise ClusterError(
            f"LABKIT_KUBECONFIG={NAME!r} means the cluster in whose Pod this runs, and there is no {missing} here.",
            remedy="unset LABKIT_KUBECONFIG, then: labkit up; in a Pod: automountServiceAccountToken: true",
        )
    file = folder / "kubeconfig"
    text = yaml.safe_dump(kubeconfig(address, ACCOUNT, namespace), sort_keys=False)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        # kubectl may be reading it: there is never half of it
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    return file
