"""What the kit adds to the system's folders goes again, if it is as the kit added it; nothing else does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from labkit import cli, cluster, paths
from labkit.cluster import engine, system_files
from labkit.errors import EngineError
from labkit.images import debian

if TYPE_CHECKING:
    from pathlib import Path

BOOKWORM = "Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\nComponents: main\n"


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return apt's folder on a machine of a test, with files of others."""
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "apt"
    for name in ("sources.list.d", "preferences.d"):
        (folder / name).mkdir(parents=True)
    (folder / "sources.list.d/debian.sources").write_text(BOOKWORM)
    (folder / "preferences.d/theirs").write_text("Package: *\n")
    return folder


def files(folder: Path) -> set[str]:
    """Return the files in a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


THEIRS = {"sources.list.d/debian.sources", "preferences.d/theirs"}


def test_source_and_pin_go_and_nothing_else(apt: Path) -> None:
    """With a sentence about each, and about what stays."""
    engine.prefer_trixie(apt)
    engine.prefer_trixie(apt)  # a second installation
    assert files(apt) == {*THEIRS, engine.TRIXIE_SOURCE, engine.TRIXIE_PIN}
    assert engine.forget_trixie(apt) == [
        f"removed {apt / engine.TRIXIE_SOURCE}, which the kit had added",
        f"removed {apt / engine.TRIXIE_PIN}, which the kit had added",
        "Docker stays installed; apt-get update makes apt forget what that source offered.",
    ]
    assert files(apt) == THEIRS
    assert engine.forget_trixie(apt) == []
    assert not system_files.record_file().exists()


def test_what_was_changed_since_stays(apt: Path) -> None:
    """It is somebody's now; it is said once, and the other one goes."""
    engine.prefer_trixie(apt)
    (apt / engine.TRIXIE_PIN).write_text("Package: docker.io\nPin: release n=trixie\nPin-Priority: 990\n")
    said = engine.forget_trixie(apt)
    assert f"{apt / engine.TRIXIE_PIN} stays: the kit added it, and somebody has changed it since" in said
    assert files(apt) == {*THEIRS, engine.TRIXIE_PIN}
    assert engine.forget_trixie(apt) == []


def test_a_machine_whose_own_source_has_moved_since(apt: Path) -> None:
    """What was added is known by its hash, not by what would be written today."""
    engine.prefer_trixie(apt)
    (apt / "sources.list.d/debian.sources").write_text(BOOKWORM.replace("m.example", "other.example"))
    engine.forget_trixie(apt)
    assert files(apt) == THEIRS


def test_what_an_earlier_kit_added_without_a_record(apt: Path) -> None:
    """Our names with just our text are ours; with another text they are not."""
    engine.prefer_trixie(apt)
    system_files.record_file().unlink()
    (apt / engine.TRIXIE_SOURCE).write_text("Types: deb\n")
    assert engine.forget_trixie(apt)[0] == f"removed {apt / engine.TRIXIE_PIN}, which the kit had added"
    assert files(apt) == {*THEIRS, engine.TRIXIE_SOURCE}


@pytest.mark.parametrize("record", ["", "[]", "{", "7"])
def test_a_record_that_can_not_be_read(apt: Path, record: str) -> None:
    """Nothing is removed on account of it, and nothing fails."""
    system_files.record_file().parent.mkdir()
    system_files.record_file().write_text(record)
    assert engine.forget_trixie(apt) == []
    assert files(apt) == THEIRS


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user in a child")
def test_a_file_that_may_not_be_removed(apt: Path, tmp_path: Path) -> None:
    """Who added it was root, and who cleans is not: the command that does it is named, also the next time."""
    engine.prefer_trixie(apt)
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    for file in (tmp_path / "cache", *(tmp_path / "cache").iterdir()):
        os.chown(file, 65534, 65534)
    os.seteuid(65534)
    try:
        for _ in range(2):
            said = engine.forget_trixie(apt)
            assert [line.split("Next: ")[1] for line in said] == [
                f"sudo rm {apt / engine.TRIXIE_SOURCE}",
                f"sudo rm {apt / engine.TRIXIE_PIN}",
            ]
    finally:
        os.seteuid(0)
    assert engine.TRIXIE_PIN in files(apt)


def test_a_machine_without_a_source_of_its_own(apt: Path) -> None:
    """Then there is nothing to take the address from, and nothing is written."""
    (apt / "sources.list.d/debian.sources").unlink()
    with pytest.raises(EngineError, match="none of its package sources"):
        engine.prefer_trixie(apt)
    assert files(apt) == {"preferences.d/theirs"}


def test_clean_says_what_it_removed(apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command itself, on folders of this test; also where the cache goes, in which it is written down."""
    monkeypatch.setattr(debian, "APT", apt)
    monkeypatch.setattr(engine.forget_trixie, "__defaults__", (apt,))
    monkeypatch.setattr(cluster, "down", lambda *_, **__: False)
    for name in ("REPO", "STATE", "WORK"):
        monkeypatch.setattr(paths, name, tmp_path / name)
    engine.prefer_trixie(apt)
    done = CliRunner().invoke(cli.app, ["clean", "--cache"])
    assert done.exit_code == 0, done.exception
    assert done.output.splitlines()[:2] == [
        f"removed {apt / engine.TRIXIE_SOURCE}, which the kit had added",
        f"removed {apt / engine.TRIXIE_PIN}, which the kit had added",
    ]
    assert files(apt) == THEIRS
    assert not (tmp_path / "cache").exists()
