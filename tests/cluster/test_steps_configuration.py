"""The steps and predictions of 07 on the cluster: red, green, red again, each wrong way, and what the text says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from labkit.errors import LabError, WaitTimeoutError
from labkit.lesson.hashes import hash_of
from labkit.lesson.steps import settings
from labkit.lesson.steps.settings import READER, SETTINGS
from labkit.lesson.steps.verdict import Grade
from labkit.notebook.waits import Waits
from tests.cluster.trial import Trial

if TYPE_CHECKING:
    from labkit.api.kubectl import Kubectl
    from labkit.recording.source import Source

pytestmark = pytest.mark.cluster


def say(trial: Trial, word: str, *, old: str = "Good evening") -> None:
    """Write another greeting into the file, and apply it."""
    trial.workspace.edit(SETTINGS, old, word)
    trial.run("apply", "-f", SETTINGS)


def write_hash(trial: Trial, value: str, old: str) -> None:
    """Write another hash into the template, and apply it."""
    trial.workspace.edit(READER, old, value)
    trial.run("apply", "-f", READER)


def settle(trial: Trial) -> settings.Read:
    """Wait until reader has its Pod and no other, and return what that reads."""
    deadline = time.monotonic() + 60
    while True:
        evidence = trial.gatherer.gather(afresh=True)
        if settings.settled(evidence) and (read := settings.of(evidence).read) is not None:
            return read
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_how_a_change_reaches_a_pod(kubectl: Kubectl, source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    """The volume alone, once the kubelet has looked; all three when the same Pod's container is started again."""
    trial = Trial("roll-by-hash", kubectl, source)
    trial.run("apply", "-f", SETTINGS, "-f", READER)
    assert settle(trial).words == {"Good morning"}
    trial.begin()
    say(trial, "Good evening", old="Good morning")
    waits = Waits()
    waits.kubectl = kubectl
    with pytest.raises(WaitTimeoutError, match="/by-volume/greeting in the Pod of reader to say 'Good night'") as vain:
        waits.wait_file("reader", "/by-volume/greeting", "Good night", timeout=0)
    assert vain.value.detail.startswith("Good ")
    # which makes the kubelet look at once
    trial.run("annotate", "pod", "-l", "app=reader", "look=now")
    waits.wait_file("reader", "/by-volume/greeting", "Good evening", timeout=20)
    assert capsys.readouterr().out.endswith("reader: /by-volume/greeting says Good evening\n")
    assert trial.observed("two-minutes-later").facts["seconds"] in range(30)
    assert settle(trial).subpath == settle(trial).environment == "Good morning"
    trial.begin()
    trial.run("exec", "deployment/reader", "--", "sh", "-c", "kill -QUIT 1")
    assert trial.observed("a-container-restarts").choice == "all"


def test_roll_by_hash(kubectl: Kubectl, source: Source) -> None:
    """File, ConfigMap, hash, one by one; the ways that lead elsewhere; undo, which takes no data back; start over."""
    trial = Trial("roll-by-hash", kubectl, source)
    assert trial.look().cause == "no-reader"
    assert trial.set_up().cause == "same"
    first = hash_of(trial.workspace.read(SETTINGS))
    # the hash before the greeting: the new Pod reads the old one
    trial.workspace.edit(SETTINGS, "Good evening", "Hi")
    assert trial.look().cause == "file-only"
    mine = hash_of(trial.workspace.read(SETTINGS))
    write_hash(trial, mine, first)
    assert trial.until("hash-only").grade is Grade.WRONG_WAY
    settle(trial)
    trial.run("apply", "-f", SETTINGS)
    assert trial.until("too-early").facts == {"word": "Hi", "old": "Good evening"}
    say(trial, "Hey", old="Hi")
    assert trial.until("configmap-only").facts["old"] == "Good evening"
    trial.begin()
    write_hash(trial, hash_of(trial.workspace.read(SETTINGS)), mine)
    trial.until("on-its-way", "done")
    assert trial.until("done").facts["word"] == "Hey"
    # the template of before, and the greeting of now
    trial.begin()
    trial.run("rollout", "undo", "deployment/reader")
    assert trial.observed("undo-with-a-hash").facts["word"] == "Hey"
    assert trial.until("other-hash").facts["hash"] == mine
    assert trial.solve().facts["word"] == "Hey"
    assert trial.reset().cause == "same"
    # the greeting, and a new Pod by other means
    say(trial, "Hi")
    trial.run("delete", "pod", "-l", "app=reader")
    assert trial.until("no-new-hash").grade is Grade.WRONG_WAY
    trial.run("delete", "configmap", "settings")
    assert trial.until("no-configmap").grade is Grade.NOT_YET


def rename(trial: Trial, name: str, *, only: str = "") -> None:
    """Let the manifest mention another ConfigMap in both places, or in one of them."""
    text = trial.workspace.read(READER)
    for place in ("configMap: {name: ", "configMapKeyRef: {name: "):
        if only in place:
            text = text.replace(f"{place}settings-2", f"{place}{name}")
    (trial.workspace.root / READER).write_text(text, encoding="utf-8")


