"""What one step of the store changed: small, and enough to make the next snapshot from the one before. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rpds import HashTrieMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.state.objects import Object
    from labkit.state.snapshot import Snapshot

#: The fields of a snapshot that say how far it is to be trusted: whatever it has besides its objects and its time.
MARKS = ("stale", "stale_since", "stale_kinds", "denied", "unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What makes the next snapshot out of the one before.

    Parameters
    ----------
    at
        When it was heard, in seconds since the epoch.
    put
        Records that are new or changed.
    gone
        Kind and uid of what is not there any more.
    known
        Kinds of which something is known from now on, were it that there is none.
    forgotten
        Kinds of which nothing is known any more.
    marks
        Those of :data:`MARKS` that have changed.
    """

    at: float
    put: tuple[Object, ...] = ()
    gone: tuple[tuple[str, str], ...] = ()
    known: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    marks: Mapping[str, Any] = field(default_factory=dict)

    def after(self, before: Snapshot) -> Snapshot:
        """Return the snapshot that follows."""
        objects = before.objects
        touched = [(kind, uid) for kind in self.forgotten for uid in objects.get(kind, ())]
        for kind in self.forgotten:
            objects = objects.discard(kind)
        changed: dict[str, HashTrieMap[str, Object]] = {kind: objects.get(kind, HashTrieMap()) for kind in self.known}
        for kind, uid in self.gone:
            touched.append((kind, uid))
            changed[kind] = _of(changed, objects, kind).discard(uid)
        for record in self.put:
            kind = kind_of(record)
            touched.append((kind, record.uid))
            changed[kind] = _of(changed, objects, kind).insert(record.uid, record)
        for kind, records in changed.items():
            objects = objects.insert(kind, records)
        kept = before.index.after(objects, touched) if self.forgotten or changed else before.kept
        return replace(before, objects=objects, at=self.at, kept=kept, **self.marks)


def whole(snapshot: Snapshot) -> Step:
    """Return the step that makes a snapshot out of an empty one."""
    return Step(
        at=snapshot.at,
        put=tuple(record for records in snapshot.objects.values() for record in records.values()),
        known=tuple(snapshot.objects),
        marks={name: getattr(snapshot, name) for name in MARKS},
    )


def kind_of(record: Object) -> str:
    """Return the kind of a record, such as ``Pod``: its class is named after it."""
    return type(record).__name__


def _of(
    changed: dict[str, HashTrieMap[str, Object]], objects: HashTrieMap[str, HashTrieMap[str, Object]], kind: str
) -> HashTrieMap[str, Object]:
    found = changed.get(kind)
    return found if found is not None else objects.get(kind, HashTrieMap())
