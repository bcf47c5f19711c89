"""All that one learner has: a namespace with its limits, an account, rights, and a volume for their files. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import names, rights
from labkit.classroom.objects import Object, made
from labkit.classroom.volumes import volume
from labkit.lesson.namespace import LEASE

if TYPE_CHECKING:
    from labkit.classroom.values import Values

#: What Pod Security refuses in a learner's namespace, and tells them at once, not only the controller.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}

#: What a learner has none of, whatever the budget: ports of all Nodes and addresses outside are there once, for all.
_NONE = {"services.nodeports": "0", "services.loadbalancers": "0", "persistentvolumeclaims": "0"}


def manifests(values: Values, learner: str) -> list[Object]:
    """Return a learner's objects.

    Parameters
    ----------
    values
        The class's.
    learner
        One of its learners.
    """
    said, labels, lab = values.settings, {names.LEARNER_LABEL: learner}, names.lab(learner)
    storage = said["singleuser"]["storage"]
    return [
        made("v1", "Namespace", lab, labels={**labels, names.LAB_LABEL: "true", **RESTRICTED}),
        made("v1", "ServiceAccount", names.account(learner), names.NAMESPACE, labels=labels),
        *rights.of_learner(learner, values.instructors, evictions=said["nodeLoss"]["evictions"]),
        _quota(values, lab, labels),
        _limits(values, lab, labels),
        _network(learner, lab, labels),
        # empty: whichever notebook begins writes itself into it
        made("coordination.k8s.io/v1", "Lease", LEASE, lab, labels=labels, spec={}),
        *volume(
            names.home(learner),
            storage["capacity"],
            local=storage["type"] == "local",
            storage_class=storage["dynamic"]["storageClass"],
            desk=said["singleuser"]["nodeSelector"],
            labels=labels,
        ),
    ]


def _quota(values: Values, lab: str, labels: dict[str, str]) -> Object:
    hard = {key: str(value) for key, value in values.settings["budget"]["quota"].items()}
    return made("v1", "ResourceQuota", "class", lab, labels=labels, spec={"hard": {**hard, **_NONE}})


def _limits(values: Values, lab: str, labels: dict[str, str]) -> Object:
    said = values.settings["budget"]["containers"]
    limit = {"type": "Container", **{key: {what: str(much) for what, much in said[key].items()} for key in said}}
    return made("v1", "LimitRange", "class", lab, labels=labels, spec={"limits": [limit]})


def _network(learner: str, lab: str, labels: dict[str, str]) -> Object:
    """Return who may connect to the lesson's Pods: each other, and the learner's own notebook.

    It holds where the cluster's network enforces such policies; the kit's own offline node image does not.
    """
    notebook = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": names.NAMESPACE}},
        "podSelector": {"matchLabels": {names.LEARNER_LABEL: learner}},
    }
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}, notebook]}]}
    return made("networking.k8s.io/v1", "NetworkPolicy", "class", lab, labels=labels, spec=spec)
