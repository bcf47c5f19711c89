"""A replay: a lab without a cluster. What needs the cluster says so, once and clearly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from labkit import Lab
from labkit.errors import LabError
from labkit.notebook import recorder, shell, tables
from labkit.recording import file, story
from labkit.recording.request import Request
from labkit.recording.source import Source
from tests.unit import recording
from tests.unit.test_recording_file import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.notebook.replay import Replay

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the recorded rollout and requests."""
    timeline = recording.recorded()[1]
    source = Source(timeline, facts=FACTS, end=timeline.last)
    for number in range(200):
        source.requests.add(Request(timeline.last - 20 + number / 10, "1.0.0", 0.01, "hello-1"))
    found = tmp_path_factory.mktemp("replay") / "run.rec"
    file.save(source, found)
    return found


@pytest.fixture
def lab(path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Replay]:
    """Return a replay."""
    made = Lab.replay(path)
    assert (
        "A replay of namespace lab of cluster kind-labkit (Kubernetes v1.37.2): 2026-11-23" in capsys.readouterr().out
    )
    yield made
    made.close()


def test_its_tables_are_those_of_the_cursor(lab: Replay) -> None:
    snapshots = recording.moments()
    for snapshot in (snapshots[-1], snapshots[100], snapshots[len(snapshots) // 2]):
        lab.recording.seek(snapshot.at)
        then = lab.recording.timeline.at(snapshot.at)
        assert lab.pods().equals(tables.pods(then, now=lab.now()))
        assert lab.deployments().equals(tables.deployments(then, now=lab.now()))
        assert lab.replicasets().equals(tables.replicasets(then, now=lab.now()))
        assert lab.events().equals(tables.events(then, now=lab.now()))
    assert len(lab.pods("app=hello")) > 0
    with pytest.raises(LabError, match="is no label selector"):
        lab.pods("app in hello")


def test_its_questions_are_answered(lab: Replay, capsys: pytest.CaptureFixture[str]) -> None:
    lab.facts()
    lab.why("hello")
    lab.status()
    said = capsys.readouterr().out
    assert tables.facts(recording.moments()[-1]) in said
    assert "Namespace lab: " in said
    names = lab.pod_names("hello")
    assert names
    assert sum(lab.versions("hello").values()) <= len(names)
    assert lab.pod_names("none") == []


def test_its_story_is_that_of_the_recording(lab: Replay) -> None:
    assert lab.story("hello") == story.tell(recording.moments(), "hello")
    lab.reset()
    assert lab.now() == lab.recording.span[0]


def test_its_pictures_are_of_the_cursor_or_another_time(lab: Replay) -> None:
    end = lab.picture("The end.")
    then = recording.moments()[100]
    assert lab.picture(at=then.at).snapshot == lab.recording.timeline.at(then.at)
    assert end.snapshot == lab.recording.timeline.latest
    assert "200" in end.svg()
    lab.recording.seek(then.at)
    assert lab.picture().snapshot == lab.recording.timeline.at(then.at)
    assert lab.picture().svg() == lab.picture(at=then.at).svg()


def test_its_board_shows_the_cursor(lab: Replay) -> None:
    board = lab.board()
    lab.recording.seek(recording.moments()[100].at)
    assert repr(board)
    lab.close()
    lab.close()


def test_its_page(lab: Replay, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the lab and by the board: the same file, of the Deployment that the board looks at."""
    lab.page(tmp_path / "lab.html", focus="hello")
    assert capsys.readouterr().out == f"{tmp_path / 'lab.html'}: open it in any browser\n"
    board = lab.board(focus="hello")
    assert board.page(tmp_path / "board.html") == tmp_path / "board.html"
    written = (tmp_path / "lab.html").read_text(encoding="utf-8")
    assert "Replay of Deployment hello" in written
    assert (tmp_path / "board.html").read_text(encoding="utf-8") == written
    with pytest.raises(LabError, match="is no moment"):
        lab.page(tmp_path / "lab.html", begin="now")  # type: ignore[arg-type]


NEEDS = [
    'lab.kubectl.run("get", "pods")', 'lab.edit("manifests/hello.yaml", "1", "2")', 'lab.show("manifests/hello.yaml")',
    "lab.files()", 'lab.wait_ready("hello", 3)', 'lab.wait_settled("hello")', "lab.traffic()", "lab.get()",
    "lab.front_door", 'lab.lose_node("labkit-worker")', 'lab.bring_back("labkit-worker")', 'lab.exit_code("get pods")',
    "lab.workspace", "lab.connection", 'lab.node_with("hello")', 'lab.controls("hello")',
]  # fmt: skip


@pytest.mark.parametrize("needs", NEEDS)
def test_what_needs_the_cluster_says_so(lab: Replay, needs: str) -> None:
    with pytest.raises(LabError, match=r"needs the cluster, and this is a replay of") as caught:
        eval(needs, {"lab": lab})  # noqa: S307 - as a cell does
    assert 'Lab("03-scale")' in caught.value.remedy


def test_everything_that_a_lab_has_is_there_or_refused(lab: Replay) -> None:
    for name in dir(Lab):
        if name.startswith("_") or name in {"recording", "watch"}:
            continue
        if name in dir(lab):
            continue
        with pytest.raises(LabError, match=f"lab.{name} needs the cluster"):
            getattr(lab, name)()
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = lab.nothing_such


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return an IPython that is the notebook's."""
    made: Any = InteractiveShell()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(shell, "current", lambda: made)
    return made


@pytest.mark.parametrize(
    ("cell", "typed"),
    [
        ("%kubectl get pods -l app=hello", "%kubectl get pods -l app=hello"),
        ("%kubectl", "%kubectl"),
        ("%kubectl get pods -l 'app", "%kubectl get pods -l 'app"),
        ("%%kubectl apply -f -\nkind: Pod", "%%kubectl apply -f -"),
    ],
)
def test_kubectl_says_that_it_needs_the_cluster(
    notebook: Any, path: Path, cell: str, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a call of the lab does, and not that IPython knows no such magic."""
    made = Lab.replay(path)
    capsys.readouterr()
    done = notebook.run_cell(cell)
    made.close()
    assert isinstance(done.error_in_exec, LabError)
    problem, remedy = capsys.readouterr().out.splitlines()
    assert problem.startswith(f"{typed} needs the cluster, and this is a replay of {path}")
    assert remedy.startswith('Next: lab = Lab("03-scale") is a lab on the cluster')


def test_kubectl_stays_that_of_a_lab_on_the_cluster(notebook: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lab, "_current", object())
    ran: list[str] = []
    notebook.magics_manager.register_function(ran.append, magic_kind="line", magic_name="kubectl")
    made = Lab.replay(path)
    notebook.run_cell("%kubectl get pods")
    made.close()
    assert ran == ["get pods"]


CELLS = """
from labkit import Lab
lab = Lab.replay({path!r})
print(len(lab.pods()), len(lab.events()) > 0, len(lab.story("hello").lives) > 5)
print(len(lab.picture("x").svg()) > 5000)
lab.board()
lab.why("hello")
lab.recording.play(4)
lab.close()
"""


def test_it_needs_no_cluster_and_no_docker(path: Path, tmp_path: Path) -> None:
    """On a machine that has neither, and no tools either."""
    done = subprocess.run(
        [sys.executable, "-c", CELLS.format(path=str(path))],
        check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env={"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(REPO), "DOCKER_HOST": "unix:///nowhere"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "True True" in done.stdout


def labkit(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labkit", *arguments], check=False, capture_output=True, text=True, timeout=120, cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPO), "DOCKER_HOST": "unix:///nowhere", "LABKIT_CLUSTER": "labkit-none"},
    )  # fmt: skip


def test_the_command_tells_the_story(path: Path, tmp_path: Path) -> None:
    done = labkit("replay", str(path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first.startswith("A replay of namespace lab")
    assert rest == list(recorder.story(file.load(path)))
    assert len(rest) > 50
    assert "Ready" in done.stdout
    assert " s  " in rest[0]


def test_the_command_tells_what_is_wrong(path: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.rec").write_bytes(path.read_bytes()[:9000])
    done = labkit("replay", "cut.rec", cwd=tmp_path)
    assert done.returncode == 0
    assert "The recording is not whole, this much can be read: it is cut off" in done.stdout
    done = labkit("replay", "none.rec", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "\nThere is no recording none.rec.\nNext: ls .\n"
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = labkit("record", "notes.txt", cwd=tmp_path)
    assert done.returncode == 1
    assert "notes.txt is there already and is not a recording: it is not overwritten." in done.stderr
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_damaged_one_says_so(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.rec").write_bytes(path.read_bytes()[:9000])
    Lab.replay(tmp_path / "cut.rec").close()
    assert "is not whole, this much can be read: it is cut off" in capsys.readouterr().out


@pytest.mark.parametrize("odd", ["", None, 5, "none.rec", "recordings"])
def test_what_is_no_recording_is_told(odd: str) -> None:
    with pytest.raises(LabError):
        Lab.replay(odd)
