"""``labkit class render``: the same bytes twice, stale files gone, and nobody else's files touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from labkit.classroom import commands, folder
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"manifests/a.yaml": "a: 1\n", "manifests/b.yaml": "b: 1\n", "values.yaml": "c: 1\n"}


def there(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_twice_is_once(tmp_path: Path) -> None:
    out = tmp_path / "not" / "yet"
    assert folder.write(out, FILES) == folder.Written(4, 0, 0)
    before = there(out)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert folder.write(out, FILES) == folder.Written(0, 4, 0)
    assert there(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == stamps


def test_what_is_rendered_no_more_goes_with_its_folder(tmp_path: Path) -> None:
    folder.write(tmp_path, FILES)
    assert folder.write(tmp_path, {"values.yaml": "c: 2\n"}) == folder.Written(2, 0, 2)
    assert set(there(tmp_path)) == {"values.yaml", folder.LIST}
    assert not (tmp_path / "manifests").exists()


def test_what_was_changed_by_hand_is_rendered_again(tmp_path: Path) -> None:
    folder.write(tmp_path, FILES)
    (tmp_path / "values.yaml").write_text("c: 3\n", encoding="utf-8")
    (tmp_path / "manifests" / "a.yaml").unlink()
    assert folder.write(tmp_path, FILES) == folder.Written(2, 2, 0)
    assert there(tmp_path)["values.yaml"] == b"c: 1\n"


@pytest.mark.parametrize("name", ["mine.txt", "manifests/mine.yaml", ".git/config"])
def test_a_folder_with_other_files_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    folder.write(tmp_path, FILES)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine", encoding="utf-8")
    before = there(tmp_path)
    with pytest.raises(LabError, match="holds files that were not rendered") as caught:
        folder.write(tmp_path, {"values.yaml": "new\n"})
    assert name in caught.value.problem
    assert there(tmp_path) == before


def test_a_file_that_was_there_first_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("somebody's", encoding="utf-8")
    with pytest.raises(LabError, match=r"values\.yaml"):
        folder.write(tmp_path, FILES)
    assert there(tmp_path) == {"values.yaml": b"somebody's"}


@pytest.mark.parametrize(
    "said",
    ["{}", "[1]", "no JSON", '{"by": "me", "files": ["values.yaml"]}', '{"by": "labkit class render", "files": [1]}'],
)
def test_a_list_that_is_not_ours_counts_for_nothing(said: str, tmp_path: Path) -> None:
    (tmp_path / folder.LIST).write_text(said, encoding="utf-8")
    with pytest.raises(LabError, match=r"rendered\.json"):
        folder.write(tmp_path, FILES)


def test_a_list_leads_nowhere_else(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other.txt"
    other.write_text("stays", encoding="utf-8")
    folder.write(out, FILES)
    listed = {"by": "labkit class render", "files": [*FILES, "../other.txt", str(other)]}
    (out / folder.LIST).write_text(json.dumps(listed), encoding="utf-8")
    folder.write(out, FILES)
    assert other.read_text(encoding="utf-8") == "stays"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    folder.write(out, FILES)
    other.write_text("stays", encoding="utf-8")
    (out / "values.yaml").unlink()
    (out / "values.yaml").symlink_to(other)
    with pytest.raises(LabError, match=r"values\.yaml"):
        folder.write(out, FILES)
    assert other.read_text(encoding="utf-8") == "stays"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(LabError, match="out is a file, and no folder"):
        folder.write(tmp_path / "out", FILES)


def test_the_command_renders_a_class(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("learners: {csv: r.csv}\n", encoding="utf-8")
    (tmp_path / "r.csv").write_text("name\nann\n", encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(commands.app, ["render", "--values", str(tmp_path / "my.yaml"), str(out)])
    assert done.exit_code == 0, done.output
    assert f"{out}: 8 files written, 0 as they were, 0 taken away" in done.output
    assert "20-hub.yaml" in done.output
    assert (out / "manifests" / "lab-ann.yaml").is_file()
