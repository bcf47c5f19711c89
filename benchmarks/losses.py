"""What a client at the front door notices of a rolling update, and of a Node that dies: every request, and every try.

A steady client asks hello through the frontend while its three Pods go from 1.0.0 to 2.0.0. nginx tries three times, so
"answered" alone says little: what counts is answered *at the first try*.

``python -m benchmarks.losses --help``. It needs the front door, so no notebook's frontend may be there meanwhile.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from labkit import cluster, paths
from labkit.api.kubectl import Kubectl
from labkit.app.frontdoor import FrontDoor
from labkit.app.traffic import SteadyClient
from labkit.cluster import faults
from labkit.errors import LabError, WaitTimeoutError
from labkit.lesson import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from labkit.app.tally import Summary

#: Seconds before the update and after it in which the client asks, so that both versions are seen to answer.
MARGIN = 2.0
REPLICAS = 3

HEAD = [
    "| what happens | unavailable / surge | preStop | requests a second | at the first try | after a retry | lost |",
    "|---|---|---|---|---|---|---|",
]


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure.

    Attributes
    ----------
    unavailable, surge
        The strategy's ``maxUnavailable`` and ``maxSurge``.
    pre_stop
        Whether a Pod waits before it ends, as the manifest has it.
    rate
        Requests a second.
    node_loss
        A Node with a Pod of hello dies, instead of an update.
    """

    unavailable: int
    surge: int
    pre_stop: bool = True
    rate: float = 20.0
    node_loss: bool = False

    def manifest(self, version: str) -> dict[str, Any]:
        """Return hello's Deployment for this case."""
        found: dict[str, Any] = yaml.safe_load((paths.LESSON / "manifests/hello.yaml").read_text(encoding="utf-8"))
        spec = found["spec"]
        spec["replicas"] = REPLICAS
        spec["strategy"]["rollingUpdate"] = {"maxUnavailable": self.unavailable, "maxSurge": self.surge}
        container = spec["template"]["spec"]["containers"][0]
        container["image"] = f"localhost/hello:{version}"
        if not self.pre_stop:
            del container["lifecycle"]
        return found

    def row(self, seen: Sequence[Summary]) -> str:
        """Return the case's row of the table: the sum of its runs, and each where they differ."""
        sleep = self.manifest("1.0.0")["spec"]["template"]["spec"]["containers"][0].get("lifecycle")
        cells = [
            "a Node dies" if self.node_loss else "1.0.0 → 2.0.0",
            f"{self.unavailable} / {self.surge}",
            f"{sleep['preStop']['sleep']['seconds']} s" if sleep else "none",
            f"{self.rate:g}",
            *(_sum([getattr(each, name) for each in seen]) for name in ("first_try", "retried", "lost")),
        ]
        return f"| {' | '.join(cells)} |"


#: What `make bench` measures.
CASES = (
    *(Case(u, 1, pre_stop, rate) for pre_stop in (True, False) for u in (1, 0) for rate in (20.0, 100.0)),
    Case(1, 1, node_loss=True),
)


def measure(cases: Sequence[Case] = CASES, runs: int = 1) -> list[str]:
    """Measure each case, and return the lines of a Markdown table."""
    lines = list(HEAD)
    with _app() as (kubectl, door):
        for case in cases:
            seen = []
            for _ in range(runs):
                client = _node_loss(kubectl, door, case) if case.node_loss else _update(kubectl, door, case)
                seen.append(client.summary)
                odd = [*client.losses.splitlines(), *client.retries.splitlines()]
                print(f"  {client.summary}", *odd, sep="\n    ", file=sys.stderr, flush=True)
            lines.append(case.row(seen))
            print(lines[-1], file=sys.stderr, flush=True)
    counted = "one run of each" if runs == 1 else f"{runs} runs of each, added up"
    return [*lines, "", f"{REPLICAS} Pods, {counted}."]


