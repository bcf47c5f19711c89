"""What the API server itself refuses a learner, whatever their Role: admission policies with their bindings. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labkit.classroom import names
from labkit.classroom.objects import Object, made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.classroom.values import Values

_V1 = "admissionregistration.k8s.io/v1"
_LABS = {"namespaceSelector": {"matchLabels": {names.LAB_LABEL: "true"}}}
_LEARNERS = f"request.userInfo.username.startsWith('system:serviceaccount:{names.NAMESPACE}:{names.ACCOUNT}')"


def manifests(values: Values) -> list[Object]:
    """Return the class's guards, each with its binding: a policy without one does nothing, and says nothing."""
    return [*_namespaces(), *_desk(values), *_addresses()]


def _guard(name: str, matched: Object, checks: Sequence[tuple[str, str]], *, only: str = "") -> list[Object]:
    """Return a policy and its binding.

    Parameters
    ----------
    name
        What it guards.
    matched
        Which requests it looks at.
    checks
        What must be true of each, in CEL, and what is said where it is not.
    only
        Of whom, in CEL; everybody when empty.
    """
    whole = f"labkit-class-{name}"
    spec: dict[str, Any] = {
        # a guard that cannot be asked lets nobody through
        "failurePolicy": "Fail",
        "matchConstraints": matched,
        "validations": [{"expression": expression, "message": message} for expression, message in checks],
    }
    if only:
        spec["matchConditions"] = [{"name": "learners", "expression": only}]
    return [
        made(_V1, "ValidatingAdmissionPolicy", whole, spec=spec),
        made(
            _V1,
            "ValidatingAdmissionPolicyBinding",
            whole,
            spec={"policyName": whole, "validationActions": ["Deny"]},
        ),
    ]


def _requests(group: str, resource: str, *operations: str) -> Object:
    rule = {"apiGroups": [group], "apiVersions": ["v1"], "operations": list(operations), "resources": [resource]}
    return {"resourceRules": [rule]}


def _namespaces() -> list[Object]:
    """Keep a namespace's labels, which say what may run in it, and which guards look at it."""
    return _guard(
        "namespaces",
        _requests("", "namespaces", "UPDATE"),
        [("object.metadata.labels == oldObject.metadata.labels", "learners do not change the labels of a namespace")],
        only=_LEARNERS,
    )


def _desk(values: Values) -> list[Object]:
    """Keep lessons off the desk, and have nothing of them drive others from their Nodes."""
    scheduling = values.settings["scheduling"]
    told = [each["key"] for part in ("corePods", "userPods") for each in scheduling[part]["tolerations"]]
    keys = json.dumps(sorted(set(told)))
    tolerant = f"!has(t.key) || t.key == '' || t.key in {keys}"
    checks = [
        ("!has(object.spec.nodeName)", "a lesson's Pod leaves it to the scheduler on which Node it runs"),
        (
            f"!has(object.spec.tolerations) || !object.spec.tolerations.exists(t, {tolerant})",
            "no lesson's Pod tolerates the taint of the desk, where hub and notebooks run, nor all taints",
        ),
        (
            "!has(object.spec.priority) || object.spec.priority <= 0",
            "no lesson's Pod has a priority: it would drive others' from their Nodes",
        ),
    ]
    return _guard("desk", {**_LABS, **_requests("", "pods", "CREATE")}, checks)


def _addresses() -> list[Object]:
    """Refuse ``externalIPs``, by which a learner would take traffic that is meant for others (CVE-2020-8554)."""
    checks = [
        (
            "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
            "no externalIPs in a class: a Service of one learner would take what is sent to all",
        )
    ]
    return _guard("addresses", {**_LABS, **_requests("", "services", "CREATE", "UPDATE")}, checks)
