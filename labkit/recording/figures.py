"""Chooses the times of a recording that tell a rollout, a scaling or the loss of a Node: the lesson's figures. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from labkit.recording.moment import Moment, MomentKind, tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labkit.state import Snapshot

#: Seconds by which "before" is before: less than there is between any two changes, more than a float's last digit.
_BEFORE = 1e-5


class FigureKind(StrEnum):
    """What a figure shows."""

    BEFORE = "before"
    NEW_POD = "new pod"
    NEW_JOINED = "new joined"
    OLD_LEFT = "old left"
    HALF = "half"
    STUCK = "stuck"
    HELD = "held"
    COMPLETE = "complete"
    AFTER = "after"
    SCALED = "scaled"
    ALL_SCHEDULED = "all scheduled"
    ALL_JOINED = "all joined"
    ALL_LEFT = "all left"
    NODE_LOST = "node lost"
    NODE_LEFT = "node left"
    REPLACED = "replaced"
    NODE_BACK = "node back"
    MOMENT = "moment"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Figure:
    """One time of a recording that is worth a picture.

    Parameters
    ----------
    at
        Seconds since the epoch.
    kind
        What it shows.
    data
        What its sentence needs: `moment`, or names and numbers.
    """

    at: float
    kind: FigureKind
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures that belong together.

    Parameters
    ----------
    what
        ``rollout``, ``scale``, ``node-loss``; empty where somebody chose the times.
    app
        The Deployment that they are about; empty where they are about none alone.
    begin
        What their times are counted from, in seconds since the epoch.
    figures
        Oldest first.
    data
        What the heading needs.
    """

    what: str
    app: str
    begin: float
    figures: tuple[Figure, ...]
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


#: What there is to tell → the moment that it begins with.
BEGINNINGS = {
    "rollout": MomentKind.ROLLOUT_BEGAN,
    "scale": MomentKind.SCALED,
    "node-loss": MomentKind.NODE_LOST,
}


def beginnings(moments: Sequence[Moment], what: str, app: str = "") -> list[Moment]:
    """Return the moments with which such things began, oldest first.

    Parameters
    ----------
    moments
        All of a recording, oldest first.
    what
        One of :data:`BEGINNINGS`.
    app
        The Deployment; any when it is empty. The loss of a Node counts for each of them.
    """
    kind = BEGINNINGS[what]
    return [m for m in moments if m.kind is kind and (not app or m.app == app or what == "node-loss")]