@contextmanager
def _app() -> Iterator[tuple[Kubectl, FrontDoor]]:
    """Have the lesson's app in a namespace of its own, and take it away at the end."""
    connection = replace(cluster.connection(), namespace=f"bench-{secrets.token_hex(4)}")
    kubectl = Kubectl(connection, cwd=paths.LESSON)
    holds = "{.items[?(@.spec.ports[0].nodePort==30443)].metadata.namespace}"
    taken = kubectl.run("get", "services", "-A", "-o", f"jsonpath={holds}")
    if taken:
        raise LabError(
            f"The front door belongs to namespace {taken}, and there is only one.",
            remedy=f"labkit reset, or: kubectl delete service frontend --namespace {taken}",
        )
    notebooks.ensure_namespace(kubectl)
    try:
        kubectl.run("create", "configmap", "nginx-frontend-conf", "--from-file=nginx/frontend.conf")
        for app in ("auth", "hello", "frontend"):
            kubectl.run("create", "-f", f"manifests/services/{app}.yaml")
        kubectl.run("create", "-f", "manifests/auth.yaml", "-f", "manifests/frontend.yaml")
        yield kubectl, FrontDoor(connection.front_door, connection.secrets.tls_crt)
    finally:
        kubectl.run("delete", "service", "frontend")  # the only one: the next may want it at once
        kubectl.run("delete", "namespace", connection.namespace, "--wait=false")


def _update(kubectl: Kubectl, door: FrontDoor, case: Case) -> SteadyClient:
    client = _begin(kubectl, door, case)
    with client:
        time.sleep(MARGIN)
        kubectl.run("set", "image", "deployment/hello", "hello=localhost/hello:2.0.0")
        _settle(kubectl)
        time.sleep(MARGIN)
    return client


def _node_loss(kubectl: Kubectl, door: FrontDoor, case: Case) -> SteadyClient:
    client = _begin(kubectl, door, case)
    busy = {pod["spec"]["nodeName"] for app in ("auth", "frontend") for pod in _pods(kubectl, app)}
    lost = next(pod for pod in _pods(kubectl, "hello") if pod["spec"]["nodeName"] not in busy)
    node = lost["spec"]["nodeName"]
    with client:
        time.sleep(MARGIN)
        faults.lose(node)
        try:
            _until(
                lambda: all(_gone(pod) or _ready(pod) for pod in _pods(kubectl, "hello")) and _replaced(kubectl, lost)
            )
            time.sleep(MARGIN)
        finally:
            faults.bring_back(node)
    _settle(kubectl)
    return client


def _begin(kubectl: Kubectl, door: FrontDoor, case: Case) -> SteadyClient:
    """Bring the app to the case's start, and return a client that has not begun yet."""
    kubectl.run("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(case.manifest("1.0.0")))
    for app in ("auth", "frontend"):
        kubectl.run("rollout", "status", f"deployment/{app}", "--timeout=100s")
    _settle(kubectl)
    door.wait_open()
    return SteadyClient(f"{door.url}/", door.certificate, rate=case.rate)


def _settle(kubectl: Kubectl) -> None:
    """Wait until the rollout is complete and the last old Pod is gone."""
    kubectl.run("rollout", "status", "deployment/hello", "--timeout=100s")
    _until(lambda: [_ready(pod) and not _gone(pod) for pod in _pods(kubectl, "hello")] == [True] * REPLICAS)


def _replaced(kubectl: Kubectl, lost: dict[str, Any]) -> bool:
    names = {pod["metadata"]["name"] for pod in _pods(kubectl, "hello") if _ready(pod) and not _gone(pod)}
    return len(names) == REPLICAS and lost["metadata"]["name"] not in names


def _pods(kubectl: Kubectl, app: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(kubectl.run("get", "pods", "-l", f"app={app}", "-o", "json"))["items"]
    return found


def _ready(pod: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))


def _gone(pod: dict[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _until(there: Callable[[], bool], seconds: float = 150.0) -> None:
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            raise WaitTimeoutError(f"hello did not settle within {seconds:.0f} s.", remedy="kubectl get pods -A")
        time.sleep(0.5)


def _sum(counts: Sequence[int]) -> str:
    each = f" ({', '.join(map(str, counts))})" if len(set(counts)) > 1 else ""
    return f"{sum(counts):,}{each}"


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=1, help="how often each case is measured")
    parser.add_argument("--rate", type=float, action="append", help="only these requests a second")
    parser.add_argument("--unavailable", type=int, choices=(0, 1), help="only this maxUnavailable")
    parser.add_argument("--pre-stop", choices=("yes", "no"), help="only with the manifest's preStop, or without")
    parser.add_argument("--node-loss", action=argparse.BooleanOptionalAction, help="only a Node that dies, or all but")
    asked = parser.parse_args()
    cases = [
        case
        for case in CASES
        if asked.node_loss in {None, case.node_loss}
        and (asked.unavailable is None or case.unavailable == asked.unavailable)
        and (asked.pre_stop is None or case.pre_stop == (asked.pre_stop == "yes"))
        and (not asked.rate or case.rate in asked.rate)
    ]
    try:
        print("\n".join(measure(cases, asked.runs)))
    except LabError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
