"""A cluster's whole life by the real command line: made, used again, damaged, made anew, taken over, removed.

It has one node and a name of its own, so that it disturbs no lab. The tests stand in the order of its life.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.cluster import identity
from labkit.paths import REPO, STATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster

NAME = "labkit-lifecycle"
FRONT_DOOR = 30443


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True, timeout=120).stdout


def node_id(name: str = f"{NAME}-control-plane") -> str:
    return docker("container", "inspect", "--format", "{{.Id}}", name).strip()


class Life:
    """The command line, with one environment."""

    def __init__(self, kubeconfig: Path) -> None:
        self.users_kubeconfig = kubeconfig
        self.environment = {
            **os.environ,
            "LABKIT_CLUSTER": NAME,
            "LABKIT_WORKERS": "0",
            "KUBECONFIG": str(kubeconfig),
            # the clone of a test has a labkit of its own, in its folder
            "PYTHONPATH": "",
        }

    def labkit(self, *arguments: str, cwd: Path = REPO, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command that must end with a code (any when it is None), and never with a traceback."""
        done = subprocess.run(
            [sys.executable, "-m", "labkit", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=cwd,
            env=self.environment,
            timeout=500,
        )
        assert code in {None, done.returncode}, f"{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def status(self, cwd: Path = REPO) -> dict[str, Any]:
        """Return what ``labkit status --json`` says; its code says whether the cluster is running."""
        done = self.labkit("status", "--json", cwd=cwd, code=None)
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if found["state"] == "running" else 1)
        return found

    def kubectl(self, *arguments: str) -> str:
        """Ask the cluster without any of the kit's own code."""
        told = json.loads((STATE / "clusters" / NAME / "cluster.json").read_text(encoding="utf-8"))
        where = ["--kubeconfig", str(STATE / "clusters" / NAME / "kubeconfig")]
        asked = [told["kubectl"], *where, *arguments]
        return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def life(lab_connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Bring a one-node cluster up beside whatever listens at 30443, and remove it at the end."""
    # the test cluster keeps the engine busy: "labkit down" stops one that the kit started and nothing else uses
    assert lab_connection.context
    kubeconfig = tmp_path_factory.mktemp("home") / "config"
    text = "apiVersion: v1\nkind: Config\ncurrent-context: somebody-elses\nclusters: []\n"
    kubeconfig.write_text(text, encoding="utf-8")
    alive = Life(kubeconfig)
    alive.labkit("down")
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", FRONT_DOOR))
            other.listen()
        except OSError:
            pass  # a lab on this machine has it: taken all the same
        alive.labkit("up")
    yield alive
    alive.labkit("down")


def test_it_runs_and_says_so(life: Life) -> None:
    found = life.status()
    assert found["state"] == "running"
    assert found["nodes"] == [{"name": f"{NAME}-control-plane", "ready": True}]
    assert found["kubernetes"] == json.loads(life.kubectl("get", "--raw", "/version"))["gitVersion"]
    assert found["images"][0] == "localhost/auth:1.0.0"
    assert Path(found["kubeconfig"]).is_relative_to(STATE)
    assert "running" in life.labkit("status").stdout


def test_the_settings_took_effect(life: Life) -> None:
    raw = life.kubectl("get", "--raw", f"/api/v1/nodes/{NAME}-control-plane/proxy/configz")
    assert json.loads(raw)["kubeletconfig"]["nodeLeaseDurationSeconds"] == 20
    lease = json.loads(
        life.kubectl("--namespace=kube-node-lease", "get", "lease", f"{NAME}-control-plane", "--output=json")
    )
    assert lease["spec"]["leaseDurationSeconds"] == 20
    command = life.kubectl(
        "--namespace=kube-system",
        "get",
        "pods",
        "--selector=component=kube-controller-manager",
        "--output=jsonpath={.items[0].spec.containers[0].command}",
    )
    assert "--node-monitor-grace-period=20s" in command


def test_every_node_holds_the_lessons_images(life: Life) -> None:
    held = life.kubectl("get", "nodes", "--output=jsonpath={.items[*].status.images[*].names}")
    for image in life.status()["images"]:
        assert image in held


def test_a_taken_port_leads_to_another_one(life: Life) -> None:
    address = life.status()["front_door"]
    port = int(address.rsplit(":", 1)[1])
    assert port != FRONT_DOOR
    bound = json.loads(docker("container", "inspect", f"{NAME}-control-plane"))[0]["HostConfig"]["PortBindings"]
    assert bound[f"{FRONT_DOOR}/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
    assert {binding["HostIp"] for bindings in bound.values() for binding in bindings} == {"127.0.0.1"}


def test_a_second_up_is_quick_and_changes_nothing(life: Life) -> None:
    before, started = node_id(), time.monotonic()
    life.labkit("up")
    assert time.monotonic() - started < 30, "seconds, on a machine that may be busy"
    assert node_id() == before


def test_a_paused_node_goes_on(life: Life) -> None:
    before = node_id()
    docker("pause", before)
    assert life.status()["state"] == "unhealthy"
    assert "was paused: it goes on" in life.labkit("up").stderr
    assert node_id() == before
    assert life.status()["state"] == "running"


def test_another_checkout_with_the_same_inputs_takes_it_over(life: Life, tmp_path: Path) -> None:
    for name in ("labkit", "services", "nginx", "nodeimage"):
        shutil.copytree(REPO / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(REPO / name, tmp_path / name)
    before = node_id()
    said = life.labkit("up", cwd=tmp_path)
    assert node_id() == before, said.stderr
    assert life.status(cwd=tmp_path)["state"] == "running"
    assert (tmp_path / ".labkit" / "clusters" / NAME / "kubeconfig").is_file()


def test_a_stopped_cluster_is_made_anew_and_an_interrupted_up_made_good(life: Life) -> None:
    """In one test, since each cluster that is made takes a minute: the one that is made anew is interrupted."""
    before = node_id()
    docker("stop", "--time", "1", before)
    assert life.status()["state"] == "stopped"
    asked = [sys.executable, "-m", "labkit", "up"]
    said: list[str] = []
    with subprocess.Popen(asked, cwd=REPO, env=life.environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.startswith(f"… cluster {NAME}"):
                break
        time.sleep(5)  # somewhere in the middle of kind's work
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 130, rest
    assert f"not running: {NAME}-control-plane" in "".join(said)
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert identity.read(NAME) is None
    life.labkit("up")
    assert node_id() != before
    assert life.status()["state"] == "running"


def test_the_users_kubeconfig_is_what_it_was(life: Life) -> None:
    text = life.users_kubeconfig.read_text(encoding="utf-8")
    assert text == "apiVersion: v1\nkind: Config\ncurrent-context: somebody-elses\nclusters: []\n"
    assert list(life.users_kubeconfig.parent.iterdir()) == [life.users_kubeconfig]


def test_down_removes_everything(life: Life) -> None:
    assert "is gone" in life.labkit("down").stdout
    assert docker("ps", "--all", "--quiet", "--filter", f"label=io.x-k8s.kind.cluster={NAME}") == ""
    assert not (STATE / "clusters" / NAME).exists()
    assert identity.read(NAME) is None
    assert life.status()["state"] == "absent"
    assert "There was no cluster" in life.labkit("down").stdout


def test_somebody_elses_cluster_stays_as_it_is(tmp_path: Path) -> None:
    name = "labkit-foreign"
    image = docker("images", "--quiet", "localhost/labkit-node").split()[0]
    labels = [f"io.x-k8s.kind.cluster={name}", "io.x-k8s.kind.role=control-plane", "dev.labkit.inputs="]
    options = [part for label in labels for part in ("--label", label)]
    made = docker("create", *options, "--entrypoint", "sleep", image, "infinity").strip()
    try:
        theirs = Life(tmp_path / "config")
        theirs.environment["LABKIT_CLUSTER"] = name
        for command in ("up", "down"):
            said = theirs.labkit(command, code=1).stderr
            assert f"'{name}' that this kit did not make" in said
            assert "LABKIT_CLUSTER=" in said
        assert theirs.status()["state"] == "absent"
        assert node_id(made) == made
    finally:
        docker("rm", "--force", "--volumes", made)
