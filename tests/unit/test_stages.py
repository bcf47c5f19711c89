"""The build's steps: hashes of inputs, outputs that are whole or absent, versions, and failures that name their log."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from labkit import command, durations, progress
from labkit.errors import BuildError
from labkit.images import binaries, components, docker, expected, lesson, rootfs, stages, toolchain, versions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def plain(said: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> progress.Progress:
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    return progress.Progress(Console(file=said, width=100))


def test_a_digest_knows_where_its_parts_end() -> None:
    assert stages.digest("ab", "c") != stages.digest("a", "bc")
    assert stages.digest("ab") == stages.digest(b"ab")


def test_a_digest_of_files_depends_on_names_and_content(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x", encoding="utf-8")
    two.write_text("y", encoding="utf-8")
    first = stages.digest_files(tmp_path, [one, two])
    assert first == stages.digest_files(tmp_path, [two, one])
    one.write_text("y", encoding="utf-8")
    two.write_text("x", encoding="utf-8")
    assert stages.digest_files(tmp_path, [one, two]) != first


def test_a_stage_runs_once_per_inputs(plain: progress.Progress, said: io.StringIO) -> None:
    runs = []

    def work(folder: Path, _log: Path, _stage: progress.Stage) -> None:
        runs.append(folder)
        (folder / "out").write_text("done", encoding="utf-8")

    first = stages.make(plain, "thing", "a thing", stages.digest("1"), work)
    assert (first / "out").read_text(encoding="utf-8") == "done"
    assert stages.make(plain, "thing", "a thing", stages.digest("1"), work) == first
    assert len(runs) == 1
    assert stages.make(plain, "thing", "a thing", stages.digest("2"), work) != first
    assert len(runs) == 2
    assert said.getvalue().count("✓ a thing") == 2


def test_an_interrupted_stage_never_looks_finished(plain: progress.Progress) -> None:
    inputs = stages.digest("1")

    def interrupted(folder: Path, _log: Path, _stage: progress.Stage) -> None:
        (folder / "half").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stages.make(plain, "thing", "a thing", inputs, interrupted)
    assert not stages.output_folder("thing", inputs).exists()

    def work(folder: Path, _log: Path, _stage: progress.Stage) -> None:
        assert not list(folder.iterdir()), "what was left of the first run is gone"

    assert stages.make(plain, "thing", "a thing", inputs, work).is_dir()


def test_a_failure_names_the_log_and_shows_its_end(plain: progress.Progress) -> None:
    def work(_folder: Path, log: Path, stage: progress.Stage) -> None:
        command.run(["sh", "-c", "for i in $(seq 30); do echo line $i; done; exit 3"], log=log, stage=stage)

    with pytest.raises(BuildError) as caught:
        stages.make(plain, "thing", "a thing", stages.digest("1"), work)
    assert "ended with code 3" in caught.value.problem
    assert caught.value.detail.splitlines()[-1] == "line 30"
    assert str(stages.log_file("thing")) in caught.value.remedy
    assert stages.log_file("thing").read_text(encoding="utf-8").count("line ") == 31


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="'no-such-program' is not on this machine"):
        command.run(["no-such-program"], log=tmp_path / "log")


def test_versions_come_from_go_mod() -> None:
    assert versions.kubernetes().startswith("v1.")
    assert versions.numbers(versions.kind()) >= (0, 33, 0)
    assert versions.numbers("go1.26.8") == (1, 26, 8)
    assert versions.numbers("26.1.5+dfsg1") == (26, 1, 5)
    assert versions.numbers("unknown") == ()
    with pytest.raises(ValueError, match="does not require example/absent"):
        versions.pinned("kind", "example/absent")


def test_go_is_not_older_than_any_go_mod_asks_for() -> None:
    for file in sorted(versions.NODEIMAGE.glob("*/go.mod")):
        line = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("go "))
        assert versions.numbers(line) <= toolchain.OLDEST_GO, file


def test_the_linker_stamps_the_version() -> None:
    assert f"gitVersion={versions.kubernetes()} " in binaries.kubernetes().ldflags
    assert len(binaries.kubernetes().packages) == 7


def test_inputs_differ_where_outputs_do() -> None:
    built, pulled = expected("build", offline=True), expected("pull", offline=False)
    assert built.inputs != pulled.inputs
    assert built.tag.startswith(f"localhost/labkit-node:{versions.kubernetes()}-")
    assert pulled.tag.startswith("localhost/labkit-node:v1.37.0-")
    hashes = [root.inputs for root in (rootfs.NODE, rootfs.NETWORK, rootfs.PYTHON, rootfs.NGINX)]
    hashes += [image.inputs for image in lesson.IMAGES]
    assert len(set(hashes)) == len(hashes)
    assert components.inputs() == components.inputs()


def test_the_images_of_the_lesson() -> None:
    assert lesson.tags() == [
        "localhost/auth:1.0.0",
        "localhost/hello:1.0.0",
        "localhost/hello:2.0.0",
        "localhost/frontend:1.0.0",
    ]
    for image in lesson.IMAGES:
        assert image.dockerfile.is_file()
        assert not any("__pycache__" in name for name in image.files())


def test_a_build_context_holds_only_what_was_given(tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o700)
    out = tmp_path / "context.tar"
    docker.write_context(out, "FROM scratch\n", {"bin/run": script, "note": b"hi"})
    with tarfile.open(out) as archive:
        entries = {entry.name: entry for entry in archive.getmembers()}
    assert set(entries) == {"Dockerfile", "bin/run", "note"}
    assert {entry.uid for entry in entries.values()} == {0}
    assert {entry.mtime for entry in entries.values()} == {0}
    assert entries["bin/run"].mode == 0o755
    assert entries["note"].mode == 0o644


@pytest.mark.parametrize(
    ("stderr", "problem", "remedy"),
    [
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "may not use it",
            "usermod -aG docker",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
            "no Docker engine answers",
            "labkit up",
        ),
    ],
)
def test_what_the_docker_client_says_is_explained(stderr: str, problem: str, remedy: str) -> None:
    error = docker.explain(stderr)
    assert error is not None
    assert problem in error.problem
    assert remedy in error.remedy


def test_other_messages_are_left_alone() -> None:
    assert docker.explain("Error: No such object: x") is None


def test_durations() -> None:
    assert [durations.elapsed(seconds) for seconds in (0.44, 12.3, 185)] == ["0.4 s", "12 s", "3 min 05 s"]


def test_a_failed_stage_is_marked(plain: progress.Progress, said: io.StringIO) -> None:
    with pytest.raises(ValueError, match="x"), plain.stage("a thing"):
        raise ValueError("x")
    assert "✗ a thing" in said.getvalue()
    assert plain.times == {}


def test_a_long_stage_says_that_it_is_alive(
    plain: progress.Progress, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.05)
    with plain.stage("a thing") as stage:
        stage.note("compiling x")
        while "compiling x" not in said.getvalue():
            pass
    assert "… a thing (" in said.getvalue()
