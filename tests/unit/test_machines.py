"""A class's machines: what each says for programs, and the sum of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from labkit import __version__
from labkit.cluster import machines
from labkit.cluster.doctor import Finding, look
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

MEMORY = Finding("memory", "problem", "2.0 GiB free, 3.0 GiB needed", "close other programs", "memory")
PORT = Finding("port 30443 on 127.0.0.1", "note", "taken", "nothing: another is taken", "front-door-port")
DOCKER = Finding("Docker", "ok", "26.1.5", "", "docker")


def answer(folder: Path, name: str, *found: Finding, **change: Any) -> Path:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({**machines.report(found, __version__), "machine": name, **change}), encoding="utf-8")
    return file


def told(*files: Path) -> tuple[list[str], int]:
    lines, code = machines.main(files)
    return [line.plain for line in lines], code


def test_one_machine_for_programs() -> None:
    said = machines.report([DOCKER, MEMORY], __version__)
    assert list(said) == ["format", "machine", "labkit", "platform", "python", "looked", "ready", "findings"]
    assert said["ready"] is False
    assert said["labkit"] == __version__
    assert said["findings"][1] == {
        "key": "memory",
        "what": "memory",
        "verdict": "problem",
        "found": "2.0 GiB free, 3.0 GiB needed",
        "remedy": "close other programs",
    }
    assert machines.report([DOCKER, PORT], __version__)["ready"] is True


def test_each_finding_of_a_real_machine_has_its_own_key() -> None:
    keys = [one.key for one in look()]
    assert len(set(keys)) == len(keys)
    known = {"docker", "memory", "disk-cache", "disk-docker", "max-user-instances", "max-user-watches", "cgroup"}
    assert set(keys) <= known | {"front-door-port", "node-image"}
    assert {"docker", "cgroup", "front-door-port", "node-image"} <= set(keys)


def test_a_class_that_is_ready(tmp_path: Path) -> None:
    lines, code = told(answer(tmp_path, "pc-1", DOCKER), answer(tmp_path, "pc-2", DOCKER))
    assert lines == ["2 machines: 2 ready, 0 not", "✓ ready: pc-1, pc-2"]
    assert code == 0


def test_what_some_machines_lack_is_told_once_with_its_remedy(tmp_path: Path) -> None:
    files = [answer(tmp_path, "pc-1", DOCKER), answer(tmp_path, "pc-2", MEMORY), answer(tmp_path, "pc-3", MEMORY, PORT)]
    lines, code = told(*files)
    assert lines == [
        "3 machines: 1 ready, 2 not",
        "✓ ready: pc-1",
        "✗ pc-2: memory",
        "✗ pc-3: memory",
        "✗ memory, on pc-2, pc-3: 2.0 GiB free, 3.0 GiB needed",
        "  → close other programs",
        "! port 30443 on 127.0.0.1, on pc-3: taken",
        "  → nothing: another is taken",
    ]
    assert code == 1
    other = Finding("memory", "problem", "1.0 GiB free, 3.0 GiB needed", "close other programs", "memory")
    lines, _ = told(files[1], answer(tmp_path, "pc-4", other))
    assert "✗ memory, on pc-2: 2.0 GiB free, 3.0 GiB needed; pc-4: 1.0 GiB free, 3.0 GiB needed" in lines


def test_machines_of_one_name_are_told_apart_by_their_files(tmp_path: Path) -> None:
    lines, _ = told(answer(tmp_path, "a", DOCKER, machine="debian"), answer(tmp_path, "b", MEMORY, machine="debian"))
    assert lines[1:3] == ["✓ ready: debian (a.json)", "✗ debian (b.json): memory"]


def test_another_version_of_the_kit_is_told(tmp_path: Path) -> None:
    files = [answer(tmp_path, name, DOCKER) for name in ("pc-1", "pc-2")]
    lines, code = told(*files, answer(tmp_path, "pc-3", DOCKER, labkit="0.1.0"))
    assert lines[-1] == f"! another labkit than {__version__}: pc-3 (0.1.0)"
    assert code == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        ("{", "it is no JSON"),
        ("[]", "not of labkit doctor --json"),
        ('{"name": "x"}', "not of labkit doctor --json"),
        ('{"format": 2}', "it has form 2, and this labkit reads form 1"),
        ('{"format": 1, "machine": "x"}', "'labkit' is missing"),
        ('{"format": 1, "machine": "x", "labkit": "1", "platform": "p", "findings": [{}]}', "'key' is missing"),
        ('{"format": 1, "machine": "x", "labkit": "1", "platform": "p", "findings": [1]}', "'key' is missing"),
    ],
)
def test_a_file_that_tells_of_no_machine_is_named(tmp_path: Path, content: str, why: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(content, encoding="utf-8")
    lines, code = told(answer(tmp_path, "pc-1", DOCKER), bad)
    assert code == 1
    assert lines[0] == "1 machine: 1 ready, 0 not; 1 of the files can't be read"
    assert lines[2].startswith(f"✗ {bad}: ")
    assert why in lines[2]
    assert lines[-1] == "  → for each file that can't be read, on its machine: labkit doctor --json > FILE"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    lines, code = told(tmp_path / "absent.json")
    assert f"✗ {tmp_path / 'absent.json'}: No such file or directory" in lines
    assert code == 1


def test_no_file_at_all() -> None:
    with pytest.raises(LabError, match="none was named"):
        machines.main([])


def labkit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "labkit", "doctor", *map(str, arguments)]
    return subprocess.run(asked, check=False, capture_output=True, text=True)


def test_by_the_command_line(tmp_path: Path) -> None:
    here = labkit("--json")
    said = json.loads(here.stdout)
    assert here.returncode == (0 if said["ready"] else 1)
    (tmp_path / "here.json").write_text(here.stdout, encoding="utf-8")
    done = labkit("--class", tmp_path / "here.json")
    assert done.returncode == here.returncode
    assert done.stdout.startswith("1 machine: ")
    wrong = labkit(tmp_path / "here.json")
    assert wrong.returncode == 1
    assert "Next: labkit doctor --class *.json" in wrong.stderr
