"""What runs across the picture: the heading, the requests of a steady client, the legend and the events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from labkit.picture.scene import Canvas, Part, path, rect, text
from labkit.picture.shapes import COLOURS, glyph, shape
from labkit.picture.text import fit, width
from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.picture.view import View
    from labkit.state import Event

#: Seconds of requests that are shown.
WINDOW = 12.0
REQUESTS = 58
HEADING = 24
_EVENT = 16
_EVENTS = 3
#: Events that only accompany what the picture shows anyway.
_CHATTER = frozenset({"Pulled", "Pulling", "Created", "Started", "Scheduled", "SuccessfulCreate", "SuccessfulDelete"})


class Tick(Protocol):
    """One request: when (seconds since the epoch), the version that answered (None: lost), seconds until the answer."""

    @property
    def at(self) -> float: ...  # noqa: D102 - see above
    @property
    def version(self) -> str | None: ...  # noqa: D102
    @property
    def latency(self) -> float: ...  # noqa: D102


def clock(at: float) -> str:
    """Return the time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def heading(canvas: Canvas, view: View, x: float, y: float, w: float, said: str, *, live: bool) -> None:
    """Draw what there is to see in a few words, and whether it is the present."""
    snapshot = view.snapshot
    if snapshot.stale is not None:
        since = f" since {clock(snapshot.stale_since)}" if snapshot.stale_since else ""
        words, tone = f"not live{since} · {snapshot.stale}", "bad"
    elif live:
        words, tone = "live", "good"
    else:
        words, tone = clock(snapshot.at) if snapshot.at else "", "dim"
    room = w - 16
    words = fit(words, "strong", room)
    mark = x + w - width(words, "strong") - 8
    parts = [text(x + w - width(words, "strong"), y + 12, words, "strong", tone)]
    if live or snapshot.stale is not None:
        cy = y + 8
        cross = path(f"M{mark - 4:.1f} {cy - 4}l8 8m0-8l-8 8", f"k-{tone}")
        dot = Part("circle", {"cx": round(mark, 1), "cy": cy, "r": 4, "class": f"f-{tone}"})
        parts.append(cross if snapshot.stale is not None else dot)
    canvas.put("live", 0, 0, parts, "heading")
    left = fit(said, "said", mark - 16 - x)
    if len(left) > 4:  # noqa: PLR2004 - less than a word says nothing
        canvas.put("said", x, y, [text(0, 12, left, "said", "dim")], "heading")


def requests(canvas: Canvas, view: View, x: float, y: float, w: float, ticks: Sequence[Tick], url: str) -> None:
    """Draw the requests of a steady client: a tick each, coloured by the version that answered, a cross when lost."""
    now = max([view.snapshot.at, *(t.at + t.latency for t in ticks[-1:])])
    lost = sum(t.version is None for t in ticks)
    latencies = sorted(t.latency for t in ticks if t.version is not None)
    counts = f"{len(latencies)} answered · {lost} lost"
    if len(latencies) > 1:
        p50, p95 = (latencies[int(len(latencies) * q)] * 1000 for q in (0.5, 0.95))
        longer = f"{counts} · p50 {p50:.0f} ms · p95 {p95:.0f} ms"
        counts = longer if width(longer, "strong") < w - 80 else counts
    parts = [
        text(0, 12, "Requests", "strong", "dim"),
        text(w, 12, counts, "strong", "bad" if lost else "fg", "end"),
    ]
    room = w - width(counts, "strong") - 12 - 78
    if url and width(url, "mono") < room:
        parts.append(text(72, 12, url, "mono", "dim"))
    base = 42
    parts.append(path(f"M0 {base + 1.5}H{w:.1f}", "rule"))
    parts.append(text(0, base + 13, f"{WINDOW:.0f} s ago", "tiny", "dim"))
    parts.append(text(w, base + 13, "now", "tiny", "dim", "end"))
    series: dict[str, list[str]] = {}
    for tick in reversed(ticks):
        place = w - (now - tick.at) / WINDOW * w
        if place < -w:
            break  # they come in the order of their start, or nearly so
        if place < 0:
            continue
        place = min(place, w - 1.5)
        if tick.version is None:
            series.setdefault("lost", []).append(
                f"M{place - 3:.1f} {base - 15}l6 6m0-6l-6 6M{place:.1f} {base - 7}V{base}"
            )
        else:
            # The height is the latency on a root scale: 5 ms and 50 ms differ, and 500 ms still fits.
            tall = min(20.0, 6 + (tick.latency * 1000) ** 0.5)
            key = f"r{_colour(view, tick.version) % COLOURS}"
            series.setdefault(key, []).append(f"M{place:.1f} {base}v{-tall:.1f}")
    thick = round(min(2.6, max(0.8, 0.65 * w / max(1, sum(map(len, series.values()))))), 1)
    for key, d in sorted(series.items()):
        strokes = path("".join(d), "lost" if key == "lost" else f"ticks {key}")
        parts.append(strokes if key == "lost" else Part("path", {**strokes.attributes, "stroke-width": thick}))
    canvas.put("requests", x, y, parts, "requests", title=f"{url} {counts}".strip())


