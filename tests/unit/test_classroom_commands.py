"""The class's commands, as far as they are pure: what is whose, what goes together, what a Pod is at."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from labkit.classroom import (
    belonging,
    learner,
    names,
    node_loss,
    passwords,
    pods,
    probe,
    pushing,
    render,
    set_up,
    shown,
    state,
    target,
    values,
    waiting,
)
from labkit.cluster import desk
from labkit.errors import ClusterError, LabError

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.classroom.values import Values

OWN = {"app.kubernetes.io/managed-by": "labkit"}


def a_class(text: str = "learners: [alice, bob]") -> Values:
    said = values.parse(text, "values.yaml")
    return values.complete(said, [(str(at), name) for at, name in enumerate(said["learners"])], "values.yaml")


def lab(name: str, **labels: str) -> dict[str, Any]:
    all_of_them = {**OWN, names.LAB_LABEL: "true", names.LEARNER_LABEL: name, **labels}
    return {"name": f"lab-{name}", "labels": all_of_them}


# --- whose is it


def test_what_the_class_has_made_is_told_by_name_and_label_to_the_letter() -> None:
    assert belonging.is_the_classs("Namespace", {"name": "labkit-class", "labels": OWN})
    assert belonging.is_the_classs("ClusterRole", {"name": "labkit-class-nodes", "labels": OWN})
    assert belonging.is_the_classs("Namespace", lab("alice"))


@pytest.mark.parametrize(
    ("kind", "metadata"),
    [
        ("Namespace", {"name": "labkit-class"}),
        ("Namespace", {"name": "labkit-class", "labels": {"app.kubernetes.io/managed-by": "labkit-operator"}}),
        ("Namespace", {"name": "lab", "labels": OWN}),
        ("Namespace", {"name": "lab-alice", "labels": OWN}),
        ("Namespace", {**lab("alice"), "name": "lab-bob"}),
        ("Namespace", {"name": "labkit-class-2", "labels": OWN}),
        ("ClusterRole", {"name": "labkit-class-nodes"}),
        ("ClusterRole", {"name": "labkit-classes", "labels": OWN}),
        ("PersistentVolume", {"name": "theirs", "labels": OWN}),
    ],
)
def test_what_is_somebody_elses_is_not_the_classs(kind: str, metadata: dict[str, Any]) -> None:
    assert not belonging.is_the_classs(kind, metadata)


def test_everything_that_a_class_has_for_the_whole_cluster_is_told_as_its_own() -> None:
    said = a_class()
    objects = [each for part in render.of_the_class(said).values() for each in part]
    objects += [each for name in said.learners for each in learner.manifests(said, name)]
    wide = [each for each in objects if "namespace" not in each["metadata"]]
    assert {each["kind"] for each in wide} == set(belonging.CLUSTER_WIDE)
    assert [
        each["metadata"]["name"] for each in wide if not belonging.is_the_classs(each["kind"], each["metadata"])
    ] == []


def test_a_name_that_is_taken_is_refused_with_the_object() -> None:
    wanted = [{"kind": "Namespace", "metadata": {"name": "lab-alice"}}]
    theirs: dict[str, list[dict[str, Any]]] = {"Namespace": [{"name": "lab-alice", "labels": {}}, {"name": "default"}]}
    with pytest.raises(ClusterError, match="there is Namespace lab-alice, which no class made") as refused:
        belonging.refuse_foreign(wanted, theirs, "kind-labkit")
    assert "kubectl delete namespace lab-alice" in refused.value.remedy
    belonging.refuse_foreign(wanted, {"Namespace": [lab("alice"), {"name": "default"}]}, "kind-labkit")


def test_secrets_of_others_are_those_that_neither_class_nor_kubernetes_has_made() -> None:
    token = {"kubernetes.io/service-account.name": "default"}
    found: list[dict[str, Any]] = [
        {"name": "tls"},
        {"name": "hub", "labels": OWN},
        {"name": "default-token", "annotations": token},
        {"name": "oauth", "labels": {"app.kubernetes.io/managed-by": "helm"}, "annotations": {"a": "b"}},
    ]
    assert belonging.secrets_of_others(found) == ["oauth", "tls"]


def test_learners_are_those_with_a_lab() -> None:
    assert belonging.learners([lab("bob"), {"name": "lab", "labels": OWN}, lab("alice"), {"name": "x"}]) == [
        "alice",
        "bob",
    ]


# --- Secrets


def test_keys_and_passwords_that_are_there_stay() -> None:
    first = passwords.keys({})
    assert set(first) == {"proxy-token", "cookie-secret", "instructor-token"}
    assert all(len(bytes.fromhex(value)) == 32 for value in first.values())
    assert passwords.keys(first) == first
    known = passwords.handed_out(["alice", "bob"], {"alice": "as-it-was", "gone": "x"})
    assert known["alice"] == "as-it-was"
    assert set(known) == {"alice", "bob"}
    assert len(known["bob"]) == 14


def test_a_secret_is_read_as_it_was_written() -> None:
    said = {"alice": "pass-wörd", "bob": "b"}
    assert passwords.read(passwords.secret("passwords", said)) == said
    assert passwords.read(None) == {}
    assert passwords.content({"data": {"der": "gP8="}}) == {"der": b"\x80\xff"}
    assert passwords.secret("x", {}, kind="kubernetes.io/tls")["type"] == "kubernetes.io/tls"
    assert passwords.listed(said) == "name,password\nalice,pass-wörd\nbob,b\n"


# --- values and cluster


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("learners: [a]", "lessonImages.prefix is localhost"),
        ("learners: [a]\nlessonImages: {prefix: r.example/lab}", "singleuser.storage.type is local"),
        (
            "learners: [a]\nlessonImages: {prefix: r.example/lab}\nsingleuser: {storage: {type: dynamic}}",
            "nodeLoss.way is pause",
        ),
    ],
)
def test_what_only_the_kits_cluster_has_is_refused_elsewhere(text: str, what: str) -> None:
    said = a_class(text)
    set_up.suits(said, own=True, cluster="kind-labkit")
    with pytest.raises(ClusterError, match=what):
        set_up.suits(said, own=False, cluster="school")


def test_values_for_a_cluster_of_ones_own() -> None:
    text = "learners: [a]\nlessonImages: {prefix: r.example/lab}\nsingleuser: {storage: {type: dynamic}}\n"
    text += "nodeLoss: {way: drain}"
    set_up.suits(a_class(text), own=False, cluster="school")


def test_learners_come_and_go_in_the_values() -> None:
    said = a_class()
    more = set_up.with_learners(said, ["bob", "dora"])
    assert more.learners == ("alice", "bob", "teacher", "dora")
    less = set_up.without_learner(more, "teacher")
    assert (less.learners, less.instructors) == (("alice", "bob", "dora"), ())
    kept = json.loads(set_up.kept(more)["data"][names.VALUES_KEY])
    assert kept["learners"] == ["alice", "bob", "teacher", "dora"]
    assert kept["settings"] == said.settings


# --- Pods and waiting


def a_pod(*, ready: bool = True, waits: str = "", labels: dict[str, str] | None = None) -> dict[str, Any]:
    conditions = [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": str(ready)}]
    container: dict[str, Any] = {"image": "i", "state": {"waiting": {"reason": waits}} if waits else {"running": {}}}
    return {
        "metadata": {"name": "x", "labels": labels or {}},
        "spec": {"nodeName": "n"},
        "status": {"phase": "Running", "conditions": conditions, "containerStatuses": [container]},
    }


def test_what_a_pod_is_at() -> None:
    assert pods.state_of(a_pod()).state == "ready"
    assert pods.state_of(a_pod(ready=False, waits="ContainerCreating")) == pods.PodState(
        "starting", "ContainerCreating"
    )
    stuck = pods.state_of(a_pod(ready=False, waits="ErrImagePull"))
    assert (stuck.state, stuck.wants_image) == ("failing", True)
    crashed = pods.state_of(a_pod(ready=False, waits="CrashLoopBackOff"))
    assert (crashed.state, crashed.wants_image) == ("failing", False)
    going = a_pod()
    going["metadata"]["deletionTimestamp"] = "2026-11-30T00:00:00Z"
    assert pods.state_of(going).state == "ending"
    nowhere = {
        "metadata": {"name": "x"},
        "status": {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]},
    }
    assert pods.state_of(nowhere).why == "no Node takes it: 0/3 nodes are available"
    best = pods.best([going, a_pod()])
    assert best
    assert best.state == "ready"
    assert pods.best([]) is None


def deployment(name: str, **status: int) -> dict[str, Any]:
    whole = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, **status}
    return {"metadata": {"name": name, "generation": 2}, "status": whole}


def test_hub_and_proxy_are_waited_for_as_they_were_last_told_to_be() -> None:
    assert waiting.not_ready([deployment("hub"), deployment("proxy")]) == []
    assert waiting.not_ready([deployment("hub", observedGeneration=1)]) == ["hub", "proxy"]
    assert waiting.not_ready([deployment("hub", readyReplicas=0), deployment("proxy")]) == ["hub"]


def test_a_learners_line_of_the_status() -> None:
    theirs = a_pod(labels={"component": "singleuser-server", names.LEARNER_LABEL: "alice"})
    others = a_pod(labels={"component": "singleuser-server", names.LEARNER_LABEL: "bob"})
    found = state.learner("alice", [others, theirs], [a_pod(), a_pod(ready=False)], None)
    assert (found.server, found.pods, found.ready) == ("running", 2, 1)
    assert state.learner("carol", [others, theirs], [], None).server == "stopped"


def test_the_table_says_until_when_the_certificate_is_good() -> None:
    def said(good_until: str | None) -> str:
        console = Console(file=io.StringIO(), width=120)
        console.print(shown.table(state.ClassState("there", "ready", "ready", "unknown", good_until, []), ""))
        return str(console.file.getvalue())  # type: ignore[attr-defined]

    assert re.search(r"certificate +good until 2027-05-29 ", said("2027-05-29T12:00:00+00:00"))
    assert "certificate" not in said(None)


DISK = """\
       Avail
