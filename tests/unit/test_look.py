"""An instructor looks at a learner's lab: whose it is, what can be shown, and that nothing can be changed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from labkit import cluster, jupyter
from labkit.api.connection import Connection
from labkit.errors import LabError
from labkit.notebook import look, recorder
from labkit.notebook.lab import Lab
from labkit.paths import REPO
from labkit.recording import file

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watch:
    """The last state of a recording, as a watch has it."""

    def __init__(self) -> None:
        recorded = file.load(REPO / "recordings" / "03-scale.rec")
        self.snapshot = recorded.snapshot
        recorded.close()
        self.stopped = 0

    def stop(self) -> None:
        """Stop."""
        self.stopped += 1


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Connection]]:
    """Be an instructor in a class, and return what was watched."""
    monkeypatch.setenv("LABKIT_NODE_LOSS", "pause")
    found: list[Connection] = []
    mine = Connection(Path("k"), "in-pod", "lab-teacher", Path("kubectl"), "https://frontend", None)  # type: ignore[arg-type]
    monkeypatch.setattr(cluster, "connection", lambda: mine)

    def begin(connection: Connection) -> tuple[Any, Any]:
        found.append(connection)
        return Watch(), SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(recorder, "begin", begin)
    yield found
    if look.Look._current is not None:
        look.Look._current.close()


def test_it_is_the_learners_namespace_that_is_watched(
    asked: list[Connection], capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Lab.look("alice")
    assert [each.namespace for each in asked] == ["lab-alice"]
    assert "You look at the lab of alice, and change nothing in it: " in capsys.readouterr().out
    assert len(seen.pods()) > 0
    assert seen.picture("now") is not None
    seen.check_holder()
    other = Lab.look("bob")
    assert seen.watch.stopped == 1  # type: ignore[attr-defined]  # ours
    other.close()
    other.close()
    assert look.Look._current is None


@pytest.mark.usefixtures("asked")
def test_nothing_in_it_changes_anything() -> None:
    """What acts on a cluster is not there: no kubectl, no files, no client, no Nodes."""
    seen = Lab.look("alice")
    for name in ("kubectl", "edit", "lose_node", "traffic", "reset", "exercise", "controls", "evict", "workspace"):
        assert hasattr(Lab, name) or name in {"kubectl", "workspace"}
        assert not hasattr(seen, name), name


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("name", [3, None, ""])
def test_a_name_that_is_none(name: Any) -> None:
    with pytest.raises(LabError):
        Lab.look(name)


def test_no_class() -> None:
    with pytest.raises(LabError, match="This is no class"):
        Lab.look("alice")


def test_an_instructor_has_a_notebook_for_each_learner(tmp_path: Path) -> None:
    """Where the page of the class leads to; what was changed in one stays."""
    folder = tmp_path / jupyter.LOOKS
    jupyter.write_looks(folder, ("alice", "b-2"))
    assert sorted(each.name for each in folder.iterdir()) == ["alice.ipynb", "b-2.ipynb"]
    found = nbformat.read(folder / "alice.ipynb", as_version=4)
    nbformat.validate(found)
    assert 'Lab.look("alice")' in found.cells[1].source
    (folder / "alice.ipynb").write_text("mine", encoding="utf-8")
    jupyter.write_looks(folder, ("alice",))
    assert (folder / "alice.ipynb").read_text(encoding="utf-8") == "mine"
    jupyter.write_looks(tmp_path / "none", ())
    assert not (tmp_path / "none").exists()
