"""What the figures of a recording say: a heading, and a sentence for each."""

from __future__ import annotations

from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from labkit.recording.figures import Figure, FigureKind, Figures, counts
from labkit.recording.moment_words import label, sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.state import Snapshot


def heading(told: Figures) -> str:
    """Return what all of the figures are about."""
    data = told.data
    if told.what == "rollout":
        if data["from"] == data["to"]:
            return f"Rollout of {told.app}: revision {data['revision']}, {data['to']} as before"
        return f"Rollout of {told.app}: from {data['from']} to {data['to']}"
    if told.what == "scale":
        return f"Deployment {told.app} scaled from {data['from']} to {_replicas(data['to'])}"
    if told.what == "node-loss":
        return f"Node {data['node']} lost"
    return f"Deployment {told.app}" if told.app else "Moments of the recording"


def caption(figure: Figure, told: Figures, snapshot: Snapshot) -> str:
    """Return what one figure shows, in a sentence or two.

    Parameters
    ----------
    figure, told
        The figure, and all that it belongs to.
    snapshot
        What was the present at its time: the numbers are its own.
    """
    return _CAPTIONS[figure.kind](_Words(figure, told, snapshot))


def when(figure: Figure, told: Figures) -> str:
    """Return the time of a figure, counted from where they begin."""
    return "before" if figure.kind is FigureKind.BEFORE else f"+{max(0.0, figure.at - told.begin):.1f} s"


class _Words:
    """What the sentences of one figure are made of."""

    def __init__(self, figure: Figure, told: Figures, snapshot: Snapshot) -> None:
        self.figure, self.told, self.snapshot = figure, told, snapshot
        self.moment: Any = figure.data.get("moment")
        self.counts = counts(snapshot, told.app)

    @property
    def pod(self) -> str:
        """The Pod of the moment, by its last name and with its version."""
        version = self.moment.data["version"]
        return f"{label(self.moment.name)} ({version})" if version else label(self.moment.name)

    @property
    def receiving(self) -> str:
        """How many Pods of which version receive requests; without a Service, how many are Ready."""
        if not self.counts:
            return "there is no such Deployment"
        found = sorted(self.counts["receiving"].items())
        if not found and not self.counts["ready"]:
            return "no Pod is Ready"
        if not found:
            return f"{self.counts['ready']} of {self.counts['desired']} Pods Ready"
        (version, count), *rest = found
        said = " and ".join([f"{_pods(count)} of {version}", *(f"{n} of {v}" for v, n in rest)])
        several = sum(n for _, n in found) > 1
        return f"{said} receive{'' if several else 's'} requests"

    @property
    def terminating(self) -> str:
        """How many Pods are Terminating, as the end of a sentence; empty where none is."""
        count = self.counts.get("terminating", 0)
        return f"; {_pods(count)} {'is' if count == 1 else 'are'} Terminating" if count else ""

    def node(self, name: str | None) -> str:
        """Return a Node's name as the board has it: without what all of them begin with."""
        names = [n.name for n in self.snapshot.nodes()]
        head, dash, _ = commonprefix(names).rpartition("-")  # noqa: RUF071 - letter by letter is what is wanted
        return (name or "?").removeprefix(head + dash)

    @property
    def placed(self) -> str:
        """How many of the Deployment's Pods each Node has, of those that are not Terminating."""
        deployment = self.snapshot.deployment(self.told.app)
        pods = self.snapshot.pods_of(deployment) if deployment is not None else []
        nodes = [self.node(p.node) for p in pods if p.node and not p.terminating and not self.snapshot.lost(p)]
        return ", ".join(f"{nodes.count(node)} on {node}" for node in sorted(set(nodes)))


def _replicas(count: int) -> str:
    return f"{count} replica{'' if count == 1 else 's'}"


def _pods(count: int) -> str:
    return f"{count} Pod{'' if count == 1 else 's'}"


def _left(w: _Words) -> str:
    pod = w.snapshot.pod(w.moment.name)
    why = "is Terminating" if pod is not None and pod.terminating else "is not Ready"
    return f"Old Pod {w.pod} {why}: first it loses its requests, then it stops. {_upper(w.receiving)}."


def _complete(w: _Words) -> str:
    took = w.moment.data["took"]
    after = f" after {took:.1f} s" if took is not None else ""
    return f"Complete{after}: {w.receiving}{w.terminating}."


def _scaled(w: _Words) -> str:
    desired, pods = w.counts.get("desired", 0), w.counts.get("pods", 0)
    more = f": {desired - pods} to come" if desired > pods else f": {pods - desired} too many" if pods > desired else ""
    return f"Desired: {_replicas(desired)}. Current: {_pods(pods)}{more}."


def _node_left(w: _Words) -> str:
    return f"The Service sends nothing to {w.node(w.told.data['node'])} any more: {w.receiving}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


_CAPTIONS: dict[FigureKind, Callable[[_Words], str]] = {
    FigureKind.BEFORE: lambda w: f"{_upper(w.receiving)}{w.terminating}.",
    FigureKind.NEW_POD: lambda w: (
        f"New Pod {w.pod} is scheduled to {w.node(w.moment.data['node'])}. {_upper(w.receiving)}."
    ),
    FigureKind.NEW_JOINED: lambda w: f"New Pod {w.pod} is Ready, and gets its line: {w.receiving}.",
    FigureKind.OLD_LEFT: _left,
    FigureKind.HALF: lambda w: f"One after the other: {w.receiving}{w.terminating}.",
    FigureKind.STUCK: lambda w: f"{sentence(w.moment)}. {_upper(w.receiving)}.",
    FigureKind.HELD: lambda w: f"And there it stays: {w.receiving}.",
    FigureKind.COMPLETE: _complete,
    FigureKind.AFTER: lambda w: f"The last Pod that had to go is gone: {w.receiving}.",
    FigureKind.SCALED: _scaled,
    FigureKind.ALL_SCHEDULED: lambda w: f"Every Pod has its Node: {w.placed}. {_upper(w.receiving)}.",
    FigureKind.ALL_JOINED: lambda w: (
        f"{w.counts.get('ready', 0)} of {w.counts.get('desired', 0)} Ready: {w.receiving}."
    ),
    FigureKind.ALL_LEFT: lambda w: f"{_upper(w.receiving)}{w.terminating}.",
    FigureKind.NODE_LOST: lambda w: f"Node {w.node(w.told.data['node'])} does not answer: it is NotReady.",
    FigureKind.NODE_LEFT: _node_left,
    FigureKind.REPLACED: lambda w: f"Its Pods are replaced on Nodes that are Ready: {w.placed}.",
    FigureKind.NODE_BACK: lambda w: f"Node {w.node(w.told.data['node'])} is Ready again: {w.receiving}.",
    FigureKind.MOMENT: lambda w: f"{sentence(w.moment)}.",
    FigureKind.TIME: lambda w: f"{_upper(w.receiving)}{w.terminating}." if w.counts else "As it was then.",
}
