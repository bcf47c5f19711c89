"""``make test-minors``: each minor is tried, in lanes, whatever became of the one before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from labkit.develop import every_minor
from labkit.develop.selftest import SUITES

if TYPE_CHECKING:
    from pathlib import Path


def test_its_stages_need_a_cluster() -> None:
    """And are stages of the tests."""
    with_cluster = {suite.name for suite in SUITES if suite.cluster}
    assert {name for names in every_minor.STAGES for name in names} <= with_cluster


@pytest.mark.parametrize(("beside", "code"), [("format", 0), ("nothing-of-that-name", 1)])
def test_a_lane_that_fails_fails_its_minor_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], beside: str, code: int
) -> None:
    """Two minors, two lanes each, by stages that need no cluster."""
    monkeypatch.setattr("labkit.paths.STATE", tmp_path)
    monkeypatch.setenv("LABKIT_KUBERNETES", "")
    assert every_minor.main(["1.37", "1.36"], [["format"], [beside]]) == code
    said = capfd.readouterr().out
    verdicts = [line.split(" after")[0] for line in said.splitlines() if line.startswith("Kubernetes ")]
    passed = "passed" if code == 0 else f"failed (exit code {code})"
    assert verdicts == [f"Kubernetes 1.37: {passed}", f"Kubernetes 1.36: {passed}"]
    assert os.environ["LABKIT_KUBERNETES"] == "1.36"
