"""environment.yml says for conda what pyproject.toml says for PyPI: held together through a map of names."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from labkit.bootstrap import CONDA_IMPORTS, CONDA_NAME
from labkit.paths import REPO

#: PyPI's name to conda-forge's, where the two differ.
CONDA_NAMES = {"kubernetes": "python-kubernetes"}

#: Taken from PyPI inside a conda environment too.
FROM_PIP = {"font-source-sans-pro", "griffelib", "httpx2", "playwright", "typst"}

#: Only in environment.yml: what PyPI does not have, or a virtual environment has anyway.
CONDA_ONLY = {"python", "make", "pip", "kubernetes-kind", "kubernetes-client"}

#: Only in pyproject.toml: what installs the package itself into .venv; a conda environment runs it from its folder.
PYPI_ONLY = {"hatchling", "editables"}


def split(requirement: str) -> tuple[str, str]:
    """Return a requirement's name and its version part."""
    found = re.fullmatch(r"([A-Za-z0-9._-]+?)\s*((?:[<>=!~].*)?)", requirement)
    assert found, requirement
    return found[1].lower(), found[2]


def of_pyproject() -> dict[str, str]:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = dict(map(split, [*project["project"]["dependencies"], *groups["services"], *groups["test"]]))
    return {name: version for name, version in wanted.items() if name not in PYPI_ONLY}


def of_conda() -> tuple[dict[str, str], dict[str, str], dict[str, Any]]:
    environment = yaml.safe_load((REPO / "environment.yml").read_text(encoding="utf-8"))
    own = dict(split(entry) for entry in environment["dependencies"] if isinstance(entry, str))
    pip = dict(split(entry) for part in environment["dependencies"] if isinstance(part, dict) for entry in part["pip"])
    return own, pip, environment


def test_every_dependency_is_in_both_with_the_same_bound() -> None:
    conda, pip, _ = of_conda()
    for name, version in of_pyproject().items():
        there = pip if name in FROM_PIP else conda
        assert there.get(CONDA_NAMES.get(name, name)) == version, name


def test_conda_has_nothing_else() -> None:
    conda, pip, _ = of_conda()
    known = {CONDA_NAMES.get(name, name) for name in of_pyproject()} - FROM_PIP
    assert set(conda) == known | CONDA_ONLY
    assert set(pip) == FROM_PIP


def test_kind_is_not_older_than_the_one_the_node_image_is_made_for() -> None:
    from labkit.images.versions import kind, numbers  # noqa: PLC0415 - next to what it is compared with

    conda, _, _ = of_conda()
    assert numbers(conda["kubernetes-kind"]) == numbers(kind())[:2]


def test_python_is_the_same() -> None:
    conda, _, _ = of_conda()
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    assert conda["python"] == project["project"]["requires-python"]


def test_bootstrap_knows_the_environment() -> None:
    conda, _, environment = of_conda()
    assert environment["name"] == CONDA_NAME
    packages = {"yaml": "pyyaml", "kubernetes": "python-kubernetes"}
    assert {packages.get(name, name) for name in CONDA_IMPORTS} <= set(conda)
