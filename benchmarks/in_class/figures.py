"""What is measured of a class, as data, and what is counted out of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from benchmarks import samples
from benchmarks.samples import KINDS, Lags, NotMeasuredError, Times

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping

    from benchmarks.in_class.cgroups import Usage

MIB = 2**20

#: The parts of a class that all learners share, besides the labs.
SHARED = ("hub", "proxy", "API server", "etcd")


@dataclass(frozen=True, slots=True)
class Reading:
    """The class at one time.

    Attributes
    ----------
    at
        Seconds by a clock that only goes on.
    machine
        Seconds that this machine's cores have worked, all together.
    own
        Those of them that the benchmark used: itself, Chromium and the raw watch.
    notebooks
        A learner → their notebook's Pod.
    labs
        A learner → the Pods of their lab, added up.
    shared
        One of :data:`SHARED` → what it takes.
    all
        Memory of all Pods of the cluster, in bytes.
    used
        Memory that this machine uses, in bytes.
    """

    at: float
    machine: float
    own: float
    notebooks: dict[str, Usage]
    labs: dict[str, Usage]
    shared: dict[str, Usage]
    all: int
    used: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many cores each was busy with between two readings; a learner is a mean of them."""

    seconds: float
    learner: float
    shared: dict[str, float]
    machine: float
    own: float


def share(before: Reading, after: Reading, learners: Iterable[str]) -> Share:
    """Return the cores between two readings.

    Parameters
    ----------
    before, after
        What was read.
    learners
        Whose notebooks count.
    """
    seconds = after.at - before.at

    def cores(was: Mapping[str, Usage], now: Mapping[str, Usage], name: str) -> float:
        return (now[name].cpu - was[name].cpu) / seconds

    return Share(
        seconds,
        fmean(cores(before.notebooks, after.notebooks, name) for name in learners),
        {name: cores(before.shared, after.shared, name) for name in SHARED},
        (after.machine - before.machine) / seconds,
        (after.own - before.own) / seconds,
    )


@dataclass(frozen=True, slots=True)
class Starts:
    """Servers that were started at once.

    Attributes
    ----------
    seconds
        From each click to JupyterLab.
    refused
        How often the hub said that too many start already.
    cpu
        The seconds of one core that each notebook's container had used when its JupyterLab answered.
    machine
        The seconds of one core that the whole machine used for each.
    hub
        Those of them that the hub used.
    """

    seconds: list[float]
    refused: int
    cpu: list[float]
    machine: float
    hub: float

    @property
    def count(self) -> int:
        """How many."""
        return len(self.seconds)


@dataclass(frozen=True, slots=True)
class Load:
    """How boards kept up with the cluster.

    Attributes
    ----------
    page
        The lags of each kind of change on the page in Chromium, and of ``all``.
    light
        The same of all other learners' boards.
    early
        How many changes were seen before the raw watch told of them, of how many.
    share
        The cores meanwhile.
    kilobytes
        What a learner got by the WebSocket, in kB a second, as a mean.
    lacked
        Messages that a board had missed.
    """

    page: dict[str, Lags]
    light: dict[str, Lags]
    early: tuple[int, int]
    share: Share
    kilobytes: float
    lacked: int


@dataclass(frozen=True, slots=True)
class Work:
    """All run 05 at once.

    Attributes
    ----------
    seconds
        How long each took.
    errors
        What went wrong, and for whom.
    cells
        How many cells each ran.
    notebooks, labs
        The most memory of each learner's notebook, and of the Pods of their lab together, in bytes.
    pods
        The most Pods of one lab at a time.
    cpu
        The seconds of one core that the whole machine used for each learner, without what the benchmark used.
    notebook_cpu
        Those of them that the notebook's Pod used.
    killed
        Containers that ran out of memory: more than their limit.
    refused
        Pods that a lab's quota refused.
    """

    seconds: list[float]
    errors: list[str]
    cells: int
    notebooks: list[int]
    labs: list[int]
    pods: int
    cpu: float
    notebook_cpu: float
    killed: int
    refused: int


