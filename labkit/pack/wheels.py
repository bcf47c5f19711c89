"""The Python packages of a pack: for each Python that the kit runs on, fetched by pip, each by a hash of the lock."""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from labkit import command
from labkit.bootstrap import LOCK
from labkit.errors import BuildError, LabError
from labkit.images import binaries, versions
from labkit.images.checksum import sha256
from labkit.images.stages import log_file
from labkit.paths import cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.progress import Progress, Stage

#: The Pythons that pyproject.toml allows, as far as all locked packages have wheels for them.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

#: The C library that the wheels may ask for at most: glibc of 2018 (Debian 12 has 2.36, Ubuntu 22.04 has 2.35).
GLIBC = (2, 28)

#: One package of a lock: its name and version, the marker that says for which Pythons it is, its hashes.
_BLOCK = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+?))?\s*\\$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(lock: str, python: str, machine: str) -> dict[str, list[str]]:
    """Return what the lock installs on one Python on Linux: ``name==version`` to its SHA-256 hashes.

    Parameters
    ----------
    lock
        The text of ``requirements.lock``.
    python
        Its full version, such as ``3.12.0``: markers may tell patch releases apart.
    machine
        The machine as Python names it, such as ``x86_64``.
    """
    found: dict[str, list[str]] = {}
    wanted = ""
    for line in lock.splitlines():
        block = _BLOCK.match(line)
        if block:
            wanted = f"{block['name']}=={block['version']}" if _holds(block["marker"], python, machine) else ""
        elif wanted:
            found.setdefault(wanted, []).extend(_HASH.findall(line))
    return found


def _holds(marker: str | None, python: str, machine: str) -> bool:
    return not marker or Marker(marker).evaluate(
        {
            "implementation_name": "cpython",
            "implementation_version": python,
            "os_name": "posix",
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": python,
            "python_version": python.rpartition(".")[0],
            "sys_platform": "linux",
            "extra": "",
        }
    )


def batches(lock: str, machine: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Return what has to be there, by full versions of Python, in parts that pip can be asked for at once.

    A second part of one Python holds what only its later patch releases need (two versions of one package do not go
    together for pip).

    Parameters
    ----------
    lock
        The text of ``requirements.lock``.
    machine
        The machine as Python names it.
    """
    for python in PYTHONS:
        first, last = f"{python}.0", f"{python}.99"
        there = locked(lock, first, machine)
        yield first, there
        later = {name: hashes for name, hashes in locked(lock, last, machine).items() if name not in there}
        if later:
            yield last, later


def platforms(machine: str) -> list[str]:
    """Return the platforms whose wheels run on a Linux with :data:`GLIBC`, the newest first.

    Parameters
    ----------
    machine
        Such as ``x86_64``.

    Notes
    -----
    PEP 600; the older names manylinux1, 2010 and 2014 stand for glibc 2.5, 2.12 and 2.17.
    """
    major, newest = GLIBC
    older = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
    names = []
    for minor in range(newest, 4, -1):
        names.append(f"manylinux_{major}_{minor}_{machine}")
        if minor in older:
            names.append(f"{older[minor]}_{machine}")
    return [*names, f"linux_{machine}"]


def download(progress: Progress) -> list[Path]:
    """Have the wheels for every Python in the cache folder.

    A wheel that is there already is not fetched again: pip compares it with the lock's hashes.

    Parameters
    ----------
    progress
        Where the download is shown.

    Returns
    -------
    list[Path]
        The wheels, each once, by name.

    Raises
    ------
    LabError
        If the kit's Python has no pip, or a package cannot be had.
    """
    folder = cache() / "pack" / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    wanted: set[Path] = set()
    with progress.stage(f"wheels for Python {PYTHONS[0]} to {PYTHONS[-1]}") as stage:
        for python, requirements in batches(LOCK.read_text(encoding="utf-8"), _machine()):
            stage.note(f"Python {python}: comparing with the lock")
            lacking = missing(folder, python, requirements)
            if lacking:
                _fetch(folder, python, {name: requirements[name] for name in lacking}, stage)
            still = missing(folder, python, requirements) if lacking else []
            if still:
                raise BuildError(
                    f"pip has downloaded the packages for Python {python}, and {still[0]} is not among them",
                    remedy=f"rm -r {folder}, then run the same command again",
                )
            wanted.update(wheel for name in requirements for wheel in fitting(folder, python, name, requirements[name]))
    for old in set(folder.iterdir()) - wanted:
        old.unlink()
    return sorted(wanted, key=lambda wheel: wheel.name)


def missing(folder: Path, python: str, requirements: dict[str, list[str]]) -> list[str]:
    """Return those of the requirements of which no wheel is there that fits and is whole.

    Parameters
    ----------
    folder
        Where the wheels are.
    python
        Its full version, such as ``3.12.0``.
    requirements
        ``name==version`` to the hashes that the lock has of it.
    """
    return [name for name, hashes in requirements.items() if not fitting(folder, python, name, hashes)]


def fitting(folder: Path, python: str, requirement: str, hashes: list[str]) -> list[Path]:
    """Return a requirement's wheels that run on a Python, and whose hash the lock has.

    Parameters
    ----------
    folder
        Where the wheels are.
    python
        Its full version, such as ``3.12.0``.
    requirement
        ``name==version``.
    hashes
        The lock's SHA-256 hashes of it.
    """
    name, version = requirement.split("==")
    runs = _tags(python, _machine())
    stem = canonicalize_name(name).replace("-", "_")
    found = []
    for wheel in folder.glob("*.whl"):
        if canonicalize_name(wheel.name.split("-")[0]).replace("-", "_") != stem:
            continue
        _, its_version, _, tags = parse_wheel_filename(wheel.name)
        if str(its_version) == str(Version(version)) and tags & runs and sha256(wheel) in hashes:
            found.append(wheel)
    return found


@functools.cache
def _tags(python: str, machine: str) -> frozenset[Tag]:
    version = versions.numbers(python)[:2]
    names = platforms(machine)
    return frozenset(
        [
            *cpython_tags(version, platforms=names),
            *compatible_tags(version, f"cp{version[0]}{version[1]}", platforms=names),
        ]
    )


def _machine() -> str:
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(binaries.architecture(), binaries.architecture())


def _fetch(folder: Path, python: str, requirements: dict[str, list[str]], stage: Stage) -> None:
    log = log_file(f"pack-wheels-{python}")
    asked = folder / f"python{python}.txt"
    lines = (f"{name} {' '.join(f'--hash=sha256:{one}' for one in hashes)}" for name, hashes in requirements.items())
    asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    if importlib.util.find_spec("pip") is None:
        raise LabError(
            f"{sys.executable} has no pip, which fetches the packages of other Pythons",
            remedy=f"{sys.executable} -m uv pip install --python {sys.executable} pip, then run the same command again",
        )
    target = ["--implementation", "cp", "--python-version", python]
    target += [part for name in platforms(_machine()) for part in ("--platform", name)]
    # the requirements are complete: nothing is resolved, and nothing is built
    how = ["download", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder), *target]
    remedy = f"see whether PyPI can be reached from here, then run the same command again: what is there is kept; {log}"
    command.run([*pip, *how, "--requirement", asked], log=log, stage=stage, remedy=remedy)
    asked.unlink()
