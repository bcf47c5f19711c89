"""The learner's working copy: theirs to edit, easy to take back, never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError
from labkit.lesson.committed import Edit, is_lessons
from labkit.lesson.workspace import Workspace, difference

if TYPE_CHECKING:
    from pathlib import Path

#: What the lesson of these tests edits, as the committed notebooks do.
EDITS = (
    Edit("manifests/hello.yaml", ("replicas: 1",), ("replicas: 3",)),
    Edit("manifests/hello.yaml", ("replicas: 3",), ("replicas: 1",)),
    Edit("manifests/hello.yaml", ("hello:1.0.0",), ("hello:2.0.0",)),
    Edit("manifests/hello.yaml", ("hello:1.0.0",), ("hello:3.0.0",)),
    Edit("manifests/services/hello.yaml", ("kind: Service",), ('ip: ["', '"]')),
)
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
    copy = Workspace(tmp_path / "work", source, EDITS)
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("replicas: 1", "replicas: 5"),
        ("replicas: 1", "replicas: 1  # I wonder why"),
        ("replicas: 1", "replicas: 3 "),
        ("hello:1.0.0", "hello:9.9.9"),
        ("image: localhost/hello:1.0.0", "# image: localhost/hello:2.0.0"),
    ],
)
def test_a_reset_keeps_a_line_that_only_begins_like_the_lessons(workspace: Workspace, old: str, new: str) -> None:
    """The lesson's own edits are known to the letter; what differs from them is the learner's."""
    mine = HELLO.replace(old, new)
    (workspace.root / "manifests/hello.yaml").write_text(mine)
    kept = workspace.reset()
    assert kept is not None
    assert (kept / "manifests/hello.yaml").read_text() == mine
    assert workspace.read("manifests/hello.yaml") == HELLO


def test_the_lessons_edits_stack_in_any_order() -> None:
    """Each from what the other left, and back; nothing else."""
    edits = [(edit.old[0], edit.new[0]) for edit in EDITS[:4]]
    both = HELLO.replace("replicas: 1", "replicas: 3").replace("1.0.0", "3.0.0")
    assert is_lessons(both, HELLO, edits)
    assert is_lessons(HELLO, HELLO, [])
    assert not is_lessons(both, HELLO, edits[:2])
    assert not is_lessons(both + "\n", HELLO, edits)
    # an edit fits only where its old text stands exactly once, as lab.edit has it
    assert not is_lessons("bb", "aa", [("a", "b")])


def test_many_edits_end() -> None:
    """An edit that makes a text longer and longer does not keep a learner waiting."""
    assert not is_lessons("x", "ab", [("b", "cb"), ("a", "da")])


def test_what_a_cell_filled_in_is_the_lessons_and_what_a_learner_writes_there_is_not(workspace: Workspace) -> None:
    """A node's address is known once the cell has run; another one was typed by somebody."""
    service = "manifests/services/hello.yaml"
    workspace.edit(service, "kind: Service", 'ip: ["172.18.0.4"]')
    again = Workspace(workspace.root, workspace.source, EDITS)  # another notebook's kernel
    assert again.reset() is None
    assert again.read(service) == "kind: Service\n"
    (workspace.root / service).write_text('ip: ["10.0.0.1"]\n')
    kept = again.reset()
    assert kept is not None
    assert (kept / service).read_text() == 'ip: ["10.0.0.1"]\n'
    workspace.edit("manifests/hello.yaml", "replicas: 1", 'replicas: 4 # ip: [""]')
    assert again.reset() is not None


def test_restoring_twice_within_a_second_keeps_both(workspace: Workspace) -> None:
    """Neither is written over; the call says where each is."""
    path = "manifests/hello.yaml"
    kept = []
    for mine in ("first: mine\n", "second: mine\n", "third: mine\n"):
        (workspace.root / path).write_text(mine)
        kept.append(workspace.restore(path))
    assert [one.read_text() for one in kept if one] == ["first: mine\n", "second: mine\n", "third: mine\n"]
    assert workspace.read(path) == HELLO


def test_restoring_what_is_the_lessons_keeps_nothing(workspace: Workspace) -> None:
    """There is nothing of the learner's in it."""
    assert workspace.restore("manifests/hello.yaml") is None
    workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    assert workspace.restore("manifests/hello.yaml") is None
    (workspace.root / "manifests/hello.yaml").unlink()
    assert workspace.restore("manifests/hello.yaml") is None
    assert not (workspace.root / ".kept").exists()


