"""The steady client's requests as a picture shows them: the live one at its cursor, and a still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from labkit.board.picture.requests_strip import WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.picture.requests_strip import Counts, Tick
    from labkit.board.timelines import Where
    from labkit.recording.requests import Requests


class Traffic(Protocol):
    """A steady client, as far as the board looks at it (see :mod:`labkit.app.traffic`)."""

    url: str

    @property
    def ticks(self) -> Sequence[Tick]: ...  # noqa: D102 - the last requests, oldest first
    @property
    def under_way(self) -> Sequence[float]: ...  # noqa: D102 - when those were due that wait, seconds since the epoch
    @property
    def summary(self) -> Counts: ...  # noqa: D102 - what became of all of them
    @property
    def running(self) -> bool: ...  # noqa: D102 - whether more will come


class Recorded(Protocol):
    """A recording's requests, as far as a still looks at them (see :mod:`labkit.recording.requests`)."""

    def between(self, begin: float, end: float) -> Sequence[Tick]: ...  # noqa: D102 - those due then, oldest first
    def counts(self, at: float) -> Counts: ...  # noqa: D102 - what had become of all of them at a time


class Asked(TypedDict, total=False):
    """What a still is given of the requests."""

    traffic: Sequence[Tick]
    counts: Counts


def requests_until(requests: Recorded, at: float) -> Asked:
    """Return what a still of a time (seconds since the epoch) is given of the requests.

    Nothing where none was over lately: the client had stopped, and an empty strip would read as requests lost.
    """
    ticks = _over(requests.between(at - WINDOW, at), at)
    return {"traffic": ticks, "counts": requests.counts(at)} if ticks else {}


def requests_now(client: Traffic, at: float) -> Asked:
    """Return the same of a steady client, for a still of the present."""
    ticks = client.ticks
    return {"traffic": ticks, "counts": client.summary} if ticks and at - ticks[-1].at <= WINDOW else {}


def requests_shown(where: Where, client: Traffic | None, requests: Requests, url: str = "") -> dict[str, Any]:
    """Return what :func:`labkit.board.picture.scene` is given of the requests; nothing where there never was one.

    Parameters
    ----------
    where
        Where the cursor is.
    client
        The steady client that runs now, if there is one: at the present it knows more than what is over.
    requests
        Those that are recorded.
    url
        Where they went, if no client can tell.
    """
    url = client.url if client is not None else url
    if where.live and client is not None:
        # the strip goes on also while no answer comes
        now = time.time() if client.running else None
        return {
            "traffic": client.ticks,
            "counts": client.summary,
            "now": now,
            "waiting": client.under_way,
            "url": url,
        }
    at = {} if where.live else {"now": where.at}
    if client is None and (where.live or not len(requests)):
        return {**at}
    recent = requests.between(where.at - WINDOW, where.at)
    return {
        **at,
        "traffic": _over(recent, where.at),
        "counts": requests.counts(where.at),
        # as it was found out later
        "waiting": [each.at for each in recent if each.at + each.latency > where.at],
        "url": url,
    }


def _over(requests: Sequence[Tick], at: float) -> list[Tick]:
    """Return those of some requests that were over at a time."""
    return [each for each in requests if each.at + each.latency <= at]
