"""Which kinds a namespace is emptied of: from what the API says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.lesson.kinds import Kind, Left, kinds, left

ALL = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def resource(name: str, verbs: list[str] | None = None, scope: str = "Namespaced") -> dict[str, Any]:
    return {"resource": name, "scope": scope, "verbs": ALL if verbs is None else verbs, "singularResource": ""}


def group(name: str, **versions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "versions": [{"version": v, "resources": r} for v, r in versions.items()]}


API = [
    {"metadata": {}, "versions": [{"version": "v1", "resources": [resource("pods"), resource("configmaps")]}]},
    group("apps", v1=[resource("deployments"), resource("replicasets")]),
    group("example.com", v1=[resource("widgets")], v1alpha1=[resource("widgets"), resource("gadgets")]),
]


def names(discovered: list[dict[str, Any]], *, own: bool = True) -> list[str]:
    return [kind.name for kind in kinds(discovered, own=own)]


def test_makers_go_before_what_they_make() -> None:
    """And a kind of somebody's own, which may make anything, before all."""
    assert names(API) == [
        "gadgets.example.com",
        "widgets.example.com",
        "deployments.apps",
        "replicasets.apps",
        "configmaps",
        "pods",
    ]


def test_a_kind_of_two_versions_is_looked_at_once() -> None:
    """In the version that the API prefers, which stands first."""
    assert [kind.version for kind in kinds(API, own=True) if kind.plural in {"widgets", "gadgets"}] == [
        "v1alpha1",
        "v1",
    ]


@pytest.mark.parametrize(
    "other",
    [
        resource("namespaces", scope="Cluster"),
        resource("bindings", ["create"]),
        resource("pods", ["get", "list"]),
        resource("reviews", []),
        resource("events"),
    ],
)
def test_what_is_not_emptied(other: dict[str, Any]) -> None:
    """Kinds of the whole cluster, those that are no stored objects, and events, which go at the end."""
    assert names([group("", v1=[other])]) == []


def test_paths() -> None:
    assert Kind("", "v1", "pods").path("lab") == "/api/v1/namespaces/lab/pods"
    assert Kind("apps", "v1", "deployments").path("lab") == "/apis/apps/v1/namespaces/lab/deployments"


def test_on_a_cluster_of_others_what_they_may_have_given_stays() -> None:
    """A class gives a learner a namespace with quotas and rights in it."""
    given = [
        group("", v1=[resource("resourcequotas"), resource("limitranges"), resource("secrets"), resource("pods")]),
        group("rbac.authorization.k8s.io", v1=[resource("roles"), resource("rolebindings")]),
    ]
    assert names(given, own=False) == ["pods"]
    assert len(names(given, own=True)) == 6


def item(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "uid": name, **metadata}}


def test_what_set_up_put_there_stays() -> None:
    """By kind and name: a Secret of that name stays, a Role of that name goes."""
    assert left(Kind("", "v1", "configmaps"), [item("kube-root-ca.crt"), item("mine")]) == [
        Left(Kind("", "v1", "configmaps"), "mine", "mine")
    ]
    assert left(Kind("", "v1", "secrets"), [item("auth"), item("tls-certs")]) == []
    assert left(Kind("", "v1", "serviceaccounts"), [item("default")]) == []
    roles = Kind("rbac.authorization.k8s.io", "v1", "roles")
    assert [each.name for each in left(roles, [item("auth"), item("default")])] == ["auth", "default"]


def test_what_holds_an_object() -> None:
    """Kubernetes takes its own finalizers away; any other needs a program that does."""
    job = Kind("batch", "v1", "jobs")
    (found,) = left(
        job,
        [item("j", deletionTimestamp="…", finalizers=["batch.kubernetes.io/job-tracking", "example.com/hold"])],
    )
    assert found.terminating
    assert found.held_by == ["example.com/hold"]
    assert str(found) == "jobs.batch/j"
