"""Moments: found by what happened, in the recording of a real cluster and in what is made up from it."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.app.tally import Tick
from labkit.recording.moment import MomentKind, tag
from labkit.recording.moment_words import sentence, short
from labkit.recording.moments import Finder, Moment, find
from labkit.state import Change, Snapshot, Store
from tests.unit import recording, scenes

if TYPE_CHECKING:
    from collections.abc import Callable

#: When the recording's list of what was there before is over, and changes begin.
BEGIN = 1795463744.3
#: The first rolling update, from three ready Pods of revision 1 to three of revision 2, and the loss of a Node.
UPDATE = (1795463767.05, 1795463778.0)
LOSS = (1795463810.0, 1795463846.0)
K = MomentKind


def _between(begin: float, end: float) -> list[Snapshot]:
    """Return the snapshots of a stretch of time, with the one that was the present at its beginning."""
    found = [each for each in recording.moments() if each.at <= end]
    first = max((i for i, each in enumerate(found) if each.at <= begin), default=0)
    return found[first:]


def _kinds(moments: list[Moment], app: str = "") -> list[MomentKind]:
    return [each.kind for each in moments if not app or each.app == app]


class _Play:
    """A cluster made up from recorded objects: three Pods of hello are Ready."""

    def __init__(self, until: float = 0.0) -> None:
        self.end = until or recording.when("hello: 3/3 ready on 3 nodes").at + 3
        self.changes = [c for c in recording.changes() if c.at <= self.end]
        self.store = scenes.until(self.changes, self.end)
        self.finder = Finder()
        assert self.finder.take(self.store.snapshot) == []
        self.version = 10**9
        self.now = self.end

    def edit(self, kind: str, name: str, edit: Callable[[dict[str, Any]], object]) -> list[Moment]:
        """Change one object as JSON, and return what that means."""
        last = next(c for c in reversed(self.changes) if c.kind == kind and c.object["metadata"]["name"] == name)
        obj = copy.deepcopy(last.object)
        edit(obj)
        self.version += 1
        self.now += 0.1
        obj["metadata"]["resourceVersion"] = str(self.version)
        change = Change(kind, "MODIFIED", obj, self.now)
        self.changes.append(change)
        return self.finder.take(self.store.apply(change))

    def hello(self, **spec: Any) -> list[Moment]:
        """Change the spec of Deployment hello, as kubectl does."""

        def change(deployment: dict[str, Any]) -> None:
            image = spec.pop("image", None)
            deployment["spec"] |= spec
            deployment["metadata"]["generation"] += 1
            if image:
                deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image

        return self.edit("Deployment", "hello", change)

    def status(self, **status: Any) -> list[Moment]:
        """Change the status of Deployment hello, as its controller does."""

        def change(deployment: dict[str, Any]) -> None:
            deployment["status"] |= {"observedGeneration": deployment["metadata"]["generation"], **status}

        return self.edit("Deployment", "hello", change)

    def revision(self, number: int) -> list[Moment]:
        """Give Deployment hello a revision, as its controller does."""
        return self.edit(
            "Deployment",
            "hello",
            lambda d: d["metadata"]["annotations"].update({"deployment.kubernetes.io/revision": str(number)}),
        )


def test_what_was_there_before_is_no_moment() -> None:
    assert find([recording.moments()[-1]]) == []
    assert find([]) == []


def test_a_rollout_as_it_was_recorded() -> None:
    """Began, each new Pod scheduled, started, Ready, joined; each old one Terminating, left, gone; complete."""
    found = find(_between(*UPDATE))
    assert Counter(_kinds(found)) == {
        K.ROLLOUT_BEGAN: 1, K.ROLLOUT_COMPLETE: 1, K.POD_SCHEDULED: 3, K.POD_STARTED: 3, K.POD_READY: 3,
        K.POD_JOINED: 3, K.POD_TERMINATING: 3, K.POD_LEFT: 3, K.POD_GONE: 3,
    }  # fmt: skip
    assert found[0].kind is K.ROLLOUT_BEGAN
    assert found[0].data == {"revision": 2, "from": "1.0.0", "to": "2.0.0"}
    complete = next(m for m in found if m.kind is K.ROLLOUT_COMPLETE)
    assert complete.data["took"] == pytest.approx(complete.at - found[0].at)
    lives: dict[str, list[MomentKind]] = {}
    for moment in found:
        if moment.subject[0] == "Pod":
            assert moment.app == "hello"
            assert (moment.data["revision"], moment.data["version"]) in {(1, "1.0.0"), (2, "2.0.0")}
            lives.setdefault(moment.name, []).append(moment.kind)
    new = [K.POD_SCHEDULED, K.POD_STARTED, K.POD_READY, K.POD_JOINED]
    old = [K.POD_TERMINATING, K.POD_LEFT, K.POD_GONE]
    assert sorted(lives.values()) == sorted([new] * 3 + [old] * 3)


def test_the_loss_of_a_node_as_it_was_recorded() -> None:
    found = find(_between(*LOSS))
    assert (found[0].kind, found[0].name, found[0].data) == (K.NODE_LOST, "poc-worker", {"why": "NodeStatusUnknown"})
    assert (found[-1].kind, found[-1].name) == (K.NODE_BACK, "poc-worker")
    counts = Counter(_kinds(found))
    assert counts[K.POD_NOT_READY] == counts[K.POD_LEFT] == counts[K.POD_GONE] == 2
    assert counts[K.POD_READY] == counts[K.POD_JOINED] == 2, "what a Terminating Pod says of itself is no moment"
    assert not {K.ROLLOUT_BEGAN, K.ROLLOUT_COMPLETE, K.ROLLOUT_STUCK} & counts.keys(), "nothing was rolled out"


def test_a_rollout_that_is_stuck_and_rolled_back_as_it_was_recorded() -> None:
    """Stuck once, however often the kubelet tries; what never ran never started; the way back is a rollout."""
    found = find(_between(UPDATE[1], LOSS[0]))
    rollouts = [m for m in found if m.subject[0] == "Deployment"]
    assert _kinds(rollouts) == [K.ROLLOUT_BEGAN, K.ROLLOUT_STUCK, K.ROLLOUT_BEGAN, K.ROLLOUT_COMPLETE]
    assert [m.data["revision"] for m in rollouts] == [3, 3, 4, 4]
    assert (rollouts[1].data["why"], rollouts[1].data["to"]) == ("ErrImagePull", "3.0.0")
    assert not [m for m in found if m.kind is K.POD_STARTED and m.data["version"] == "3.0.0"]


def test_creation_is_no_scaling_and_is_complete_once() -> None:
    found = find(_between(BEGIN, recording.when("hello: 3/3 ready on 3 nodes").at + 1))
    own = [m for m in found if m.subject[:2] == ("Deployment", "hello")]
    assert _kinds(own) == [K.CREATED, K.ROLLOUT_COMPLETE, K.SCALED]
    assert own[2].data == {"from": 1, "to": 3}


def test_several_services() -> None:
    """A second Service begins to send to the canary: its Pod joins that one too."""
    found = find(s for s in recording.play("canary") if s.at >= 1795630822)
    joined = {(m.name.partition("-")[0], m.data["service"]) for m in found if m.kind is K.POD_JOINED}
    assert {("hello", "hello"), ("hello", "canary-only"), ("by", "hello"), ("set", "hello")} <= joined
    left = [m.data["service"] for m in found if m.kind is K.POD_LEFT]
    assert sorted(left) == ["canary-only", "hello"]
    assert {m.app for m in found if m.name.startswith("hello-canary")} == {"hello-canary"}


def test_a_service_that_is_turned_to_other_pods() -> None:
    found = find(s for s in recording.play("blue-green") if s.at >= 1795630882)
    moves = [(m.kind, m.app) for m in found if m.kind in {K.POD_JOINED, K.POD_LEFT}]
    assert Counter(moves) == {
        (K.POD_JOINED, "hello-blue"): 2, (K.POD_JOINED, "hello-green"): 2, (K.POD_LEFT, "hello-blue"): 2,
    }  # fmt: skip


def test_scaling_pausing_and_what_waits_for_the_end_of_the_pause() -> None:
    play = _Play()
    assert [(m.kind, m.data) for m in play.hello(replicas=5)] == [(K.SCALED, {"from": 3, "to": 5})]
    assert _kinds(play.hello(paused=True)) == [K.PAUSED]
    assert play.hello(image="localhost/hello:2.0.0") == [], "noted, and not rolled out"
    assert play.hello(image="localhost/hello:3.0.0") == []
    resumed = play.hello(paused=False)
    assert _kinds(resumed) == [K.RESUMED, K.ROLLOUT_BEGAN]
    assert resumed[1].data == {"revision": 2, "from": "1.0.0", "to": "3.0.0"}
    assert play.revision(2) == [], "the number of the rollout that has begun"


def test_a_pause_in_which_all_was_put_back() -> None:
    play = _Play()
    hello = play.store.snapshot.deployment("hello")
    assert hello is not None
    (image,) = hello.images
    play.hello(paused=True)
    play.hello(image="localhost/hello:2.0.0")
    play.hello(image=image)
    assert _kinds(play.hello(paused=False)) == [K.RESUMED]


def test_a_restart_is_a_rollout_of_the_same_version() -> None:
    """Its template differs by an annotation: only the revision tells."""
    play = _Play()
    assert play.hello() == []
    (began,) = play.revision(2)
    assert (began.kind, began.data) == (K.ROLLOUT_BEGAN, {"revision": 2, "from": "1.0.0", "to": "1.0.0"})
    assert _kinds(play.status(replicas=3, updatedReplicas=3, availableReplicas=3)) == [K.ROLLOUT_COMPLETE]


def test_a_replica_set_with_a_new_revision_tells_it_first() -> None:
    play = _Play()
    name = next(r.name for r in play.store.snapshot.replica_sets() if r.name.startswith("hello"))
    annotation = {"deployment.kubernetes.io/revision": "2"}
    began = play.edit("ReplicaSet", name, lambda r: r["metadata"]["annotations"].update(annotation))
    assert _kinds(began) == [K.ROLLOUT_BEGAN]
    assert play.status(replicas=3) == [], "what the Deployment said before it had that revision completes nothing"
    assert _kinds(play.revision(2)) == [K.ROLLOUT_COMPLETE]


def test_a_replica_set_of_another_version_that_is_heard_of_first() -> None:
    """Each kind is watched apart: it is one rollout, with one number, and what fails in it is seen to be stuck."""
    play = _Play()
    name = next(r.name for r in play.store.snapshot.replica_sets() if r.name.startswith("hello"))

    def made(replica_set: dict[str, Any]) -> None:
        replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
        replica_set["spec"]["template"]["spec"]["containers"][0]["image"] = "localhost/hello:2.0.0"

    (began,) = play.edit("ReplicaSet", name, made)
    assert (began.kind, began.data) == (K.ROLLOUT_BEGAN, {"revision": 2, "from": "1.0.0", "to": "2.0.0"})
    assert play.hello(image="localhost/hello:2.0.0") == []

    def failing(pod: dict[str, Any]) -> None:
        pod["status"]["containerStatuses"][0] |= {"ready": False, "state": {"waiting": {"reason": "ErrImagePull"}}}
        next(c for c in pod["status"]["conditions"] if c["type"] == "Ready")["status"] = "False"

    pod = play.store.snapshot.pods("app=hello")[0].name
    stuck = [each for each in play.edit("Pod", pod, failing) if each.kind is K.ROLLOUT_STUCK]
    assert [each.data["revision"] for each in stuck] == [2]
    # and the next change is another rollout
    (began,) = play.hello(image="localhost/hello:1.0.0")
    assert began.data == {"revision": 3, "from": "2.0.0", "to": "1.0.0"}


def test_over_the_deadline_is_stuck_once_for_each_rollout() -> None:
    play = _Play()
    late = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    play.hello(image="localhost/hello:2.0.0")
    (stuck,) = play.status(conditions=late, updatedReplicas=1)
    assert (stuck.kind, stuck.data) == (
        K.ROLLOUT_STUCK, {"why": "ProgressDeadlineExceeded", "revision": 2, "to": "2.0.0"}
    )  # fmt: skip
    assert play.status(conditions=late, updatedReplicas=1, readyReplicas=2) == []
    assert _kinds(play.hello(image="localhost/hello:1.0.0")) == [K.ROLLOUT_BEGAN], "not what is said of the last one"


def test_what_fails_of_the_revision_that_is_rolled_back_from_is_not_stuck_any_more() -> None:
    """The kubelet goes on trying the image for a moment."""
    play = _Play(next(m.at for m in find(_between(UPDATE[1], LOSS[0])) if m.kind is K.ROLLOUT_STUCK) + 1)
    failing = next(p for p in play.store.snapshot.pods("app=hello") if p.status in {"ErrImagePull", "ImagePullBackOff"})
    assert _kinds(play.hello(image="localhost/hello:2.0.0")) == [K.ROLLOUT_BEGAN]

    def again(pod: dict[str, Any]) -> None:
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}

    assert play.edit("Pod", failing.name, again) == []


def test_a_rollout_that_was_under_way_before_is_complete_later() -> None:
    """When it began nobody knows."""
    snapshots = _between(*UPDATE)
    began = find(snapshots)[0].at
    found = [m for m in find(s for s in snapshots if s.at > began + 1) if m.subject[0] == "Deployment"]
    assert [(m.kind, m.data["took"]) for m in found] == [(K.ROLLOUT_COMPLETE, None)]
    assert sentence(found[0]) == "Rollout of hello complete: all its Pods are 2.0.0"


def test_a_service_that_is_deleted_sends_to_nobody() -> None:
    play = _Play()
    last = next(
        c for c in reversed(play.changes) if c.kind == "EndpointSlice" and "hello" in c.object["metadata"]["name"]
    )
    found = play.finder.take(play.store.apply(replace(last, type="DELETED")))
    assert _kinds(found) == [K.POD_LEFT] * 3


def test_cordoned_lost_deleted_and_back() -> None:
    play = _Play()
    node = "poc-worker2"

    def ready(status: str) -> Callable[[dict[str, Any]], object]:
        return lambda n: next(c for c in n["status"]["conditions"] if c["type"] == "Ready").update(status=status)

    assert _kinds(play.edit("Node", node, lambda n: n["spec"].update(unschedulable=True))) == [K.CORDONED]
    assert _kinds(play.edit("Node", node, ready("Unknown"))) == [K.NODE_LOST]
    assert play.edit("Node", node, ready("False")) == [], "lost is lost"
    assert _kinds(play.edit("Node", node, ready("True"))) == [K.NODE_BACK]
    assert _kinds(play.edit("Node", node, lambda n: n["spec"].pop("unschedulable"))) == [K.UNCORDONED]
    last = play.changes[-1]
    (gone,) = play.finder.take(play.store.apply(replace(last, type="DELETED")))
    assert (gone.kind, gone.data) == (K.NODE_LOST, {"why": "deleted"})
    assert _kinds(play.finder.take(play.store.apply(replace(last, type="ADDED")))) == [K.NODE_BACK]


def test_a_kind_that_is_denied_or_read_anew_makes_nothing_happen() -> None:
    """Only what really differs afterwards is a moment."""
    play = _Play()
    pods = [p.uid for p in play.store.snapshot.pods()]
    listed = {c.object["metadata"]["uid"]: c.object for c in play.changes if c.kind == "Pod"}
    assert play.finder.take(play.store.mark_denied("Pod", "forbidden", play.now + 1)) == []
    assert play.finder.take(play.store.mark_stale("Node", "connection refused", play.now + 2)) == []
    again = play.store.replace("Pod", [listed[uid] for uid in pods], play.now + 3)
    assert play.finder.take(again) == []
    fewer = play.store.replace("Pod", [listed[uid] for uid in pods[1:]], play.now + 4)
    assert _kinds(play.finder.take(fewer)) == [K.POD_GONE]


def test_of_one_instant_causes_come_first() -> None:
    """Everything from before to after the rollout in one step: as if nobody had looked."""
    finder = Finder()
    snapshots = _between(*UPDATE)
    assert finder.take(snapshots[0]) == []
    found = finder.take(snapshots[-1])
    assert [k for k, _ in Counter(_kinds(found)).items()] == [
        K.ROLLOUT_BEGAN, K.POD_SCHEDULED, K.POD_STARTED, K.POD_READY, K.POD_JOINED, K.POD_LEFT, K.POD_GONE,
        K.ROLLOUT_COMPLETE,
    ]  # fmt: skip


def _request(at: float, version: str | None, pod: str = "") -> Tick:
    return Tick(at, version, 0.1, pod or "504 Gateway Timeout")


def test_the_first_request_by_a_new_version_and_a_lost_one() -> None:
    snapshots = _between(*UPDATE)
    old, new = (next(p.name for p in snapshots[i].pods("app=hello") if p.ready) for i in (0, -1))
    begin, joined = snapshots[0].at, next(m.at for m in find(snapshots) if m.kind is K.POD_JOINED)
    asked = [_request(begin, "1.0.0", old), _request(begin + 0.1, None), _request(joined + 0.1, "2.0.0", new)]
    asked += [_request(joined + 0.2, "1.0.0", old), _request(joined + 0.3, "2.0.0", new)]
    found = [m for m in find(snapshots, asked) if m.kind in {K.FIRST_REQUEST, K.REQUEST_LOST}]
    assert _kinds(found) == [K.REQUEST_LOST, K.FIRST_REQUEST], "the version that answered before is not new"
    assert [m.app for m in found] == ["hello", "hello"]
    assert found[0].at == pytest.approx(begin + 0.2), "when it was given up"
    assert (found[1].name, found[1].data["version"], found[1].data["revision"]) == (new, "2.0.0", 2)


def test_the_first_request_after_the_way_back() -> None:
    """1.0.0 again, after a while without it: its first answer is a moment once more."""
    play = _Play()
    for version in ("1.0.0", "2.0.0"):
        play.finder.request(_request(play.now - 10, version))
    play.hello(image="localhost/hello:2.0.0")
    play.hello(image="localhost/hello:1.0.0")
    assert _kinds(play.finder.request(_request(play.now, "1.0.0"))) == [K.FIRST_REQUEST]
    play.hello(image="localhost/hello:2.0.0")
    play.hello(image="localhost/hello:1.0.0")
    assert play.finder.request(_request(play.now, "1.0.0")) == [], "it never fell silent"


@settings(max_examples=40)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_piece_by_piece_is_the_same_as_all_at_once(sizes: list[int]) -> None:
    """However the snapshots come, repeated ones among them, and from one Finder's point of view."""
    snapshots = _between(*UPDATE)
    finder, found, start = Finder(), [], 0
    for size in [*sizes, len(snapshots)]:
        for each in snapshots[max(0, start - 1) : start + size]:
            found += finder.take(each)
        start += size
    assert found == find(snapshots)


