"""Whether a lab is in a class, and who repairs the cluster then."""

from __future__ import annotations

import sys

import pytest
import urllib3

from labkit import cli, cluster, in_class
from labkit.api import api_errors
from labkit.errors import ClusterError
from labkit.explain.hints import explain
from labkit.in_class import Class, NodeLoss, Where
from labkit.lesson import namespace, wording
from labkit.notebook import wait_loop
from labkit.state import Store

OWN: dict[str, str] = {}
OTHERS = {"LABKIT_KUBECONFIG": "in-pod"}
CLASS = {**OTHERS, "LABKIT_NODE_LOSS": "pause", "LABKIT_EVICTIONS": "1"}


@pytest.mark.parametrize(("said", "where"), [(OWN, Where.HERE), (OTHERS, Where.OTHERS), (CLASS, Where.CLASS)])
def test_whose_cluster_it_is(said: dict[str, str], where: Where) -> None:
    assert in_class.where(said) is where
    assert ("labkit up" in in_class.repair(said)) == (where is Where.HERE)


def test_what_a_lab_knows_of_its_class() -> None:
    assert in_class.found(OTHERS) is None
    assert in_class.found(CLASS) == Class(NodeLoss.PAUSE, evictions=True)
    assert in_class.found({"LABKIT_NODE_LOSS": "drain", "LABKIT_EVICTIONS": ""}) == Class(
        NodeLoss.DRAIN, evictions=False
    )


def test_a_way_that_is_not_known_is_waited_for_by_nobody() -> None:
    assert in_class.found({"LABKIT_NODE_LOSS": "explode"}) == Class(NodeLoss.NONE, evictions=False)


@pytest.fixture
def in_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in one."""
    for name, value in CLASS.items():
        monkeypatch.setenv(name, value)


UNREACHABLE = "The connection to the server 10.96.0.1:443 was refused - did you specify the right host or port?"
EXPIRED = "error: You must be logged in to the server (Unauthorized)"


@pytest.mark.usefixtures("in_a_class")
@pytest.mark.parametrize(("said", "what"), [(UNREACHABLE, "tell your instructor"), (EXPIRED, "restart the kernel")])
def test_kubectl_is_refused(said: str, what: str) -> None:
    hint = explain(["get", "pods"], said)
    assert what in hint.remedy
    assert "labkit up" not in hint.remedy
    assert hint.cluster


@pytest.mark.usefixtures("in_a_class")
def test_the_api_server_does_not_answer() -> None:
    with pytest.raises(ClusterError) as silent, api_errors.told("get", "nodes"):
        raise urllib3.exceptions.ProtocolError
    assert silent.value.remedy.startswith("tell your instructor")
    assert wait_loop.remedy_of(Store().snapshot).startswith("tell your instructor")


@pytest.mark.usefixtures("in_a_class")
@pytest.mark.parametrize("command", ["up", "down", "lab", "doctor"])
def test_what_looks_after_a_machine_is_refused(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker is not asked for: there is none."""
    monkeypatch.setattr(sys, "argv", ["labkit", command])
    monkeypatch.setattr(cluster, "up", None)
    monkeypatch.setattr(cluster, "down", None)
    with pytest.raises(ClusterError, match=f"labkit {command} is for a lab on a machine of one's own") as told:
        cli.app([command], standalone_mode=False)
    assert "tell your instructor" in told.value.remedy


@pytest.mark.usefixtures("in_a_class")
def test_a_namespace_that_is_not_the_classs() -> None:
    assert "tell your instructor" in namespace.foreign("lab-ann").remedy


@pytest.mark.usefixtures("in_a_class")
def test_a_box_does_not_hear_the_cluster() -> None:
    cause = wording.of_step("delete-a-pod", "00-start-here").causes["not-heard"]
    assert cause.remedy == "wait a moment; if it stays like this: tell your instructor"
