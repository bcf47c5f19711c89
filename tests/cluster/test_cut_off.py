"""What the watch says when it cannot see: of which kind, and until that kind was read anew."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import yaml

from labkit.api.reflector import HEAD_TIMEOUT
from labkit.api.watch import NotReachedError, Watch
from labkit.errors import ClusterError
from labkit.notebook.wait_loop import wait
from tests.cluster.proxy import Proxy
from tests.cluster.still import deployment, kubectl, ready, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster


def through(connection: Connection, path: Path, address: str) -> Path:
    """Write a kubeconfig like the test's, with another address of the API server."""
    config = yaml.safe_load(connection.kubeconfig.read_text())
    name = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == connection.context)
    next(c["cluster"] for c in config["clusters"] if c["name"] == name)["server"] = address
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def proxied(connection: Connection, tmp_path: Path) -> Iterator[tuple[Proxy, Watch]]:
    """Return a watch that reads through a proxy."""
    config = yaml.safe_load(connection.kubeconfig.read_text())
    name = next(c["context"]["cluster"] for c in config["contexts"] if c["name"] == connection.context)
    where = urlsplit(next(c["cluster"] for c in config["clusters"] if c["name"] == name)["server"])
    assert where.hostname
    proxy = Proxy((where.hostname, where.port or 443))
    path = through(connection, tmp_path / "kubeconfig", f"https://127.0.0.1:{proxy.port}")
    with closing(proxy.server), Watch(path, connection.context, connection.namespace) as started:
        started.synced(timeout=10)
        yield proxy, started


@pytest.fixture
def in_the_clear(connection: Connection, tmp_path: Path) -> Iterator[tuple[Proxy, Watch]]:
    """Return a watch that reads through a proxy which sees the requests: behind it, `kubectl proxy` encrypts them."""
    command = [connection.kubectl, "--kubeconfig", connection.kubeconfig, "--context", connection.context]
    with subprocess.Popen([*map(str, command), "proxy", "--port=0"], stdout=subprocess.PIPE, text=True) as encrypting:
        assert encrypting.stdout
        port = int(encrypting.stdout.readline().rpartition(":")[2])
        proxy = Proxy(("127.0.0.1", port))
        path = through(connection, tmp_path / "kubeconfig", f"http://127.0.0.1:{proxy.port}")
        with closing(proxy.server), Watch(path, connection.context, connection.namespace) as started:
            started.synced(timeout=10)
            yield proxy, started
        encrypting.terminate()


def test_when_the_api_is_cut_off_it_says_so_and_then_catches_up(
    connection: Connection, proxied: tuple[Proxy, Watch]
) -> None:
    proxy, watch = proxied
    proxy.cut()
    assert wait_until(lambda: watch.snapshot.stale is not None, 2) < 2
    assert watch.snapshot.stale_since is not None
    kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
    with pytest.raises(NotReachedError):
        watch.wait_for(lambda _: True, timeout=0.5)
    proxy.mend()
    snapshot = watch.wait_for(ready(2), timeout=60)
    assert snapshot.stale is None


def test_when_the_api_falls_silent_the_pulse_notices(proxied: tuple[Proxy, Watch]) -> None:
    """Connections that stay open and carry nothing look like a quiet cluster: only a question finds out."""
    proxy, watch = proxied
    proxy.silent.set()
    wait_until(lambda: watch.snapshot.stale is not None, 12)
    assert "API server" in (watch.snapshot.stale or "")
    proxy.mend()
    wait_until(lambda: watch.snapshot.stale is None, 12)


def test_a_kind_stays_stale_until_it_was_read_anew_however_well_the_pulse_goes(
    connection: Connection, in_the_clear: tuple[Proxy, Watch]
) -> None:
    """The API server answers again, and only the reading of pods is held up: nothing may be said of pods."""
    proxy, watch = in_the_clear
    proxy.cut()
    wait_until(lambda: "API server" in watch.snapshot.stale_kinds, 10)
    proxy.held = re.compile(rb"^GET /api/v1/namespaces/[^/]+/pods\?")
    proxy.mend()
    wait_until(lambda: set(watch.snapshot.stale_kinds) == {"Pod"}, 15)
    kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
    with pytest.raises(ClusterError) as caught:
        wait(watch, lambda _: True, what="anything", timeout=6, explain=lambda _: "", remedy="")
    assert "Pod: " in caught.value.problem, "it says which kind is not the present"
    assert watch.snapshot.deployment("still"), "the others are read"
    assert watch.snapshot.stale
    assert watch.snapshot.pods() == []
    proxy.held = None
    assert watch.wait_for(ready(1), timeout=30).stale is None