@settings(max_examples=40)
@given(st.sets(st.integers(1, 10_000)))
def test_what_was_left_out_is_found_later(kept: set[int]) -> None:
    """Whoever looks less often finds the same Pods Ready and gone, only later."""
    snapshots = _between(UPDATE[0], LOSS[1])
    some = [s for i, s in enumerate(snapshots) if i in kept or i in {0, len(snapshots) - 1}]
    found, all_of_them = find(some), find(snapshots)
    before, after = snapshots[0], snapshots[-1]
    assert {m.name for m in found} <= {m.name for m in all_of_them}
    there = {p.name for p in before.pods()}, {p.name for p in after.pods()}
    assert {m.name for m in found if m.kind is K.POD_GONE} >= there[0] - there[1]
    assert {m.name for m in found if m.kind is K.POD_READY} >= {p.name for p in after.pods() if p.ready} - there[0]
    assert [m.at for m in found] == sorted(m.at for m in found)


def test_a_known_change_is_as_good_as_a_comparison() -> None:
    """With what made each snapshot out of the one before, nothing else is looked at."""

    class Step:
        def __init__(self, change: Change, snapshot: Snapshot) -> None:
            uid = change.object["metadata"]["uid"]
            obj = snapshot.objects[change.kind].get(uid)
            self.put = [obj] if obj is not None else []
            self.gone = [] if obj is not None else [(change.kind, uid)]

    store, finder, found, snapshots = Store(), Finder(), [], []
    for change in recording.changes():
        snapshot = store.apply(change)
        snapshots.append(snapshot)
        found += finder.take(snapshot, Step(change, snapshot))
    assert len(found) > 80
    assert found == find(snapshots)


