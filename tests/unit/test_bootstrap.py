"""The first step: from a bare python3 to the kit's environment."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from labkit import bootstrap, paths
from labkit.paths import REPO

if TYPE_CHECKING:
    from pathlib import Path


def test_an_old_python_is_refused_with_its_version() -> None:
    with pytest.raises(bootstrap.Problem, match=r"/usr/bin/python3 is Python 3.9.2, and the kit needs 3.11 or newer"):
        bootstrap.check_python((3, 9, 2), "/usr/bin/python3")
    bootstrap.check_python((3, 11, 0), "python3")


def test_the_oldest_python_is_the_one_in_pyproject() -> None:
    wanted = ".".join(map(str, bootstrap.OLDEST_PYTHON))
    assert f'requires-python = ">={wanted}"' in (REPO / "pyproject.toml").read_text(encoding="utf-8")


def test_it_needs_the_standard_library_only() -> None:
    # -I -S: no site-packages at all
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(REPO / 'labkit/bootstrap.py')!r})"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_one_packages_lines_of_the_lock() -> None:
    text = bootstrap.locked_block((REPO / "requirements.lock").read_text(encoding="utf-8"), "uv")
    assert re.match(r"uv==\d", text)
    assert "--hash=sha256:" in text
    assert text.count("==") == 1
    with pytest.raises(bootstrap.Problem, match="does not lock nothing-of-that-name"):
        bootstrap.locked_block(text, "nothing-of-that-name")


def test_what_installs_the_package_itself_is_locked_too() -> None:
    lock = (REPO / "requirements.lock").read_text(encoding="utf-8")
    for name in ("hatchling", "editables"):
        assert bootstrap.locked_block(lock, name)


def test_the_fingerprint_changes_with_lock_and_project() -> None:
    first = bootstrap.fingerprint(b"lock", b"project")
    assert first == bootstrap.fingerprint(b"lock", b"project")
    assert first != bootstrap.fingerprint(b"lock2", b"project")
    assert first != bootstrap.fingerprint(b"lock", b"project2")


def fake_prefix(folder: Path, code: int) -> Path:
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    python.chmod(0o755)
    return python


def test_an_active_conda_environment_of_ours_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = fake_prefix(tmp_path, 0)
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path))
    assert bootstrap.conda_python() == python


def test_one_of_ours_that_is_not_complete_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_prefix(tmp_path, 1)
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "labkit")
    with pytest.raises(bootstrap.Problem, match=r"conda env update -f environment.yml"):
        bootstrap.conda_python()


def test_somebody_elses_conda_environment_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_prefix(tmp_path, 1)
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert bootstrap.conda_python() is None
    monkeypatch.delenv("CONDA_PREFIX")
    assert bootstrap.conda_python() is None


def test_make_only_calls_it() -> None:
    rules = (REPO / "Makefile").read_text(encoding="utf-8")
    for name in ("lab", "test", "handouts", "bench", "notebooks", "clean"):
        assert re.search(rf"^{name}: ; @\$\(KIT\) {name}$", rules, re.MULTILINE), name


def packed_wheel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a pack with a uv of its own, which is no program of ours, and a lock that names it."""
    wheel = folder / "pack" / "wheels" / "uv-1.0-py3-none-manylinux_2_17_x86_64.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("uv-1.0.data/scripts/uv", "#!/bin/sh\nexit 0\n")
        opened.writestr("uv/__init__.py", "")
    lock = folder / "requirements.lock"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"uv==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    monkeypatch.setattr(bootstrap, "WHEELS", wheel.parent)
    return wheel


def test_uv_comes_out_of_the_packs_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed_wheel(tmp_path, monkeypatch)
    uv = bootstrap.packed_uv(tmp_path / "venv" / "uv-from-pack")
    assert bootstrap.works(uv, "--version")


def test_a_uv_that_the_lock_does_not_name_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = packed_wheel(tmp_path, monkeypatch)
    wheel.write_bytes(wheel.read_bytes() + b"more")
    with pytest.raises(bootstrap.Problem, match=r"is not the uv that requirements.lock names\nNext: unpack "):
        bootstrap.packed_uv(tmp_path / "venv" / "uv-from-pack")
    assert not (tmp_path / "venv").exists()
    wheel.unlink()
    with pytest.raises(bootstrap.Problem, match="there is no uv in"):
        bootstrap.packed_uv(tmp_path / "venv" / "uv-from-pack")


def test_bootstrap_and_the_kit_look_for_a_pack_in_the_same_place() -> None:
    assert paths.PACK / "wheels" == bootstrap.WHEELS