3221225472
4096\t/var/lib/labkit-class/hub-state/
2147483648\t/var/lib/labkit-class/home-alice/
1048576\t/var/lib/labkit-class/home-bob/
"""


def test_who_has_more_files_than_a_home_may_have_is_named() -> None:
    """A folder on the desk's disk has no limit of its own."""
    sizes, room = desk.parsed_sizes(DISK)
    assert sizes == {"hub-state": 4096, "home-alice": 2**31, "home-bob": 2**20}
    learners = [state.Learner(name, "running", "", 0, 0, None, sizes[f"home-{name}"]) for name in ("alice", "bob")]
    found = state.ClassState("kind-labkit", "ready", "ready", "enforced", None, [], learners, 2**30, room)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(shown.table(found, ""))
    said = console.export_text()
    assert "3,072 MiB free" in said
    assert "2,048 MiB, more than 1,024 MiB" in said
    assert re.search(r"bob .* 1 MiB *$", said, re.MULTILINE)


# --- Nodes


def a_node(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}}


def test_the_node_to_lose_has_most_pods_and_is_never_the_desk() -> None:
    desk = {"metadata": {"name": "desk", "labels": {"labkit.dev/desk": "true"}}}
    plane = {"metadata": {"name": "plane", "labels": {"node-role.kubernetes.io/control-plane": ""}}}
    found = [desk, plane, a_node("one"), a_node("two")]
    those = [{"spec": {"nodeName": where}} for where in ("desk", "desk", "desk", "one", "two", "two")] + [{"spec": {}}]
    said = a_class()
    assert node_loss.choose(found, those, None, said) == "two"
    assert node_loss.choose(found, those, "one", said) == "one"
    for name, why in (
        ("desk", "is the desk"),
        ("plane", "is the desk, or the control plane"),
        ("no", "is none of this"),
    ):
        with pytest.raises(LabError, match=why):
            node_loss.choose(found, those, name, said)
    with pytest.raises(LabError, match="no Node that could be lost"):
        node_loss.choose([desk, plane], [], None, said)


