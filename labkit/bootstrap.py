#!/usr/bin/env python3
"""From a bare python3 to the kit: makes ``.venv`` out of requirements.lock, then runs ``labkit`` with it.

Where this checkout came in an archive of ``labkit pack``, the packages are in ``pack/wheels``: no network is needed.

Standard library only, and nothing newer than an old Python can read, because it is what says that Python is too old.
``python3 labkit/bootstrap.py lab`` is what ``make lab`` runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
VENV = REPO / ".venv"
LOCK = REPO / "requirements.lock"
PYPROJECT = REPO / "pyproject.toml"

#: The packages that came with this checkout in an archive of "labkit pack": with them, no network is needed.
WHEELS = REPO / "pack" / "wheels"

#: Written last, so that an environment whose making was interrupted has none, and is completed.
STAMP = VENV / "labkit.stamp"

OLDEST_PYTHON = (3, 11)

#: One import per thing that the kit cannot do without: whether a conda environment was made from environment.yml.
CONDA_IMPORTS = (
    "anywidget",
    "cryptography",
    "ipywidgets",
    "jupyterlab",
    "kubernetes",
    "pandas",
    "rich",
    "typer",
    "yaml",
)

#: The name in environment.yml.
CONDA_NAME = "labkit"

#: Debian's list of the authorities that this machine trusts.
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

INTERRUPTED = 130


class Problem(Exception):  # noqa: N818 - it is told, not raised to anybody
    """What is in the way, and what to do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\nNext: {remedy}")


def check_python(version: tuple[int, ...], program: str) -> None:
    """Refuse a Python that is too old.

    Parameters
    ----------
    version
        Its version.
    program
        Where it is, for the message.

    Raises
    ------
    Problem
        If it is older than 3.11.
    """
    if version < OLDEST_PYTHON:
        found, oldest = (".".join(map(str, one[:3])) for one in (version, OLDEST_PYTHON))
        raise Problem(
            f"{program} is Python {found}, and the kit needs {oldest} or newer",
            "install a newer Python (Debian 12 has 3.11; conda: conda env create -f environment.yml)",
        )


def fingerprint(lock: bytes, pyproject: bytes) -> str:
    """Return what an environment is made from, as one hash.

    Parameters
    ----------
    lock
        The content of requirements.lock.
    pyproject
        The content of pyproject.toml.
    """
    return hashlib.sha256(lock + b"\0" + pyproject + b"\0" + str(REPO).encode()).hexdigest()


