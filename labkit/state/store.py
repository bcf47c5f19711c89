"""The store: changes in, snapshots out, and a timeline of all of them. No I/O, and no clock of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rpds import HashTrieMap

from labkit.state.parse import parse
from labkit.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from labkit.state.objects import Object

#: What is stale when more than single kinds are.
API_SERVER = "API server"
_MOST = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a watch.

    Parameters
    ----------
    kind
        Such as ``Pod``.
    type
        ``ADDED``, ``MODIFIED`` or ``DELETED``.
    object
        The object as JSON gives it.
    at
        When we heard of it, in seconds since the epoch.
    """

    kind: str
    type: str
    object: dict[str, Any]
    at: float


class Timeline:
    """Every snapshot there was, oldest first, in bounded memory.

    Neighbours share all that did not change, so a moment costs about as much as its change.

    Parameters
    ----------
    limit
        How many moments to keep; the oldest go first, and ``dropped`` counts them.
    """

    def __init__(self, limit: int = 20_000) -> None:
        self._moments: deque[Snapshot] = deque(maxlen=limit)
        self.dropped = 0

    def record(self, snapshot: Snapshot) -> None:
        """Add a moment at the end."""
        if len(self._moments) == self._moments.maxlen:
            self.dropped += 1
        # A copy, here and when it is handed out: what a snapshot has worked out for those who asked it stays with them.
        self._moments.append(replace(snapshot))

    def since(self, at: float) -> list[Snapshot]:
        """Return the moments at or after a time, in seconds since the epoch."""
        return [replace(s) for s in tuple(self._moments) if s.at >= at]

    def at(self, at: float) -> Snapshot:
        """Return the moment that was the present at a time; before the first one, the first (or an empty one)."""
        moments = tuple(self._moments) or (Snapshot(),)
        return replace(moments[max(0, bisect_right(moments, at, key=lambda s: s.at) - 1)])

    def __iter__(self) -> Iterator[Snapshot]:
        """Iterate over the moments there are now, oldest first."""
        return (replace(s) for s in tuple(self._moments))

    def __len__(self) -> int:
        """Return how many moments are kept."""
        return len(self._moments)


class Store:
    """Keeps the current snapshot. Not thread-safe: its owner holds a lock (see :mod:`labkit.watch`)."""

    def __init__(self, timeline: Timeline | None = None) -> None:
        self.timeline = timeline if timeline is not None else Timeline()
        self.snapshot = Snapshot()
        self._stale: dict[str, tuple[str, float]] = {}

    def apply(self, change: Change) -> Snapshot:
        """Take in one change and return the snapshot after it, the same one where nothing changed.

        Parameters
        ----------
        change
            Any type but the three of :class:`Change` (a bookmark, say) changes nothing.
        """
        before = self.snapshot.objects.get(change.kind, HashTrieMap())
        if change.type == "DELETED":
            after = before.discard(change.object["metadata"]["uid"])
        elif change.type in {"ADDED", "MODIFIED"}:
            after = _put(before, parse(change.kind, change.object))
        else:
            return self.snapshot
        if after is before or (change.type == "DELETED" and len(after) == len(before)):
            return self.snapshot
        return self._become(objects=self.snapshot.objects.insert(change.kind, after), at=change.at)

    def replace(self, kind: str, objects: Iterable[dict[str, Any]], at: float) -> Snapshot:
        """Take in a whole list of a kind: what is not in it is gone, and the kind is not stale any more."""
        before = self.snapshot.objects.get(kind, HashTrieMap())
        fresh = [parse(kind, raw) for raw in objects]
        after = before
        for uid in set(before) - {obj.uid for obj in fresh}:
            after = after.remove(uid)
        for obj in fresh:
            after = _put(after, obj)
        known = kind in self.snapshot.objects
        if after is not before or not known:
            self._become(objects=self.snapshot.objects.insert(kind, after), at=at)
        return self.mark_fresh(kind, at)

    def mark_stale(self, kind: str, why: str, at: float | None = None) -> Snapshot:
        """Note that a kind cannot be read just now, so that nobody takes the picture for the present."""
        since = self._stale.get(kind, ("", at if at is not None else self.snapshot.at))[1]
        self._stale[kind] = (why, since)
        return self._update_stale(at)

    def mark_fresh(self, kind: str, at: float | None = None) -> Snapshot:
        """Note that a kind is read again."""
        self._stale.pop(kind, None)
        return self._update_stale(at)

    def mark_denied(self, kind: str, why: str) -> Snapshot:
        """Note that we may not read a kind: no failure, but something that the picture lacks."""
        denied = {**self.snapshot.denied, kind: why}
        self._stale.pop(kind, None)
        self._update_stale(None)
        return self.snapshot if denied == self.snapshot.denied else self._become(denied=denied)

    def _update_stale(self, at: float | None) -> Snapshot:
        if not self._stale:
            text, since = None, None
        else:
            kind, (why, since) = min(self._stale.items(), key=lambda item: item[1][1])
            others = len(self._stale) - 1
            # When most kinds fail it is not about them.
            kind = API_SERVER if others >= _MOST or API_SERVER in self._stale else kind
            text = f"{kind}{f' and {others} more' if others and kind != API_SERVER else ''}: {why}"
        if (text, since) == (self.snapshot.stale, self.snapshot.stale_since):
            return self.snapshot
        return self._become(stale=text, stale_since=since, at=self.snapshot.at if at is None else at)

    def _become(self, **changes: Any) -> Snapshot:  # noqa: ANN401 - the fields of Snapshot, checked by replace()
        self.snapshot = replace(self.snapshot, **changes)
        self.timeline.record(self.snapshot)
        return self.snapshot


def _put(objects: HashTrieMap[str, Object], obj: Object) -> HashTrieMap[str, Object]:
    """Return the map with the record in it: the very same map when it has that version already."""
    before = objects.get(obj.uid)
    return objects if before is not None and before == obj else objects.insert(obj.uid, obj)