# --- NetworkPolicies, images, clusters by name


def test_what_two_tries_say_of_networkpolicies() -> None:
    assert probe.judge(open_door=True, closed_door=True) == "not enforced"
    assert probe.judge(open_door=True, closed_door=False) == "enforced"
    assert probe.judge(open_door=False, closed_door=False) == "unknown"


def test_the_probe_passes_pod_security_and_is_none_of_the_parts_that_may() -> None:
    found = probe.pod(a_class(), "probe-1")
    assert found["metadata"]["labels"]["component"] == "probe"
    spec = found["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert spec["automountServiceAccountToken"] is False
    compile(spec["containers"][0]["command"][2], "program", "exec")


@pytest.mark.parametrize("prefix", ["registry.example/lab", "localhost:5000/lab", "r.example:443/a/b-c"])
def test_a_registry_and_a_path(prefix: str) -> None:
    pushing.check(prefix)


@pytest.mark.parametrize(
    "prefix", ["", "registry.example", "https://registry.example/lab", "R.example/Lab", "r/lab:1", "r/lab/"]
)
def test_no_registry_and_path(prefix: str) -> None:
    with pytest.raises(LabError, match="is no registry with a path"):
        pushing.check(prefix)


def test_a_cluster_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for file, name in ((one, "school"), (two, "home")):
        file.write_text(json.dumps({"contexts": [{"name": name}]}), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{two}:{tmp_path / 'none'}")
    assert target._file_with("home", None) == two
    assert target._file_with("school", one) == one
    with pytest.raises(ClusterError, match=r"There is no context 'work'.*it has: school, home"):
        target._file_with("work", None)
    with pytest.raises(ClusterError, match="can't be read"):
        target._file_with("work", tmp_path / "none")
    with pytest.raises(ClusterError, match=r"--kubeconfig .* says nothing of which cluster"):
        target.reach(None, one)
