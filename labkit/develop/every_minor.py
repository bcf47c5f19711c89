"""``make test-minors``: what needs a cluster, on each minor of Kubernetes that the kit knows, one after the other."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from labkit import paths
from labkit.durations import elapsed
from labkit.images import versions

#: The stages that depend on what the cluster says; the others know no cluster, or play recordings.
STAGES = ("cluster", "alone", "notebooks")


def main() -> int:
    """Run the stages on each minor, the oldest last, and return the exit code.

    A minor that fails does not keep the others from being tried. Each has a node image of its own, which is pulled or
    built when it is not there.
    """
    said = []
    codes = []
    for minor in versions.minors():
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "labkit", "test", *STAGES],
            cwd=paths.REPO,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LABKIT_KUBERNETES": minor},
        )
        codes.append(done.returncode)
        verdict = "passed" if done.returncode == 0 else f"failed (exit code {done.returncode})"
        said.append(f"Kubernetes {minor}: {verdict} after {elapsed(time.monotonic() - start)}")
    sys.stdout.write("\n".join(said) + "\n")
    return int(any(codes))