def rollout(moments: Sequence[Moment], began: Moment) -> Figures:
    """Return the figures of one rollout, from before it to when the last old Pod is gone."""
    own = _of(moments, began)
    revision = began.data["revision"]
    new = [m for m in own if m.data.get("revision") == revision]
    done = _all(new, MomentKind.ROLLOUT_COMPLETE)
    old = [m for m in own if m.subject[0] == "Pod" and m.data["revision"] != revision]
    joined, left = (_each_pod_once(_all(o, k)) for o, k in ((new, MomentKind.POD_JOINED), (old, MomentKind.POD_LEFT)))
    gone = _all(old, MomentKind.POD_GONE)
    found = [Figure(began.at - _BEFORE, FigureKind.BEFORE)]
    found += _first(new, MomentKind.POD_SCHEDULED, FigureKind.NEW_POD)
    found += _first(joined, MomentKind.POD_JOINED, FigureKind.NEW_JOINED)
    found += _first(left, MomentKind.POD_LEFT, FigureKind.OLD_LEFT)
    found += _first(new, MomentKind.ROLLOUT_STUCK, FigureKind.STUCK)
    if len(left) > 2:  # noqa: PLR2004 - with two of them the first and the last are all there is
        middle = left[len(left) // 2]
        found.append(Figure(middle.at, FigureKind.HALF, {"moment": middle}))
    found += _first(done, MomentKind.ROLLOUT_COMPLETE, FigureKind.COMPLETE)
    if done and gone and gone[-1].at > done[0].at:
        found.append(Figure(gone[-1].at, FigureKind.AFTER, {"moment": gone[-1]}))
    if not done and len(found) > 1:
        found.append(Figure(_end(moments, began), FigureKind.HELD))
    return _figures("rollout", began, found, {k: began.data[k] for k in ("revision", "from", "to")})


def scale(moments: Sequence[Moment], scaled: Moment) -> Figures:
    """Return the figures of one scaling, up or down, from before it to when it is done."""
    own = _of(moments, scaled)
    up = scaled.data["to"] > scaled.data["from"]
    found = [Figure(scaled.at - _BEFORE, FigureKind.BEFORE), Figure(scaled.at, FigureKind.SCALED, {"moment": scaled})]
    if up:
        found += _last(own, MomentKind.POD_SCHEDULED, FigureKind.ALL_SCHEDULED)
        joined = _each_pod_once(_all(own, MomentKind.POD_JOINED))
        found += _first(joined[:-1], MomentKind.POD_JOINED, FigureKind.NEW_JOINED)
        found += _last(joined, MomentKind.POD_JOINED, FigureKind.ALL_JOINED)
    else:
        left = _each_pod_once(_all(own, MomentKind.POD_LEFT))
        found += _first(left[:-1], MomentKind.POD_LEFT, FigureKind.OLD_LEFT)
        found += _last(left, MomentKind.POD_LEFT, FigureKind.ALL_LEFT)
        found += _last(own, MomentKind.POD_GONE, FigureKind.AFTER)
    return _figures("scale", scaled, found, {k: scaled.data[k] for k in ("from", "to")})


def node_loss(moments: Sequence[Moment], lost: Moment, app: str = "") -> Figures:
    """Return the figures of the loss of a Node: from before it to when it is back, if it came back."""
    later = moments[moments.index(lost) :]
    back = next((m for m in later if m.kind is MomentKind.NODE_BACK and m.name == lost.name), None)
    own = [m for m in later if m.subject[0] == "Pod" and (back is None or m.at <= back.at)]
    own = [m for m in own if not app or m.app == app]
    there = [m for m in own if m.data.get("node") == lost.name]
    elsewhere = [m for m in own if m.data.get("node") != lost.name]
    found = [Figure(lost.at - _BEFORE, FigureKind.BEFORE), Figure(lost.at, FigureKind.NODE_LOST, {"moment": lost})]
    found += _last(there, MomentKind.POD_LEFT, FigureKind.NODE_LEFT)
    found += _last(elsewhere, MomentKind.POD_SCHEDULED, FigureKind.REPLACED)
    found += _last(elsewhere, MomentKind.POD_JOINED, FigureKind.ALL_JOINED)
    if back is not None:
        found.append(Figure(back.at, FigureKind.NODE_BACK, {"moment": back}))
    apps = [app] if app else [name for name, _ in Counter(m.app for m in there if m.app).most_common(1)]
    made = _figures("node-loss", lost, found, {"node": lost.name})
    return Figures(made.what, apps[0] if apps else "", made.begin, made.figures, made.data)


def chosen(times: Sequence[Moment | float], app: str = "") -> Figures:
    """Return the figures of moments or times that somebody chose."""
    found = [
        Figure(each.at, FigureKind.MOMENT, {"moment": each})
        if isinstance(each, Moment)
        else Figure(float(each), FigureKind.TIME)
        for each in times
    ]
    found.sort(key=lambda figure: figure.at)
    if not app:
        apps = {each.app for each in times if isinstance(each, Moment) and each.app}
        app = apps.pop() if len(apps) == 1 else ""
    return Figures("", app, found[0].at if found else 0.0, tuple(found))


def counts(snapshot: Snapshot, app: str) -> dict[str, Any]:
    """Return what a sentence about a time may say of a Deployment's Pods.

    Returns
    -------
    ``desired``; ``receiving``: version → Pods to which a Service sends requests, and whose Node answers; ``ready``,
    ``terminating`` and ``missing`` (desired and not Ready); ``surge`` and ``unavailable``: the rollout's bounds.
    """
    deployment = snapshot.deployment(app)
    if deployment is None:
        return {}
    receivers = frozenset().union(*(snapshot.reached(s.name) for s in snapshot.services()))
    pods = snapshot.pods_of(deployment)
    alive = [pod for pod in pods if not pod.terminating]
    return {
        "desired": deployment.desired,
        "receiving": Counter(tag([c.image for c in pod.containers]) for pod in pods if pod.uid in receivers),
        "ready": sum(pod.ready and not snapshot.lost(pod) for pod in alive),
        "terminating": len(pods) - len(alive),
        "pods": len(alive),
        "surge": deployment.max_surge,
        "unavailable": deployment.max_unavailable,
    }


# -- inside ------------------------------------------------------------------------------------------------------------


def _of(moments: Sequence[Moment], first: Moment) -> list[Moment]:
    """Return the moments of the same app from `first` on, until the next such thing begins."""
    end = _end(moments, first)
    return [m for m in moments[moments.index(first) :] if m.app == first.app and m.at <= end]


def _end(moments: Sequence[Moment], first: Moment) -> float:
    """Return when what began with `first` was over: just before its app's next rollout, scaling or end."""
    ends = {MomentKind.ROLLOUT_BEGAN, MomentKind.SCALED, MomentKind.DELETED}
    later = (m for m in moments[moments.index(first) + 1 :] if m.app == first.app and m.kind in ends)
    following = next(later, None)
    return following.at - _BEFORE if following is not None else moments[-1].at


def _all(moments: Sequence[Moment], kind: MomentKind) -> list[Moment]:
    return [m for m in moments if m.kind is kind]


def _each_pod_once(moments: Sequence[Moment]) -> list[Moment]:
    """Return the first of each Pod's moments: it may join, or leave, several Services."""
    found: dict[tuple[str, str, str], Moment] = {}
    for moment in moments:
        found.setdefault(moment.subject, moment)
    return list(found.values())


def _first(moments: Sequence[Moment], kind: MomentKind, figure: FigureKind) -> list[Figure]:
    return [Figure(m.at, figure, {"moment": m}) for m in _all(moments, kind)[:1]]


def _last(moments: Sequence[Moment], kind: MomentKind, figure: FigureKind) -> list[Figure]:
    return [Figure(m.at, figure, {"moment": m}) for m in _all(moments, kind)[-1:]]


def _figures(what: str, first: Moment, found: list[Figure], data: dict[str, Any]) -> Figures:
    """Return the figures in the order in which they happened; of two of one time the one that came first in `found`."""
    at_once: dict[float, Figure] = {}
    for figure in found:
        at_once.setdefault(figure.at, figure)
    return Figures(what, first.app, first.at, tuple(sorted(at_once.values(), key=lambda f: f.at)), data)
