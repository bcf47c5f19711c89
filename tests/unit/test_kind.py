"""A cluster is made although Docker still makes a container that an interrupted start had asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from labkit import command
from labkit.cluster import config, identity, kind, nodes
from labkit.errors import BuildError
from labkit.images import binaries, docker
from labkit.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = 'Conflict. The container name "/lab-control-plane" is already in use by container "bbb2147".'


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, ...]]:
    """Return what is asked of kind and Docker; kind fails until Docker was asked to remove the container."""
    calls: list[tuple[str, ...]] = []

    def run(*_: object, **__: object) -> None:
        calls.append(("kind",))
        if ("docker", "rm") not in calls:
            raise BuildError("kind create cluster ended with code 1", detail=TAKEN, remedy="")

    def ask(*arguments: str, **_: Any) -> str:
        calls.append(("docker", arguments[0]))
        return ""

    found = nodes.Container("bbb2147", "lab-control-plane", "control-plane", "created", "", "", None)
    # the first look comes too early: Docker still makes it
    looks = iter([[], [found]])
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path))
    monkeypatch.setattr(binaries, "kind_program", lambda _: tmp_path / "kind")
    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(docker, "ask", ask)
    monkeypatch.setattr(nodes, "containers", lambda _: next(looks))
    monkeypatch.setattr(identity, "refuse_foreign", lambda *_: None)
    return calls


def test_what_an_interrupted_start_left_is_removed(asked: list[tuple[str, ...]], tmp_path: Path) -> None:
    kind.create(Progress(), "lab", "localhost/node", config.Config(0, 30443, 2), tmp_path)
    assert asked == [("kind",), ("kind",), ("docker", "rm"), ("kind",)]


def test_any_other_failure_is_one(
    asked: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        asked.append(("kind",))
        raise BuildError("kind create cluster ended with code 1", detail="no space left on device", remedy="")

    monkeypatch.setattr(command, "run", run)
    with pytest.raises(BuildError):
        kind.create(Progress(), "lab", "localhost/node", config.Config(0, 30443, 2), tmp_path)
    assert asked == [("kind",)]
