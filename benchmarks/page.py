"""How long after the API told of a change the page shows it: a board in JupyterLab in Chromium, cell idle and busy.

The truth is a raw watch in a process of its own, which stamps each line. The page's time is that in which its document
has changed (it is drawn with the next frame), by ``performance.timeOrigin + performance.now()``. A busy cell computes.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks import labpage, rawwatch, samples
from benchmarks.waiting import namespace, say, settled
from labkit import paths

if TYPE_CHECKING:
    from benchmarks.samples import Times
    from labkit.api.client import Api
    from labkit.api.connection import Connection

#: So many Pods come, get Ready, are Terminating and go, so many times, per state of the cell.
PODS = 5
ROUNDS = 6

HEAD = [
    "| cell | a Pod | changes | missed | raw watch → page | 95 of 100 | request → raw watch | request → page | ratio |",
    "|---|---|---|---|---|---|---|---|---|",
]


def measure(pods: int = PODS, rounds: int = ROUNDS) -> list[str]:
    """Measure, with the cell idle and busy, and return the lines of a Markdown table.

    Raises
    ------
    NotMeasuredError
        If a kind of change did not happen as often as it should have.
    """
    lines, notes = list(HEAD), []
    for busy in (False, True):
        with namespace() as (connection, api):
            rows, note = _one(connection, api, pods, rounds, busy=busy)
        lines += rows
        notes += note
    said = f"Medians of {rounds} times {pods} Pods of hello; the requests are those that scale its Deployment."
    return [*lines, "", " ".join([said, *notes])]


def _one(connection: Connection, api: Api, pods: int, rounds: int, *, busy: bool) -> tuple[list[str], list[str]]:
    word = "busy" if busy else "idle"
    base = f"/apis/apps/v1/namespaces/{connection.namespace}/deployments"
    say(f"waiting for JupyterLab with a board, its cell {word}")
    api.send("POST", base, hello())
    up: dict[str, float] = {}
    down: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        rawwatch.watching(connection, Path(folder) / "raw.log") as raw,
        labpage.opened(connection, busy=busy) as lab,
    ):
        for number in range(rounds):
            say(f"cell {word}, round {number + 1} of {rounds}: waiting for {pods} Pods to come, and to go")
            asked = time.time()
            api.send("PATCH", f"{base}/hello", {"spec": {"replicas": pods}})
            there = settled(api, connection.namespace, pods)
            up |= dict.fromkeys((pod["metadata"]["uid"] for pod in there), asked)
            time.sleep(0.5)
            asked = time.time()
            api.send("PATCH", f"{base}/hello", {"spec": {"replicas": 0}})
            down |= dict.fromkeys(up.keys() - down.keys(), asked)
            settled(api, connection.namespace, 0)
            time.sleep(0.5)
        time.sleep(1.5)
        true, seen = samples.truth(raw.events()), lab.seen().times
    rows = [_row(word, kind, true, seen, up if kind in {"appears", "Ready"} else down) for kind in _checked(true, up)]
    early = samples.early(true, seen)
    note = f"Cell {word}: {len(early)} of {len(true)} changes were on the page before the raw watch had them, by up to "
    return rows, [f"{note}{_ms(max(early))}: the machine had too much to do for exact figures."] if early else []


def _checked(true: Times, pods: dict[str, float]) -> tuple[str, ...]:
    for kind in samples.KINDS:
        lacking = [uid for uid in pods if (uid, kind) not in true]
        if lacking or not pods:
            raise samples.NotMeasuredError(f"{kind}: the API did not tell it of {len(lacking)} of {len(pods)} Pods")
    return samples.KINDS


def _row(word: str, kind: str, true: Times, seen: Times, asked: dict[str, float]) -> str:
    found = samples.lags(true, seen, kind)
    theirs, ours = samples.since(asked, true, kind, seen), samples.since(asked, seen, kind, true)
    what = "is gone" if kind == "gone" else kind if kind == "appears" else f"is {kind}"
    numbers = f"{found.count} | {found.missed} | {_ms(found.median)} | {_ms(found.p95)}"
    return f"| {word} | {what} | {numbers} | {_ms(theirs)} | {_ms(ours)} | {ours / theirs:.2f} |"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


def hello() -> dict[str, Any]:
    """Return hello's Deployment without Pods; they wait a second only before they are asked and before they end."""
    found: dict[str, Any] = yaml.safe_load((paths.LESSON / "manifests/hello.yaml").read_text(encoding="utf-8"))
    found["spec"]["replicas"] = 0
    container = found["spec"]["template"]["spec"]["containers"][0]
    container["readinessProbe"]["initialDelaySeconds"] = 1
    container["lifecycle"]["preStop"]["sleep"]["seconds"] = 1
    return found


if __name__ == "__main__":
    print("\n".join(measure()))
