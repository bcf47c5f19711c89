"""``make test-minors``: what needs a cluster, on each minor of Kubernetes that the kit knows, one after the other."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console

from labkit import paths
from labkit.develop import lanes
from labkit.durations import elapsed
from labkit.images import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The stages that depend on what the cluster says, each in a lane with a cluster of its own; the others know no
#: cluster, or play recordings.
STAGES = (("cluster",), ("alone",), ("notebooks",))


def main(minors: Sequence[str] = (), stages: Sequence[Sequence[str]] = STAGES) -> int:
    """Run the stages on each minor, the oldest last, and return the exit code.

    A minor that fails does not keep the others from being tried. Each has a node image of its own, which is pulled or
    built when it is not there: by the lane that is first, and the others wait for it.

    Parameters
    ----------
    minors
        Which ones, such as ``1.36``; all that the kit knows, if none is named.
    stages
        What is run in each lane.
    """
    console = Console(highlight=False)
    first, *others = stages
    said = []
    codes = []
    for minor in minors or versions.minors():
        start = time.monotonic()
        os.environ["LABKIT_KUBERNETES"] = minor
        console.rule(f"[bold]Kubernetes {minor}")
        with contextlib.ExitStack() as stack:
            beside = [
                stack.enter_context(lanes.running(number, names, console)) for number, names in enumerate(others, 2)
            ]
            done = subprocess.run(
                [sys.executable, "-m", "labkit", "test", *first], cwd=paths.REPO, check=False, stdin=subprocess.DEVNULL
            )
            code = max(done.returncode, *(lane.follow() for lane in beside), 0)
        codes.append(code)
        verdict = "passed" if code == 0 else f"failed (exit code {code})"
        said.append(f"Kubernetes {minor}: {verdict} after {elapsed(time.monotonic() - start)}")
    sys.stdout.write("\n".join(said) + "\n")
    return int(any(codes))
