"""Whose a namespace is, and what on it is not the kit's."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.lesson import namespace


@pytest.mark.parametrize(
    "labels",
    [
        None,
        {},
        {"kubernetes.io/metadata.name": "team-labkit"},
        {"kubernetes.io/metadata.name": "labkit"},
        {"app.kubernetes.io/managed-by": "labkit-operator"},
        {"app.kubernetes.io/managed-by": "Labkit"},
        {"app.kubernetes.io/managed-by": "helm", "team": "labkit"},
        {"example.com/app.kubernetes.io-managed-by": "labkit"},
        {"managed-by": "labkit"},
        {"app.kubernetes.io/managed-by": "app.kubernetes.io/managed-by=labkit"},
    ],
)
def test_a_namespace_of_somebody_else(labels: dict[str, str] | None) -> None:
    """The word alone says nothing: every namespace carries its own name as a label."""
    assert not namespace.is_own(labels)


def test_the_kits_own() -> None:
    assert namespace.is_own({"kubernetes.io/metadata.name": "x", "app.kubernetes.io/managed-by": "labkit"})


def test_the_error_names_the_namespace_and_what_to_do() -> None:
    error = namespace.foreign("team-labkit")
    assert "team-labkit" in error.problem
    assert "LABKIT_NAMESPACE=" in error.remedy
    assert "kubectl label namespace team-labkit app.kubernetes.io/managed-by=labkit" in error.remedy


MADE = {"kubernetes.io/metadata.name": "lab", "app.kubernetes.io/managed-by": "labkit"}


def test_a_namespace_as_the_kit_makes_it_stays() -> None:
    assert namespace.straightened({"labels": MADE}) is None


def test_what_was_put_on_a_namespace_is_taken_off() -> None:
    """A null in a merge patch takes a key away."""
    changed = {"labels": {**MADE, "pod-security.kubernetes.io/enforce": "restricted"}, "annotations": {"a": "b"}}
    assert namespace.straightened(changed) == {
        "metadata": {"labels": {"pod-security.kubernetes.io/enforce": None}, "annotations": {"a": None}}
    }


def secret(**metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "auth", "uid": "1", **metadata}, "type": "Opaque", "data": {"users": "eA=="}}


def test_a_secret_as_set_up_made_it_stays() -> None:
    assert namespace.is_as_made(secret(resourceVersion="7"), secret())


@pytest.mark.parametrize(
    "found",
    [
        {**secret(), "data": {"users": "eQ=="}},
        {**secret(), "data": {"users": "eA==", "more": ""}},
        {**secret(), "data": None},
        {**secret(), "type": "example.com/other"},
        {**secret(), "immutable": True},
        secret(ownerReferences=[{}]),
        secret(finalizers=["example.com/hold"]),
        secret(deletionTimestamp="2026-01-01T00:00:00Z"),
    ],
)
def test_a_secret_that_was_changed(found: dict[str, Any]) -> None:
    assert not namespace.is_as_made(found, secret())
