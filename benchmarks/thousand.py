"""1,000 Pods on 50 Nodes, and on three, all rolled, as a learner's page shows it: JupyterLab in headless Chromium.

The Nodes are kwok's: they and their Pods are only there in the API, and get Ready and go at once. All else is real.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import kwok, labpage, rawwatch, samples
from benchmarks.samples import NotMeasuredError
from benchmarks.waiting import namespace, pods, say, settled, until

if TYPE_CHECKING:
    from benchmarks.labpage import LabPage, Seen
    from benchmarks.rawwatch import RawWatch
    from labkit.api.client import Api
    from labkit.api.connection import Connection

PODS = 1000
#: On how many Nodes they stand, one run after the other.
NODES = (50, 3)

_NAME = "thousand"
#: Seconds that Pods may take to come, to be rolled, or to go: some, and some for each Pod (seen: 0.1).
_SECONDS = 120.0
_SECONDS_EACH = 0.6


@dataclass(frozen=True, slots=True)
class Rollout:
    """What was measured during the rollout, and what was seen.

    Attributes
    ----------
    begin
        When it was asked for, in seconds since the epoch.
    heard
        The raw watch's events since then.
    seen
        What the page showed.
    cpu
        Seconds of processor time that the kernel took until the page showed the end.
    received
        Bytes that came to the page until then.
    """

    begin: float
    heard: list[tuple[float, dict[str, Any]]]
    seen: Seen
    cpu: float
    received: int


def measure() -> list[str]:
    """Measure, and return the lines of Markdown tables.

    Raises
    ------
    NotMeasuredError
        If not all Pods were rolled, or the page did not show it.
    """
    lines: list[str] = []
    for nodes in NODES:
        lines += [f"On {nodes} Nodes:", "", *once(PODS, nodes), ""]
    return lines[:-1]


def once(count: int, nodes: int) -> list[str]:
    """Measure so many Pods on so many Nodes, and return the lines of a Markdown table.

    Raises
    ------
    NotMeasuredError
        If not all Pods were rolled, or the page did not show it.
    """
    with namespace() as (connection, api), kwok.nodes(connection, api, nodes):
        try:
            return _rolled(connection, api, count, nodes)
        finally:
            _clear(connection, api)


def _rolled(connection: Connection, api: Api, count: int, nodes: int) -> list[str]:
    say(f"waiting for {count} Pods to be Ready")
    api.send("POST", f"/apis/apps/v1/namespaces/{connection.namespace}/deployments", _deployment(count))
    before = settled(api, connection.namespace, count, _seconds(count))
    used = {pod["spec"]["nodeName"] for pod in before}
    if len(used) < min(nodes, count):
        raise NotMeasuredError(f"the {count} Pods are on {len(used)} Nodes, not on {nodes}")
    with tempfile.TemporaryDirectory() as folder, rawwatch.watching(connection, Path(folder) / "raw.log") as raw:
        say("waiting for JupyterLab with a board")
        with labpage.opened(connection) as lab:
            until(lambda: sum(lab.squares().values()) == count or None, f"{count} squares on the page", 120.0)
            old_class = next(iter(lab.squares())).split()[0]
            found = _roll(connection, api, lab, raw, count)
            say("waiting for the page, opened afresh")
            afresh = lab.afresh(count)
    old = {pod["metadata"]["uid"] for pod in before}
    return _report(found, old, old_class, afresh)


def _roll(connection: Connection, api: Api, lab: LabPage, raw: RawWatch, count: int) -> Rollout:
    say(f"waiting for {count} Pods to be rolled")
    path = f"/apis/apps/v1/namespaces/{connection.namespace}/deployments/{_NAME}"
    cpu, received, begin = lab.cpu(), lab.received(), time.time()
    deployment = api.send("PATCH", path, _deployment(count, "2.0.0"))
    generation = deployment["metadata"]["generation"]

    def complete() -> bool | None:
        status = api.get(path)["status"]
        counts = [status.get(name) for name in ("replicas", "updatedReplicas", "availableReplicas")]
        return (status.get("observedGeneration", 0) >= generation and counts == [count] * 3) or None

    until(complete, "the rollout", _seconds(count), pause=1.0)
    settled(api, connection.namespace, count, _seconds(count))
    say("waiting for the page to show the end")
    old = next(iter(lab.seen().squares[0][1])).split()[0]

    def shown() -> bool | None:
        squares = lab.squares()
        return (
            len(squares) == 1 and sum(squares.values()) == count and not next(iter(squares)).startswith(old)
        ) or None

    until(shown, "the page shows the new Pods, all Ready, and no others", 180.0)
    cpu, received = lab.cpu() - cpu, lab.received() - received
    time.sleep(2)
    return Rollout(begin, [each for each in raw.events() if each[0] >= begin], lab.seen(), cpu, received)


def _report(found: Rollout, old: set[str], old_class: str, afresh: float) -> list[str]:
    begin, events = found.begin, len(found.heard)
    true = samples.truth(found.heard)
    new = {uid for uid, kind in true if kind == "appears"} - old
    for uids, kind in ((old, "gone"), (new, "Ready")):
        lacking = [uid for uid in uids if (uid, kind) not in true]
        if lacking or not uids:
            raise NotMeasuredError(f"{kind}: {len(lacking)} of {len(uids)} Pods were not")
    if len(new) < len(old):
        raise NotMeasuredError(f"{len(new)} new Pods came for {len(old)} old ones")
    end = found.heard[-1][0]
    last = found.seen.squares[-1][0]
    counted = samples.placed_and_ready(found.heard, old)
    seen = samples.drawn(found.seen.squares, old_class)
    frames = samples.frames(found.seen.frames, begin, max(end, last))
    lags = [
        (kind, samples.in_order(samples.levels(counted[kind], down=down), samples.levels(seen[kind], down=down)))
        for kind, down in (("placed", False), ("Ready", False), ("gone", True))
    ]
    lines = [
        "| figure | value |",
        "|---|---|",
        f"| frames a second, median | {frames.median:.1f} |",
        f"| frames a second, worst 5 s | {frames.worst:.1f} |",
        f"| kernel, of a core | {100 * found.cpu / (max(end, last) - begin):.0f} % |",
        f"| kernel, per Pod event | {1000 * found.cpu / events:.1f} ms |",
        f"| bytes to the page per Pod event | {found.received / events / 1000:.1f} kB |",
    ]
    for kind, lag in lags:
        said = f"{lag.median:.2f} s, {lag.p95:.2f} s; {lag.missed} of {lag.count}"
        lines.append(f"| raw watch → page, {kind}: median, 95 of 100; never shown | {said} |")
    return [
        *lines,
        f"| the page behind at the end | {last - end:.2f} s |",
        f"| a page opened afresh | {afresh:.1f} s |",
        "",
        f"{len(old):,} Pods rolled, {events:,} Pod events in {end - begin:.0f} s.",
    ]


def _seconds(count: int) -> float:
    return _SECONDS + _SECONDS_EACH * count


def _deployment(count: int, version: str = "1.0.0") -> dict[str, Any]:
    labels = {"app": _NAME}
    container = {"name": "hello", "image": f"localhost/hello:{version}"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _NAME},
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **kwok.pod_spec()}},
        },
    }


def _clear(connection: Connection, api: Api) -> None:
    """Delete all Pods while kwok is there to end them: without it they would wait for their Nodes to be missed."""
    say("waiting for the Pods to go")
    folder = f"/apis/apps/v1/namespaces/{connection.namespace}/deployments/{_NAME}"
    api.send("DELETE", folder, {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"})
    name = connection.namespace
    now = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}

    def gone() -> bool | None:
        if not pods(api, name):
            return True
        api.send("DELETE", f"/api/v1/namespaces/{name}/pods", now, read_timeout=60.0)
        return None

    until(gone, f"namespace {name} has no Pods", _seconds(PODS), pause=2.0)


if __name__ == "__main__":
    print("\n".join(measure()))
