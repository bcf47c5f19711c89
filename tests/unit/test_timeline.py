"""The timeline: every snapshot that there was, in bounded memory."""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_right
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.recording import blocks, records
from labkit.recording.timeline import Timeline
from labkit.state import Snapshot, Step, Store
from tests.unit import recording


def steps() -> list[tuple[Step, Snapshot]]:
    """Return every recorded step, with the snapshot after it."""
    heard: list[tuple[Step, Snapshot]] = []
    store = Store(lambda step, snapshot: heard.append((step, snapshot)))
    for change in recording.changes():
        store.apply(change)
    return heard


STEPS = steps()


def test_it_keeps_every_state() -> None:
    assert list(recording.recorded()[1]) == [snapshot for _, snapshot in STEPS]
    assert len(STEPS) > 400


@settings(max_examples=25)
@given(
    gaps=st.lists(st.integers(-3, 5), min_size=1, max_size=60),
    size=st.integers(1, 9),
    newest=st.integers(0, 20),
    data=st.data(),
)
def test_it_has_what_was_the_present_at_every_time(
    gaps: list[int], size: int, newest: int, data: st.DataObject
) -> None:
    """However much of it is packed, and also where the machine's clock was put back in between."""
    timeline = Timeline(newest=newest, size=size)
    kept: list[Snapshot] = []
    times: list[float] = []
    at = 100.0
    snapshot = Snapshot()
    for gap, (step, _) in zip(gaps, STEPS, strict=False):
        at += gap
        step_then = replace(step, at=at)
        snapshot = step_then.after(snapshot)
        timeline.record(step_then, snapshot)
        kept.append(snapshot)
        times.append(max([at, *times]))
    assert list(timeline) == kept
    assert (timeline.first, timeline.last, len(timeline)) == (times[0], times[-1], len(kept))
    for when in (*times, *(each + 0.5 for each in times), 0.0):
        index = max(0, bisect_right(times, when) - 1)
        assert timeline.at(when) == kept[index]
        later = [each for each in times if each > when]
        assert timeline.next_after(when) == (later[0] if later else None)
    begin, end = sorted((data.draw(st.sampled_from(times)), data.draw(st.sampled_from(times))))
    between = [each for each, then in zip(kept, times, strict=True) if begin <= then <= end]
    assert list(timeline.between(begin, end)) == between
    first = data.draw(st.integers(0, len(kept)))
    assert list(timeline.numbers(first, len(kept))) == kept[first:]


@settings(max_examples=8)
@given(limit=st.integers(1, 200), newest=st.integers(0, 50), size=st.integers(1, 64))
def test_it_lets_go_of_the_oldest(limit: int, newest: int, size: int) -> None:
    timeline = Timeline(limit, newest, size)
    for step, snapshot in STEPS:
        timeline.record(step, snapshot)
    assert limit <= len(timeline) <= max(limit, newest + size) + 2 * size
    assert timeline.dropped == len(STEPS) - len(timeline)
    assert list(timeline) == [snapshot for _, snapshot in STEPS[timeline.dropped :]]
    assert timeline.at(0.0) == STEPS[timeline.dropped][1]
    assert list(timeline)[-1] == timeline.latest
    again = Snapshot()
    for _, line in timeline.lines():
        again = records.read(records.parsed(line)).after(again)
    assert again == STEPS[-1][1]


def test_it_stays_small_whoever_asks_it() -> None:
    """A snapshot costs about as much as its change, also after someone has looked at every one."""
    timeline = Timeline()
    store = Store(timeline.record)
    for change in recording.changes():
        store.apply(change).receiving("hello")
    for snapshot in timeline:
        snapshot.node("labkit-worker")
    assert all(set(vars(kept)) == {f.name for f in fields(Snapshot)} for kept in timeline._kept)


def test_a_jump_into_what_is_packed_keeps_the_slots() -> None:
    """Pods stand where they stood: the order in which they came is not lost by packing."""
    timeline = Timeline(newest=0, size=50)
    for step, snapshot in STEPS:
        timeline.record(step, snapshot)
    for number, (_, snapshot) in reversed(list(enumerate(STEPS))):
        assert timeline.number(number).index.placement.slots == snapshot.index.placement.slots
    assert len(STEPS[-1][1].index.placement.slots) > 3


def test_an_empty_one_has_an_empty_present() -> None:
    timeline = Timeline()
    timeline.record(Step(at=0.0), Snapshot())
    assert (len(timeline), timeline.first, timeline.last, timeline.next_after(0)) == (0, 0.0, 0.0, None)
    assert timeline.at(1.0) == timeline.latest == Snapshot()
    assert list(timeline) == []
    assert list(timeline.lines()) == []


@settings(max_examples=15)
@given(indices=st.lists(st.integers(0, 149), min_size=1, max_size=12))
def test_whoever_looks_into_a_block_may_go_to_and_fro(indices: list[int]) -> None:
    block = packed(150)
    looked_into = blocks.Unpacked(block)
    for index in (*indices, *reversed(range(150))):
        assert looked_into.at(index) == STEPS[index][1]


def test_a_jump_leaves_hardly_anything_for_the_garbage_collector() -> None:
    """What stays makes it look through everything that there is, which takes longer than the jump."""
    block = packed(128)
    gc.collect()
    before = len(gc.get_objects())
    looked_into = blocks.Unpacked(block)
    looked_into.at(127)
    gc.collect()
    assert len(gc.get_objects()) - before < 600  # of all 128 snapshots it would be 1,500


def packed(size: int) -> blocks.Block:
    """Return a block of the first steps."""
    times = array("d", [step.at for step, _ in STEPS[:size]])
    return blocks.pack(0, Snapshot(), times, [records.written(step) for step, _ in STEPS[:size]])
