"""JupyterLab as a learner gets it, and Chromium to look at it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from labkit import jupyter, paths
from labkit.develop.selftest import ensure_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

#: No sandbox for root; nothing that would look for the Internet.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps screenshots."""
    parser.addoption("--screenshots", metavar="FOLDER", type=Path, help="where to keep screenshots of what was seen")


@pytest.fixture(scope="session")
def screenshots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that screenshots go to."""
    chosen = request.config.getoption("--screenshots")
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[jupyter.Server]:
    """Run the kit's JupyterLab as on its first day, on a copy of the notebooks: JupyterLab saves what it runs."""
    shutil.copytree(paths.REPO / "notebooks", tmp_path / "lab" / "notebooks")
    with jupyter.server(root=tmp_path / "lab", home=tmp_path / "jupyter") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run Chromium."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=ensure_chromium(), args=flags)
        yield running
        running.close()
