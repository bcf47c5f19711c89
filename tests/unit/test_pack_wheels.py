"""Which packages a pack holds: for each Python those that the lock names, and none that would not run there."""

from __future__ import annotations

import hashlib
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from labkit.bootstrap import LOCK
from labkit.pack import wheels
from labkit.paths import REPO

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# a comment
always==1.0 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via labkit (pyproject.toml)
early==2.0 ; python_full_version < '3.11.5' \\
    --hash=sha256:{c}
late==3.0 ; python_full_version >= '3.11.5' \\
    --hash=sha256:{d}
elsewhere==4.0 ; sys_platform == 'win32' \\
    --hash=sha256:{e}
""".format(**{letter: letter * 64 for letter in "abcde"})


def test_markers_choose_by_python_and_platform() -> None:
    assert wheels.locked(TEXT, "3.11.2", "x86_64") == {"always==1.0": ["a" * 64, "b" * 64], "early==2.0": ["c" * 64]}
    assert sorted(wheels.locked(TEXT, "3.12.0", "x86_64")) == ["always==1.0", "late==3.0"]


def test_what_only_later_patch_releases_need_is_asked_for_apart() -> None:
    asked = [(python, sorted(names)) for python, names in wheels.batches(TEXT, "x86_64")]
    assert asked[:3] == [
        ("3.11.0", ["always==1.0", "early==2.0"]),
        # pip looks at what a package says of its Python too: with 3.11.0 it would not take a later one
        ("3.11.99", ["late==3.0"]),
        ("3.12.0", ["always==1.0", "late==3.0"]),
    ]


def test_each_package_of_the_real_lock_is_for_some_python_or_for_another_system() -> None:
    text = LOCK.read_text(encoding="utf-8")
    named = set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;]+)", text, re.MULTILINE))
    found = {name for _, names in wheels.batches(text, "x86_64") for name in names}
    assert found <= named
    left = {name.split("==")[0] for name in named - found}
    # what is left out is for Windows, macOS or the browser: Python packages that a Linux lab runs without
    assert left == {"appnope", "colorama", "httpx2-jsfetch", "pywinpty"}
    assert all(hashes for _, names in wheels.batches(text, "x86_64") for hashes in names.values())


def test_the_pythons_are_those_that_pyproject_allows_from_the_oldest_on() -> None:
    oldest = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert oldest == f">={wheels.PYTHONS[0]}"
    minors = [int(python.split(".")[1]) for python in wheels.PYTHONS]
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_no_wheel_may_ask_for_a_newer_c_library() -> None:
    names = wheels.platforms("x86_64")
    assert names[0] == "manylinux_2_28_x86_64"
    assert "manylinux2014_x86_64" in names
    assert "manylinux_2_29_x86_64" not in names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with wheels of one package."""
    for tags in ("py3-none-any", "cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_34_x86_64"):
        (tmp_path / f"Some_Package-1.0-{tags}.whl").write_bytes(tags.encode())
    return tmp_path


def test_a_wheel_fits_by_name_version_tags_and_hash(folder: Path) -> None:
    every = [hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()]

    def fitting(python: str, requirement: str = "some-package==1.0", hashes: list[str] = every) -> list[str]:
        return sorted(file.name.split("-", 2)[2] for file in wheels.fitting(folder, python, requirement, hashes))

    assert fitting("3.12.0") == ["cp312-cp312-manylinux_2_28_x86_64.whl", "py3-none-any.whl"]
    assert fitting("3.11.2") == ["py3-none-any.whl"]
    assert fitting("3.12.0", "some-package==1.1") == []
    assert fitting("3.12.0", "some==1.0") == []
    assert fitting("3.12.0", hashes=["0" * 64]) == []
    assert wheels.missing(folder, "3.12.0", {"some-package==1.0": every, "other==2": []}) == ["other==2"]
