"""Which kinds are not the present, since when, and why. Pure: its owner says what happened and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpds import HashTrieMap

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What is stale when more than single kinds are.
API_SERVER = "API server"
#: What is stale when nobody reads any more.
WATCH = "watch"
#: How many stale kinds, besides the first, are not about those kinds.
_MOST = 3
#: Kinds that stand outside every namespace: who may read only their own namespace goes on without them.
OPTIONAL = frozenset({"Namespace", "Node"})


def resource(kind: str) -> str:
    """Return a kind's name as kubectl takes it, such as ``pods`` (true of every kind that the kit reads)."""
    return f"{kind.lower()}s"


class Freshness:
    """Keeps what is stale and what is denied.

    A kind is *stale* from the moment in which it was cut off, or in which we lost the right to read it, until it has
    been read anew. It is *denied* as long as we may not read it. Kinds outside the namespace that we never could read
    are denied and not stale: the lesson goes on without them.
    """

    def __init__(self) -> None:
        self._stale: dict[str, tuple[str, float]] = {}
        self._denied: dict[str, str] = {}
        self._had: set[str] = set()

    def cut(self, kind: str, why: str, at: float) -> None:
        """Note that a kind cannot be read just now; the first reason stays, with its time."""
        if kind not in self._denied:
            self._stale.setdefault(kind, (why, at))

    def read(self, kind: str) -> None:
        """Note that a kind has been read, whole, after all that was noted before."""
        self._had.add(kind)
        self._stale.pop(kind, None)
        self._denied.pop(kind, None)

    def deny(self, kind: str, why: str, at: float) -> None:
        """Note that we may not read a kind, with the API server's words.

        Where it could be read before, what is known of it is not the present, whatever kind it is.
        """
        before = self._stale.pop(kind, None)
        had = kind in self._had
        if had or kind not in OPTIONAL:
            since = before[1] if before else at
            more = " any more" if had else ""
            self._stale[kind] = (f"may not be read{more} (kubectl auth can-i list {resource(kind)})", since)
        self._denied[kind] = why

    @property
    def kinds(self) -> Mapping[str, str]:
        """What is stale → why."""
        return HashTrieMap({kind: why for kind, (why, _) in self._stale.items()})

    @property
    def denied(self) -> Mapping[str, str]:
        """Kinds that we may not read → why, in the API server's words."""
        return HashTrieMap(self._denied)

    @property
    def since(self) -> float | None:
        """When the first of what is stale went stale, in seconds since the epoch; None when nothing is."""
        return min((since for _, since in self._stale.values()), default=None)

    @property
    def text(self) -> str | None:
        """What is stale and why, such as ``Pod: connection refused``; None when nothing is."""
        if not self._stale:
            return None
        kind, (why, _) = min(self._stale.items(), key=lambda item: item[1][1])
        others = len(self._stale) - 1
        for whole in (WATCH, API_SERVER):
            if whole in self._stale:
                return f"{whole}: {self._stale[whole][0]}"
        if others >= _MOST:
            return f"{API_SERVER}: {why}"
        return f"{kind}{f' and {others} more' if others else ''}: {why}"
