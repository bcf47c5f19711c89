"""What a moment is in words: a sentence, and its short form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.recording.moment import MomentKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.recording.moment import Moment


def sentence(moment: Moment) -> str:
    """Return what happened in one plain sentence, without its full stop."""
    return _SENTENCES[moment.kind](moment)


def short(moment: Moment) -> str:
    """Return what changed in two or three words, for where there is no room for a sentence."""
    return _SHORT[moment.kind](moment)


def label(name: str) -> str:
    """Return the last part of a Pod's name, by which the board calls it."""
    return name.rpartition("-")[2] or name


def _pod(moment: Moment) -> str:
    version = moment.data.get("version")
    return f"Pod {moment.name} ({version})" if version else f"Pod {moment.name}"


def _pods(count: int) -> str:
    return f"{count} replica" if count == 1 else f"{count} replicas"


def _rollout(moment: Moment) -> str:
    old, new = moment.data["from"], moment.data["to"]
    if old == new:
        return f"Rollout of {moment.app} began: revision {moment.data['revision']}, {new} as before"
    return f"Rollout of {moment.app} began: from {old} to {new}"


def _complete(moment: Moment) -> str:
    took = moment.data["took"]
    after = f" after {took:.1f} s" if took is not None else ""
    return f"Rollout of {moment.app} complete{after}: all its Pods are {moment.data['to']}"


def _stuck(moment: Moment) -> str:
    pod = moment.data.get("pod")
    why = f"Pod {pod} is {moment.data['why']}" if pod else moment.data["why"]
    return f"Rollout of {moment.app} stuck: {why}"


def _lost_node(moment: Moment) -> str:
    if moment.data["why"] == "deleted":
        return f"Node {moment.name} deleted"
    why = f": {moment.data['why']}" if moment.data["why"] else ""
    return f"Node {moment.name} NotReady{why}"


def _created(moment: Moment) -> str:
    return f"Deployment {moment.name} created: {_pods(moment.data['replicas'])} of {moment.data['version']} desired"


_SENTENCES: dict[MomentKind, Callable[[Moment], str]] = {
    MomentKind.NODE_LOST: _lost_node,
    MomentKind.NODE_BACK: lambda m: f"Node {m.name} Ready again",
    MomentKind.CORDONED: lambda m: f"Node {m.name} cordoned: no new Pods are scheduled to it",
    MomentKind.UNCORDONED: lambda m: f"Node {m.name} uncordoned: Pods are scheduled to it again",
    MomentKind.CREATED: _created,
    MomentKind.SCALED: lambda m: f"Deployment {m.name} scaled from {m.data['from']} to {_pods(m.data['to'])}",
    MomentKind.PAUSED: lambda m: f"Rollout of {m.app} paused",
    MomentKind.RESUMED: lambda m: f"Rollout of {m.app} resumed",
    MomentKind.ROLLOUT_BEGAN: _rollout,
    MomentKind.POD_SCHEDULED: lambda m: f"{_pod(m)} scheduled to Node {m.data['node']}",
    MomentKind.POD_STARTED: lambda m: f"{_pod(m)} started",
    MomentKind.POD_READY: lambda m: f"{_pod(m)} Ready",
    MomentKind.POD_JOINED: lambda m: f"{_pod(m)} joined Service {m.data['service']}: it receives requests",
    MomentKind.POD_TERMINATING: lambda m: f"{_pod(m)} Terminating: it was told to end",
    MomentKind.POD_NOT_READY: lambda m: f"{_pod(m)} not Ready any more",
    MomentKind.POD_LEFT: lambda m: f"{_pod(m)} left Service {m.data['service']}: it receives no more requests",
    MomentKind.POD_GONE: lambda m: f"{_pod(m)} gone",
    MomentKind.FIRST_REQUEST: lambda m: f"First request answered by {m.data['version']}",
    MomentKind.REQUEST_LOST: lambda m: f"A request was lost: {m.data['why']}",
    MomentKind.ROLLOUT_STUCK: _stuck,
    MomentKind.ROLLOUT_COMPLETE: _complete,
    MomentKind.DELETED: lambda m: f"Deployment {m.name} deleted",
}

_SHORT: dict[MomentKind, Callable[[Moment], str]] = {
    MomentKind.NODE_LOST: lambda m: f"{m.name} lost",
    MomentKind.NODE_BACK: lambda m: f"{m.name} back",
    MomentKind.CORDONED: lambda m: f"{m.name} cordoned",
    MomentKind.UNCORDONED: lambda m: f"{m.name} uncordoned",
    MomentKind.CREATED: lambda m: f"{m.name} created",
    MomentKind.SCALED: lambda m: f"{m.data['from']} → {m.data['to']} replicas",
    MomentKind.PAUSED: lambda _: "paused",
    MomentKind.RESUMED: lambda _: "resumed",
    MomentKind.ROLLOUT_BEGAN: lambda _: "rollout began",
    MomentKind.POD_SCHEDULED: lambda m: f"{label(m.name)} scheduled",
    MomentKind.POD_STARTED: lambda m: f"{label(m.name)} started",
    MomentKind.POD_READY: lambda m: f"{label(m.name)} Ready",
    MomentKind.POD_JOINED: lambda m: f"{label(m.name)} joined",
    MomentKind.POD_TERMINATING: lambda m: f"{label(m.name)} Terminating",
    MomentKind.POD_NOT_READY: lambda m: f"{label(m.name)} not Ready",
    MomentKind.POD_LEFT: lambda m: f"{label(m.name)} left",
    MomentKind.POD_GONE: lambda m: f"{label(m.name)} gone",
    MomentKind.FIRST_REQUEST: lambda m: f"first answer by {m.data['version']}",
    MomentKind.REQUEST_LOST: lambda _: "request lost",
    MomentKind.ROLLOUT_STUCK: lambda m: f"stuck: {m.data['why']}",
    MomentKind.ROLLOUT_COMPLETE: lambda _: "rollout complete",
    MomentKind.DELETED: lambda m: f"{m.name} deleted",
}
