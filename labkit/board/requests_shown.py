"""The steady client's requests as they stood at the recording's cursor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

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
        "traffic": [each for each in recent if each.at + each.latency <= where.at],
        "counts": requests.counts(where.at),
        # as it was found out later
        "waiting": [each.at for each in recent if each.at + each.latency > where.at],
        "url": url,
    }
