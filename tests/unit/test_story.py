"""Pods' lives and diagnoses, read off the recording of a real cluster."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from labkit.explain import diagnosis
from labkit.notebook import tables
from labkit.recording import story
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from labkit.state import Store
from tests.unit import recording

#: The recording's first rolling update: from three ready pods of revision 1 to three of revision 2.
UPDATE = (1795463767.05, 1795463778.0)


def _update() -> story.Story:
    return story.tell((each for each in recording.moments() if UPDATE[0] <= each.at <= UPDATE[1]), "hello")


def test_an_update_replaces_every_pod() -> None:
    """Three stay, three go, and never are there fewer than two that receive requests, or more than four."""
    told = _update()
    assert (len(told.new), len(told.old)) == (3, 3)
    assert (told.least_receiving, told.most_pods) == (2, 4)
    assert told.most_with_terminating > told.most_pods, "Terminating Pods are there, and maxSurge does not count them"


def test_with_one_unavailable_an_old_pod_leaves_first() -> None:
    """1 max unavailable, 1 max surge: the first old Pod goes at once, before any new one can take its place."""
    told = _update()
    assert told.first_left_before_first_joined
    assert not told.one_by_one
    assert told.gap is not None
    assert all(told.gap < life.joined for life in told.new if life.joined)
    assert any(life.left < told.gap for life in told.old if life.left)


def _life(name: str, *, joined: int = 0, left: int = 0, old: bool = False) -> story.Life:
    return story.Life(
        name, None, 0.0, joined=float(joined), left=float(left) or None, joined_version=joined, left_version=left,
        terminating=float(left) if old else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("joins", "leaves", "one_by_one", "left_first"),
    [
        ((10, 20, 30), (11, 21, 31), True, False),
        ((10, 20, 30), (10, 20, 30), True, False),  # one write of the slice did both
        ((10, 20, 30), (9, 21, 31), False, True),
        ((10, 20, 30), (11, 19, 31), False, False),  # the second old one went before the second new one came
        ((10, 20, 30), (11, 21), False, False),
        ((), (), False, False),
    ],
)
def test_the_order_between_pods(
    joins: tuple[int, ...], leaves: tuple[int, ...], one_by_one: bool, left_first: bool
) -> None:
    """The k-th old Pod leaves no earlier than the k-th new one joins: read off the EndpointSlices' versions."""
    lives = tuple(
        [_life(f"new-{at}", joined=at) for at in joins]
        + [_life(f"old-{at}", joined=1, left=at, old=True) for at in leaves]
    )
    told = story.Story(lives, 3, 4, 5)
    assert told.one_by_one == one_by_one
    assert told.first_left_before_first_joined == left_first


def test_moments_after_each_hand_over() -> None:
    """After one, two and three old Pods have left; a fourth never did."""
    told = _update()
    moments = [told.handed_over(count) for count in (1, 2, 3)]
    assert None not in moments
    assert moments == sorted(moment for moment in moments if moment)
    assert told.handed_over(4) is None
    assert told.handed_over(0) is None


def test_a_new_pod_is_ready_before_it_receives_requests() -> None:
    """The order of a new pod's life."""
    for life in _update().new:
        assert life.ready is not None
        assert life.joined is not None
        assert life.seen < life.ready
        assert life.ready_before_joined


def test_an_old_pod_loses_its_traffic_before_it_is_gone() -> None:
    """The order of an old pod's end."""
    told = _update()
    for life in told.old:
        assert life.left is not None
        assert life.terminating is not None
        assert life.gone is not None
        assert life.terminating <= life.gone
        assert life.left_before_gone
    assert told.hand_over is not None
    assert any(life.joined < told.hand_over for life in told.new if life.joined)
    assert any(life.left < told.hand_over < life.gone for life in told.old if life.left and life.gone)


def test_a_pod_that_never_got_ready_never_received_requests() -> None:
    """The recording's image that does not exist."""
    told = story.tell(recording.moments(), "hello")
    never = [life for life in told.lives if life.ready is None]
    assert never
    assert all(life.joined is None and life.left is None for life in never)


