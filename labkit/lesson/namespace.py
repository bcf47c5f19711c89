"""The learner's namespace: whether it is the kit's, and what set-up owes the lesson in it."""

from __future__ import annotations

import base64
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit import in_class
from labkit.api.client import Api, ApiError
from labkit.errors import LabError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.api.connection import Connection
    from labkit.cluster.secrets import Secrets

#: The label that says: this namespace is the kit's, which may empty it. Key and value both count, to the letter.
OWN_LABEL = "app.kubernetes.io/managed-by"
OWN_VALUE = "labkit"
#: Kubernetes puts a namespace's name on it as this label.
NAME_LABEL = "kubernetes.io/metadata.name"
#: The Lease that says which notebook has the lab (:mod:`labkit.lesson.holder`).
LEASE = "labkit-holder"
#: The Secrets that the lesson's Pods mount.
SECRETS = ("auth", "tls-certs")

_MANAGER = {"fieldManager": "labkit"}
#: What a learner can set on the namespace's own ServiceAccount, and Pods then begin differently.
_ACCOUNT_FIELDS = ("automountServiceAccountToken", "imagePullSecrets", "secrets")
#: Seconds for which a namespace that is being deleted, and the account in a new one, are waited for.
_GONE_SECONDS = 90.0
_ACCOUNT_SECONDS = 5.0


def is_own(labels: Mapping[str, str] | None) -> bool:
    """Tell whether a namespace with these labels is the kit's (pure)."""
    return (labels or {}).get(OWN_LABEL) == OWN_VALUE


def foreign(name: str) -> LabError:
    """Return the error for a namespace that the kit did not make."""
    return LabError(
        f"Namespace {name} exists on this cluster, and the kit did not make it, so the kit does not touch it.",
        remedy="tell your instructor: labkit class up puts it right"
        if in_class.found()
        else "LABKIT_NAMESPACE=another-name labkit lab, or, if it is yours to give and may be emptied: "
        f"kubectl label namespace {name} {OWN_LABEL}={OWN_VALUE}",
    )


def straightened(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the merge patch that takes from a namespace what the kit did not put on it, or None (pure).

    Labels and annotations of a namespace change what may run in it (``pod-security.kubernetes.io/enforce``, say).

    Parameters
    ----------
    metadata
        The namespace's.
    """
    labels = [key for key in metadata.get("labels") or {} if key not in {OWN_LABEL, NAME_LABEL}]
    annotations = list(metadata.get("annotations") or {})
    if not labels and not annotations:
        return None
    return {"metadata": {"labels": dict.fromkeys(labels), "annotations": dict.fromkeys(annotations)}}


def ensure(api: Api, connection: Connection) -> None:
    """Make the learner's namespace with what set-up owes the lesson in it: the TLS key pair and auth's secrets.

    Parameters
    ----------
    api
        The cluster.
    connection
        Which namespace, and the secrets. On the kit's own cluster, what a learner changed on namespace and default
        ServiceAccount is taken back too; elsewhere those who run the cluster may have put it there.

    Raises
    ------
    LabError
        If a namespace of that name exists which the kit did not make.
    WaitTimeoutError
        If it is being deleted, and does not go.
    """
    name = connection.namespace
    path = f"/api/v1/namespaces/{name}"
    found = own(api, name)
    if found is not None and found["metadata"].get("deletionTimestamp"):
        _wait_gone(api, path, name)
        found = None
    if found is None:
        metadata = {"name": name, "labels": {OWN_LABEL: OWN_VALUE}}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        api.send("POST", "/api/v1/namespaces", body, _MANAGER)
    if connection.own:
        if found is not None and (patch := straightened(found["metadata"])):
            api.send("PATCH", path, patch, _MANAGER)
        _restore_account(api, f"{path}/serviceaccounts/default")
    for secret in secrets_of(connection.secrets):
        _restore_secret(api, f"{path}/secrets", secret)


def own(api: Api, name: str) -> dict[str, Any] | None:
    """Return the learner's namespace, or None where there is none yet.

    Raises
    ------
    LabError
        If the kit did not make it.
    """
    found = read(api, f"/api/v1/namespaces/{name}")
    if found is not None and not is_own(found["metadata"].get("labels")):
        raise foreign(name)
    return found


def read(api: Api, path: str) -> dict[str, Any] | None:
    """Return an object, or None where there is none."""
    try:
        return api.get(path)
    except ApiError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return None
        raise


def secrets_of(secrets: Secrets) -> list[dict[str, Any]]:
    """Return the Secrets that the lesson's Pods mount."""
    tls = {"tls.crt": secrets.tls_crt.read_bytes(), "tls.key": secrets.tls_key.read_bytes()}
    auth = {"signing-key": secrets.signing_key.encode(), "users": secrets.users_file.strip().encode()}
    return [_secret("tls-certs", "kubernetes.io/tls", tls), _secret("auth", "Opaque", auth)]


def _secret(name: str, kind: str, data: Mapping[str, bytes]) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value).decode("ascii") for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": encoded}


def is_as_made(found: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Tell whether a Secret is as set-up made it (pure)."""
    return (
        found.get("type") == made["type"]
        and found.get("data") == made["data"]
        and not found.get("immutable")
        and not set(found["metadata"]) & {"labels", "annotations", "ownerReferences", "finalizers", "deletionTimestamp"}
    )


def _restore_secret(api: Api, folder: str, made: dict[str, Any]) -> None:
    path = f"{folder}/{made['metadata']['name']}"
    found = read(api, path)
    if found is not None and is_as_made(found, made):
        return
    if found is not None:
        # anew, not changed: a Secret may be immutable, of another type, or about to go with its owner
        if found["metadata"].get("finalizers"):
            api.send("PATCH", path, {"metadata": {"finalizers": None}}, _MANAGER)
        if read(api, path) is not None:
            api.send("DELETE", path)
    # by its name: in a class these two Secrets are all that a learner may make
    api.apply(path, made, _MANAGER["fieldManager"])


def _restore_account(api: Api, path: str) -> None:
    """Take back what was changed on the default ServiceAccount; a new namespace's is there a moment later."""
    deadline = time.monotonic() + _ACCOUNT_SECONDS
    while (found := read(api, path)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    changed = [field for field in _ACCOUNT_FIELDS if field in (found or {})]
    if changed:
        api.send("PATCH", path, dict.fromkeys(changed), _MANAGER)


def _wait_gone(api: Api, path: str, name: str) -> None:
    deadline = time.monotonic() + _GONE_SECONDS
    while found := read(api, path):
        if time.monotonic() > deadline:
            conditions = found.get("status", {}).get("conditions", [])
            raise WaitTimeoutError(
                f"Namespace {name} is being deleted, and is still there after {_GONE_SECONDS:.0f} s.",
                remedy=f"kubectl get namespace {name} -o yaml says what it waits for; or: "
                f"{'tell your instructor' if in_class.found() else 'LABKIT_NAMESPACE=another-name labkit lab'}",
                detail="\n".join(each["message"] for each in conditions if each.get("status") == "True"),
            )
        time.sleep(0.3)
