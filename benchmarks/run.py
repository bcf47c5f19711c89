"""``make bench``: every benchmark, in one run, written to RESULTS.md.

``python -m benchmarks.run page`` measures one of them and prints it; RESULTS.md stays, as its figures are of one run.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.samples import NotMeasuredError
from benchmarks.waiting import end_in_order
from labkit import cluster
from labkit.errors import LabError
from labkit.progress import Progress

#: Each a module with a ``measure()`` that returns lines of Markdown; the lightest first.
STAGES = {
    "latency": "Latency",
    "page": "Event → page",
    "scale": "Scale",
    "recording": "Recording",
    "thousand": "1,000 Pods",
    "losses": "Losses",
}


def main() -> int:
    """Measure everything and write it down, or what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run")
    parser.add_argument("stage", nargs="*", help=f"only these, printed and not written down: {', '.join(STAGES)}")
    chosen = parser.parse_args().stage
    if unknown := [name for name in chosen if name not in STAGES]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are: {', '.join(STAGES)}")
    kubernetes = cluster.up(Progress()).kubernetes
    lines = [
        "# Benchmarks",
        "",
        "`make bench` measures them. Compare the ratios: both sides of each come from one run on one machine.",
        "",
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}, {kubernetes}",
    ]
    failed = False
    for name in chosen or STAGES:
        print(f"{STAGES[name]} …", file=sys.stderr, flush=True)
        module = importlib.import_module(f"benchmarks.{name}")
        lines += ["", f"## {STAGES[name]}", "", (module.__doc__ or "").strip(), ""]
        try:
            lines += module.measure()
        except (NotMeasuredError, LabError) as error:
            failed = True
            lines.append(f"Not measured: {error}")
    text = "\n".join(lines) + "\n"
    if not chosen:
        (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if failed else 0


if __name__ == "__main__":
    end_in_order()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted: what was set up for the benchmark has been put away.")
