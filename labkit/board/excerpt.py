"""What there is to draw of a recording, time by time, and what is told of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.board.picture.backing import backing_of, behind
from labkit.board.picture.requests_strip import WINDOW
from labkit.board.replay_data import Shown, Told
from labkit.errors import LabError
from labkit.recording.moment import MomentKind
from labkit.recording.moment_words import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.recording.moment import Moment
    from labkit.recording.requests import Request
    from labkit.recording.source import Source
    from labkit.state import Snapshot

#: Seconds between two pictures of running requests.
_STRIP = 0.25
#: Requests that were lost one after the other, not further apart than this in seconds, are one row.
_ROW = 2.0
#: So many of the last requests are drawn: more than fit into the strip.
_DRAWN = 600


def excerpt(source: Source, begin: float | None = None, end: float | None = None) -> list[Shown]:
    """Return what there is to draw of a recording: each of its changes, and more where requests go on meanwhile.

    Parameters
    ----------
    source
        The recording; where its cursor is does not matter.
    begin, end
        From when to when, in seconds since the epoch. By default all of it, from when everything had been read.

    Raises
    ------
    LabError
        If there is nothing in that time.
    """
    first, last = source.span
    last = last if end is None else min(end, last)
    first = first if begin is None else max(begin, first)
    snapshots = _read(source, first, last) if first <= last else []
    if not snapshots:
        raise LabError(
            "There is nothing to replay: nothing was recorded in that time.",
            remedy="a time within the recording's span",
        )
    times = {at: snapshot for at, snapshot in snapshots}  # noqa: C416 - of those of one instant the last counts
    first = min(times)
    requests = source.requests.between(first, last)
    ticking = _ticking(requests, first, last)
    found: list[Shown] = []
    snapshot = snapshots[0][1]
    for at in sorted({*times, *ticking, last}):
        snapshot = times.get(at, snapshot)
        # from the beginning on: nothing moves down when the first request comes
        found.append(Shown(at, snapshot, _requests(source, at) if requests else {}))
    return found


def snapshots(source: Source) -> list[Snapshot]:
    """Return all that there was of a recording, from when everything had been read."""
    return [snapshot for _, snapshot in _read(source, *source.span)]


def _ticking(requests: Sequence[Request], first: float, last: float) -> list[float]:
    """Return the times at which the strip of requests is drawn anew: until the last of them has left it."""
    if not requests:
        return []
    begin = requests[0].at
    end = min(last, max(request.at + request.latency for request in requests) + WINDOW)
    return [at for i in range(int((end - begin) / _STRIP) + 2) if first <= (at := begin + i * _STRIP) <= last]


def told(source: Source, shown: list[Shown], focus: str | None = None) -> list[Told]:
    """Return the moments in that time, oldest first; of a row of requests that were lost, one for all of them.

    Parameters
    ----------
    source
        The recording.
    shown
        What is drawn of it.
    focus
        Of Deployments only this one counts, and what stands behind the same Services; all of them when None.
    """
    begin, end = shown[0].at, shown[-1].at
    apps = _apps(shown, focus)
    found: list[Told] = []
    lost: list[Moment] = []  # the row so far
    row = 0  # its place in what was found
    for moment in source.moments:
        if not begin <= moment.at <= end or (apps and moment.app and moment.app not in apps):
            continue
        if moment.kind is MomentKind.REQUEST_LOST:
            if lost and moment.at - lost[-1].at > _ROW:
                lost.clear()
            lost.append(moment)
            if len(lost) > 1:
                words = f"{len(lost)} requests were lost in {moment.at - lost[0].at:.1f} s"
                found[row] = Told(lost[0].at, moment.kind.value, words)
                continue
            row = len(found)
        found.append(Told(moment.at, moment.kind.value, sentence(moment), moment.app, _key(moment)))
    return found


def _apps(shown: list[Shown], focus: str | None) -> set[str]:
    """Return the names of the Deployments that are seen; nothing where all are."""
    if focus is None:
        return set()
    looks = (shown[i * (len(shown) - 1) // 8].snapshot for i in range(9))
    return {focus} | {d.name for look in looks if look.deployment(focus) for d in behind(backing_of(look), focus)[0]}


def _key(moment: Moment) -> str:
    """Return the key of the element that stands for what a moment is about (:mod:`labkit.board.picture`)."""
    kind, name, uid = moment.subject
    return {"Pod": f"pod:{uid}", "Node": f"node:{name}", "Deployment": f"card:{uid}"}.get(kind, "")


def _read(source: Source, begin: float, end: float) -> list[tuple[float, Snapshot]]:
    """Return the snapshots, each with when it became known; without those before everything had been read."""
    found: list[tuple[float, Snapshot]] = []
    at = begin
    for snapshot in (source.timeline.at(begin), *source.timeline.between(begin, end)):
        at = max(at, snapshot.at)  # a clock may be put back: the order is that in which it was heard
        found.append((at, snapshot))
    whole = next((i for i, (_, snapshot) in enumerate(found) if snapshot.stale or not snapshot.outdated), 0)
    return [each for each in found[whole:] if each[1].objects]


def _requests(source: Source, at: float) -> dict[str, object]:
    """Return what the picture is told of the requests at a time."""
    return {
        "traffic": source.requests.until(at, _DRAWN),
        "counts": source.requests.counts(at),
        "now": at,
        "waiting": source.requests.under_way(at),
        "url": source.facts.front_door,
    }
