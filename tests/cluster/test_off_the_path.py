"""04 by a learner who leaves the path: nobody waits in vain, it is said what is wrong, and "Run all" goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labkit import cluster
from labkit.lesson import notebooks
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = [pytest.mark.cluster, pytest.mark.alone]

#: One notebook's kernel. Each line that it prints in the end is what a call gave, and how many seconds it took.
OFF_THE_PATH = """
import time
from labkit import Lab
lab = Lab("04-self-healing")

def timed(call, key):
    began = time.monotonic()
    shown = call(key)
    print("RESULT", getattr(getattr(shown, "missed", None), "cause", type(shown).__name__), key,
          round(time.monotonic() - began), flush=True)

def given_up(node):
    lab.watch.wait_for(lambda seen: not seen.node(node).ready, 60)

# nothing was lost
for key in ("a-dead-nodes-pods", "requests-to-a-dead-node", "a-node-returns"):
    lab.predict(key)
    timed(lab.observe, key)

# lost, and nobody asks
for key in ("a-dead-nodes-pods", "requests-to-a-dead-node"):
    lab.predict(key)
node = lab.node_with("hello", without=("frontend", "auth"))
lab.lose_node(node)
given_up(node)
lab.wait_receiving("hello", 2)
timed(lab.observe, "requests-to-a-dead-node")

# brought back before its Pod had to go
lab.predict("a-node-returns")
lab.bring_back(node)
timed(lab.observe, "a-node-returns")

# a client that stopped too early
lab.predict("requests-to-a-dead-node")
client = lab.traffic(rate=20)
node = lab.node_with("hello", without=("frontend", "auth"))
lab.lose_node(node)
lab.wait_receiving("hello", 2)
client.stop()
timed(lab.observe, "requests-to-a-dead-node")

# still lost, when it is to return
lab.wait_ready("hello", 3)
lab.predict("a-node-returns")
timed(lab.observe, "a-node-returns")

# and still lost, when it is to be used again
node = lab.node_with("hello", without=("frontend", "auth"))
lab.lose_node(node)
given_up(node)
lab.wait_ready("hello", 3)
timed(lab.ensure, "use-the-node-again")
timed(lab.as_before, "drain-with-a-budget")
"""


@pytest.fixture
def _as_before(lab_connection: Connection) -> Iterator[None]:
    """Leave no Node frozen, whatever the test did, and the front door's only port to whoever comes next."""
    yield
    name = lab_connection.context.removeprefix("kind-")
    for node in (f"{name}-worker", f"{name}-worker2", f"{name}-worker3"):
        if node in cluster.paused_nodes():
            cluster.unpause_node(node)
    notebooks.reset_namespace(lab_connection)


@pytest.mark.usefixtures("_as_before")
def test_nobody_waits_in_vain(lab_connection: Connection, tmp_path: Path) -> None:
    """No call raises, and what can't be seen is told at once; a Node that is still lost is brought back."""
    assert lab_connection.namespace
    run = subprocess.run(
        [sys.executable, "-c", OFF_THE_PATH],
        cwd=REPO,
        env={**os.environ, "LABKIT_WORK": str(tmp_path / "work")},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    results = [line.split() for line in run.stdout.splitlines() if line.startswith("RESULT")]
    found = [tuple(words[1:3]) for words in results]
    # whether its Pod had to go before the Node took Pods again is a matter of a second; both are told, and in time
    assert found.pop(4) in {("too-early", "a-node-returns"), ("Observation", "a-node-returns")}
    assert int(results.pop(4)[3]) <= 45
    assert found == [
        ("no-node-lost", "a-dead-nodes-pods"),
        ("no-node-lost", "requests-to-a-dead-node"),
        ("none-away", "a-node-returns"),
        ("no-client", "requests-to-a-dead-node"),
        ("no-client", "requests-to-a-dead-node"),
        ("Observation", "a-node-returns"),
        ("NoneType", "use-the-node-again"),
        ("NoneType", "drain-with-a-budget"),
    ]
    seconds = {words[1]: int(words[3]) for words in results}
    assert max(seconds[cause] for cause in ("no-node-lost", "none-away", "no-client")) <= 5
    assert run.stdout.count("it goes on where it was") == 3
    assert "Traceback" not in run.stderr
