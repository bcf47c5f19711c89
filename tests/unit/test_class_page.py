"""docs/class.md is true: its values, commands, limits and messages are those of the kit."""

from __future__ import annotations

import re

import pytest
import yaml

from labkit.classroom import certificate_given, hub, names, proxy, values
from labkit.lesson import variants
from labkit.paths import REPO

PAGE = (REPO / "docs" / "class.md").read_text(encoding="utf-8")
FLAT = re.sub(r"\s+", " ", PAGE)


def test_its_values_are_taken() -> None:
    here, with_tls, of_yours = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    parsed = values.parse(f"learners: [ann]\n{with_tls}", "docs/class.md")
    assert proxy.certificate_of(values.complete(parsed, [("", "ann")], "docs/class.md")) == "authority"
    make, _ = certificate_given._commands("proxy-tls", "tls.key", "tls.crt", f"kubectl --namespace {names.NAMESPACE}")
    assert make in PAGE
    for block in (here, of_yours):
        said = values.parse(block, "docs/class.md")
        assert values.complete(said, [("", "ann")], "docs/class.md").instructors == ("teacher",)
    assert values.complete(said, [("", "ann")], "docs/class.md").settings["nodeLoss"]["way"] == "drain"
    assert yaml.safe_load(of_yours)["lessonImages"]["prefix"] in FLAT


@pytest.mark.parametrize("key", ["nodeLoss.evictions", "hub.concurrentSpawnLimit", "budget.quota"])
def test_each_key_that_is_named_is_one(key: str) -> None:
    assert f"`{key}`" in FLAT
    found: object = values.read().settings
    for part in key.split("."):
        assert isinstance(found, dict)
        found = found[part]


def test_how_long_the_page_waits_before_it_says_that_somebody_needs_help() -> None:
    source = hub.STATUS.read_text(encoding="utf-8")
    said = dict(re.findall(r"(\w+) = (\d+)\.0$", source, flags=re.MULTILINE))
    both = re.search(r"WRONG_FOR, OPEN_FOR = (\d+)\.0, (\d+)\.0", source)
    assert both is not None
    assert (both.groups(), said["FAILED_FOR"], said["QUIET_FOR"]) == (("300", "900"), "120", "1200")
    assert "KEPT, ASKS_EVERY = 4.0, 15" in source
    for words in (
        "for five minutes",
        "for a quarter of an hour",
        "two minutes ago",
        "for twenty minutes",
        "every 15 seconds",
    ):
        assert words in FLAT


def test_what_it_quotes_is_said() -> None:
    together = (REPO / "labkit" / "notebook" / "together.py").read_text(encoding="utf-8")
    assert "your instructor to take a Node away" in together
    assert "waiting for your instructor to take a Node away" in FLAT
    assert "tell your instructor, who repairs the cluster" in (REPO / "labkit" / "in_class.py").read_text(
        encoding="utf-8"
    )
    assert {"02-configmap", "04-self-healing"} <= set(variants.names())


def test_its_links_lead_somewhere() -> None:
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in PAGE.splitlines()}
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert target.removeprefix("#") in headings if target.startswith("#") else (REPO / "docs" / target).is_file()
    assert "](class.md)" in (REPO / "docs" / "instructors.md").read_text(encoding="utf-8")
    assert "](docs/class.md)" in (REPO / "README.md").read_text(encoding="utf-8")
