"""Whatever a watch tells in whatever order, in the end there is what a fresh list has, and the same picture of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.board.still import Still
from labkit.recording import file
from labkit.recording.source import Source
from labkit.recording.timeline import Timeline
from labkit.state import KINDS, Change, Snapshot, Store
from tests.unit import recording


def histories() -> dict[str, list[Change]]:
    """Return what the cluster told of each kind, in its order."""
    told: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for change in recording.changes():
        told[change.kind].append(change)
    return told


HISTORIES = histories()


@dataclass
class Stream:
    """One kind's watch: how far it has been told, and what is there by then."""

    kind: str
    told: int = 0
    there: dict[str, dict[str, Any]] = field(default_factory=dict)

    def go_on(self, count: int) -> list[Change]:
        """Return the next changes."""
        new = HISTORIES[self.kind][self.told : self.told + count]
        self.told += len(new)
        for change in new:
            if change.type == "DELETED":
                self.there.pop(change.object["metadata"]["uid"], None)
            else:
                self.there[change.object["metadata"]["uid"]] = change.object
        return new


ACTIONS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(["go on", "again", "list", "410", "cut"]), st.integers(1, 140)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=20)
@given(actions=ACTIONS, unheard=st.integers(0, 130))
def test_any_order_ends_in_the_state_of_a_fresh_list(actions: list[tuple[str, str, int]], unheard: int) -> None:
    """The kinds' watches are ahead of one another, tell things twice, are cut off, list anew, are too old (410)."""
    timeline = Timeline(size=20, newest=10)
    store = Store(timeline.record)
    streams = {kind: Stream(kind) for kind in KINDS}
    at = 1_800_000_000.0
    last = [
        (kind, *each)
        for kind in KINDS
        # the last changes of each kind come by a list, after a 410: objects that were known are not in it
        for each in (("up to", len(HISTORIES[kind]) - unheard), ("410", 10_000))
    ]
    for kind, action, count in [*actions, *last]:
        stream = streams[kind]
        at += 1
        if action in {"go on", "up to"}:
            for change in stream.go_on(count if action == "go on" else max(0, count - stream.told)):
                store.apply(Change(kind, change.type, change.object, at))
        elif action == "again":
            # a watch that begins anew at an older version tells the same once more, in the same order
            for change in HISTORIES[kind][max(0, stream.told - count) : stream.told]:
                store.apply(Change(kind, change.type, change.object, at))
        elif action == "cut":
            store.mark_stale(kind, "connection refused", at)
        else:
            if action == "410":
                store.mark_stale(kind, "410 Gone", at)
                stream.go_on(count)  # nobody heard these: the list has what came of them
            store.replace(kind, list(stream.there.values()), at)
    fresh = Store()
    for kind, stream in streams.items():
        fresh.replace(kind, list(stream.there.values()), at)
    assert store.snapshot == fresh.snapshot
    assert not store.snapshot.outdated
    _same_indices(store.snapshot, fresh.snapshot)
    assert timeline.at(at) == store.snapshot
    assert list(timeline)[-1] == store.snapshot


def _same_indices(one: Snapshot, other: Snapshot) -> None:
    """Hold what is kept up by changes against what is made anew of everything."""
    assert one.events() == other.events()
    for deployment in other.deployments():
        assert one.replica_sets_of(deployment) == other.replica_sets_of(deployment)
        for replica_set in other.replica_sets_of(deployment):
            assert one.pods_of(replica_set) == other.pods_of(replica_set)
    for service in other.services():
        assert one.receiving(service.name) == other.receiving(service.name)
    assert set(one.index.placement.slots) == set(other.index.placement.slots)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(share=st.floats(0, 1), size=st.integers(3, 300))
def test_saved_and_loaded_it_gives_the_same_frames(tmp_path_factory: Any, share: float, size: int) -> None:
    timeline = Timeline(size=size, newest=size)
    store = Store(timeline.record)
    for change in recording.changes():
        store.apply(change)
    source = Source(timeline, end=timeline.last)
    path = tmp_path_factory.mktemp("frames") / "run.rec"
    file.save(source, path)
    loaded = file.load(path)
    first, last = source.span
    for each in (source, loaded):
        each.seek(first + share * (last - first))
    assert loaded.at == source.at
    one, other = Still(source.snapshot), Still(loaded.snapshot)
    assert one.svg() == other.svg()
    assert one.description == other.description
