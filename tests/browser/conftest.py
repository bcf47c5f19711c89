"""JupyterLab as a learner gets it, and Chromium to look at it."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import sync_playwright

from labkit import jupyter, paths
from labkit.develop import javascript
from labkit.develop.selftest import ensure_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

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


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[jupyter.Server, Path]]:
    """Run the kit's JupyterLab for all tests of one process, and return it with its folder."""
    folder = tmp_path_factory.mktemp("jupyterlab")
    (folder / "lab").mkdir()
    with jupyter.server(root=folder / "lab", home=folder / "jupyter") as running:
        yield running, folder


@pytest.fixture
def server(jupyterlab: tuple[jupyter.Server, Path]) -> Iterator[jupyter.Server]:
    """Return the kit's JupyterLab as on its first day, on a copy of the notebooks: JupyterLab saves what it runs."""
    running, folder = jupyterlab
    shutil.copytree(paths.REPO / "notebooks", folder / "lab" / "notebooks")
    jupyter.prepare(folder / "jupyter")
    yield running
    # kernels end as when a learner shuts them down: they give back what they hold
    for kernel in asked(running, "GET", "kernels").json():
        asked(running, "DELETE", f"kernels/{kernel['id']}")
    assert asked(running, "GET", "sessions").json() == []
    shutil.rmtree(folder / "lab" / "notebooks")
    for own in ("settings", "workspaces"):
        shutil.rmtree(folder / "jupyter" / own, ignore_errors=True)


def asked(server: jupyter.Server, method: str, path: str) -> httpx2.Response:
    """Return the answer of JupyterLab's own API."""
    return httpx2.request(
        method,
        f"{server.url}/api/{path}",
        headers={"Authorization": f"token {server.token}"},
        timeout=30,
        trust_env=False,
    ).raise_for_status()


@pytest.fixture
def learners_lab() -> Iterator[None]:
    """Have the learner's namespace to oneself: files of tests run side by side, and one notebook has the lab."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with (paths.STATE / f"learners-lab-{paths.cluster_name()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run Chromium."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=ensure_chromium(), args=flags)
        yield running
        running.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core, from the packages that the board's JavaScript is tested with."""
    modules = javascript._modules(javascript._node())
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page; what the page itself complains of fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(60_000)
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []
