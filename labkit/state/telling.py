"""Which events tell more than the objects themselves do, and one for all that say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rpds import HashTrieMap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state.objects import Event

#: Events that only accompany what the objects show anyway.
CHATTER = frozenset({"Pulled", "Pulling", "Created", "Started", "Scheduled", "SuccessfulCreate", "SuccessfulDelete"})


def tells(event: Event) -> bool:
    """Return whether an event says more than the objects: a warning always does."""
    return event.reason not in CHATTER or event.type == "Warning"


def merged(events: Iterable[Event]) -> list[Event]:
    """Return events, oldest first; those that say the same of the same object are one, with their sum."""
    found: dict[tuple[str, str, str], Event] = {}
    for event in sorted(events, key=lambda e: (e.last, e.created, e.name)):
        key = (event.object_uid, event.reason, event.message)
        if before := found.pop(key, None):
            event = replace(  # noqa: PLW2901 - the merged one is the event from here on
                event, count=before.count + event.count, first=min(before.first, event.first)
            )
        found[key] = event
    return list(found.values())


class Telling:
    """The events that tell something. Sorted and merged when somebody asks, and once only.

    Parameters
    ----------
    events
        By uid.
    """

    __slots__ = ("_merged", "events")

    def __init__(self, events: HashTrieMap[str, Event] | None = None) -> None:
        self.events: HashTrieMap[str, Event] = HashTrieMap() if events is None else events
        self._merged: tuple[Event, ...] | None = None

    def after(self, before: Event | None, event: Event | None) -> Telling:
        """Return what it is after an event has come, changed or gone; the very same where that tells nothing."""
        if event is not None and tells(event):
            return Telling(self.events.insert(event.uid, event))
        if before is not None and before.uid in self.events:
            return Telling(self.events.remove(before.uid))
        return self

    @property
    def merged(self) -> tuple[Event, ...]:
        """The events, oldest first, merged."""
        if self._merged is None:
            self._merged = tuple(merged(self.events.values()))
        return self._merged
