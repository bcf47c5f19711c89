"""kubectl, run by the lab, leaves nothing in the user's home folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit import paths

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.api.kubectl import Kubectl

pytestmark = pytest.mark.cluster


def test_what_kubectl_learns_of_the_api_stays_with_the_kit(
    kubectl: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a setting it writes some hundred files into ~/.kube/cache."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    kubectl.run("get", "deployments")
    assert list(home.iterdir()) == []
    assert (tmp_path / "state" / "kubectl-cache" / "discovery").is_dir()
