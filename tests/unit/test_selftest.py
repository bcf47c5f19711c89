"""``make test``: a stage that fails ends it with code 1, Ctrl-C ends it tidily, and no test is left out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from labkit.develop import node_watch, second_try, selftest
from labkit.develop.selftest import Suite
from labkit.errors import LabError
from labkit.paths import REPO
from labkit.state import parse
from labkit.state.objects import Node

if TYPE_CHECKING:
    from pathlib import Path

#: Runs one stage that says what a Ctrl-C would do, sleeps, and on Ctrl-C takes a second to put something away.
NAP = """
import signal, sys, time
from pathlib import Path
told = Path(sys.argv[1])
told.write_text(str(signal.getsignal(signal.SIGINT) is signal.default_int_handler))
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    told.with_suffix(".away").write_text("put away")
"""
RUN = """
import sys
from labkit import cli
from labkit.develop import selftest
selftest.SUITES = (selftest.Suite("nap", ("-c", sys.argv.pop(1), sys.argv.pop(1))),)
sys.argv[1:] = ["test"]
cli.main()
"""


#: A command that takes a second to put something away.
PUTS_AWAY = """
import sys, time
from pathlib import Path
from labkit import cli
told = Path(sys.argv.pop(1))
@cli.app.command()
def nap():
    told.write_text("begun")
    try:
        time.sleep(60)
    finally:
        time.sleep(1)
        told.with_suffix(".away").touch()
sys.argv[1:] = ["nap"]
cli.main()
"""


@pytest.fixture
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the environment, and what Ctrl-C does, as they are."""
    monkeypatch.setattr(selftest, "_keep_apart", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)


@pytest.mark.usefixtures("_apart")
def test_a_stage_that_fails_ends_the_run_with_1(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stages = Suite("good", ("-c", "print('in good')")), Suite("bad", ("-c", "raise SystemExit(3)"))
    monkeypatch.setattr(selftest, "SUITES", (*stages, Suite("never", ("-c", "print('in never')"))))
    assert selftest.main() == 1
    said = capfd.readouterr().out
    assert "in good" in said
    assert "bad failed (exit code 3)" in said
    assert "in never" not in said
    assert selftest.main(["good"]) == 0
    assert "All tests passed" in capfd.readouterr().out


@pytest.mark.usefixtures("_apart")
@pytest.mark.parametrize("beside", ["format", "nothing-of-that-name"])
def test_another_lane_begins_with_its_stage_and_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], beside: str
) -> None:
    """It is shown at the end, and what fails in it fails the run; who names stages has one lane."""
    monkeypatch.setattr("labkit.paths.STATE", tmp_path)
    stages = Suite("first", ("-c", "print('in first')")), Suite(selftest.BESIDE, ("-c", "print('in the stage beside')"))
    monkeypatch.setattr(selftest, "SUITES", (*stages, Suite(beside, ("-c", ""), lane=2)))
    assert (selftest.main() == 0) is (beside == "format")
    said = capfd.readouterr().out
    places = [said.index(each) for each in ("in first", "lane 2, on a", "in the stage beside", " lane 2 ──")]
    assert places == sorted(places)
    assert ("format passed" in said) is (beside == "format")
    assert ("All tests passed" in said) is (beside == "format")
    assert selftest.main(["first"]) == 0
    assert "lane 2" not in capfd.readouterr().out


@pytest.mark.usefixtures("_apart")
def test_on_a_cluster_the_state_is_dumped_and_the_cluster_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done around a stage, in order; that it is done to a real cluster is what a failing CI run shows."""
    done: list[str] = []

    class Nodes:
        false_alarms: tuple[str, ...] = ()

        def stop(self) -> None:
            done.append("stop watching")

    for name, what in (("_up", "up"), ("_down", "down"), ("dump", "dump")):
        monkeypatch.setattr(selftest, name, lambda what=what: done.append(what))
    monkeypatch.setattr(selftest, "NodeWatch", Nodes)
    monkeypatch.setattr(selftest, "SUITES", (Suite("bad", ("-c", "raise SystemExit(1)"), cluster=True),))
    assert selftest.main() == 1
    assert done == ["up", "dump", "stop watching", "down"]


#: One test that passes from its second run on, one that never does.
UNSTEADY = """
from pathlib import Path
def test_steady(): pass
def test_unsteady():
    once = Path(__file__).with_suffix(".once")
    seen = once.exists()
    once.touch()
    assert seen
