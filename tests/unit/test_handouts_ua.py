"""veraPDF's word on the PDFs: they are PDF/UA-1. Where there are Java and Maven, which fetches it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from labkit.paths import REPO, cache
from tests.unit import sheets

if TYPE_CHECKING:
    from pathlib import Path

HERE = REPO / "tests" / "verapdf"


@pytest.fixture(scope="module")
def verapdf() -> Path:
    """Return the folder with veraPDF's libraries; they are fetched once."""
    if not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("veraPDF needs Java and Maven")
    version = re.findall(r"<version>([\d.]+)</version>", (HERE / "pom.xml").read_text(encoding="utf-8"))[-1]
    folder = cache() / f"verapdf-{version}"
    if not list(folder.glob(f"validation-model-{version}.jar")):
        fetch = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
        done = subprocess.run(
            [*fetch, f"-DoutputDirectory={folder}"], check=False, capture_output=True, text=True, timeout=300
        )
        if done.returncode and not os.environ.get("CI"):
            pytest.skip(f"Maven cannot fetch veraPDF: {done.stdout[-200:]}")
        assert done.returncode == 0, done.stdout
    return folder


#: For a second or two of work: one thread that collects garbage, and no compiler that would optimize for later.
BRIEF = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def check(verapdf: Path, *files: Path) -> list[str]:
    done = subprocess.run(
        ["java", *BRIEF, "-cp", f"{verapdf}/*", str(HERE / "Check.java"), *map(str, files)],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return done.stdout.splitlines()


def test_verapdf_finds_nothing_and_would(verapdf: Path, tmp_path: Path) -> None:
    """The learner's handout and the card; and one that does not say that it is tagged."""
    files = []
    for name in ("learner-a4.pdf", "command-card.pdf"):
        files.append(tmp_path / name)
        files[-1].write_bytes(sheets.pdf(name))
    untagged = tmp_path / "untagged.pdf"
    untagged.write_bytes(sheets.pdf("command-card.pdf").replace(b"/Marked true", b"/Marked 1234"))
    assert untagged.read_bytes() != files[1].read_bytes()
    said = check(verapdf, *files, untagged)
    of_whole = [line for line in said if not line.startswith("failed") and "untagged" not in line]
    assert len(of_whole) == 2
    assert all(int(re.findall(r"(\d+) checks$", line)[0]) > 10_000 for line in of_whole)
    at = next(i for i, line in enumerate(said) if "untagged" in line)
    assert [line for line in said[:at] if line.startswith("failed")] == []
    assert [line for line in said[at:] if line.startswith("failed")], "it would not have found it"
