"""What says the same is kept once."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from labkit.state import Pod, Store
from labkit.state.sharing import Common, share
from tests.unit import recording


class Named(NamedTuple):
    """Equal to a plain tuple."""

    name: str


def pods() -> list[Pod]:
    """Return all versions of all recorded Pods."""
    found: list[Pod] = []
    store = Store(lambda step, _: found.extend(each for each in step.put if isinstance(each, Pod)))
    for change in recording.changes():
        store.apply(change)
    return found


def test_pods_that_are_alike_share_what_is_the_same_of_them() -> None:
    told = pods()
    assert len({pod.uid for pod in told}) > 10
    for name in ("conditions", "containers", "node", "labels"):
        values = [getattr(pod, name) for pod in told]
        differ = {repr(value) for value in values}
        assert len({id(value) for value in values}) == len(differ) < len(values) / 2, name


def test_what_is_shared_says_what_it_said() -> None:
    for pod in pods():
        labels = dict(reversed(list(pod.labels.items())))
        conditions = tuple(replace(each) for each in pod.conditions)
        new = replace(pod, uid=f"{pod.uid}-2", labels=labels, conditions=conditions)
        as_it_was = replace(new)
        shared = share(new, None)
        assert shared == as_it_was
        assert list(shared.labels) == list(labels), "in their order"
        assert isinstance(shared, Pod)
        assert shared.conditions is pod.conditions


def test_no_more_is_remembered_than_it_is_allowed() -> None:
    common = Common(10)
    first = common.one("a text " * 3)
    for number in range(1000):
        common.one(f"text {number}")
        # what is met again and again stays
        assert common.one("".join(["a text "] * 3)) is first
    assert len(common._new) + len(common._old) <= 20


def test_values_that_are_equal_and_not_of_one_type_stay_apart() -> None:
    common = Common()
    for value in (Named("a"), ("a",), Named("a"), ["a"], {"a": "b"}, True, 1, 1.0, None, {"a": ["b"]}, (["a"],)):
        assert common.one(value) == value
        assert type(common.one(value)) is type(value)
