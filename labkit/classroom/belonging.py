"""What on a cluster is the class's, and what is somebody else's with a name that the class would take. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.classroom import names
from labkit.errors import ClusterError
from labkit.lesson.namespace import OWN_LABEL, OWN_VALUE, is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from labkit.classroom.objects import Object

#: Kinds of which a class has objects for the whole cluster: kind → where the API has them.
CLUSTER_WIDE = {
    "Namespace": "/api/v1/namespaces",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
}
#: What the names of all of them begin with, but for the namespaces of the labs.
_PREFIX = names.NAMESPACE
_MOST_NAMED = 5
_ACCOUNT = "kubernetes.io/service-account.name"


def is_the_classs(kind: str, metadata: Mapping[str, Any]) -> bool:
    """Tell whether an object of the whole cluster is a class's.

    Parameters
    ----------
    kind
        One of :data:`CLUSTER_WIDE`.
    metadata
        The object's. Label and name both count, each to the letter: a name with ``labkit-class`` in it is not enough,
        nor is the label alone, which the kit's own lab has too.
    """
    name, labels = metadata["name"], metadata.get("labels") or {}
    if not is_own(labels):
        return False
    if kind == "Namespace" and name != names.NAMESPACE:
        return is_lab(metadata)
    return bool(name == _PREFIX or name.startswith(f"{_PREFIX}-"))


def is_lab(metadata: Mapping[str, Any]) -> bool:
    """Tell whether a namespace is the lab of a learner of the class."""
    labels = metadata.get("labels") or {}
    learner = labels.get(names.LEARNER_LABEL, "")
    return (
        is_own(labels)
        and labels.get(names.LAB_LABEL) == "true"
        and bool(learner)
        and metadata["name"] == names.lab(learner)
    )


def learners(namespaces: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return who has a lab, in the order of their names.

    Parameters
    ----------
    namespaces
        The metadata of those of the cluster.
    """
    return sorted(each["labels"][names.LEARNER_LABEL] for each in namespaces if is_lab(each))


def secrets_of_others(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return which Secrets of the class's namespace somebody else has made, by their names.

    Parameters
    ----------
    found
        The metadata of all of them.
    """
    return sorted(
        each["name"]
        for each in found
        # a token of a ServiceAccount is Kubernetes' own, and goes with the account
        if not is_own(each.get("labels")) and _ACCOUNT not in (each.get("annotations") or {})
    )


def refuse_foreign(wanted: Iterable[Object], found: Mapping[str, Iterable[Mapping[str, Any]]], cluster: str) -> None:
    """Make sure that nothing would be taken over that the class did not make.

    Parameters
    ----------
    wanted
        The objects of the class.
    found
        Kind → the metadata of all objects of this kind on the cluster.
    cluster
        Its name, for the message.

    Raises
    ------
    ClusterError
        If an object of somebody else's has a name that the class would take.
    """
    theirs = {(kind, each["name"]) for kind, those in found.items() for each in those if not is_the_classs(kind, each)}
    taken = [(each["kind"], each["metadata"]["name"]) for each in wanted]
    foreign = [f"{kind} {name}" for kind, name in taken if (kind, name) in theirs]
    if foreign:
        more = f" and {len(foreign) - _MOST_NAMED} more" if len(foreign) > _MOST_NAMED else ""
        kind, _, name = foreign[0].partition(" ")
        raise ClusterError(
            f"On cluster {cluster} there is {', '.join(foreign[:_MOST_NAMED])}{more}, which no class made: "
            "it stays as it is.",
            remedy=f"another cluster: labkit class up --context NAME; or, if it is yours to give: "
            f"kubectl delete {kind.lower()} {name}",
        )


def no_class(cluster: str) -> ClusterError:
    """Return the error for a cluster on which there is no class."""
    return ClusterError(f"There is no class on cluster {cluster}.", remedy="labkit class up")


def foreign_class(cluster: str) -> ClusterError:
    """Return the error for a namespace that has the class's name, and is somebody else's."""
    return ClusterError(
        f"Namespace {names.NAMESPACE} on cluster {cluster} was not made by labkit class "
        f"({OWN_LABEL}={OWN_VALUE} is not on it): it stays as it is.",
        remedy="another cluster: --context NAME",
    )


def no_learner(name: str, known: Iterable[str]) -> ClusterError:
    """Return the error for a name that nobody of the class has."""
    said = ", ".join(known) or "nobody"
    return ClusterError(f"There is no {name!r} in the class; there is: {said}.", remedy=f"labkit class add {name}")
