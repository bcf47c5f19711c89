"""``make bench``: every benchmark, in one run, written to RESULTS.md."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import latency, losses, scale
from labkit import cluster
from labkit.progress import Progress


def main() -> None:
    """Measure everything and write it down."""
    kubernetes = cluster.up(Progress()).kubernetes
    lines = [
        "# Benchmarks",
        "",
        "`make bench` measures them. Compare the ratios: both sides of each come from one run on one machine.",
        "",
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, Python {platform.python_version()}, {kubernetes}",
    ]
    for title, module in (("Latency", latency), ("Scale", scale), ("Losses", losses)):
        print(f"{title} …", flush=True)
        lines += ["", f"## {title}", "", (module.__doc__ or "").strip(), "", *module.measure()]
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
