"""The store: changes in, snapshots out, and a timeline of all of them. No I/O, and no clock of its own."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rpds import HashTrieMap

from labkit.state.freshness import Freshness
from labkit.state.objects import KINDS
from labkit.state.parse import parse
from labkit.state.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from labkit.state.objects import Object

_LOG = logging.getLogger(__name__)


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
    """Keeps the current snapshot. Not thread-safe: its owner holds a lock (see :mod:`labkit.api.watch`)."""

    def __init__(self, timeline: Timeline | None = None) -> None:
        self.timeline = timeline if timeline is not None else Timeline()
        self.snapshot = Snapshot()
        self._freshness = Freshness()

    # -- what was read -------------------------------------------------------------------------------------------------

    def apply(self, change: Change) -> Snapshot:
        """Take in one change and return the snapshot after it, the same one where nothing changed.

        A change makes no stale kind fresh: more that happened before it may still be on its way.

        Parameters
        ----------
        change
            Any type but the three of :class:`Change` (a bookmark, say) changes nothing.
        """
        before = self.snapshot.objects.get(change.kind, HashTrieMap())
        gone, obj, unreadable = change.type == "DELETED", None, self.snapshot.unreadable
        if not gone:
            if change.type not in {"ADDED", "MODIFIED"}:
                return self.snapshot
            obj, why = _read(change.kind, change.object)
            unreadable = _noted(unreadable, change.kind, change.object, why)
        else:
            unreadable = _noted(unreadable, change.kind, change.object, "")
        after = _put(before, obj) if obj is not None else before.discard(_uid(change.object))
        if after is before or (obj is None and len(after) == len(before)):
            after = before
        if after is before and unreadable == self.snapshot.unreadable:
            return self.snapshot
        objects = self.snapshot.objects.insert(change.kind, after)
        touched = [(change.kind, _uid(change.object))]
        return self._become(touched, objects=objects, unreadable=unreadable, at=change.at)

    def replace(self, kind: str, objects: Iterable[dict[str, Any]], at: float) -> Snapshot:
        """Take in a whole list of a kind: what is not in it is gone, and the kind is neither stale nor denied."""
        before = self.snapshot.objects.get(kind, HashTrieMap())
        unreadable = HashTrieMap({k: v for k, v in self.snapshot.unreadable.items() if not k.startswith(f"{kind}/")})
        fresh: list[Object] = []
        for raw in objects:
            obj, why = _read(kind, raw)
            unreadable = _noted(unreadable, kind, raw, why)
            if obj is not None:
                fresh.append(obj)
        after = before
        for uid in set(before) - {obj.uid for obj in fresh}:
            after = after.remove(uid)
        for obj in fresh:
            after = _put(after, obj)
        known = kind in self.snapshot.objects
        if after is not before or not known or unreadable != self.snapshot.unreadable:
            touched = [(kind, uid) for uid in {*before, *after}]
            self._become(touched, objects=self.snapshot.objects.insert(kind, after), unreadable=unreadable, at=at)
        return self.mark_fresh(kind, at)

    # -- what could not be read ----------------------------------------------------------------------------------------

    def mark_stale(self, kind: str, why: str, at: float | None = None) -> Snapshot:
        """Note that a kind cannot be read just now, so that nobody takes the picture for the present."""
        self._freshness.cut(kind, why, self.snapshot.at if at is None else at)
        return self._update(at)

    def mark_all_stale(self, cause: str, why: str, at: float) -> Snapshot:
        """Note that nothing can be read just now, because of `cause` (such as :data:`API_SERVER`)."""
        for kind in (cause, *KINDS):
            self._freshness.cut(kind, why, at)
        return self._update(at)

    def mark_fresh(self, kind: str, at: float | None = None) -> Snapshot:
        """Note that a kind has been read anew, or that what is no kind (such as :data:`API_SERVER`) answers again."""
        self._freshness.read(kind)
        return self._update(at)

    def mark_denied(self, kind: str, why: str, at: float | None = None) -> Snapshot:
        """Note that we may not read a kind: what was known of it is not the present, and goes."""
        self._freshness.deny(kind, why, self.snapshot.at if at is None else at)
        if kind in self.snapshot.objects:
            touched = [(kind, uid) for uid in self.snapshot.objects[kind]]
            at_ = self.snapshot.at if at is None else at
            self._become(touched, objects=self.snapshot.objects.remove(kind), at=at_)
        return self._update(at)

    def _update(self, at: float | None) -> Snapshot:
        now, then = self._freshness, self.snapshot
        changes = {"stale": now.text, "stale_since": now.since, "stale_kinds": now.kinds, "denied": now.denied}
        if all(getattr(then, name) == value for name, value in changes.items()):
            return then
        return self._become((), **changes, at=then.at if at is None else at)

    def _become(self, touched: Iterable[tuple[str, str]], **changes: Any) -> Snapshot:  # noqa: ANN401 - the fields of Snapshot, checked by replace()
        if "objects" in changes:
            changes["kept"] = self.snapshot.index.after(changes["objects"], touched)
        self.snapshot = replace(self.snapshot, **changes)
        self.timeline.record(self.snapshot)
        return self.snapshot


def _put(objects: HashTrieMap[str, Object], obj: Object) -> HashTrieMap[str, Object]:
    """Return the map with the record in it: the very same map when it has that version already."""
    before = objects.get(obj.uid)
    return objects if before is not None and before == obj else objects.insert(obj.uid, obj)


def _read(kind: str, raw: dict[str, Any]) -> tuple[Object | None, str]:
    """Return the record of an object, or None and why there is none: one odd object must not hide all others."""
    try:
        return parse(kind, raw), ""
    except Exception as error:  # noqa: BLE001 - whatever is odd about it
        return None, f"{type(error).__name__}: {error}"


def _uid(raw: dict[str, Any]) -> str:
    return str((raw.get("metadata") or {}).get("uid", ""))


def _noted(noted: Mapping[str, str], kind: str, raw: dict[str, Any], why: str) -> HashTrieMap[str, str]:
    """Return what could not be read, with or without this object."""
    key = f"{kind}/{(raw.get('metadata') or {}).get('name', '?')}"
    known = HashTrieMap(noted)
    if not why:
        return known.discard(key)
    if key not in known:
        _LOG.warning("%s cannot be understood (%s) and is left out", key, why)
    return known.insert(key, why)
