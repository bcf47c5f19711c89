"""What the board tells of one thing: kubectl's own facts about it, for every element that stands for something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.details import details
from labkit.board.facts import AGE, Details
from labkit.state import Change, Snapshot, Store
from tests.unit import recording
from tests.unit.scenes import having, many

if TYPE_CHECKING:
    from labkit.state import Pod

#: Elements that have a title and stand for nothing that has details.
_NONE = frozenset({"requests"})


def values(found: Details | None, at: float = 0.0) -> dict[str, str]:
    """Return label → value."""
    assert found is not None
    return {row.label: row.text(at) for row in found.rows}


def tones(found: Details | None) -> dict[str, str]:
    """Return label → tone."""
    assert found is not None
    return {row.label: row.tone for row in found.rows}


def pod(snapshot: Snapshot, **facts: object) -> Pod:
    """Return the first Pod of the moment with these attributes."""
    return next(p for p in snapshot.pods() if all(getattr(p, name) == value for name, value in facts.items()))


def rolling() -> Snapshot:
    """Return a moment in the midst of the recorded rollout: some Pods Ready, some starting, one Terminating."""
    return next(
        s
        for s in recording.moments()
        if any(p.terminating for p in s.pods()) and any(p.status == "ContainerCreating" for p in s.pods())
    )


def test_a_ready_pod_says_what_kubectl_describe_says_first() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    ready = next(p for p in snapshot.pods() if p.name.startswith("hello") and p.ready)
    found = details(snapshot, f"pod:{ready.uid}")
    assert found is not None
    assert (found.kind, found.name, found.command) == ("Pod", ready.name, f"kubectl describe pod {ready.name}")
    said = values(found, ready.created + 75)
    owner = snapshot.replica_set_of(ready)
    assert owner is not None
    assert said["Status"] == "Ready"
    assert said["Image"] == "localhost/board/hello:1.0.0"
    assert said["Node"] == ready.node
    assert said["IP"] == ready.ip
    assert str(said["IP"]).startswith("10.244.")
    assert said["Age"] == "75s"
    assert said["Restarts"] == "0"
    assert said["Owner"] == f"ReplicaSet {owner.name} (revision {owner.revision}) of Deployment hello"
    assert said["Traffic from"] == "Service hello"
    assert said["Conditions"] == "PodReadyToStartContainers, Initialized, Ready, PodScheduled: True"
    assert said["Last event"].startswith("Started: Container started (")
    assert tones(found)["Status"] == "good"


def test_a_pod_that_starts_says_which_condition_is_missing_and_why() -> None:
    snapshot = rolling()
    found = details(snapshot, f"pod:{pod(snapshot, status='ContainerCreating').uid}")
    said = values(found, snapshot.at)
    assert said["IP"] == "none yet"
    assert said["Traffic from"] == "no Service"
    assert "ContainersNotReady, containers with unready status: [hello]" in said["Ready"]
    assert tones(found)["Ready"] == "bad"
    assert "ContainersReady" not in said, "it says what Ready says"
    assert "Waiting" not in said, "its status says it"


def test_a_pod_that_terminates_counts_from_when_it_was_told_to() -> None:
    snapshot = rolling()
    leaving = pod(snapshot, terminating=True)
    assert leaving.deletes_at is not None
    said = values(details(snapshot, f"pod:{leaving.uid}"), leaving.deletes_at - 4)
    assert said["Terminating"] == "for 6s, grace period 10 s"
    later = next(s for s in recording.moments() if any(e.reason == "Killing" for e in s.events_of(leaving)))
    assert values(details(later, f"pod:{leaving.uid}"))["Last event"].startswith("Killing: Stopping container hello (")


def test_a_pod_whose_image_cannot_be_had_says_so() -> None:
    snapshot = next(s for s in recording.moments() if any("ErrImagePull" in p.status for p in s.pods()))
    found = details(snapshot, f"pod:{pod(snapshot, status='ErrImagePull').uid}")
    assert values(found)["Waiting"].startswith("ErrImagePull: ")
    assert tones(found)["Status"] == tones(found)["Waiting"] == "bad"


def test_restarts_say_when_the_last_one_was() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    name = next(p.name for p in snapshot.pods() if p.name.startswith("hello"))

    def restarted(raw: dict[str, Any]) -> None:
        raw["status"]["containerStatuses"][0] |= {
            "restartCount": 3,
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-23T20:00:00Z"}},
        }

    edited = having(snapshot, "Pod", name, restarted)
    found = edited.pod(name)
    assert found is not None
    assert found.last_restart is not None
    assert values(details(edited, f"pod:{found.uid}"), found.last_restart + 20)["Restarts"] == "3 (last 20s ago)"


def test_several_containers_each_have_their_image() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    name = next(p.name for p in snapshot.pods() if p.name.startswith("hello"))
    edited = having(
        snapshot, "Pod", name, lambda raw: raw["spec"]["containers"].append({"name": "sidecar", "image": "envoy:1"})
    )
    found = details(edited, f"pod:{edited.pod(name).uid}")  # type: ignore[union-attr]
    assert found is not None
    assert [r.value for r in found.rows if r.label == "Image"] == [
        "hello: localhost/board/hello:1.0.0",
        "sidecar: envoy:1",
    ]


def test_a_pod_of_another_owner_and_of_none() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    name = next(p.name for p in snapshot.pods() if p.name.startswith("hello"))
    job = {"kind": "Job", "name": "backup", "uid": "job-1", "controller": True}
    owned = having(snapshot, "Pod", name, lambda raw: raw["metadata"].update(ownerReferences=[job]))
    assert values(details(owned, f"pod:{owned.pod(name).uid}"))["Owner"] == "Job backup"  # type: ignore[union-attr]
    bare = having(snapshot, "Pod", name, lambda raw: raw["metadata"].pop("ownerReferences"))
    assert values(details(bare, f"pod:{bare.pod(name).uid}"))["Owner"].startswith("none")  # type: ignore[union-attr]


def test_a_node_that_is_cordoned_tainted_or_lost_says_so() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    name = "poc-worker2"
    well = details(snapshot, f"node:{name}")
    assert well is not None
    assert well.command == "kubectl describe node poc-worker2"
    said = values(well)
    assert said["Status"] == "Ready"
    assert said["Kubelet"] == "v1.37.2"
    assert said["Taints"] == "none"
    assert said["Conditions"] == "Ready: True; MemoryPressure, DiskPressure, PIDPressure: False"
    assert "Cordoned" not in said
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    cordoned = having(snapshot, "Node", name, lambda raw: raw["spec"].update(unschedulable=True, taints=[taint]))
    said = values(details(cordoned, f"node:{name}"))
    assert said["Status"] == "Ready,SchedulingDisabled"
    assert said["Cordoned"].startswith("yes")
    assert said["Taints"] == "node.kubernetes.io/unschedulable:NoSchedule"

    def lost(raw: dict[str, Any]) -> None:
        raw["status"]["conditions"][-1] |= {
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
        }

    gone = having(snapshot, "Node", name, lost)
    found = details(gone, f"node:{name}")
    assert values(found)["Status"] == "NotReady"
    assert "NodeStatusUnknown, Kubelet stopped posting node status." in values(found)["Ready"]
    assert tones(found)["Status"] == tones(found)["Ready"] == "bad"
    on_it = pod(gone, node=name)
    assert values(details(gone, f"pod:{on_it.uid}"))["Node"] == "poc-worker2 (NotReady)"


def test_a_node_that_was_deleted_is_told_of_while_pods_stand_on_it() -> None:
    store = Store()
    for change in recording.changes():
        if change.at <= recording.when("hello: 3/3 ready on 3 nodes").at:
            store.apply(change)
    node = next(
        c.object for c in recording.changes() if c.kind == "Node" and c.object["metadata"]["name"] == "poc-worker"
    )
    snapshot = store.apply(Change("Node", "DELETED", node, store.snapshot.at + 1))
    found = details(snapshot, "node:poc-worker")
    assert values(found)["Status"] == "deleted"
    assert found is not None
    assert found.command == "kubectl get nodes"
    assert details(snapshot, "node:poc-worker9") is None


def test_a_service_says_to_which_pods_it_sends() -> None:
    snapshot = recording.when("hello: 3/3 ready on 3 nodes")
    hello, frontend = snapshot.service("hello"), snapshot.service("frontend")
    assert hello is not None
    assert frontend is not None
    said = values(details(snapshot, f"service:{hello.uid}"))
    names = sorted(p.name for p in snapshot.pods() if p.uid in snapshot.receiving("hello"))
    assert said["Sends to"] == ", ".join(names)
    assert said["Selector"] == "app=hello, track=stable"
    assert values(details(snapshot, f"service:{frontend.uid}"))["Ports"] == "http 80, on every Node 31888"


def test_a_deployment_counts_as_kubectl_describe_does() -> None:
    snapshot = rolling()
    hello = snapshot.deployment("hello")
    assert hello is not None
    said = values(details(snapshot, f"card:{hello.uid}"), snapshot.at)
    assert said["Replicas"] == (
        f"3 desired, {hello.updated} updated, {hello.current} total, "
        f"{hello.available} available, {hello.unavailable} unavailable"
    )
    assert said["Bounds"] == "max surge 1, max unavailable 1"
    reason = next(c.reason for c in hello.conditions if c.type == "Progressing")
    assert said["Progressing"].endswith(f", {reason}")
    replica_set = snapshot.replica_sets_of(hello)[0]
    said = values(details(snapshot, f"rs:{replica_set.uid}"), snapshot.at)
    assert said["Owner"] == "Deployment hello"
    assert said["Revision"] == str(replica_set.revision)


def test_a_pod_that_is_only_desired_says_by_whom() -> None:
    snapshot, key = next(
        (s, key) for s in recording.moments() for key in picture.scene(s).elements if key.startswith("ghost:")
    )
    found = details(snapshot, key)
    assert values(found)["Status"] == "desired, not there yet"
    assert found is not None
    assert found.command.startswith(("kubectl describe replicaset ", "kubectl describe deployment "))


def test_an_event_says_what_it_is_about() -> None:
    snapshot = rolling()
    event = snapshot.events()[-1]
    found = details(snapshot, f"event:{event.uid}")
    assert found is not None
    assert found.command == f"kubectl events --for {event.object_kind.lower()}/{event.object_name}"
    assert values(found, event.last + 3)["Seen"] == "3s ago"


@pytest.mark.parametrize(
    "key", ["", "pod:", "pod:nobody", "node:nobody", "live", "legend:ready", "ghost:x:0", "event:x"]
)
def test_of_what_is_not_there_nothing_is_known(key: str) -> None:
    assert details(rolling(), key) is None


def test_every_element_with_a_title_has_details_all_through_the_recording() -> None:
    seen: set[str] = set()
    for snapshot in recording.moments()[::7]:
        for key, element in picture.scene(snapshot, width=960).elements.items():
            if not element.title or key in _NONE:
                continue
            found = details(snapshot, key)
            assert found is not None, key
            assert json.loads(json.dumps(found.as_json())) == found.as_json()
            for row in found.rows:
                assert row.value, (key, row)
                assert (AGE in row.value) == bool(row.since), (key, row)
            seen.add(key.partition(":")[0])
    assert seen == {"pod", "node", "service", "card", "bar", "history", "rs", "ghost", "event"}


def test_they_stay_equal_while_nothing_changes() -> None:
    """What a page is told again is what changed: an age is none."""
    moments = recording.moments()
    ready = next(p for p in moments[200].pods() if p.ready)
    told = [details(s, f"pod:{ready.uid}") for s in moments[200:260]]
    assert len(set(told)) < 4


def test_many_pods_that_are_drawn_together_are_told_of_together() -> None:
    snapshot = many(300)
    found = details(snapshot, "cell:poc-worker2/hello")
    assert found is not None
    here = [p for p in snapshot.pods() if p.node == "poc-worker2" and p.name.startswith("hello")]
    said = values(found)
    assert said["Pods"] == f"{len(here)} here, of 300"
    assert said["Status"] == f"{len(here)} Ready"
    assert said["Revisions"] == f"{len(here)} on 1"
    assert found.command == (
        "kubectl get pods -l app=hello,track=stable --field-selector spec.nodeName=poc-worker2 -o wide"
    )
    assert details(snapshot, "lane:hello:poc-worker2") == found
    assert details(snapshot, "cell:other nodes/hello") is None
    titled = {key for key, element in picture.scene(snapshot).elements.items() if element.title}
    assert {key for key in titled if details(snapshot, key) is None} == set()
