"""What was heard and seen, read into figures: when the API told of each change of a Pod, and when the page showed it.

Pure: the log of a raw watch (``rawwatch.py``) and that of a page (``labpage.py``) go in, numbers come out.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What can be seen of a Pod, in the order of its life.
KINDS = ("appears", "Ready", "Terminating", "gone")

#: (the Pod's uid, one of :data:`KINDS`) → seconds since the epoch.
Times = dict[tuple[str, str], float]

#: The board's classes for these states.
_CLASSES = {"s-ready": "Ready", "s-terminating": "Terminating"}


class NotMeasuredError(Exception):
    """What was to be measured did not happen, so there is no figure."""


def events(lines: Iterable[str]) -> list[tuple[float, dict[str, Any]]]:
    """Return the events of a raw watch's log: seconds since the epoch, and the event as the API sent it.

    A last line that was cut off (the process was ended) is left out.
    """
    found = []
    for line in lines:
        at, _, text = line.partition(" ")
        if line.endswith("\n"):
            found.append((float(at), json.loads(text)))
    return found


def truth(heard: Iterable[tuple[float, Mapping[str, Any]]]) -> Times:
    """Return when each change of each Pod came over a raw watch for the first time.

    Parameters
    ----------
    heard
        What :func:`events` returns.
    """
    times: Times = {}
    for at, event in heard:
        pod = event["object"]
        uid = pod["metadata"]["uid"]
        leaving = "deletionTimestamp" in pod["metadata"]
        said = ["appears"]
        if leaving:
            said.append("Terminating")
        elif is_ready(pod):
            said.append("Ready")
        if event["type"] == "DELETED":
            said = ["gone"]  # the last state comes with it once more, and is none
        for kind in said:
            times.setdefault((uid, kind), at)
    return times


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Return whether a Pod's condition Ready is true."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def shown(log: Iterable[tuple[float, str, str]], ahead: float = 0.0) -> Times:
    """Return when a page showed each change of each Pod for the first time.

    Parameters
    ----------
    log
        Milliseconds since the epoch by the page's clock, the Pod's uid, and the classes of its element; no classes
        where it was taken away.
    ahead
        Seconds that the page's clock is ahead of the machine's.
    """
    times: Times = {}
    for at, uid, classes in log:
        said = ["appears", *(_CLASSES[one] for one in classes.split() if one in _CLASSES)] if classes else ["gone"]
        for kind in said:
            times.setdefault((uid, kind), at / 1000 - ahead)
    return times


@dataclass(frozen=True, slots=True)
class Lags:
    """How one kind of change got to the page.

    Attributes
    ----------
    count
        How many changes the raw watch told of.
    missed
        How many of them the page never showed.
    median, p95
        Seconds from the raw watch to the page, of those that it showed.
    """

    count: int
    missed: int
    median: float
    p95: float


def levels(counts: Iterable[tuple[float, int]], *, down: bool = False) -> list[float]:
    """Return when a count was first as high as 1, 2, 3 …, or with `down` as low as one, two … less than at first.

    Parameters
    ----------
    counts
        Seconds and the count from then on, in order.
    """
    found: list[float] = []
    first: int | None = None
    for at, count in counts:
        first = count if first is None else first
        reached = first - count if down else count
        found += [at] * (reached - len(found))
    return found


def placed_and_ready(
    heard: Iterable[tuple[float, Mapping[str, Any]]], old: set[str]
) -> dict[str, list[tuple[float, int]]]:
    """Return how the Pods that a picture draws on Nodes were counted, as a raw watch told it.

    Parameters
    ----------
    heard
        What :func:`events` returns.
    old
        The uids of those that were there at first.

    Returns
    -------
    dict[str, list[tuple[float, int]]]
        ``placed`` and ``Ready``: how many new ones have a Node, and are Ready; ``gone``: how many old ones are left.
    """
    placed: set[str] = set()
    ready: set[str] = set()
    left = set(old)
    found: dict[str, list[tuple[float, int]]] = {"placed": [], "Ready": [], "gone": [(0.0, len(left))]}
    for at, event in heard:
        pod = event["object"]
        uid = pod["metadata"]["uid"]
        if event["type"] == "DELETED":
            left.discard(uid)
        elif uid not in old and pod["spec"].get("nodeName"):
            placed.add(uid)
            if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]:
                ready.add(uid)
        for kind, group in (("placed", placed), ("Ready", ready), ("gone", left)):
            found[kind].append((at, len(group)))
    return found


def drawn(squares: Iterable[tuple[float, Mapping[str, int]]], old: str) -> dict[str, list[tuple[float, int]]]:
    """Return the same of what a page drew as squares.

    Parameters
    ----------
    squares
        Seconds, and how many there were of each revision and state: ``{"r0 s-ready": 20}``.
    old
        The class of the old revision: ``r0``.
    """
    found: dict[str, list[tuple[float, int]]] = {"placed": [], "Ready": [], "gone": []}
    for at, counts in squares:
        new = {kind: n for kind, n in counts.items() if not kind.startswith(f"{old} ")}
        found["placed"].append((at, sum(new.values())))
        found["Ready"].append((at, sum(n for kind, n in new.items() if kind.endswith("s-ready"))))
        found["gone"].append((at, sum(counts.values()) - sum(new.values())))
    return found


def in_order(true: Sequence[float], seen: Sequence[float]) -> Lags:
    """Compare two of :func:`levels`: the first with the first, the second with the second, and so on.

    Raises
    ------
    NotMeasuredError
        If nothing happened, or nothing of it was seen.
    """
    found = sorted(b - a for a, b in zip(true, seen, strict=False))
    if not found:
        raise NotMeasuredError(f"the API told of {len(true)}, and the page showed none of them")
    return Lags(len(true), max(0, len(true) - len(seen)), median(found), percentile(found, 0.95))


def lags(true: Times, seen: Times, kind: str) -> Lags:
    """Compare what happened with what a page showed.

    Raises
    ------
    NotMeasuredError
        If nothing of that kind happened, or the page showed nothing of it.
    """
    mine = [key for key in true if key[1] == kind]
    found = sorted(seen[key] - true[key] for key in mine if key in seen)
    if not found:
        raise NotMeasuredError(f"{kind}: the API told of {len(mine)} Pods, and the page showed none of them")
    return Lags(len(mine), len(mine) - len(found), median(found), percentile(found, 0.95))


def early(true: Times, seen: Times) -> list[float]:
    """Return by how many seconds changes were seen before the raw watch told of them: so inexact is the truth."""
    return [true[key] - seen[key] for key in true if key in seen and seen[key] < true[key]]


def since(asked: Mapping[str, float], times: Times, kind: str, only: Times) -> float:
    """Return the median of seconds between a request and a kind of change, of the Pods that are in both `times`.

    Parameters
    ----------
    asked
        The Pod's uid → when what led to the change was asked for, in seconds since the epoch.
    times
        When the changes were known to somebody.
    only
        Only changes that are in here too count.
    """
    return median(times[key] - asked[key[0]] for key in times if key[1] == kind and key in only and key[0] in asked)


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that so great a part of the values does not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Frames:
    """How smoothly a page went: frames a second."""

    median: float
    worst: float


def frames(stamps: Sequence[float], begin: float, end: float, window: float = 5.0) -> Frames:
    """Count a page's frames: the median of all seconds, and the worst time of `window` seconds.

    Parameters
    ----------
    stamps
        When each frame was drawn, in seconds, in order.
    begin, end
        What of the time counts, in seconds.
    window
        How long the worst time is, in seconds.

    Raises
    ------
    NotMeasuredError
        If the time is shorter than the window, or no frame was drawn in it.
    """
    inside = [at for at in stamps if begin <= at < end]
    if end - begin < window or not inside:
        raise NotMeasuredError(f"{len(inside)} frames in {end - begin:.1f} s: too little to tell")
    counts = [0] * int(end - begin)
    for at in inside:
        if (index := int(at - begin)) < len(counts):
            counts[index] += 1
    span = int(window)
    sums = [sum(counts[i : i + span]) for i in range(len(counts) - span + 1)]
    return Frames(float(median(counts)), min(sums) / span)
