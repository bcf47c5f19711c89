"""A recording of the real cluster: what was seen is in it, a Secret is not, and it plays without the cluster."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from labkit import Lab
from labkit.notebook import recorder
from labkit.recording import file
from labkit.recording.moments import MomentKind
from labkit.recording.writer import Writer
from tests.cluster.still import deployment, kubectl, ready

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.api.connection import Connection

pytestmark = pytest.mark.cluster

#: What must stand nowhere in a recording.
PASSWORD = "correct-horse-battery-staple"


def secret() -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls-certs"}, "stringData": {"password": PASSWORD},
    }  # fmt: skip


def told_everywhere() -> dict[str, Any]:
    """Return a Deployment whose Pods use the Secret, and say one in the open where the kit does not read."""
    made = deployment(1)
    made["metadata"]["annotations"] = {"note": f"annotation-{PASSWORD}"}
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [
        {"name": "OPEN", "value": f"env-{PASSWORD}"},
        {"name": "HIDDEN", "valueFrom": {"secretKeyRef": {"name": "tls-certs", "key": "password"}}},
    ]
    container["args"] = [f"--password={PASSWORD}"]
    container["volumeMounts"] = [{"name": "certs", "mountPath": "/certs"}]
    made["spec"]["template"]["spec"]["volumes"] = [{"name": "certs", "secret": {"secretName": "tls-certs"}}]
    return made


def test_a_scale_is_recorded_and_no_secret_with_it(connection: Connection, tmp_path: Path) -> None:
    watch, source = recorder.begin(connection)
    with watch, Writer(source, tmp_path / "goes.rec"):
        kubectl(connection, "apply", "-f", "-", stdin=secret())
        made = told_everywhere()
        # the container that only pauses takes no arguments: they stand in an annotation of its Pods
        said = made["spec"]["template"]["spec"]["containers"][0].pop("args")
        made["spec"]["template"]["metadata"]["annotations"] = {"args": said[0]}
        kubectl(connection, "apply", "-f", "-", stdin=made)
        watch.wait_for(ready(1), timeout=60)
        kubectl(connection, "scale", "deployment/still", "--replicas=3")
        done = watch.wait_for(ready(3), timeout=60)
        source.save(tmp_path / "saved.rec")
    source.close()
    assert PASSWORD in kubectl(connection, "get", "deployments,pods", "-o", "json"), "it can be read in the open"
    for name in ("goes.rec", "saved.rec"):
        text = gzip.decompress((tmp_path / name).read_bytes()).decode()
        assert "still-" in text
        assert PASSWORD not in text
        assert base64.b64encode(PASSWORD.encode()).decode() not in text
        assert {kind for line in map(json.loads, text.splitlines()) for kind, _ in line.get("put", ())} >= {"Pod"}
        loaded = file.load(tmp_path / name)
        assert loaded.damage == ""
        assert loaded.timeline.at(done.at).objects == done.objects
        kinds = [moment.kind for moment in loaded.moments]
        assert kinds.count(MomentKind.POD_READY) == 3
        assert MomentKind.SCALED in kinds
    assert file.load(tmp_path / "goes.rec").moments == source.moments


def test_the_command_records_until_it_is_interrupted(
    connection: Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.rec"
    with subprocess.Popen(
        [sys.executable, "-m", "labkit", "record", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "LABKIT_NAMESPACE": connection.namespace},
    ) as process:  # fmt: skip
        end = time.monotonic() + 30
        while not (path.exists() and path.stat().st_size > 100):
            assert time.monotonic() < end
            time.sleep(0.1)
        kubectl(connection, "apply", "-f", "-", stdin=deployment(2))
        kubectl(connection, "rollout", "status", "deployment/still", "--timeout=60s")
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        said, wrong = process.communicate(timeout=30)
    assert process.returncode == 0, wrong
    assert f"Next: labkit replay {path}" in said
    assert "Traceback" not in wrong
    lab = Lab.replay(path)
    assert lab.recording.damage == ""
    lab.facts()
    lab.close()
    assert "still: 2/2 ready" in capsys.readouterr().out


def test_it_ends_after_so_many_seconds(connection: Connection, tmp_path: Path) -> None:
    said: list[str] = []
    began = time.monotonic()
    done = recorder.record(connection, tmp_path / "run.rec", seconds=2, say=said.append)
    assert 2 <= time.monotonic() - began < 10
    assert done.startswith(f"{tmp_path / 'run.rec'}: ")
    assert said
    assert file.load(tmp_path / "run.rec").growing is False
