"""The learner's working copy: theirs to edit, easy to take back, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.workspace import Workspace, difference

if TYPE_CHECKING:
    from pathlib import Path

HELLO = "spec:\n  replicas: 1\n  image: localhost/hello:1.0.0\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a working copy of a lesson with two files."""
    source = tmp_path / "lesson"
    (source / "manifests/services").mkdir(parents=True)
    (source / "nginx").mkdir()
    (source / "manifests/hello.yaml").write_text(HELLO)
    (source / "manifests/services/hello.yaml").write_text("kind: Service\n")
    (source / "nginx/frontend.conf").write_text("server {}\n")
    (source / "nginx/nginx.conf").write_text("not a learner's file\n")
    copy = Workspace(tmp_path / "work", source)
    copy.reset()
    return copy


def test_copies_what_a_learner_edits(workspace: Workspace) -> None:
    """Manifests and the nginx configuration, and nothing else."""
    assert workspace.files() == ["manifests/hello.yaml", "manifests/services/hello.yaml", "nginx/frontend.conf"]


def test_an_edit_shows_its_difference(workspace: Workspace) -> None:
    """The lines that changed, as diff marks them."""
    shown = workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    assert shown == "manifests/hello.yaml\n-  replicas: 1\n+  replicas: 3"
    assert "replicas: 3" in workspace.read("manifests/hello.yaml")


def test_an_edit_made_by_hand_is_accepted(workspace: Workspace) -> None:
    """A learner who used an editor need not undo it for the cell to pass."""
    workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    assert "says so already" in workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")


@pytest.mark.parametrize("path", ["manifests/nope.yaml", "../lesson/manifests/hello.yaml", "manifests"])
def test_an_edit_outside_the_copy_is_refused(workspace: Workspace, path: str) -> None:
    """The message lists what there is."""
    with pytest.raises(LabError, match="no file") as refused:
        workspace.edit(path, "a", "b")
    assert "manifests/hello.yaml" in refused.value.remedy


def test_an_edit_that_does_not_fit_is_refused(workspace: Workspace) -> None:
    """Nothing is written, and the way back is named."""
    with pytest.raises(LabError, match="'replicas: 7' 0 times") as refused:
        workspace.edit("manifests/hello.yaml", "replicas: 7", "replicas: 3")
    assert "lab.restore" in refused.value.remedy
    assert workspace.read("manifests/hello.yaml") == HELLO


def test_a_reset_keeps_what_the_learner_wrote(workspace: Workspace) -> None:
    """Own text goes aside, not away."""
    (workspace.root / "manifests/hello.yaml").write_text(HELLO + "# my idea\n")
    (workspace.root / "manifests/mine.yaml").write_text("kind: Mine\n")
    kept = workspace.reset()
    assert kept is not None
    assert (kept / "manifests/hello.yaml").read_text().endswith("# my idea\n")
    assert (kept / "manifests/mine.yaml").exists()
    assert workspace.read("manifests/hello.yaml") == HELLO


def test_a_reset_does_not_keep_the_lessons_own_edits(workspace: Workspace) -> None:
    """Replicas and image tags are what every notebook changes."""
    workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    workspace.edit("manifests/hello.yaml", "hello:1.0.0", "hello:2.0.0")
    assert workspace.reset() is None
    assert workspace.read("manifests/hello.yaml") == HELLO


def test_a_reset_can_begin_later_in_the_lesson(workspace: Workspace) -> None:
    """A notebook's start may hold an earlier notebook's edit."""
    workspace.reset({"manifests/hello.yaml": {"replicas: 1": "replicas: 3"}})
    assert "replicas: 3" in workspace.read("manifests/hello.yaml")


def test_restore_takes_one_file_back(workspace: Workspace) -> None:
    """The others stay as they are."""
    (workspace.root / "manifests/hello.yaml").write_text("broken: [")
    (workspace.root / "nginx/frontend.conf").write_text("mine\n")
    workspace.restore("manifests/hello.yaml")
    assert workspace.read("manifests/hello.yaml") == HELLO
    assert workspace.read("nginx/frontend.conf") == "mine\n"
    with pytest.raises(LabError, match=r"no file x\.yaml"):
        workspace.restore("x.yaml")


def test_difference_of_equal_texts_is_the_name() -> None:
    """Nothing changed, nothing marked."""
    assert difference("a", "x\n", "x\n") == "a"
