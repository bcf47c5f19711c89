"""The lanes of ``make test``: stages run beside, what they say is shown, and they end when they are to."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from labkit import paths
from labkit.develop import lanes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Return a console that keeps what it is told, for a lane whose log stands in a folder of its own."""
    monkeypatch.setattr(paths, "STATE", tmp_path)
    return Console(file=io.StringIO(), width=200)


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_its_stages_run_and_are_shown(console: Console) -> None:
    with lanes.running(2, ["format"], console) as lane:
        assert lane.follow() == 0
    assert "lane 2, on a cluster of its own: format" in told(console)
    assert "format passed after" in told(console)


def test_a_stage_that_fails_is_told_by_its_exit_code(console: Console) -> None:
    with lanes.running(2, ["nothing-of-that-name"], console) as lane:
        assert lane.follow() != 0
    assert "There is no stage 'nothing-of-that-name'" in told(console)


def test_what_still_runs_at_the_end_is_ended(console: Console, tmp_path: Path) -> None:
    log = tmp_path / "test-lane-2.log"
    with lanes.running(2, ["types"], console) as lane:
        end = time.monotonic() + 30
        while "types" not in log.read_text(encoding="utf-8"):
            assert time.monotonic() < end, "the stage did not start"
            time.sleep(0.05)
    assert lane.follow() != 0, "it was interrupted"
    assert "passed" not in log.read_text(encoding="utf-8")


def test_what_it_makes_has_names_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(lanes.LANE, raising=False)
    assert lanes.own("labkit-test") == "labkit-test"
    monkeypatch.setenv(lanes.LANE, "2")
    assert lanes.own("labkit-test") == "labkit-test-2"
    assert lanes.own("test-work") == "test-work-2"
