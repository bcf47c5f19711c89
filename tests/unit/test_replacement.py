"""How Pods were replaced, read off the recorded rollouts: lives without gaps, and what is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.recording.replacement import Being, Replacement, replacement
from labkit.recording.request import Request
from labkit.recording.story import tell
from tests.unit import recording
from tests.unit.handmade import moment, pod

#: From when to when the recorded rollout from 1.0.0 to 2.0.0 went, its last old Pod gone.
BEGIN, END = 1795463770.3, 1795463777.0


def recorded(requests: tuple[Request, ...] = (), begin: float = BEGIN, end: float = END) -> Replacement:
    """Return the recorded rollout."""
    timeline = recording.recorded()[1]
    seen = [timeline.at(begin - 1.5), *timeline.between(begin - 1.5, end)]
    return replacement("1/1", "hello", seen, requests, begin=begin, end=end)


def test_it_agrees_with_the_story() -> None:
    """Two readings of one recording."""
    found = recorded()
    told = tell([each for each in recording.moments() if BEGIN <= each.at <= END], "hello")
    assert (found.most_pods, found.most_with_terminating) == (told.most_pods, told.most_with_terminating)
    assert found.least_receiving == told.least_receiving == 2
    assert [life.name for life in found.lives if life.new] == [life.name for life in told.lives if not life.terminating]
    assert found.seconds == pytest.approx(4.2, abs=0.3)


def test_lives_have_no_gaps_and_go_one_way() -> None:
    """From starting to Terminating, and each stretch begins where the one before ends."""
    order = list(Being)
    found = recorded()
    assert [life.new for life in found.lives] == [False, False, False, True, True, True]
    for life in found.lives:
        beings = [each.being for each in life.stretches]
        assert beings == sorted(set(beings), key=order.index)
        assert all(one.end == other.begin for one, other in zip(life.stretches, life.stretches[1:], strict=False))
        assert all(each.begin <= each.end for each in life.stretches)
        assert beings[-1] is (Being.RECEIVING if life.new else Being.TERMINATING)
        assert (life.end == END) == life.new, "the old ones are gone before the end"
    assert [each.being for each in found.lives[-1].stretches] == [Being.STARTING, Being.RUNNING, Being.RECEIVING]


def test_what_is_not_complete_has_no_seconds() -> None:
    """The recorded rollout of an image that does not exist."""
    stuck = recorded(begin=1795463778.0, end=1795463785.0)
    assert stuck.complete is None
    assert stuck.seconds is None
    assert {each.being for life in stuck.lives if life.new for each in life.stretches} == {Being.STARTING}


def test_requests_are_counted() -> None:
    """The slowest answer is an answer: what was lost after long does not count."""
    asked = (
        Request(BEGIN - 1.0, None, 7.0, "502 Bad Gateway", 3),
        Request(BEGIN, "1.0.0", 0.01, "a"),
        Request(BEGIN + 1.0, "2.0.0", 1.5, "b", 2, ("504", "200")),
        Request(BEGIN + 2.0, None, 6.0, "502 Bad Gateway", 3),
    )
    found = recorded(asked)
    assert (found.lost, found.retried, found.slowest) == (1, 1, 1.5)
    assert (found.earlier, found.requests) == (asked[:1], asked[1:]), "what was lost before is not of this way"
    assert recorded().slowest is None
    assert recorded(asked[3:]).slowest is None


def test_pods_of_a_deployment_that_was_there_before_do_not_count() -> None:
    """It was made anew under the same name: whoever is still Terminating belongs to another one."""
    first, second = moment(1.0, pod("old", "a")), moment(2.0, pod("new", "a"))
    other = second.deployment("hello")
    assert other is not None
    sets = second.objects["ReplicaSet"]
    made = replace(other, uid="other", generation=2, observed_generation=2)
    owned = replace(sets["set"], owner_uid="other")
    deployments = second.objects["Deployment"].remove("deployment").insert("other", made)
    objects = second.objects.insert("Deployment", deployments)
    objects = objects.insert("ReplicaSet", sets.insert("set", owned))
    found = replacement("1/1", "hello", [first, replace(second, objects=objects)], (), begin=1.5, end=3.0)
    assert [life.name for life in found.lives] == ["new"]


def test_nothing_was_recorded() -> None:
    found = replacement("1/1", "hello", [], (), begin=1.0, end=2.0)
    assert found.lives == ()
    assert found.complete is None
    assert (found.least_receiving, found.most_pods) == (0, 0)