def test_a_recording_is_told_as_its_snapshots_are() -> None:
    """From a time on; a recording of nothing has no story."""
    source = Source(recording.recorded()[1])
    told = story.tell(source, "hello", UPDATE[0])
    assert told == story.tell([each for each in recording.moments() if each.at >= UPDATE[0]], "hello")
    assert story.tell(source, "hello").least_receiving < told.least_receiving, "at first there was no Pod"
    assert story.tell(Source(Timeline()), "hello").lives == ()


def test_nothing_to_tell() -> None:
    """No moments, no pods, no hand-over."""
    told = story.tell([], "hello")
    assert told == story.Story((), 0, 0, 0)
    assert (told.hand_over, told.gap) == (None, None)


def test_why_names_the_event() -> None:
    """The Pod of frontend waits for its ConfigMap, and the event says so."""
    waiting = [
        diagnosis.why(each, "frontend") for each in recording.moments() if each.deployment("frontend") is not None
    ]
    assert any("is ContainerCreating, because FailedMount: " in text and "not found" in text for text in waiting)


def test_why_passes_over_what_was_said_too_early() -> None:
    """A kubelet that has not heard of any ConfigMap yet says so, and a moment later what is missing."""
    store = Store()
    for change in recording.changes():
        store.apply(change)
        if change.kind == "Event" and change.object["reason"] == "FailedMount":
            break
    else:
        pytest.fail("the recording has no FailedMount")
    early = copy.deepcopy(change.object)
    early["metadata"] |= {"uid": "early", "name": "early"}
    volume, _, _ = early["message"].partition(" : ")
    early["message"] = f"{volume} : failed to sync configmap cache: timed out waiting for the condition"
    early["lastTimestamp"] = "2099-01-01T00:00:00Z"
    store.apply(replace(change, object=early))
    assert "failed to sync" in tables.events(store.snapshot)["MESSAGE"].iloc[-1]
    said = diagnosis.why(store.snapshot, "frontend")
    assert "not found" in said
    assert "failed to sync" not in said


def test_why_names_the_image_that_cannot_be_had() -> None:
    """The pod's status and the registry's answer."""
    texts = [diagnosis.why(each, "hello") for each in recording.moments()]
    stuck = [text for text in texts if "ErrImagePull" in text or "ImagePullBackOff" in text]
    assert stuck
    assert all("hello:3.0.0" in text for text in stuck)


def test_why_of_a_deployment_that_is_not_there() -> None:
    """It says what there is."""
    text = diagnosis.why(recording.moments()[-1], "nope")
    assert text == "There is no Deployment nope; there is auth, frontend, hello."


def test_fulfilled_waits_for_nodes_that_live() -> None:
    """A Deployment says 3 of 3 for a moment after its Node was given up; nobody should believe it."""
    believed = False
    for each in recording.moments():
        hello = each.deployment("hello")
        if hello is None or not hello.complete:
            continue
        lost = [pod for pod in diagnosis.staying(each, hello) if each.lost(pod)]
        believed = believed or bool(lost)
        if lost:
            assert not diagnosis.fulfilled(each, hello)
    assert believed, "the recording has no such moment: the test proves nothing"


def test_fulfilled_ends_where_the_update_ends() -> None:
    """True before and after it, and not in between."""
    states = [
        diagnosis.fulfilled(each, hello)
        for each in recording.moments()
        if 1795463767.05 <= each.at <= 1795463778.0 and (hello := each.deployment("hello"))
    ]
    assert states[0]
    assert states[-1]
    assert not all(states)


def test_progress_says_who_is_waited_for() -> None:
    """One short line."""
    lines = {diagnosis.progress(each, "frontend") for each in recording.moments()}
    assert "frontend: there is no such Deployment yet" in lines
    assert any(line.startswith("frontend: 0/1 ready · frontend-") for line in lines)