def test_the_head_of_a_watch_is_held_back(in_the_clear: tuple[Proxy, Watch]) -> None:
    """The list of pods comes, and the watch after it does not begin: noticed in seconds, not in forty.

    Each list makes the kind the present again for a moment; so what was said is kept.
    """
    proxy, watch = in_the_clear
    said: list[str | None] = []
    watch.subscribe(lambda s: said.append(s.stale))
    proxy.held = re.compile(rb"^GET /api/v1/namespaces/[^/]+/pods\?.*watch=1")
    next(t for t in watch._threads if t.kind == "Pod").hurry()
    wait_until(lambda: "Pod: no answer in time" in said, 3 * HEAD_TIMEOUT)
    proxy.held = None
    wait_until(lambda: watch.snapshot.stale is None, 12)


def test_a_quiet_watch_is_not_mistaken_for_a_dead_one(watch: Watch) -> None:
    """Nothing happens for longer than the head of a watch may take, and than the pulse's own pause."""
    stale: list[str] = []
    watch.subscribe(lambda s: stale.append(s.stale) if s.stale else None)
    time.sleep(HEAD_TIMEOUT + 3)
    assert stale == []


def learner(connection: Connection, tmp_path: Path) -> Path:
    """Make a service account that may see its own namespace, and return its kubeconfig."""
    kubectl(connection, "create", "serviceaccount", "learner")
    kubectl(connection, "create", "rolebinding", "learner", "--clusterrole=view",
            f"--serviceaccount={connection.namespace}:learner")  # fmt: skip
    token = kubectl(connection, "create", "token", "learner").strip()
    config = yaml.safe_load(connection.kubeconfig.read_text())
    context = next(c for c in config["contexts"] if c["name"] == connection.context)["context"]
    config["users"] = [{"name": context["user"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def test_what_may_not_be_read_any_more_is_not_the_present(connection: Connection, tmp_path: Path) -> None:
    with Watch(learner(connection, tmp_path), connection.context, connection.namespace) as watch:
        kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
        watch.wait_for(ready(1), timeout=60)
        kubectl(connection, "delete", "rolebinding", "learner")
        # The server asks for our rights when a watch begins, not while it goes on.
        pods = next(t for t in watch._threads if t.kind == "Pod")
        wait_until(lambda: pods.hurry() or "Pod" in watch.snapshot.denied, 10)  # type: ignore[func-returns-value]
        assert watch.snapshot.pods() == []
        assert "Pod: may not be read any more" in watch.snapshot.outdated
        with pytest.raises(ClusterError) as caught:
            wait(watch, lambda s: s.pods() == [], what="the pods to go", timeout=3, explain=lambda _: "", remedy="")
        assert "may not be read any more" in caught.value.problem
        assert "%kubectl auth can-i list" in caught.value.remedy
        kubectl(connection, "create", "rolebinding", "learner", "--clusterrole=view",
                f"--serviceaccount={connection.namespace}:learner")  # fmt: skip
        assert watch.wait_for(ready(1), timeout=60).denied.keys() == {"Namespace", "Node"}


def test_without_the_right_to_see_nodes_it_goes_on(connection: Connection, tmp_path: Path) -> None:
    """In a class on one shared cluster a learner may read their own namespace only."""
    path = learner(connection, tmp_path)
    with Watch(path, connection.context, connection.namespace) as watch:
        snapshot = watch.synced(timeout=10)
        assert set(snapshot.denied) == {"Namespace", "Node"}
        assert snapshot.stale is None
        kubectl(connection, "apply", "-f", "-", stdin=deployment(1))
        assert watch.wait_for(ready(1), timeout=60).pods()[0].node