"""


@pytest.mark.usefixtures("_apart")
@pytest.mark.parametrize("fault", [False, True])
def test_what_fails_on_the_cluster_is_tried_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], *, fault: bool
) -> None:
    """A fault fails twice; what passes at the second try is named."""
    (tmp_path / "test_it.py").write_text(UNSTEADY + ("def test_fault(): assert False\n" if fault else ""), "utf-8")
    for name in ("_up", "_down", "dump"):
        monkeypatch.setattr(selftest, name, lambda: None)
    monkeypatch.setattr(selftest, "NodeWatch", lambda: SimpleNamespace(false_alarms=(), stop=lambda: None))
    monkeypatch.setattr("labkit.paths.STATE", tmp_path / "state")
    # these tests need no plugin, and to import those that are there takes longer than all the rest
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    asked = ("-m", "pytest", "-q", f"--rootdir={tmp_path}", str(tmp_path))
    monkeypatch.setattr(selftest, "SUITES", (Suite("them", asked, cluster=True),))
    assert selftest.main() == (1 if fault else 0)
    said = capfd.readouterr().out
    assert "1 passed" in said if not fault else "1 failed, 1 passed" in said
    assert ("At the second try only" in said) is not fault
    assert "test_it.py::test_unsteady" in said


def test_a_notebook_is_tried_again_from_its_first_cell() -> None:
    asked = ("-m", "pytest", "--nbval", "notebooks/a.ipynb", "notebooks/b.ipynb")
    assert second_try.again(asked, ["notebooks/b.ipynb::Cell 3"]) == ("-m", "pytest", "--nbval", "notebooks/b.ipynb")


@pytest.mark.usefixtures("_apart")
def test_a_stage_that_there_is_not() -> None:
    with pytest.raises(LabError, match="no stage 'units'") as told:
        selftest.main(["units"])
    assert "unit" in told.value.remedy


def until_begun(told: Path) -> None:
    """Wait until what is interrupted has said something."""
    end = time.monotonic() + 30
    while not told.exists() or not told.read_text(encoding="utf-8"):
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.05)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_interrupted_also_in_the_background(tmp_path: Path, sign: signal.Signals) -> None:
    """A shell without job control starts background jobs with Ctrl-C ignored, and children inherit that."""
    told = tmp_path / "told"
    script = 'trap "" INT; exec "$@"'
    asked = ["sh", "-c", script, "sh", sys.executable, "-c", RUN, NAP, str(told)]
    running = subprocess.Popen(asked, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until_begun(told)
        assert told.read_text(encoding="utf-8") == "True", "the tests would not hear Ctrl-C"
        running.send_signal(sign)
        said, _ = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode in {130, 143}, said
    assert "Traceback" not in said
    assert told.with_suffix(".away").read_text(encoding="utf-8") == "put away"


def test_a_second_signal_does_not_cut_short_what_the_first_has_begun(tmp_path: Path) -> None:
    """Make passes on what has reached us already; what we started has a session of its own, and would be left."""
    told = tmp_path / "told"
    running = subprocess.Popen([sys.executable, "-c", PUTS_AWAY, str(told)], cwd=REPO)
    try:
        until_begun(told)
        for _ in range(2):
            running.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        assert running.wait(30) == 128 + signal.SIGTERM
    finally:
        running.kill()
    assert told.with_suffix(".away").exists()


def test_no_file_of_tests_is_left_out() -> None:
    said = {word for suite in selftest.SUITES for word in suite.command}
    folders = {path.parent.relative_to(REPO).as_posix() for path in (REPO / "tests").rglob("test_*.py")}
    assert folders <= said
    # "alone" and "not alone" are both run, so that a mark hides nothing
    assert {"alone", "not alone"} <= said


def test_a_node_that_was_given_up_is_told_from_one_without_a_machine() -> None:
    """Tests make Nodes that are objects only, and delete them: nothing to be alarmed about."""

    def node(name: str, ready: str) -> Node:
        found = parse.parse(
            "Node",
            {
                "metadata": {
                    "name": name,
                    "uid": name,
                    "creationTimestamp": "2026-11-25T12:00:00Z",
                    "resourceVersion": "1",
                },
                "spec": {},
                "status": {"conditions": [{"type": "Ready", "status": ready}]},
            },
        )
        assert isinstance(found, Node)
        return found

    own = {"worker", "worker2"}
    lost, ready = node_watch.lost_nodes(
        set(), [node("worker", "True"), node("worker2", "True"), node("no", "True")], own
    )
    assert (lost, ready) == (set(), own)
    assert node_watch.lost_nodes(ready, [node("worker", "Unknown"), node("worker2", "True")], own) == (
        {"worker"},
        {"worker2"},
    )
    # deleted, with a machine or without
    assert node_watch.lost_nodes(own | {"no"}, [node("worker2", "True")], own) == (set(), {"worker2"})