@dataclass(frozen=True, slots=True)
class Stage:
    """The class with so many learners.

    Attributes
    ----------
    learners
        Who is in.
    starts
        The last that came in, together.
    fresh
        Memory of the notebooks of those, before they opened one.
    rest, boards
        Readings without notebooks, and with a notebook and a board each.
    rest_share, boards_share
        The cores meanwhile, nothing happening.
    watches
        Those on the API server, at rest and with boards.
    stored
        Bytes of etcd's database.
    database
        Bytes of the hub's.
    opened
        Seconds from opening a notebook until its board was live, all at once.
    again
        What went wrong in first cells, which were run again.
    calm, busy
        How boards kept up in a calm class, and while all run 05.
    work
        What that took.
    """

    learners: list[str]
    starts: list[Starts]
    fresh: list[int]
    rest: Reading
    boards: Reading
    rest_share: Share
    boards_share: Share
    watches: tuple[Counter[str], Counter[str]]
    stored: float
    database: float
    opened: list[float]
    again: list[str]
    calm: Load
    busy: Load
    work: Work


@dataclass(frozen=True, slots=True)
class Class:
    """All that was measured of a class.

    Attributes
    ----------
    jupyterhub
        Its version.
    nodes
        The cluster's.
    pods
        The cluster's, the class being up and nobody in.
    settings
        The class's values.
    empty
        What everything took then.
    watches
        Those on the API server, before the class was up and after it.
    stored
        Bytes of etcd's database then.
    at_once
        The start of all servers at once, by learners who have no files yet.
    database
        Bytes of the hub's database after it.
    stages
        The class with more and more learners.
    failed
        Why a stage could not be measured; empty where all were.
    """

    jupyterhub: str
    nodes: list[dict[str, Any]]
    pods: list[dict[str, Any]]
    settings: Mapping[str, Any]
    empty: Reading
    watches: tuple[Counter[str], Counter[str]]
    stored: float
    at_once: Starts
    database: float
    stages: list[Stage]
    failed: str = ""


def stable(pod: Mapping[str, Any]) -> bool:
    """Tell whether a Pod is of the Deployment hello, which the boards show."""
    labels = pod["metadata"].get("labels", {})
    return bool(labels.get("app") == "hello" and labels.get("track") == "stable")


def heard(events: Iterable[tuple[float, Mapping[str, Any]]], begin: float) -> dict[str, Times]:
    """Return what a raw watch told of each namespace's hello since a time; what was there before is no change.

    Parameters
    ----------
    events
        What :func:`benchmarks.samples.events` returns.
    begin
        In seconds since the epoch.
    """
    of: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
    for at, event in events:
        if stable(event["object"]):
            of.setdefault(event["object"]["metadata"]["namespace"], []).append((at, event))
    return {
        namespace: {key: at for key, at in samples.truth(those).items() if at >= begin}
        for namespace, those in of.items()
    }


def lags(pairs: Iterable[tuple[Times, Times]]) -> dict[str, Lags]:
    """Return how late each kind of change was, and ``all`` of them, of several boards together.

    Parameters
    ----------
    pairs
        What the API told of a namespace, and what its board showed.

    Raises
    ------
    NotMeasuredError
        If nothing happened.
    """
    late: dict[str, list[float]] = {}
    missed: dict[str, int] = {}
    for true, seen in pairs:
        for key, at in true.items():
            for kind in (key[1], "all"):
                if key in seen:
                    late.setdefault(kind, []).append(seen[key] - at)
                else:
                    missed[kind] = missed.get(kind, 0) + 1
    if not late:
        raise NotMeasuredError("the API told of nothing that a board showed")
    return {kind: _lags(late[kind], missed.get(kind, 0)) for kind in (*KINDS, "all") if kind in late}


def _lags(late: list[float], missed: int) -> Lags:
    return Lags(len(late) + missed, missed, median(late), samples.percentile(late, 0.95))


def killed(events: Iterable[tuple[float, Mapping[str, Any]]]) -> int:
    """Return how many containers ran out of memory, of those that a raw watch told of."""
    found = {
        (event["object"]["metadata"]["uid"], one["name"])
        for _, event in events
        for one in event["object"].get("status", {}).get("containerStatuses", ())
        for state in (one.get("state", {}), one.get("lastState", {}))
        if state.get("terminated", {}).get("reason") == "OOMKilled"
    }
    return len(found)


def most_pods(events: Iterable[tuple[float, Mapping[str, Any]]]) -> int:
    """Return the most Pods that one lab had at a time, those that are Terminating included."""
    there: dict[str, set[str]] = {}
    most = 0
    for _, event in events:
        metadata = event["object"]["metadata"]
        pods = there.setdefault(metadata["namespace"], set())
        if event["type"] == "DELETED":
            pods.discard(metadata["uid"])
        else:
            pods.add(metadata["uid"])
        if metadata["namespace"].startswith("lab-"):
            most = max(most, len(pods))
    return most
