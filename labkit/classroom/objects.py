"""Kubernetes objects as they are written down: what all of a class's have in common. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit import __version__
from labkit.classroom import names
from labkit.lesson.namespace import OWN_LABEL, OWN_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: One Kubernetes object, in its JSON form.
Object = dict[str, Any]

_RBAC = "rbac.authorization.k8s.io"
_RBAC_V1 = f"{_RBAC}/v1"


def made(
    version: str, kind: str, name: str, namespace: str = "", *, labels: Mapping[str, str] | None = None, **rest: object
) -> Object:
    """Return an object that is the kit's.

    Parameters
    ----------
    version, kind
        Such as ``apps/v1`` and ``Deployment``.
    name, namespace
        Its own; the namespace is empty for what belongs to the whole cluster.
    labels
        Besides the one that says whose it is.
    rest
        What else it consists of: ``spec``, ``rules``, …
    """
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    metadata["labels"] = {OWN_LABEL: OWN_VALUE, **(labels or {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def role(name: str, namespace: str, rules: Sequence[Object], *, labels: Mapping[str, str] | None = None) -> Object:
    """Return a Role, or a ClusterRole where there is no namespace."""
    kind = "Role" if namespace else "ClusterRole"
    return made(_RBAC_V1, kind, name, namespace, labels=labels, rules=list(rules))


def binding(
    name: str, namespace: str, role_name: str, account: str, *, labels: Mapping[str, str] | None = None
) -> Object:
    """Return what gives a role to a ServiceAccount of the class: a RoleBinding, or a ClusterRoleBinding."""
    kind = "Role" if namespace else "ClusterRole"
    return made(
        _RBAC_V1,
        f"{kind}Binding",
        name,
        namespace,
        labels=labels,
        roleRef={"apiGroup": _RBAC, "kind": kind, "name": role_name},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": names.NAMESPACE}],
    )


def rule(group: str, resources: Sequence[str], verbs: Sequence[str], *, only: Sequence[str] = ()) -> Object:
    """Return one rule of a role; `only` are the names of the objects that it is about, where not all are meant."""
    said: Object = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return {**said, "resourceNames": list(only)} if only else said


def image(prefix: str, said: Mapping[str, Any], name: str) -> str:
    """Return an image: the one that the values name, or the kit's own of this version."""
    return f"{said['name'] or f'{prefix}/{name}'}:{said['tag'] or __version__}"


def pod_security() -> Object:
    """Return a Pod's part of what Pod Security's level *restricted* asks for; user and group are the images' own."""
    return {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Object:
    """Return a container's part of it."""
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
