"""Which kinds of objects a namespace is emptied of, in which order, and which objects stay. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.lesson.namespace import LEASE, SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What makes others goes before what it makes. Kinds of somebody's own (CustomResourceDefinitions) go first of all.
MAKERS = (
    "horizontalpodautoscalers.autoscaling",
    "cronjobs.batch",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "replicasets.apps",
    "replicationcontrollers",
    "services",
)
PODS = "pods"
#: Events tell of the others, and of their end: all go at the end, at once.
_EVENTS = {"events", "events.events.k8s.io"}
#: What Kubernetes itself or set-up puts into the namespace, and puts back.
_STANDING = {
    ("configmaps", "kube-root-ca.crt"),
    ("leases.coordination.k8s.io", LEASE),
    ("serviceaccounts", "default"),
    *(("secrets", name) for name in SECRETS),
}
#: On a cluster that others run, these may have been given to the learner along with the namespace: the kit leaves them.
_GIVEN = {
    "leases.coordination.k8s.io",
    "limitranges",
    "networkpolicies.networking.k8s.io",
    "persistentvolumeclaims",
    "resourcequotas",
    "rolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "secrets",
    "serviceaccounts",
}
#: Finalizers that Kubernetes itself takes away once their time has come; any other waits for a program of somebody's.
SERVED = {
    "batch.kubernetes.io/job-tracking",
    "foregroundDeletion",
    "kubernetes.io/pvc-protection",
    "orphan",
    "resource.kubernetes.io/delete-protection",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A namespaced kind of object, as the API serves it.

    Attributes
    ----------
    group, version
        Such as ``apps`` and ``v1``; the group of the oldest kinds is empty.
    plural
        Such as ``deployments``.
    """

    group: str
    version: str
    plural: str

    @property
    def name(self) -> str:
        """As kubectl takes it: ``deployments.apps``, ``pods``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str) -> str:
        """Where the objects of a namespace are."""
        root = f"/apis/{self.group}" if self.group else "/api"
        return f"{root}/{self.version}/namespaces/{namespace}/{self.plural}"


@dataclass(frozen=True, slots=True)
class Left:
    """An object that is still there.

    Attributes
    ----------
    kind
        Its kind.
    name, uid
        Its own.
    terminating
        Whether it has been deleted and is on its way.
    finalizers
        What holds it.
    version
        Its resource version.
    """

    kind: Kind
    name: str
    uid: str
    terminating: bool = False
    finalizers: tuple[str, ...] = ()
    version: str = ""

    def __str__(self) -> str:
        """Return it as kubectl writes it: ``pod/hello-5b8f``, here with the plural."""
        return f"{self.kind.name}/{self.name}"

    @property
    def held_by(self) -> list[str]:
        """The finalizers that Kubernetes itself does not serve."""
        return [each for each in self.finalizers if each not in SERVED]


def kinds(discovered: Iterable[Mapping[str, Any]], *, own: bool) -> list[Kind]:
    """Choose the kinds to empty a namespace of, in the order in which they go (pure).

    Parameters
    ----------
    discovered
        The items of the API's own account of itself (``APIGroupDiscovery``).
    own
        Whether the cluster is the kit's own.
    """
    chosen: list[Kind] = []
    for group in discovered:
        name = group.get("metadata", {}).get("name", "")
        seen: set[str] = set()
        # the preferred version stands first; a kind that others serve too is the same objects once more
        for version in group.get("versions", []):
            for resource in version.get("resources", []):
                plural = resource["resource"]
                if (
                    plural in seen
                    or resource.get("scope") != "Namespaced"
                    or not {"list", "delete"} <= set(resource.get("verbs") or ())
                ):
                    continue
                seen.add(plural)
                kind = Kind(name, version["version"], plural)
                if kind.name not in _EVENTS and (own or kind.name not in _GIVEN):
                    chosen.append(kind)
    return sorted(chosen, key=lambda kind: (_rank(kind), kind.name))


def _rank(kind: Kind) -> int:
    if "." in kind.group and not kind.group.endswith(".k8s.io"):
        return 0
    if kind.name in MAKERS:
        return 1 + MAKERS.index(kind.name)
    return 1 + len(MAKERS) + (kind.name == PODS)


def left(kind: Kind, items: Iterable[Mapping[str, Any]]) -> list[Left]:
    """Return those of a kind's objects that have to go (pure)."""
    found = []
    for item in items:
        metadata = item["metadata"]
        if (kind.name, metadata["name"]) in _STANDING:
            continue
        found.append(
            Left(
                kind,
                metadata["name"],
                metadata["uid"],
                "deletionTimestamp" in metadata,
                tuple(metadata.get("finalizers") or ()),
                metadata.get("resourceVersion", ""),
            )
        )
    return found