def locked_block(lock: str, name: str) -> str:
    """Return one package's lines of a lock file, with its hashes.

    Parameters
    ----------
    lock
        The lock file's text.
    name
        The package.

    Raises
    ------
    Problem
        If it is not in there.
    """
    found = re.search(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    if not found:
        raise Problem(f"requirements.lock does not lock {name}", "git checkout requirements.lock")
    return found[0]


def say(text: str) -> None:
    """Write a line at once, also where standard error is a file."""
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, quiet: bool = False) -> None:
    """Run a program, with its output where ours goes.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    out = subprocess.DEVNULL if quiet else sys.stderr
    subprocess.run([str(part) for part in command], check=True, stdout=out, stdin=subprocess.DEVNULL)


def works(*command: str | Path) -> bool:
    """Whether a program runs and ends well; what it says is not shown."""
    try:
        done = subprocess.run(
            [str(part) for part in command], check=False, capture_output=True, stdin=subprocess.DEVNULL
        )
    except OSError:
        return False
    return done.returncode == 0


def conda_python() -> Path | None:
    """Return the Python of an active conda environment that was made from environment.yml, or nothing.

    Raises
    ------
    Problem
        If the environment has the name of environment.yml, but not what is in it.
    """
    prefix = os.environ.get("CONDA_PREFIX")
    if not prefix:
        return None
    python = Path(prefix) / "bin" / "python"
    if works(python, "-c", f"import {', '.join(CONDA_IMPORTS)}"):
        return python
    name = os.environ.get("CONDA_DEFAULT_ENV", prefix)
    if name == CONDA_NAME:
        raise Problem(
            f"the active conda environment {name!r} lacks some of what is in environment.yml",
            "conda env update -f environment.yml",
        )
    say(f"The conda environment {name!r} was not made from environment.yml: the kit uses its own, in {VENV.name}.")
    return None


def have_venv() -> None:
    """Make sure that this Python can make environments; Debian keeps that in a package of its own.

    Raises
    ------
    Problem
        If it cannot, and we cannot install it.
    """
    if works(sys.executable, "-c", "import ensurepip, venv"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(
            "This Python cannot make environments yet: Debian's package python3-venv is installed now, as you are root."
        )
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        wait = ("-o", "DPkg::Lock::Timeout=300")
        try:
            run("apt-get", *wait, "-qq", "update")
            run("apt-get", *wait, "-qq", "install", "-y", "--no-install-recommends", "python3-venv", quiet=True)
        except subprocess.CalledProcessError as failed:
            raise Problem(
                f"python3-venv could not be installed (apt-get ended with code {failed.returncode})",
                "see whether apt-get update works here, then: make lab",
            ) from failed
    if not works(sys.executable, "-c", "import ensurepip, venv"):
        raise Problem(
            f"{sys.executable} cannot make environments: its module ensurepip is missing",
            "sudo apt-get install python3-venv   (elsewhere: install Python with pip), then: make lab",
        )


def packed_uv(folder: Path) -> Path:
    """Take uv out of the pack's wheel: Debian's Python has no pip of its own, and can't get one without network.

    Parameters
    ----------
    folder
        Where to put it.

    Raises
    ------
    Problem
        If the pack has none that the lock knows.
    """
    anew = "unpack the archive anew, or remove pack/ and run the same command where there is network"
    hashes = set(re.findall(r"--hash=sha256:(\w+)", locked_block(LOCK.read_text(encoding="utf-8"), "uv")))
    for wheel in sorted(WHEELS.glob("uv-*.whl")):
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in hashes:
            raise Problem(f"{wheel} is not the uv that requirements.lock names", anew)
        with zipfile.ZipFile(wheel) as opened:
            (inside,) = (name for name in opened.namelist() if name.endswith(".data/scripts/uv"))
            folder.mkdir(parents=True, exist_ok=True)
            uv = folder / "uv"
            uv.write_bytes(opened.read(inside))
        uv.chmod(0o755)
        return uv
    raise Problem(f"there is no uv in {WHEELS}", anew)


def fetched_uv(python: Path) -> Path:
    """Have uv in ``.venv``, fetched by pip.

    Parameters
    ----------
    python
        The environment's Python.
    """
    uv = VENV / "bin" / "uv"
    if not works(uv, "--version"):
        if not works(python, "-m", "pip", "--version"):
            have_venv()
            run(python, "-m", "ensurepip", quiet=True)
        wanted_uv = VENV / "uv.lock.txt"
        wanted_uv.write_text(locked_block(LOCK.read_text(encoding="utf-8"), "uv"), encoding="utf-8")
        quietly = ("--quiet", "--disable-pip-version-check", "--root-user-action", "ignore", "--force-reinstall")
        run(python, "-m", "pip", "install", *quietly, "--require-hashes", "-r", wanted_uv)
    return uv


def make_environment() -> None:
    """Make ``.venv``, or complete one that was left half-made.

    Raises
    ------
    Problem
        If the packages cannot be had.
    """
    started = time.monotonic()
    packed = WHEELS.is_dir()
    say(f"Python environment {VENV.name}, from {'the pack' if packed else 'requirements.lock'} …")
    STAMP.unlink(missing_ok=True)
    python = VENV / "bin" / "python"
    wanted = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON!r})"
    if not works(python, "-c", wanted):
        if packed:
            run(sys.executable, "-m", "venv", "--without-pip", "--clear", VENV)
        else:
            have_venv()
            run(sys.executable, "-m", "venv", "--clear", VENV)
    uv = packed_uv(VENV / "uv-from-pack") if packed else fetched_uv(python)
    if SYSTEM_CERTIFICATES.is_file():
        # a school's or a company's own authority stands here, and uv looks at its built-in list only
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    # uv fetches nothing where all of it came with the checkout: each wheel is compared with the lock all the same
    sources = ("--offline", "--no-index", "--find-links", WHEELS) if packed else ()
    install = (uv, "pip", "install", "--python", python, *quiet, *sources)
    # Compiled once and not at each start, which takes JupyterLab two seconds more: Python itself would keep what it has
    # compiled, but not where PYTHONDONTWRITEBYTECODE is set, as it is in many images.
    run(*install, "--compile-bytecode", "--require-hashes", "-r", LOCK)
    # the package itself, as it stands here; hatchling is in the lock, so that nothing comes in without a hash
    run(*install, "--no-deps", "--no-build-isolation", "--editable", REPO)
    STAMP.write_text(fingerprint(LOCK.read_bytes(), PYPROJECT.read_bytes()), encoding="utf-8")
    say(f"… ready after {time.monotonic() - started:.0f} s.")


def environment() -> Path:
    """Return the Python to run the kit with, after making what is missing."""
    conda = conda_python()
    if conda:
        return conda
    python = VENV / "bin" / "python"
    wanted = fingerprint(LOCK.read_bytes(), PYPROJECT.read_bytes())
    ready = STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and python.exists()
    # a venv points to the Python it was made with, which an upgrade may have taken away
    if not ready or not works(python, "-c", "import rich, typer"):
        make_environment()
    return python


def main(arguments: list[str]) -> int:
    """Have the environment, and become ``labkit``.

    Parameters
    ----------
    arguments
        What ``labkit`` is called with.
    """
    try:
        check_python(sys.version_info[:3], sys.executable)
        python = environment()
    except Problem as problem:
        say(f"\n{problem}")
        return 1
    except subprocess.CalledProcessError as failed:
        what = " ".join(map(str, failed.cmd[:4]))
        say(f"\n{what} … ended with code {failed.returncode}")
        if WHEELS.is_dir():
            say("Next: unpack the archive anew, or remove pack/ and run the same command where there is network")
        else:
            say("Next: see whether PyPI can be reached from here, then run the same command again")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. The same command goes on where it stopped.")
        return INTERRUPTED
    # labkit from this folder also where the environment is conda's, which does not have it installed
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPO), os.environ.get("PYTHONPATH")]))
    os.environ["PATH"] = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execv(python, [str(python), "-m", "labkit", *arguments])  # noqa: S606 - no shell is what is wanted
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
