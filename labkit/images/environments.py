"""A Python environment for an image: locked packages for the image's own Python, laid out as a venv, without pip.

Nothing is fetched while the image is built, and nothing of this machine's own Python gets into it: the packages are
wheels for the Python and the system of the image, whatever Python runs here.
"""

from __future__ import annotations

import shutil
from importlib import metadata
from typing import TYPE_CHECKING

from labkit.images import stages, toolchain
from labkit.images.binaries import architecture

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from labkit.progress import Progress, Stage

#: Raise it when this module makes another folder out of the same lock.
RECIPE = "1"

#: Debian 12's C library, which no base of ours is older than (uv's name for wheels that run on it).
_PLATFORMS = {"amd64": "x86_64-manylinux_2_36", "arm64": "aarch64-manylinux_2_36"}


def make(
    progress: Progress,
    name: str,
    title: str,
    locked: Path,
    *,
    python: str,
    home: str,
    programs: Mapping[str, str] | None = None,
    needless: Sequence[str] = (),
) -> Path:
    """Have an environment as a folder, to be copied to its place in an image.

    Parameters
    ----------
    progress
        Where the work is shown.
    name
        The stage's short name.
    title
        What people read.
    locked
        The requirements, with hashes.
    python
        The image's Python, such as ``3.11``.
    home
        Where the folder will be in the image, such as ``/opt/hub``.
    programs
        Programs besides those that the packages bring: name → ``module:function``.
    needless
        What nobody asks for in the image: patterns of paths in the folder, where ``SITE`` stands for the packages.
        Thousands of small files take a Node longer to unpack than all the rest.

    Returns
    -------
    Path
        The folder: ``bin``, ``lib/python3.11/site-packages`` and what packages put beside them. The image adds
        ``bin/python`` and ``pyvenv.cfg``.

    Raises
    ------
    BuildError
        If a package cannot be had.
    """

    def install(folder: Path, log: Path, stage: Stage) -> None:
        environment = folder / "venv"
        site = environment / "lib" / f"python{python}" / "site-packages"
        remedy = f"see whether PyPI can be reached from here, then run the command again; log: {log}"
        platform = _PLATFORMS[architecture()]
        toolchain.install_packages(
            site, locked, log, stage, remedy, options=["--python-version", python, "--python-platform", platform]
        )
        _lay_out(environment, site)
        _take_out(environment, [each.replace("SITE", site.relative_to(environment).as_posix()) for each in needless])
        distributions = metadata.distributions(path=[str(site)])
        points = {point.name: point.value for each in distributions for point in each.entry_points if _starts(point)}
        _write_programs(environment / "bin", home, {**points, **(programs or {})})

    inputs = stages.digest(
        *(RECIPE, locked.read_bytes(), python, home, architecture()),
        *(repr(sorted((programs or {}).items())), repr(list(needless))),
    )
    return stages.make(progress, name, title, inputs, install) / "venv"


def _starts(point: metadata.EntryPoint) -> bool:
    return point.group == "console_scripts"


def _lay_out(environment: Path, site: Path) -> None:
    """Put beside the packages what belongs beside them: with ``--target``, uv puts it among them."""
    # its programs name the Python of this machine
    shutil.rmtree(site / "bin", ignore_errors=True)
    for name in ("etc", "share"):
        if (site / name).is_dir():
            (site / name).rename(environment / name)
    shutil.rmtree(environment / "share" / "man", ignore_errors=True)


def _take_out(environment: Path, needless: Sequence[str]) -> None:
    for path in [path for pattern in needless for path in environment.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _write_programs(folder: Path, home: str, programs: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts(home, programs.items()).items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)


def scripts(home: str, programs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the text of an environment's programs, by their names (pure).

    Parameters
    ----------
    home
        Where the environment is.
    programs
        Name and ``module:function`` of each.
    """
    found = {}
    for name, value in programs:
        module, _, function = value.partition("[")[0].strip().partition(":")
        first = function.split(".")[0]
        found[name] = (
            f"#!{home}/bin/python\nimport sys\n\nfrom {module} import {first}\n\n"
            f'if __name__ == "__main__":\n    sys.exit({function}())\n'
        )
    return found