def test_every_moment_has_words() -> None:
    found = find(recording.moments()) + find(recording.play("canary"))
    assert {m.kind for m in found} >= {K.NODE_LOST, K.SCALED, K.ROLLOUT_STUCK, K.POD_JOINED, K.DELETED} - {K.DELETED}
    said = {sentence(m) for m in found}
    assert "Rollout of hello began: from 1.0.0 to 2.0.0" in said
    assert "Rollout of hello stuck: Pod hello-66967945db-6hndc is ErrImagePull" in said
    assert "Deployment hello scaled from 1 to 3 replicas" in said
    assert "Node poc-worker NotReady: NodeStatusUnknown" in said
    assert all(short(m) and len(short(m)) < 40 for m in found)


@pytest.mark.parametrize("kind", list(K))
def test_each_kind_has_a_sentence(kind: MomentKind) -> None:
    data = {"from": "1.0.0", "to": "2.0.0", "revision": 2, "took": 3.21, "why": "BackOff", "node": "worker",
            "version": "2.0.0", "service": "hello", "replicas": 1}  # fmt: skip
    moment = Moment(1.0, kind, ("Pod", "hello-5f-abc", "u"), "hello", data)
    assert sentence(moment)[0].isupper()
    assert short(moment)
    assert not sentence(moment).endswith(".")


def test_tags() -> None:
    assert tag(("localhost/hello@sha256:0123456789abcdef",)) == "0123456789ab"
    assert tag(("localhost:5000/hello:2.0.0", "other:1")) == "2.0.0"


def test_what_is_said_of_many_moments_is_kept_once() -> None:
    """An hour of 1,000 Pods that change in turn has 46,000 of them."""
    found = [moment for moment in find(recording.moments()) if moment.subject[0] == "Pod"]
    assert len({id(moment.subject) for moment in found}) == len({moment.subject for moment in found}) < len(found) / 3
    said = {(*moment.data.items(),) for moment in found}
    assert len({id(moment.data) for moment in found}) == len(said) < len(found) / 2
