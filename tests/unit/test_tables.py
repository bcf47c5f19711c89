"""The tables say what kubectl says."""

from __future__ import annotations

import html
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

from labkit.notebook import tables
from labkit.notebook.lab import Lab
from labkit.state import Snapshot
from tests.unit import recording


def test_pods_as_kubectl_shows_them() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    frame = tables.pods(snapshot, "app=hello,track=stable")
    assert len(frame) == 3
    assert list(frame.columns[:4]) == ["READY", "STATUS", "RESTARTS", "AGE"]
    assert set(frame["READY"]) == {"1/1"}
    assert set(frame["STATUS"]) == {"Running"}


def test_deployments_and_replicasets() -> None:
    snapshot = recording.moments()[-1]
    assert tables.deployments(snapshot).loc["hello", "READY"] == "3/3"
    hello = tables.replicasets(snapshot).query("NAME.str.startswith('hello')")
    assert sorted(hello["DESIRED"]) == [0, 0, 3]


def test_events_tell_why_the_frontend_waits() -> None:
    events = tables.events(recording.moments()[-1])
    mounts = events[events["REASON"] == "FailedMount"]
    assert set(mounts["TYPE"]) == {"Warning"}
    shown = mounts._repr_html_()  # type: ignore[operator]  # what JupyterLab asks for
    assert 'configmap "nginx-frontend-conf" not found' in html.unescape(shown), "whole"


def test_facts_are_short_and_the_same_on_every_run() -> None:
    facts = [tables.facts(s) for s in recording.moments()]
    assert facts[0] == "no Deployments"
    assert facts[-1].splitlines()[-1] == "hello: 3/3 ready on 2 nodes"
    assert any("(revision 1: 1, revision 2: 1)" in f for f in facts)


def test_tables_of_nothing_have_their_columns() -> None:
    for table in (tables.deployments, tables.replicasets, tables.pods, tables.events):
        assert len(table(Snapshot())) == 0
        assert len(table(Snapshot()).columns) > 3


def test_ages_count_to_the_moment_of_asking_not_to_the_last_change() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    pod = snapshot.pods("app=hello")[0]
    asked = pod.created + 3 * 3600 + 7 * 60
    assert tables.pods(snapshot, "app=hello", now=asked).loc[pod.name, "AGE"] == "3h7m"
    hello = snapshot.deployments()[0]
    assert tables.deployments(snapshot, now=hello.created + 125).loc[hello.name, "AGE"] == "2m5s"
    replica_set = snapshot.replica_sets()[0]
    assert tables.replicasets(snapshot, now=replica_set.created + 51 * 3600).loc[replica_set.name, "AGE"] == "2d3h"
    last = snapshot.events()[-1]
    assert tables.events(snapshot, now=last.last + 600).index[-1] == "10m"


def test_a_restart_is_as_long_ago_as_it_is_now() -> None:
    pod = recording.moments()[-1].pods()[0]
    restarted = replace(pod, restarts=2, last_restart=1000.0)
    assert tables.restarts(restarted, 1125.0) == "2 (2m5s ago)"
    assert tables.restarts(pod, 1125.0) == "0"


_FIRST_TABLE = """
import importlib.abc, sys, time
from pathlib import Path
from labkit.notebook.lab import Lab
from labkit.api.watch import Watch

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "pandas":
            time.sleep(3)

sys.meta_path.insert(0, Slow())
lab = Lab.__new__(Lab)
lab.watch = Watch(Path("kubeconfig"), "context", "lab")
made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
lab.watch.listed("Pod", [{"metadata": {"uid": "1", "name": "one", "creationTimestamp": made}, "spec": {}}])
print(lab.pods().loc["one", "AGE"])
"""


def test_the_first_table_is_as_young_as_the_others() -> None:
    """What takes seconds to import is imported before the clock is asked."""
    done = subprocess.run([sys.executable, "-c", _FIRST_TABLE], capture_output=True, text=True, check=True)
    assert int(done.stdout.strip().removesuffix("s")) >= 3


def test_versions_are_of_pods_on_nodes_that_answer() -> None:
    """Until it is evicted, a Pod of a Node that died is listed as Ready, as its kubelet said last."""
    lab = Lab.__new__(Lab)
    lost = next(s for s in recording.moments() if any(s.lost(p) and p.ready for p in s.pods("app=hello")))
    ready = [pod for pod in lost.pods("app=hello") if pod.ready]
    lab.watch = SimpleNamespace(snapshot=lost)  # type: ignore[assignment]  # no thread, no cluster
    assert sum(lab.versions("hello").values()) == len([pod for pod in ready if not lost.lost(pod)]) < len(ready)
