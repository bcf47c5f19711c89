"""How long after a change the kit knows of it, next to ``kubectl get --watch`` on the same changes."""

from __future__ import annotations

import subprocess
import threading
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.samples import NotMeasuredError
from benchmarks.waiting import namespace, say
from labkit.api.kubectl import Kubectl
from labkit.api.watch import Watch

if TYPE_CHECKING:
    from labkit.state import Snapshot

CHANGES = 40

_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: bench}
spec:
  replicas: 0
  selector: {matchLabels: {app: bench}}
  template:
    metadata: {labels: {app: bench}}
    spec: {containers: [{name: bench, image: "localhost/hello:1.0.0"}]}
"""


def measure() -> list[str]:
    """Change a label of a Deployment again and again, and note when each watcher has heard of it.

    Returns
    -------
    list[str]
        Lines of a Markdown table: half and 95 of 100 changes were heard of within so many milliseconds, and the ratio.
    """
    with namespace() as (connection, _):
        ours, theirs, sent = _heard(Kubectl(connection))
    both = sorted(set(ours) & set(theirs) & set(sent), key=int)
    if len(both) < CHANGES // 2:
        raise NotMeasuredError(f"only {len(both)} of {CHANGES} changes were heard by both")
    lag = [1000 * (ours[n] - theirs[n]) for n in both]
    since = [(1000 * (ours[n] - sent[n]), 1000 * (theirs[n] - sent[n])) for n in both]
    return [
        "| change → heard of | labkit | `kubectl get --watch` | ratio |",
        "|---|---|---|---|",
        _row("median", median(a for a, _ in since), median(b for _, b in since)),
        _row("95th percentile", quantiles((a for a, _ in since), n=20)[18], quantiles((b for _, b in since), n=20)[18]),
        "",
        f"labkit heard of a change {median(lag):+.1f} ms after kubectl's own watch (median of {len(both)} changes).",
    ]


def _heard(kubectl: Kubectl) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Make the changes; return when each was heard of by us and by kubectl's watch, and when it was begun."""
    connection = kubectl.connection
    kubectl.run("create", "-f", "-", stdin=_DEPLOYMENT)
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}

    def heard(snapshot: Snapshot) -> None:
        found = snapshot.deployment("bench")
        if found and "n" in found.labels:
            ours.setdefault(found.labels["n"], time.perf_counter())

    watcher = subprocess.Popen(
        kubectl.command(("get", "deployment", "bench", "--watch", "-o", 'jsonpath={.metadata.labels.n}{"\\n"}')),
        stdout=subprocess.PIPE,
        text=True,
        env=kubectl.connection.environment(),
    )

    def read() -> None:
        for line in watcher.stdout or ():
            theirs.setdefault(line.strip(), time.perf_counter())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    sent: dict[str, float] = {}
    try:
        with Watch(connection.kubeconfig, connection.context, connection.namespace) as watch:
            watch.synced()
            watch.subscribe(heard)
            say(f"waiting for {CHANGES} changes to be heard of")
            time.sleep(2)  # kubectl's watch has no way to say that it has begun
            for number in range(CHANGES):
                # kubectl's own start-up comes before the change, and is the same for both watchers
                sent[str(number)] = time.perf_counter()
                kubectl.run("label", "deployment", "bench", "--overwrite", f"n={number}")
                time.sleep(0.1)
            time.sleep(1)
    finally:
        watcher.terminate()
        watcher.wait()
    return ours, theirs, sent


def _row(name: str, ours: float, theirs: float) -> str:
    return f"| {name} | {ours:.0f} ms | {theirs:.0f} ms | {ours / theirs:.2f} |"
