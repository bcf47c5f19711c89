"""The timeline: every snapshot that there was, in bounded memory."""

from __future__ import annotations

from dataclasses import fields

from labkit.recording.timeline import Timeline
from labkit.state import Snapshot, Store
from tests.unit import recording


def test_it_keeps_every_state_within_its_limit() -> None:
    assert len(recording.recorded()[1]) == len(recording.moments()) > 400
    short = Timeline(limit=3)
    store = Store(short.record)
    for change in recording.changes()[:10]:
        store.apply(change)
    assert len(short) == 3
    assert short.dropped == 7
    assert list(short)[-1] == store.snapshot


def test_it_stays_small_whoever_asks_it() -> None:
    """A snapshot costs about as much as its change, also after someone has looked at every one."""
    timeline = recording.recorded()[1]
    for snapshot in timeline:
        snapshot.events()
        snapshot.receiving("hello")
    assert all(set(vars(kept)) == {f.name for f in fields(Snapshot)} for kept in timeline._kept)


def test_it_finds_a_time() -> None:
    timeline = recording.recorded()[1]
    moments = recording.moments()
    assert timeline.at(moments[50].at).at == moments[50].at
    assert timeline.at(0.0) == moments[0]
    assert Timeline().at(1.0) == Snapshot()
    assert list(timeline.since(moments[-1].at))[-1] == moments[-1]