@pytest.mark.parametrize(
    "litter",
    [
        "manifests/.ipynb_checkpoints/hello-checkpoint.yaml",
        "manifests/.hello.yaml.swp",
        "manifests/hello.yaml~",
        "nginx/__pycache__/x.pyc",
        "manifests/services/.#hello.yaml",
    ],
)
def test_what_editors_leave_is_nobodys_work(workspace: Workspace, litter: str) -> None:
    """It is neither listed nor kept, and stays where its editor put it."""
    file = workspace.root / litter
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert litter not in workspace.files()
    assert workspace.reset() is None
    assert file.read_text() == "x"


def test_what_is_in_the_way_is_kept_too(workspace: Workspace) -> None:
    """A link where a file belongs is not written through; a file or a folder makes room."""
    elsewhere = workspace.root.parent / "elsewhere.yaml"
    elsewhere.write_text("theirs\n")
    for path in ("manifests/hello.yaml", "nginx/frontend.conf"):
        (workspace.root / path).unlink()
    (workspace.root / "manifests/hello.yaml").symlink_to(elsewhere)
    (workspace.root / "nginx/frontend.conf").mkdir()
    (workspace.root / "nginx/frontend.conf/mine").write_text("mine\n")
    (workspace.root / "manifests/services/hello.yaml").unlink()
    (workspace.root / "manifests/services").rmdir()
    (workspace.root / "manifests/services").write_text("a file\n")
    kept = workspace.reset()
    assert kept is not None
    assert workspace.files() == ["manifests/hello.yaml", "manifests/services/hello.yaml", "nginx/frontend.conf"]
    assert elsewhere.read_text() == "theirs\n"
    assert (kept / "nginx/frontend.conf/mine").read_text() == "mine\n"
    assert (kept / "manifests/services").read_text() == "a file\n"
    assert workspace.reset() is None


def test_a_file_that_is_no_text_is_refused_and_kept(workspace: Workspace) -> None:
    """Both without a traceback, and byte by byte."""
    file = workspace.root / "manifests/hello.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LabError, match="no text in UTF-8"):
        workspace.read("manifests/hello.yaml")
    kept = workspace.reset()
    assert kept is not None
    assert (kept / "manifests/hello.yaml").read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize("path", ["", "\0", 7, None, "manifests/" + "x" * 5000])
def test_no_path_at_all_is_refused(workspace: Workspace, path: str) -> None:
    """With a message, as every other wrong path."""
    with pytest.raises(LabError, match="no file"):
        workspace.read(path)


def test_an_edit_with_something_else_than_text_is_refused(workspace: Workspace) -> None:
    """A number is a common slip: replicas are one."""
    with pytest.raises(LabError, match="3 is no text"):
        workspace.edit("manifests/hello.yaml", "replicas: 1", 3)  # type: ignore[arg-type]
    with pytest.raises(LabError, match="'' 0 times"):
        workspace.edit("manifests/hello.yaml", "", "x")


def test_a_lesson_without_files_takes_nothing_away(tmp_path: Path) -> None:
    """A LABKIT_LESSON that is mistyped would else make everything in the copy the learner's."""
    copy = Workspace(tmp_path / "work", tmp_path / "nowhere", EDITS)
    with pytest.raises(LabError, match="no originals"):
        copy.reset()


def test_a_folder_that_may_not_be_written_is_told(workspace: Workspace) -> None:
    """With the file's name and the reason."""
    (workspace.root / ".kept").write_text("a file where the folder belongs")
    (workspace.root / "manifests/hello.yaml").write_text("mine\n")
    with pytest.raises(LabError, match=r"take the original .* back: .*\.kept"):
        workspace.restore("manifests/hello.yaml")
    assert workspace.read("manifests/hello.yaml") == "mine\n"


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


def test_cleaning_leaves_what_is_the_learners(workspace: Workspace) -> None:
    """Own lines, own files, and whatever else stands in a folder that LABKIT_WORK may have named by mistake."""
    (workspace.root / "letter.txt").write_text("theirs\n")
    (workspace.root / "manifests/hello.yaml").write_text("mine\n")
    (workspace.root / "manifests/mine.yaml").write_text("mine too\n")
    assert not workspace.clean()
    left = {path.name: path.read_text() for path in workspace.root.rglob("*") if path.is_file()}
    assert left == {"letter.txt": "theirs\n", "hello.yaml": "mine\n", "mine.yaml": "mine too\n"}


def test_cleaning_what_is_only_the_lessons(workspace: Workspace) -> None:
    """Nothing is left; and nothing is made where there was nothing."""
    workspace.edit("manifests/hello.yaml", "replicas: 1", "replicas: 3")
    (workspace.root / "manifests/.ipynb_checkpoints").mkdir()
    assert workspace.clean()
    assert workspace.clean()
    assert not workspace.root.exists()
