"""The wheel: installed where no repository is in sight, it has all that labkit imports and reads."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from labkit import __version__
from labkit.images import components, lesson
from labkit.paths import REPO

#: Asked in the wheel's environment: imports every module, and says what it found.
ASK = """
import importlib, json, pkgutil
import labkit, services
names = [m.name for m in pkgutil.walk_packages(labkit.__path__, "labkit.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
from labkit import paths
from labkit.board import widget
from labkit.handouts import builder, card, page, paper
from labkit.images import components, lesson
kit = [p.relative_to(paths.REPO).as_posix() for p in paths.REPO.rglob("*") if p.is_file() and p.suffix != ".pyc"]
told = {
    "where": labkit.__file__, "services": services.__file__, "names": names, "kit": sorted(kit),
    "lesson": lesson.inputs(offline=True), "components": components.inputs(),
    "notebooks": sorted(p.name for p in builder.NOTEBOOKS.glob("*.ipynb")),
    "templates": [
        file.is_file()
        for file in (
            page.TEMPLATES / "page.html", *(paper.TEMPLATES / sheet.template for sheet in paper.SHEETS),
            paper.TEMPLATES / "style.typ", paper.TEMPLATES / "session.typ", builder.WORDS, card.FILE,
        )
    ],
    "manifests": (paths.LESSON / "manifests" / "hello.yaml").is_file(), "written": [str(paths.STATE), str(paths.WORK)],
}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=REPO,
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it into an environment of its own, which borrows the packages that it needs from this one."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*install, "--python", str(folder / "bin" / "python"), str(wheel)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    # as a path only: this environment's own .pth files, which lead to the checkout, are not followed
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(*command: str | Path, home: Path) -> str:
    """Run a command where no checkout is on the path."""
    hidden = ("PYTHON", "LABKIT", "XDG_", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)} | {"HOME": str(home)}
    done = subprocess.run(
        [str(part) for part in command], cwd=home, env=env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_says_the_version_that_stands_in_one_place(environment: Path, wheel: Path, tmp_path: Path) -> None:
    assert run(environment / "bin" / "labkit", "--version", home=tmp_path) == f"labkit {__version__}\n"
    assert wheel.name.startswith(f"labkit-{__version__}-")
    assert "version" not in tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_it_has_what_labkit_imports_and_reads(environment: Path, tmp_path: Path) -> None:
    told = json.loads(run(environment / "bin" / "python", "-c", ASK, home=tmp_path))
    assert Path(told["where"]).is_relative_to(environment)
    assert Path(told["services"]).is_relative_to(environment)
    modules = {path.relative_to(REPO).with_suffix("") for path in (REPO / "labkit").rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__") for path in modules if path.name != "__main__"}
    assert names - {"labkit"} == set(told["names"])
    # the very files that the images and the node image are made from
    assert told["lesson"] == lesson.inputs(offline=True)
    assert told["components"] == components.inputs()
    assert told["notebooks"] == sorted(path.name for path in (REPO / "notebooks").glob("*.ipynb"))
    assert told["templates"] == [True] * 12
    assert told["manifests"]
    # nothing of a checkout's state goes with it, and nothing is written beside the packages
    assert not [name for name in told["kit"] if re.search(r"__pycache__|\.ipynb_checkpoints|/build/", name)]
    assert all(Path(folder).is_relative_to(tmp_path) for folder in told["written"])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_package_data_is_there(environment: Path) -> None:
    """What stands beside the modules: style sheets, the board's JavaScript, the mark that says it is typed."""
    packages = next(environment.glob("lib/python*/site-packages"))
    here = {
        path.relative_to(REPO)
        for path in (REPO / "labkit").rglob("*")
        if path.suffix in {".css", ".html", ".js", ".typed"}
    }
    assert here
    assert not [path for path in here if not (packages / path).is_file()]
