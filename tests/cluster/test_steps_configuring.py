"""The steps and predictions of 02 on the cluster: red, green, red again, and each wrong way by its own word."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from labkit.lesson.steps.verdict import Grade
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster

_FILE = "nginx/frontend.conf"
_BEHIND = "    add_header X-Upstream-Status $upstream_status always;"
_NAME = "nginx-frontend-conf"


def told(trial: Trial) -> str:
    """Return what `describe` tells at its end; a first try may have had another reason."""
    deadline = time.monotonic() + 20
    while True:
        lines = trial.run("describe", "pod", "-l", "app=frontend").splitlines()
        if found := [line for line in lines if "FailedMount" in line and "not found" in line]:
            return found[-1]
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_what_is_missing(kubectl: Kubectl, source: Source) -> None:
    """What the Pod's events tell is the answer, and stays it when the ConfigMap has come; the same Pod goes on."""
    # without frontend's Service: the front door has one port in the whole cluster
    trial = Trial("what-is-missing", kubectl, source, apps=("auth", "hello"))
    trial.run("create", "-f", "manifests/frontend.yaml")
    assert trial.begin().cause == "no-answer"
    trial.observed("without-its-configmap")
    message = told(trial)
    assert f'volume "{_NAME}"' in message
    assert f'configmap "{_NAME}" not found' in message
    [pod] = trial.source.timeline.latest.pods("app=frontend")
    for answer, cause in ((pod.name, "who-waits"), (f"volume {_NAME}", "other-kind"), ("frontend.conf", "file")):
        trial.gatherer.answer = answer
        assert trial.look().cause == cause
        assert trial.look().grade is Grade.WRONG_WAY
    assert trial.solve().grade is Grade.DONE
    assert trial.begin().grade is Grade.DONE
    trial.run("create", "configmap", _NAME, f"--from-file={_FILE}")
    assert trial.observed("after-the-configmap", seconds=180).choice == "same"
    assert trial.look().grade is Grade.DONE
    assert trial.reset().cause == "no-answer"


def make(trial: Trial, what: str = _FILE) -> None:
    """Make the ConfigMap anew from the file, as a learner does."""
    trial.run("delete", "configmap", _NAME)
    trial.run("create", "configmap", _NAME, f"--from-file={what}")


def edit(trial: Trial, line: str) -> None:
    """Add a line to the original file."""
    trial.workspace.restore(_FILE)
    trial.workspace.edit(_FILE, _BEHIND, f"{_BEHIND}\n    {line}")


@pytest.mark.alone
def test_a_header(kubectl: Kubectl, source: Source) -> None:
    """The three steps one by one, what is told of each, the ways that lead elsewhere, and back again."""
    trial = Trial("a-header", kubectl, source)
    assert trial.look().cause == "no-configmap"
    assert trial.set_up().cause == "no-header"
    # the notebook's own change, which is not this one: the file in the Pod is new, nginx goes on
    trial.workspace.edit(_FILE, "X-Upstream-Address", "X-Answered-By")
    make(trial)
    trial.run("annotate", "pod", "-l", "app=frontend", "lab/look=now")
    assert trial.observed("configmap-changed").choice == "file"
    assert trial.look().cause == "no-header"
    edit(trial, 'add_header X-Lab "mine" always;')
    assert trial.until("file-only").grade is Grade.NOT_YET
    make(trial)
    assert trial.until("configmap-only").grade is Grade.WRONG_WAY
    trial.run("rollout", "restart", "deployment/frontend")
    trial.until("on-its-way", "done")
    assert trial.until("done").facts["value"] == "mine"
    # red again: without it in file and cluster
    assert trial.reset().cause == "no-header"
    # a key that nginx does not read: Ready, and the door is shut
    edit(trial, 'add_header X-Lab "mine" always;')
    make(trial, f"frontend={_FILE}")
    assert trial.until("key").facts["key"] == "frontend"
    trial.run("rollout", "restart", "deployment/frontend")
    assert trial.until("key-and-shut").grade is Grade.WRONG_WAY
    pods = trial.source.timeline.latest.pods("app=frontend")
    assert any(pod.ready for pod in pods)
    # a file that nginx can't read
    edit(trial, 'add_header X-Lab "mine" always')
    make(trial)
    trial.run("rollout", "restart", "deployment/frontend")
    verdict = trial.until("does-not-start")
    assert verdict.grade is Grade.WRONG_WAY
    deadline = time.monotonic() + 20
    # between two starts there may be no log for a moment
    while "[emerg]" not in trial.kubectl.try_run("logs", str(verdict.facts["pod"]), "--tail=3").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    # a place where it does not count for every answer
    trial.workspace.restore(_FILE)
    trial.workspace.edit(_FILE, "proxy_read_timeout 10s;", 'proxy_read_timeout 10s; add_header X-Lab "mine" always;')
    make(trial)
    time.sleep(1)  # the API tells times in whole seconds
    trial.run("rollout", "restart", "deployment/frontend")
    assert trial.until("not-in-the-answer").grade is Grade.WRONG_WAY
    assert trial.solve().facts["value"] == "by me"
    trial.run("delete", "deployment", "frontend", "--now")
    trial.run("delete", "configmap", _NAME)
    assert trial.until("no-frontend").grade is Grade.NOT_YET
    assert trial.reset().cause == "no-header"
    assert trial.workspace.read(_FILE) == trial.workspace.originals()[_FILE]
