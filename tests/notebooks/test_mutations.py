"""A wrong run must fail: nbval on the committed notebooks, with a lesson that was broken on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SANITIZE = Path(__file__).parent / "sanitize.cfg"


@dataclass(frozen=True)
class Mutation:
    """One thing broken.

    Attributes
    ----------
    notebook
        The notebook that must notice.
    file, old, new
        What is changed in the lesson.
    noticed
        What nbval prints: the error, or the source of the cell whose output differs.
    last
        Whether nothing can go on after it: every wait that comes then would take its time.
    """

    notebook: str
    file: str
    old: str
    new: str
    noticed: str
    last: bool = True


MUTATIONS = {
    "wrong replica count": Mutation(
        "00-start-here", "manifests/auth.yaml", "replicas: 1", "replicas: 2", "auth has 2 desired replicas"
    ),
    "broken manifest": Mutation(
        "00-start-here", "manifests/auth.yaml", "image:", "imagee:", "a field that Kubernetes does not know"
    ),
    # the app runs, and everything looks well but for the one line
    "wrong image": Mutation(
        "01-create", "manifests/auth.yaml", "auth:1.0.0", "hello:1.0.0", "%kubectl describe deployment auth", last=False
    ),
}


def nbval(notebook: str, lesson: Path, *, stop: bool) -> subprocess.CompletedProcess[str]:
    """Run nbval on a committed notebook with `lesson` in place of the repository's manifests."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", *(["-x"] if stop else [])]
    command += ["--nbval", "--nbval-current-env", f"--nbval-sanitize-with={SANITIZE}", "--nbval-cell-timeout=180"]
    return subprocess.run(
        [*command, str(REPO / "notebooks" / f"{notebook}.ipynb")],
        cwd=REPO,
        env={**os.environ, "LABKIT_LESSON": str(lesson), "LABKIT_WORK": str(lesson / "work")},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.mark.cluster
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_run_fails(name: str, tmp_path: Path) -> None:
    """And says what was wrong."""
    mutation = MUTATIONS[name]
    for folder in ("manifests", "nginx"):
        shutil.copytree(REPO / folder, tmp_path / folder)
    file = tmp_path / mutation.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mutation.old) >= 1
    file.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    done = nbval(mutation.notebook, tmp_path, stop=mutation.last)
    assert done.returncode == 1, done.stdout + done.stderr
    assert mutation.noticed in done.stdout
