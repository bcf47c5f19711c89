"""The board's words: kubectl's own, and nothing that the API does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from labkit.board import picture
from labkit.board.picture import words
from labkit.board.table import table
from labkit.state import Change, Pod, PodState, Snapshot
from tests.unit import recording
from tests.unit.scenes import WIDTHS, different, having, texts, until

if TYPE_CHECKING:
    from labkit.board.picture import Scene

#: Words of our own that stood on the board once.
_NOT_KUBERNETES = ("stopping", "wanted", "wish", "promise", "unknown (", "not Ready yet", "cordoned")


def all_texts(scene: Scene) -> list[str]:
    """Return every text of a picture, with its description."""
    return [line for e in scene.elements.values() for line in (*texts(e), e.title)] + [scene.title, scene.description]


def status_of(scene: Scene, pod: Pod) -> list[str]:
    """Return the lines of a Pod's status: not its name, not when it was made."""
    return [line for line in texts(scene.elements[f"pod:{pod.uid}"])[1:] if not line.startswith("made ")]


def lost() -> list[Snapshot]:
    """Return the moments in which a Node was lost."""
    return [s for s in recording.moments() if any(not n.ready for n in s.nodes())]


def test_no_word_of_our_own_stands_where_kubernetes_has_one() -> None:
    for snapshot in different():
        said = " ".join([*all_texts(picture.scene(snapshot)), *(c for r in table(snapshot, None)["rows"] for c in r)])
        assert not [word for word in _NOT_KUBERNETES if word in said]


def test_the_status_below_a_pod_is_that_of_kubectl_get_pods() -> None:
    printed = recording.printed()
    compared = set()
    for snapshot in different():
        scene = picture.scene(snapshot, width=1280)
        for pod in snapshot.pods():
            if pod.version in printed:
                status = printed[pod.version][2]
                below = "".join(status_of(scene, pod)).replace(" ", "")
                expected = {"Running": "Ready" if pod.ready else "Running,notReady"}.get(status, status)
                assert below == expected, (pod.name, status)
                compared.add(status)
    assert {"Running", "Pending", "ContainerCreating", "ErrImagePull", "ImagePullBackOff"} <= compared


