"""What "show me" and "start over" do, act by act, with a kubectl that is written down; and what gathering asks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from labkit import paths
from labkit.api.kubectl import Result
from labkit.errors import LabError, ManifestError, WaitTimeoutError
from labkit.lesson import doing
from labkit.lesson.access import Access
from labkit.lesson.gathering import GOOD_FOR, PAUSE, QUIET, Gatherer
from labkit.lesson.steps.acts import Answer, Edit, Restore, Until, Write, kubectl, typed
from labkit.lesson.steps.evidence import AskDoor, AskKubectl
from labkit.lesson.workspace import Workspace
from labkit.recording import file
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from labkit.state.step import whole

if TYPE_CHECKING:
    from pathlib import Path


@cache
def recorded() -> Source:
    """Return a recording of one moment of the lesson, in which all kinds were heard."""
    timeline = file.load(paths.RECORDINGS / "03-scale.rec").timeline
    snapshot = next(each for each in timeline if not each.outdated)
    moment = Timeline()
    moment.record(whole(snapshot), snapshot)
    return Source(moment)


class Said:
    """kubectl and the front door, which say what a test wants."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, ...]] = []
        self.result = Result("done\n", "", 0)
        self.error: LabError | None = None

    def try_run(self, *words: str, stdin: str | None = None, timeout: float = 0) -> Result:
        """Note it."""
        del stdin, timeout
        self.ran.append(words)
        return self.result

    def failure(self, words: tuple[str, ...], said: str) -> LabError:
        """Return the error."""
        return ManifestError(f"{words[0]}: {said}", remedy="look")

    def get(self, path: str, *, patience: float) -> Any:
        """Answer, or not."""
        del patience
        self.ran.append((path,))
        raise self.error or AssertionError


class Bench:
    """A working copy, a kubectl, a clock, and a gatherer on a recording that stands still."""

    def __init__(self, folder: Path) -> None:
        self.said, self.time = Said(), 0.0
        self.workspace = Workspace(folder, edits=())
        self.workspace.reset()
        said: Any = self.said
        self.access = Access(said, said, self.workspace)

    def gatherer(self, *questions: AskKubectl | AskDoor) -> Gatherer:
        """Return a gatherer with these questions."""
        return Gatherer(questions, recorded(), self.access, 0.0, clock=lambda: self.time)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a bench."""
    return Bench(tmp_path / "work")


def test_acts_are_done_and_told_in_order(bench: Bench) -> None:
    gatherer, told = bench.gatherer(), []

    def say(said: str, *, waiting: bool = False) -> None:
        told.append((said.splitlines()[0], waiting))

    todo = (
        kubectl("get pods -l 'app=hello,track=stable'"),
        Edit("manifests/hello.yaml", "replicas: 1", "replicas: 3"),
        Edit("manifests/hello.yaml", "replicas: 1", "replicas: 3"),
        Write("manifests/mine.yaml", "kind: Pod\n"),
        Answer("a ConfigMap"),
        Until("there", lambda _: True),
        Restore("manifests/hello.yaml"),
    )
    doing.perform(todo, bench.access, gatherer, say=say, waits={"there": "what is there"})
    assert bench.said.ran == [("get", "pods", "-l", "app=hello,track=stable")]
    assert gatherer.answer == "a ConfigMap"
    assert bench.workspace.read("manifests/mine.yaml") == "kind: Pod\n"
    assert "replicas: 1" in bench.workspace.read("manifests/hello.yaml")
    assert told == [
        ("%kubectl get pods -l app=hello,track=stable", False),
        ('lab.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")', False),
        ('lab.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")', False),
        ("%%writefile ../work/manifests/mine.yaml", False),
        ("a ConfigMap", False),
        ("waiting for what is there …", True),
        ('lab.restore("manifests/hello.yaml")', False),
    ]
    assert len(typed(todo)) == len(todo) - 1, "a wait is nothing that one types"


def test_a_refused_command_ends_it_unless_it_may_be_refused(bench: Bench) -> None:
    bench.said.result = Result("", "not found", 1)
    doing.perform((kubectl("delete pod x", may_fail=True),), bench.access, bench.gatherer())
    with pytest.raises(ManifestError, match="delete: not found"):
        doing.perform((kubectl("delete pod x"), kubectl("get pods")), bench.access, bench.gatherer())
    assert bench.said.ran == [("delete", "pod", "x")] * 2


def test_a_wait_in_vain_says_for_what(bench: Bench) -> None:
    never = Until("never", lambda _: False, seconds=0.0)
    with pytest.raises(WaitTimeoutError, match="Waited 0 s for a miracle, in vain"):
        doing.perform((never,), bench.access, bench.gatherer(), waits={"never": "a miracle"})


def test_a_file_of_the_learners_is_kept(bench: Bench) -> None:
    """What somebody wrote under the same name is theirs."""
    bench.workspace.write_new("manifests/mine.yaml", "mine")
    assert bench.workspace.write_new("manifests/mine.yaml", "mine") is None
    kept = bench.workspace.write_new("manifests/mine.yaml", "the lesson's")
    assert kept is not None
    assert kept.read_text() == "mine"


def test_questions_are_put_again_when_they_are_old_or_something_changed(bench: Bench) -> None:
    gatherer = bench.gatherer(AskKubectl("diff", ("diff", "-f", "x")))
    assert gatherer.gather().replies["diff"].text == "done\n"
    gatherer.gather()
    assert len(bench.said.ran) == 1
    bench.workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    gatherer.gather()
    assert len(bench.said.ran) == 1, "not at once, however much changes"
    bench.time += PAUSE + 0.1
    gatherer.gather()
    assert len(bench.said.ran) == 2
    bench.time += PAUSE + 0.1
    gatherer.gather()
    assert len(bench.said.ran) == 2, "nothing has changed"
    bench.time += GOOD_FOR
    gatherer.gather()
    assert len(bench.said.ran) == 3
    gatherer.gather(afresh=True)
    assert len(bench.said.ran) == 4
    bench.time += QUIET + GOOD_FOR
    gatherer.gather()
    bench.time += GOOD_FOR + 0.1
    gatherer.gather()
    assert len(bench.said.ran) == 5, "a box that was left open asks less often"
    bench.workspace.edit("manifests/hello.yaml", "replicas: 3", "replicas: 1")
    gatherer.gather()
    assert len(bench.said.ran) == 6, "until something changes"


def test_a_door_that_nobody_opens_is_an_answer_too(bench: Bench) -> None:
    bench.said.error = LabError("Nobody answers.", remedy="wait")
    reply = bench.gatherer(AskDoor("door", "/")).gather().replies["door"]
    assert (reply.code, reply.said) == (-1, "Nobody answers.")
