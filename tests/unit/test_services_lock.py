"""The images hold the libraries that the services' unit tests ran with."""

from __future__ import annotations

import re
import tomllib

from labkit.paths import REPO


def locked(path: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (REPO / path).read_text(encoding="utf-8"), re.MULTILINE))


def test_the_images_lock_agrees_with_the_kits() -> None:
    everything, images = locked("requirements.lock"), locked("services/requirements.lock")
    assert images
    assert {name: everything.get(name) for name in images} == images


def test_the_images_lock_has_all_that_the_services_ask_for() -> None:
    groups = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    asked = {re.split(r"[<>=]", requirement)[0] for requirement in groups["services"]}
    assert asked <= set(locked("services/requirements.lock"))
