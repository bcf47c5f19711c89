"""The store: changes in, snapshots out, each with the step that made it. No I/O, and no clock of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rpds import HashTrieMap

from labkit.state.freshness import Freshness
from labkit.state.objects import KINDS
from labkit.state.parse import parse
from labkit.state.sharing import share
from labkit.state.snapshot import Snapshot
from labkit.state.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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


class Store:
    """Keeps the current snapshot. Not thread-safe: its owner holds a lock (see :mod:`labkit.api.watch`).

    Parameters
    ----------
    heard
        Is told of each step and of the snapshot after it, in order: a recording, say.
    """

    def __init__(self, heard: Callable[[Step, Snapshot], None] | None = None) -> None:
        self.snapshot = Snapshot()
        self._heard = heard
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
        obj, unreadable = None, self.snapshot.unreadable
        if change.type == "DELETED":
            unreadable = _noted(unreadable, change.kind, change.object, "")
        elif change.type in {"ADDED", "MODIFIED"}:
            obj, why = _read(change.kind, change.object)
            unreadable = _noted(unreadable, change.kind, change.object, why)
        else:
            return self.snapshot
        uid = _uid(change.object)
        put = (share(obj, before.get(obj.uid)),) if obj is not None and before.get(obj.uid) != obj else ()
        gone = ((change.kind, uid),) if obj is None and uid in before else ()
        return self._take(change.kind, put, gone, unreadable, change.at)

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
        # a list that names an object twice means the last one, whatever it is
        last = {obj.uid: obj for obj in fresh}
        put = tuple(share(obj, before.get(obj.uid)) for obj in last.values() if before.get(obj.uid) != obj)
        gone = tuple((kind, uid) for uid in before if uid not in last)
        if kind not in self.snapshot.objects:
            self._become(Step(at=at, put=put, gone=gone, known=(kind,), marks={"unreadable": unreadable}))
        else:
            self._take(kind, put, gone, unreadable, at)
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
            self._become(Step(at=self.snapshot.at if at is None else at, forgotten=(kind,)))
        return self._update(at)

    def _update(self, at: float | None) -> Snapshot:
        now, then = self._freshness, self.snapshot
        says = {"stale": now.text, "stale_since": now.since, "stale_kinds": now.kinds, "denied": now.denied}
        marks = {name: value for name, value in says.items() if not _equal(getattr(then, name), value)}
        return self._become(Step(at=then.at if at is None else at, marks=marks)) if marks else then

    def _take(
        self,
        kind: str,
        put: tuple[Object, ...],
        gone: tuple[tuple[str, str], ...],
        unreadable: Mapping[str, str],
        at: float,
    ) -> Snapshot:
        """Go on to what follows from a change of one kind; nowhere, if it changes nothing."""
        noted = not _equal(unreadable, self.snapshot.unreadable)
        if not (put or gone or noted):
            return self.snapshot
        return self._become(
            Step(at=at, put=put, gone=gone, known=(kind,), marks={"unreadable": unreadable} if noted else {})
        )

    def _become(self, step: Step) -> Snapshot:
        self.snapshot = step.after(self.snapshot)
        if self._heard is not None:
            self._heard(step, self.snapshot)
        return self.snapshot


def _equal(one: object, other: object) -> bool:
    # never by !=, which is true of two empty maps of rpds (2026.9.1)
    return one == other


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
