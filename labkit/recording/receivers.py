"""Which Pods each Service sends requests to, kept up by changes of its EndpointSlices. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state import EndpointSlice


@dataclass(slots=True)
class Receivers:
    """What the EndpointSlices say.

    Attributes
    ----------
    names
        The names of the Pods that receive requests, by their uid.
    """

    names: dict[str, str] = field(default_factory=dict)
    _slices: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    _of: dict[str, frozenset[str]] = field(default_factory=dict)

    def change(
        self, changed: Iterable[tuple[EndpointSlice | None, EndpointSlice | None]]
    ) -> list[tuple[str, str, str, bool]]:
        """Take in EndpointSlices before and after a change.

        Returns
        -------
        Service, uid of the Pod, its name, and whether it receives requests from now on; False: no more.
        """
        services = set()
        for before, after in changed:
            if before is not None:
                self._slices.get(before.service, {}).pop(before.uid, None)
                services.add(before.service)
            if after is not None:
                # the slice's own name of the Pod: the Pod itself may not have been heard of yet
                self.names |= {e.pod_uid: e.pod_name for e in after.endpoints if e.ready and e.pod_name}
                ready = frozenset(e.pod_uid for e in after.endpoints if e.ready)
                self._slices.setdefault(after.service, {})[after.uid] = ready
                services.add(after.service)
        found = []
        for service in sorted(services):
            was = self._of.get(service, frozenset())
            now = self._of[service] = frozenset().union(*self._slices.get(service, {}).values())
            found += [(service, uid, self.names.get(uid, ""), True) for uid in sorted(now - was)]
            found += [(service, uid, self.names.get(uid, ""), False) for uid in sorted(was - now)]
        for _, uid, _, on in found:
            if not on and not self.has(uid):
                self.names.pop(uid, None)
        return found

    def has(self, uid: str) -> bool:
        """Return whether any Service sends requests to a Pod."""
        return any(uid in uids for uids in self._of.values())
