"""``make soak``: a quarter of an hour of scaling and rolling out, with the API server falling silent ten times.

A board in JupyterLab in Chromium follows it. At the end the page shows what the API has, no thread is left over, and
neither kernel nor page has grown with time.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import labpage, samples
from benchmarks.page import hello
from benchmarks.waiting import end_in_order, namespace, pods, say, settled, until
from labkit import cluster
from labkit.cluster import nodes
from labkit.errors import LabError
from labkit.images import docker
from labkit.progress import Progress

if TYPE_CHECKING:
    from labkit.api.client import Api
    from labkit.api.connection import Connection

MINUTES = 15.0
#: How often the API server falls silent, and for how many seconds: longer than the watch's pulse takes to notice.
PAUSES = 10
SILENT_SECONDS = 9.0
#: How many Pods there are, one after the other.
SIZES = (3, 8, 5, 12, 2)
#: By how much kernel and page may have grown from the first third to the last, as a ratio. Python's allocator and
#: Chromium's collector give back late; what grows with time grows further than this in a quarter of an hour.
GROWTH = 1.25

_PAGE = "() => [performance.memory.usedJSHeapSize / 2 ** 20, document.querySelectorAll('.lk-board *').length]"


class Use(NamedTuple):
    """What kernel and page take at one moment: threads, and MiB of memory, and elements on the page."""

    threads: int
    kernel: float
    page: float
    elements: int


def measure(minutes: float = MINUTES, pauses: int = PAUSES) -> list[str]:
    """Soak, and return what was seen as lines of Markdown.

    Raises
    ------
    LabError
        If the page does not show what the API has, or something has grown.
    """
    plane = nodes.control_plane(nodes.containers())
    if plane is None:
        raise samples.NotMeasuredError("the cluster has no control plane")
    with namespace() as (connection, api):
        base = f"/apis/apps/v1/namespaces/{connection.namespace}/deployments"
        api.send("POST", base, hello())
        with labpage.opened(connection) as lab:
            begin = time.monotonic()
            uses, rounds, silent = [_use(lab)], 0, 0
            for size in cycle(SIZES):
                left = minutes * 60 - (time.monotonic() - begin)
                if left <= 0:
                    break
                say(f"{left:.0f} s left, {silent} of {pauses} silences: waiting for {size} Pods of a new revision")
                template = {"metadata": {"annotations": {"labkit.test/round": str(rounds)}}}
                api.send("PATCH", f"{base}/hello", {"spec": {"replicas": size, "template": template}})
                if silent < pauses and time.monotonic() - begin > silent * minutes * 60 / pauses:
                    time.sleep(1.0)
                    _fall_silent(plane.name)
                    silent += 1
                _rolled_out(api, connection, size)
                uses.append(_use(lab))
                rounds += 1
            return [*_verdict(lab, api, connection), *_grown(uses), f"- {rounds} rollouts, {silent} silences."]


def _fall_silent(name: str) -> None:
    docker.pause(name)
    try:
        time.sleep(SILENT_SECONDS)
    finally:
        docker.ask("unpause", name)


def _rolled_out(api: Api, connection: Connection, size: int) -> None:
    def there() -> bool | None:
        with suppress(Exception):  # the API server may still be on its way back
            found = api.get(f"/apis/apps/v1/namespaces/{connection.namespace}/deployments/hello")
            status = found["status"]
            seen = status.get("observedGeneration") == found["metadata"]["generation"]
            return (seen and status.get("updatedReplicas") == status.get("readyReplicas") == size) or None
        return None

    until(there, f"a rollout of {size} Pods", 240)
    settled(api, connection.namespace, size)


def _use(lab: labpage.LabPage) -> Use:
    said = dict(
        line.split(":", 1) for line in Path(f"/proc/{lab.kernel}/status").read_text(encoding="utf-8").splitlines()
    )
    heap, elements = lab.page.evaluate(_PAGE)
    return Use(int(said["Threads"]), int(said["VmRSS"].split()[0]) / 1024, heap, elements)


def _verdict(lab: labpage.LabPage, api: Api, connection: Connection) -> list[str]:
    def same() -> bool | None:
        return lab.pods() == {pod["metadata"]["uid"] for pod in pods(api, connection.namespace)} or None

    until(same, "the same Pods on the page as in the API", 15)
    lab.seen()  # raises where the board is not live
    return [f"- The last picture is what the API has: {len(lab.pods())} Pods."]


def _grown(uses: list[Use]) -> list[str]:
    third = max(1, len(uses) // 3)
    lines = []
    for what in Use._fields:
        first, last = (median(getattr(use, what) for use in part) for part in (uses[1 : third + 1], uses[-third:]))
        lines.append(f"- {what}: {first:,.0f} in the first third, {last:,.0f} in the last.")
        # a thread more is a leak, whatever the ratio
        if last > first * (1.0 if what == "threads" else GROWTH):
            raise LabError(f"{what} grew from {first:,.0f} to {last:,.0f}", remedy="make soak", detail=repr(uses))
    return lines


def main() -> int:
    """Soak for so many minutes; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--pauses", type=int, default=PAUSES)
    asked = parser.parse_args()
    cluster.up(Progress())
    try:
        print("\n".join(measure(asked.minutes, asked.pauses)))
    except (samples.NotMeasuredError, LabError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    end_in_order()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted: what was set up has been put away.")
