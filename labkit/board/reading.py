"""How to read the picture, in words: for a page that somebody reads who never saw Kubernetes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from labkit.board.picture import pods
from labkit.board.picture.backing import backing_of
from labkit.board.picture.shapes import COLOURS, SHAPES, glyph, shape
from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state import Snapshot

_COLOURS = ("blue", "orange", "green", "red-orange", "pink", "light blue", "yellow")
_SHAPES = ("circle", "square", "diamond", "hexagon", "pentagon", "octagon")
_SIZE = 22

_STATES = (
    (
        PodState.PENDING,
        "Pending",
        "Asked for, and nothing runs yet: it waits for a Node, or has just been given one.",
    ),
    (PodState.STARTING, "ContainerCreating", "On its Node, where its container is being made and started."),
    (PodState.RUNNING, "Running, not Ready", "Its container runs, and has not yet said that it can take requests."),
    (PodState.READY, "Ready", "It can take requests."),
    (PodState.TERMINATING, "Terminating", "It has been told to end: it finishes what it has begun, and goes."),
    (PodState.FAILING, "Error, BackOff", "It cannot start, or ends again and again. Kubernetes keeps trying."),
    (PodState.UNKNOWN, "Unknown", "Its Node is not heard of any more, so nobody can say what it does."),
)

_MORE = """
Deployment: A card: an app and its desired state, such as “three Pods of this image”. Kubernetes changes the current
state until it is the desired one, and keeps it that way.

Revision: Each new version of an app is a revision of its Deployment, with a ReplicaSet of its own that makes the Pods.
Going from one revision to the next is a rollout; max surge says how many Pods there may be beyond the desired number
meanwhile, max unavailable how many may be missing.

Node: A column: a machine of the cluster, on which Pods run. One that is dashed and grey is not heard of.

Service: A small box with lines: the address under which an app is reached. A line leads to each Pod that receives its
requests. A new Pod gets its line when it is Ready; an old one loses it before it goes.

Events: At the bottom: what Kubernetes itself said last, in its own words.
"""
_REQUESTS = """
Requests: Along the top: a client asks without a break, and each of its requests is a stroke in the colour of the
revision that answered it. The taller, the longer it took; a cross is a request that was lost.
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A revision that the picture shows: of which Deployment, which image, and its number among the colours."""

    deployment: str
    revision: int
    image: str
    colour: int

    @property
    def look(self) -> str:
        """Its colour and shape in words."""
        return f"{_COLOURS[self.colour % COLOURS]} {_SHAPES[self.colour % SHAPES]}"


def versions(snapshots: Iterable[Snapshot]) -> list[Version]:
    """Return all revisions that had Pods at any of these times, by Deployment and revision.

    A rollback gives an old ReplicaSet a new revision: it is named with its first one.
    """
    found: dict[str, Version] = {}
    for snapshot in snapshots:
        missing = [r for r in snapshot.replica_sets() if r.uid not in found and snapshot.pods_of(r)]
        if not missing:
            continue
        paint = backing_of(snapshot).colours
        named = {r.uid: d.name for d in snapshot.deployments() for r in snapshot.replica_sets_of(d)}
        for each in missing:
            if each.uid in named and each.uid in paint:
                image = ", ".join(i.rpartition("/")[2] for i in each.images)
                found[each.uid] = Version(named[each.uid], each.revision, image, paint[each.uid])
    return sorted(found.values(), key=lambda v: (v.deployment, v.revision))


def legend(snapshots: Iterable[Snapshot], *, requests: bool) -> str:
    """Return HTML that explains the picture's signs.

    Parameters
    ----------
    snapshots
        What the picture shows, in time: the revisions in it are named.
    requests
        Whether a steady client's requests are on it.
    """
    seen = versions(snapshots)
    colour = seen[-1].colour if seen else 0
    states = [_sign(_pod(state, colour), word, about) for state, word, about in _STATES]
    ghost = f'<g class="pod ghost {pods.colour(colour)}"><path class="body" d="{shape(colour, _SIZE)}"/></g>'
    states.append(_sign(ghost, "desired", "Not there yet: the desired state asks for a Pod more than there is."))
    looks = [
        _sign(
            f'<path class="swatch" d="{shape(v.colour, _SIZE)}"/>',
            f"{v.deployment}, revision {v.revision}",
            f"{v.image}: {v.look}",
            pods.colour(v.colour),
        )
        for v in seen
    ]
    said = _MORE + (_REQUESTS if requests else "")
    more = [f"<dt>{word}</dt><dd>{about}</dd>" for word, _, about in (p.partition(": ") for p in said.split("\n\n"))]
    shown = f"<h3>Which revision: colour and shape</h3>\n<dl>{''.join(looks)}</dl>\n" if looks else ""
    return (
        "<p>A <strong>Pod</strong> is one running copy of an app. What it does is told by the sign in it and by its "
        "outline, and which revision it is by its colour and shape.</p>\n"
        f'<div class="lk-columns">\n<div><h3>What a Pod does</h3>\n<dl>{"".join(states)}</dl></div>\n'
        f"<div>{shown}<h3>What else is there</h3>\n<dl>{''.join(more)}</dl></div>\n</div>"
    )


def _pod(state: PodState, colour: int) -> str:
    body = f'<path class="body" d="{shape(colour, _SIZE)}"/><path class="glyph thin" d="{glyph(state, _SIZE)}"/>'
    return f'<g class="pod s-{state.value} {pods.colour(colour)}">{body}</g>'


def _sign(drawn: str, word: str, about: str, cls: str = "") -> str:
    half = _SIZE / 2 + 2
    box = f'viewBox="{-half:g} {-half:g} {2 * half:g} {2 * half:g}" width="{2 * half:g}" height="{2 * half:g}"'
    picture = f'<svg class="lk-pic" {box} aria-hidden="true"><g class="{cls}">{drawn}</g></svg>'
    return f'<div class="lk-sign">{picture}<dt>{escape(word)}</dt><dd>{escape(about)}</dd></div>'
