"""The last events that tell more than the picture shows anyway; what matters in one is never cut off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rpds import HashTrieMap

from labkit.board.picture import words
from labkit.board.picture.scene import Canvas, Part, path, text
from labkit.board.picture.text import fit, tail, width, wrap
from labkit.state import Pod

if TYPE_CHECKING:
    from labkit.board.picture.arrangement import Arrangement
    from labkit.state import Event

_LINE = 16
_MORE = 14
#: How many events there are where nobody says otherwise.
USUAL = 3
#: How many lines a message takes at most.
_MOST = 3
#: From this width on a message begins beside its reason, below it under that.
_BESIDE = 700
#: What is missing, where a message says so: its kind and its name.
_MISSING = re.compile(
    r"""(?:[\w.-]+\ )?"[^"]+"\ (?:not\ found|is\ forbidden)      # configmap "nginx-frontend-conf" not found
      | couldn't\ find\ key\ \S+\ in\ \w+\ \S+                  # couldn't find key users in Secret lab/users
      | references\ non-existent\ \w+\ key:\ \S+               # references non-existent config key: frontend.conf
      | exceeded\ quota:\ [\w.-]+                               # exceeded quota: lab
    """,
    re.VERBOSE,
)
#: What the scheduler says of a way out that it did not take; kubectl's users skip it too.
_PREEMPTION = re.compile(r"\s*preemption: \d+/\d+ nodes are available: .*$", re.DOTALL)


class _Set(NamedTuple):
    """An event as it is set: its lines, and where they begin."""

    lines: list[str]
    beside: bool
    left: float


def height(count: int) -> float:
    """Return how tall so many events are, of a line each."""
    return 16.0 + count * _LINE


def draw(canvas: Canvas, seen: Arrangement, where: tuple[float, float, float], count: int = USUAL) -> float:
    """Draw the last events, the newest first, and return the height.

    Parameters
    ----------
    canvas, seen
        Where to, and what there is.
    where
        Left edge, top and width.
    count
        How many there are. Where that is more than usual, it is how many lines there are: long ones leave fewer.
    """
    x, y, w = where
    canvas.put("events", x, y, [path(f"M0 0H{w:.1f}", "rule"), text(0, 16, "Events", "strong", "dim")], "events")
    chosen = _chosen(seen, count)
    if not chosen:
        canvas.put("events:none", x, y + 16, [text(58, 0, "none yet", "body", "dim")])
    line_y = y + 16
    for event in chosen:
        at = 58 + 60
        reason = fit(event.reason, "strong", w - at)
        known = _set(event, w, at + width(reason, "strong") + 8)
        tall = _LINE + _MORE * (len(known.lines) - known.beside)
        if event is not chosen[0] and count > USUAL and line_y + tall > y + height(count):
            break
        parts = [
            text(58, 0, words.clock(event.last), "mono", "dim"),
            text(at, 0, reason, "strong", "bad" if event.type == "Warning" else "fg"),
        ]
        parts += _lines(known)
        title = f"{event.object_kind} {event.object_name}: {event.message}"
        canvas.put(f"event:{event.uid}", x, line_y, parts, "event", title=title)
        line_y += tall
    return max(line_y - y, height(count))


def _lines(known: _Set) -> list[Part]:
    return [
        text(known.left, (i + (not known.beside)) * _MORE, line, "body", "dim") for i, line in enumerate(known.lines)
    ]


def _set(event: Event, w: float, left: float) -> _Set:
    """Choose where a message stands, and break it; the front goes where it is too long even then."""
    message = event.message.removeprefix("(combined from similar events): ")
    count = f" (x{event.count})" if event.count > 1 else ""
    about = f"{event.object_kind.lower()}/{event.object_name}: "
    beside = w > _BESIDE or width(message + count, "body") <= w - left
    if not beside:
        left = 58.0
    for said in (*((about + message,) if w > _BESIDE else ()), message, _PREEMPTION.sub("", message)):
        lines = wrap(said + count, "body", w - left)
        if len(lines) <= _MOST:
            return _Set(lines, beside, left)
    found = _MISSING.search(message)
    return _Set(tail(said + count, "body", w - left, _MOST, keep=found[0] if found else ""), beside, left)


def _chosen(seen: Arrangement, count: int) -> list[Event]:
    """Return the last telling events, newest first."""
    names = {s.service.name for s in seen.services} | {lane.name for lane in seen.lanes}
    names |= {r.name for lane in seen.lanes for r in lane.sets}
    owners = frozenset().union(*(lane.owners for lane in seen.lanes))
    pods = seen.snapshot.objects.get("Pod", HashTrieMap())
    chosen: list[Event] = []
    for event in reversed(seen.snapshot.telling()):
        pod = pods.get(event.object_uid)
        # A pod that is Terminating fails its probes, as it should.
        if event.reason == "Unhealthy" and (not isinstance(pod, Pod) or pod.terminating):
            continue
        if seen.focus and event.object_name not in names and (pod is None or (pod.owner_uid or "") not in owners):
            continue
        chosen.append(event)
        if len(chosen) == count:
            break
    return chosen