def _colour(view: View, version: str) -> int:
    """Return the colour of the ReplicaSet whose image has that version: of the Deployment that has most of them."""
    found = [
        (len(lane.sets), view.colours[r.uid])
        for lane in (*view.lanes, *view.others)
        for r in (view.snapshot.replica_sets_of(lane.deployment) if lane.deployment else ())
        if any(i.rpartition(":")[2] == version for i in r.images)
    ]
    return max(found, default=(0, 0))[1]


_LEGEND = (
    (PodState.READY, "Ready"),
    (PodState.RUNNING, "not Ready yet"),
    (PodState.STARTING, "starting"),
    (PodState.TERMINATING, "stopping"),
    (PodState.FAILING, "failing"),
    (PodState.UNKNOWN, "unknown"),
)


def legend(canvas: Canvas, x: float, y: float, w: float) -> float:
    """Draw what the glyphs mean, in as many columns as fit, and return the height."""
    cell, row = max(22 + width(words, "tiny") + 8 for _, words in _LEGEND), 17.0
    per_row = max(1, min(len(_LEGEND), int((w + 8) // cell)))
    for i, (state, words) in enumerate(_LEGEND):
        parts = [
            path(shape(0, 14), "body"),
            path(glyph(state, 14), "glyph thin"),
            text(13, 3.5, words, "tiny", "dim"),
        ]
        place = x + i % per_row * cell + 8, y + i // per_row * row + 9
        canvas.put(f"legend:{state.value}", *place, parts, f"pod legend s-{state.value} r0")
    return -(-len(_LEGEND) // per_row) * row


def events(canvas: Canvas, view: View, x: float, y: float, w: float) -> float:
    """Draw the last events, the newest first, and return the height."""
    canvas.put("events", x, y, [path(f"M0 0H{w:.1f}", "rule"), text(0, 16, "Events", "strong", "dim")], "events")
    chosen = _chosen(view)
    if not chosen:
        canvas.put("events:none", x, y + 16, [text(58, 0, "none yet", "body", "dim")])
    for i, event in enumerate(chosen):
        line_y = y + 16 + i * _EVENT
        reason = fit(event.reason, "strong", w * 0.4)
        at = 58 + 60
        left = at + width(reason, "strong") + 8
        about = f"{event.object_kind.lower()}/{event.object_name}: " if w > 700 else ""  # noqa: PLR2004 - room for both
        count = f" (x{event.count})" if event.count > 1 else ""
        said = (
            fit(
                about + event.message.removeprefix("(combined from similar events): "),
                "body",
                w - left - width(count, "body"),
            )
            + count
        )
        parts = [
            text(58, 0, clock(event.last), "mono", "dim"),
            text(at, 0, reason, "strong", "bad" if event.type == "Warning" else "fg"),
            text(left, 0, said, "body", "dim"),
        ]
        canvas.put(f"event:{event.uid}", x, line_y, parts, "event", title=f"{event.object_name}: {event.message}")
    return 16 + _EVENTS * _EVENT


def _chosen(view: View) -> list[Event]:
    """Return the last telling events, newest first."""
    names = None
    if view.focus:
        names = {o.name for lane in view.lanes for o in (*lane.sets, *lane.pods)} | {view.focus}
    staying = {p.uid for p in view.snapshot.pods() if not p.terminating}
    telling = [
        e
        for e in view.snapshot.events()
        if (e.reason not in _CHATTER or e.type == "Warning")
        # A pod that stops fails its probes, as it should.
        and (e.reason != "Unhealthy" or e.object_uid in staying)
        and (names is None or e.object_name in names)
    ]
    return list(reversed(telling[-_EVENTS:]))


def nothing(canvas: Canvas, x: float, y: float, w: float) -> None:
    """Say that there is nothing yet."""
    parts = [rect(0, 0, w, 60, "card", 8), text(12, 34, fit("no Deployments yet", "body", w - 24), "body", "dim")]
    canvas.put("nothing", x, y, parts)