@pytest.mark.parametrize("status", ["CreateContainerConfigError", "Init:CrashLoopBackOff", "ContainerStatusUnknown"])
@pytest.mark.parametrize("width", [352, *WIDTHS])
def test_a_long_status_is_broken_and_never_cut(status: str, width: int) -> None:
    moment = next(s for s in different() if "1 ErrImagePull" in picture.describe(s))
    pod = next(p for p in moment.pods() if p.status == "ErrImagePull")

    def edit(raw: dict[str, Any]) -> None:
        raw["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = status

    scene = picture.scene(having(moment, "Pod", pod.name, edit), width=width)
    assert "".join(status_of(scene, pod)) == status


def test_terminating_pods_are_counted_apart() -> None:
    moment = next(s for s in different() if "4 Pods + 2 Terminating" in picture.describe(s))
    hello = moment.deployment("hello")
    assert hello is not None
    mine = moment.pods_of(hello)
    assert (len(mine), sum(p.terminating for p in mine)) == (6, 2)
    for width in WIDTHS:
        card = picture.scene(moment, width=width, focus="hello").elements[f"card:{hello.uid}"]
        assert "4 Pods + 2 Terminating" in texts(card)


def test_ready_is_the_deployments_own_count_and_complete_only_when_nothing_is_left() -> None:
    for snapshot in different():
        for deployment in snapshot.deployments():
            said = picture.summary(snapshot, deployment)
            assert said.startswith(f"{deployment.name}: {deployment.ready} of {deployment.desired} ready")
            numbers = {deployment.updated, deployment.current, deployment.available, deployment.desired}
            observed = deployment.observed_generation >= deployment.generation
            assert (words.rollout(snapshot, deployment).words == "complete") == (len(numbers) == 1 and observed)


def test_where_a_deployment_stands_is_told_all_through_the_recording() -> None:
    hello = [(s, d) for s in recording.moments() if (d := s.deployment("hello"))]
    said = [words.rollout(snapshot, deployment).words for snapshot, deployment in hello]
    assert {"not observed yet", "rolling out", "stuck", "2 of 3 available"} <= set(said)
    assert said[-1] == "complete"


def test_a_rollout_is_stuck_when_kubernetes_says_so_or_its_new_pods_fail() -> None:
    moment = next(s for s in different() if "2 ImagePullBackOff" in picture.describe(s))
    hello = moment.deployment("hello")
    assert hello is not None
    before = next(s for s in different() if "1 Ready on revision 2, 2 Ready on revision 1" in picture.describe(s))
    assert [words.rollout(s, s.deployment("hello") or hello) for s in (before, moment)] == [
        words.Said("rolling out", "warn"),
        words.Said("stuck", "bad"),
    ]
    assert words.pods(moment.tally(hello)).words.endswith("· 2 ImagePullBackOff")

    def exceed(raw: dict[str, Any]) -> None:
        for condition in raw["status"]["conditions"]:
            if condition["type"] == "Progressing":
                condition |= {"status": "False", "reason": "ProgressDeadlineExceeded"}

    late = having(moment, "Deployment", "hello", exceed)
    assert "stuck: ProgressDeadlineExceeded" in picture.describe(late)
    for width in WIDTHS:
        for focus in (None, "hello"):
            said = texts(picture.scene(late, width=width, focus=focus).elements[f"card:{hello.uid}"])
            assert "stuck:ProgressDeadlineExceeded" in "".join(said).replace(" ", "")

    def pause(raw: dict[str, Any]) -> None:
        raw["spec"]["paused"] = True

    assert "paused" in texts(picture.scene(having(moment, "Deployment", "hello", pause)).elements[f"card:{hello.uid}"])

    def refuse(raw: dict[str, Any]) -> None:
        raw["status"]["conditions"].append({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"})

    refused = having(moment, "Deployment", "hello", refuse).deployment("hello")
    assert refused is not None
    assert words.rollout(moment, refused) == ("FailedCreate", "bad")


def test_on_a_lost_node_the_column_is_dimmed_and_the_pods_say_what_the_api_says() -> None:
    seen = set()
    for snapshot in lost():
        scene = picture.scene(snapshot, width=1280, focus="hello")
        node = scene.elements["node:poc-worker"]
        assert node.cls == "node lost"
        assert texts(node) == ["worker", "NotReady"]
        assert "Node poc-worker is NotReady." in scene.description
        for pod in snapshot.pods("app=hello"):
            if pod.node == "poc-worker":
                element = scene.elements[f"pod:{pod.uid}"]
                assert "dimmed" in element.cls.split()
                assert f"s-{PodState.UNKNOWN}" not in element.cls
                assert f"{pod.name}: {words.status(pod)} on poc-worker, which is NotReady" in element.title
                seen.add(words.status(pod))
            assert (f"link:{snapshot.service('hello').uid}:{pod.uid}" in scene.elements) == (  # type: ignore[union-attr]
                pod.uid in snapshot.receiving("hello")
            )
    assert seen >= {"Ready", "Running, not Ready", "Terminating"}, "before, after, and when it is evicted"


def test_a_deployment_is_not_complete_once_the_api_knows_of_its_lost_pods() -> None:
    said = [words.rollout(s, d).words for s in lost() if (d := s.deployment("hello")) and d.ready < 3]
    assert said
    assert "complete" not in said


@pytest.mark.parametrize("width", [352, *WIDTHS])
def test_a_node_that_is_cordoned_or_deleted_says_so(width: int) -> None:
    moment = recording.when("hello: 3/3 ready on 3 nodes")

    def cordon(raw: dict[str, Any]) -> None:
        raw["spec"]["unschedulable"] = True

    cordoned = picture.scene(having(moment, "Node", "poc-worker2", cordon), width=width)
    assert "Ready,SchedulingDisabled" in "".join(texts(cordoned.elements["node:poc-worker2"]))
    assert "Node poc-worker2 is Ready,SchedulingDisabled." in cordoned.description
    node = moment.node("poc-worker2")
    assert node is not None
    store = until(recording.changes(), moment.at)
    gone = store.apply(Change("Node", "DELETED", {"metadata": {"uid": node.uid}}, moment.at))
    scene = picture.scene(gone, width=width)
    assert texts(scene.elements["node:poc-worker2"]) == ["worker2", "deleted"]
    assert scene.elements["node:poc-worker2"].cls == "node lost"
    assert "Node poc-worker2 is deleted." in scene.description
    # One who may not read Nodes knows nothing of them.
    assert words.node(store.mark_denied("Node", "forbidden"), "poc-worker2").words == ""


def test_the_table_says_the_same_and_from_which_service() -> None:
    moment = next(
        s for s in lost() if any(p.status == "Terminating" for p in s.pods("app=hello")) and s.receiving("hello")
    )
    rows = table(moment, "hello")["rows"]
    assert {r[3] for r in rows} >= {"poc-worker (NotReady)"}
    assert {r[4] for r in rows} == {"Running", "Terminating"}
    assert {r[6] for r in rows if r[5] == "yes"} == {"hello"}
    assert {r[6] for r in rows if r[4] == "Terminating"} == {"no"}


def test_an_object_that_was_not_understood_is_named() -> None:
    moment = recording.when("hello: 3/3 ready on 3 nodes")
    store = until(recording.changes(), moment.at)
    odd = {"metadata": {"name": "odd", "uid": "odd", "resourceVersion": "1"}, "spec": []}
    scene = picture.scene(store.apply(Change("Pod", "ADDED", odd, moment.at)))
    assert "Not on the picture: Pod/odd, " in scene.description
    assert "Not on the picture: Pod/odd, " in " ".join(texts(scene.elements["said"]))