def test_under_a_new_name(kubectl: Kubectl, source: Source) -> None:
    """The API's refusal, names and mentions one by one, undo, and the way back that somebody deletes."""
    trial = Trial("under-a-new-name", kubectl, source)
    assert trial.look().cause == "no-reader"
    assert trial.set_up().cause == "same"
    # in place: refused
    trial.workspace.edit(SETTINGS, "Good evening", "Hi")
    with pytest.raises(LabError, match='ConfigMap "settings-2" is immutable') as refused:
        trial.run("apply", "-f", SETTINGS)
    assert "a name of its own" in refused.value.remedy
    for patch in ('{"immutable": false}', '{"immutable": null}', '{"immutable": false, "data": {"greeting": "Hi"}}'):
        done = trial.kubectl.try_run("patch", "configmap", "settings-2", "-p", patch)
        assert (done.code, "field is immutable when `immutable` is set" in done.stderr) == (1, True)
    assert trial.look().cause == "refused"
    # a name that is mentioned before it is there: the old Pod stays
    trial.workspace.edit(SETTINGS, "settings-2", "settings-3")
    assert trial.look().cause == "file-only"
    trial.run("apply", "-f", SETTINGS)
    assert trial.look().cause == "not-mentioned"
    rename(trial, "settings-9", only="configMap: ")
    trial.run("apply", "-f", READER)
    assert trial.until("missing").facts["name"] == "settings-9"
    [ready] = [pod for pod in trial.source.timeline.latest.pods("app=reader") if pod.ready]
    # files from one, environment from another
    trial.workspace.edit(READER, "settings-9", "settings-3")
    trial.run("apply", "-f", READER)
    assert trial.until("half").grade is Grade.WRONG_WAY
    assert settle(trial).words == {"Hi", "Good evening"}
    assert ready.uid not in {pod.uid for pod in trial.source.timeline.latest.pods("app=reader")}
    rename(trial, "settings-3")
    trial.run("apply", "-f", READER)
    trial.until("on-its-way", "done")
    assert trial.until("done").facts == {"name": "settings-3", "word": "Hi"}
    # what the revision before mentions is deleted: an undo waits for it
    trial.run("delete", "configmap", "settings-2")
    assert trial.until("no-way-back").facts["name"] == "settings-2"
    trial.run("rollout", "undo", "deployment/reader")
    assert trial.until("missing").facts["name"] == "settings-2"
    waits_for(trial, "settings-2")
    assert trial.reset().cause == "same"
    assert trial.solve().facts == {"name": "settings-3", "word": "Good night"}
    trial.begin()
    trial.run("rollout", "undo", "deployment/reader")
    assert trial.observed("undo-with-a-name").facts["word"] == "Good evening"
    assert trial.until("not-mentioned").grade is Grade.NOT_YET


def waits_for(trial: Trial, name: str) -> None:
    """Wait until a Pod says that it waits for a ConfigMap."""
    deadline = time.monotonic() + 30
    while True:
        snapshot = trial.source.timeline.latest
        told = [event.message for pod in snapshot.pods("app=reader") for event in snapshot.events_of(pod)]
        if any(f'configmap "{name}" not found' in message for message in told):
            return
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


def test_an_immutable_one_made_anew(kubectl: Kubectl, source: Source) -> None:
    """Under the same name: the Pod goes on with the old data, and so does a new one beside it on its Node."""
    trial = Trial("under-a-new-name", kubectl, source)
    trial.set_up()
    trial.run("delete", "configmap", "settings-2")
    assert trial.until("gone").grade is Grade.WRONG_WAY
    say(trial, "Hi")
    assert trial.until("made-anew").grade is Grade.WRONG_WAY
    [pod] = trial.source.timeline.latest.pods("app=reader")
    trial.begin()
    trial.run("exec", "deployment/reader", "--", "sh", "-c", "kill -QUIT 1")
    deadline = time.monotonic() + 30
    while not any(each.ready and each.restarts for each in trial.source.timeline.latest.pods("app=reader")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert settle(trial).words == {"Good evening"}
    trial.run("patch", "deployment", "reader", "-p", _pinned(str(pod.node)))
    assert settle(trial).words == {"Good evening"}
    assert {each.node for each in trial.source.timeline.latest.pods("app=reader")} == {pod.node}
    assert trial.reset().cause == "same"


def _pinned(node: str) -> str:
    return f'{{"spec": {{"template": {{"spec": {{"nodeName": "{node}"}}}}}}}}'


def test_kustomize_does_it_by_hash(kubectl: Kubectl) -> None:
    """It writes the name with its hash wherever the plain one is mentioned."""
    folder = kubectl.cwd / "manifests"
    generator = "{name: settings, literals: ['greeting=Good evening'], options: {immutable: true}}"
    text = f"resources: [reader.yaml]\nconfigMapGenerator:\n  - {generator}\n"
    (folder / "kustomization.yaml").write_text(text, encoding="utf-8")
    said = kubectl.run("kustomize", "manifests")
    name = next(line.split()[-1] for line in said.splitlines() if line.startswith("  name: settings-"))
    assert "immutable: true" in said
    assert said.count(f"name: {name}") == 3
