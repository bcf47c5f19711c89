"""What runs across the picture: the heading, the requests of a steady client, and the legend."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Literal, Protocol

from labkit.board.picture import pods
from labkit.board.picture.scene import Canvas, Part, path, rect, text
from labkit.board.picture.shapes import glyph, shape
from labkit.board.picture.text import fit, width, wrap
from labkit.board.picture.view import NO_COLOUR
from labkit.state import PodState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.picture.view import View

#: Seconds of requests that are shown.
WINDOW = 12.0
_LINE = 14


class Tick(Protocol):
    """One request of a steady client (:mod:`labkit.app.traffic`)."""

    @property
    def at(self) -> float: ...  # noqa: D102 - when it was due, in seconds since the epoch
    @property
    def version(self) -> str | None: ...  # noqa: D102 - which version answered; None: lost
    @property
    def latency(self) -> float: ...  # noqa: D102 - seconds until the answer
    @property
    def pod(self) -> str: ...  # noqa: D102 - the name of the Pod that answered
    @property
    def outcome(self) -> Literal["first", "retried", "lost"]: ...  # noqa: D102 - answered at the first try, or how not


class Counts(Protocol):
    """What became of all requests so far (:class:`labkit.app.traffic.Summary`)."""

    @property
    def first_try(self) -> int: ...  # noqa: D102
    @property
    def retried(self) -> int: ...  # noqa: D102
    @property
    def lost(self) -> int: ...  # noqa: D102
    @property
    def p50(self) -> float | None: ...  # noqa: D102 - seconds
    @property
    def p95(self) -> float | None: ...  # noqa: D102 - seconds


def clock(at: float) -> str:
    """Return the time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def heading_height(w: float) -> float:
    """Return how tall the heading is: for as many lines as its words can come to need at that width."""
    return 24 + _LINE * (_lines(w) - 1)


def _lines(w: float) -> int:
    return 3 if w < 640 else 2 if w < 1000 else 1  # noqa: PLR2004 - what the words of a rollout need


def heading(
    canvas: Canvas, view: View, x: float, y: float, w: float, said: list[tuple[bool, str]], *, live: bool
) -> None:
    """Draw what there is to see in a few words, and whether it is the present."""
    snapshot = view.snapshot
    if snapshot.stale is not None:
        since = f" since {clock(snapshot.stale_since)}" if snapshot.stale_since else ""
        words, tone = f"not live{since}", "bad"
    elif live:
        words, tone = "live", "good"
    else:
        words, tone = clock(snapshot.at) if snapshot.at else "", "dim"
    mark = x + w - width(words, "strong") - 8
    parts = [text(x + w - width(words, "strong"), y + 12, words, "strong", tone)]
    if live or snapshot.stale is not None:
        cy = y + 8
        cross = path(f"M{mark - 4:.1f} {cy - 4}l8 8m0-8l-8 8", f"k-{tone}")
        dot = Part("circle", {"cx": round(mark, 1), "cy": cy, "r": 4, "class": f"f-{tone}"})
        parts.append(cross if snapshot.stale is not None else dot)
    canvas.put("live", 0, 0, parts, "heading")
    lines = _said(snapshot.stale, said, mark - 16 - x, _lines(w))
    canvas.put("said", x, y, [text(0, 12 + i * _LINE, line, "said", "dim") for i, line in enumerate(lines)], "heading")


def _said(why: str | None, all_of_it: list[tuple[bool, str]], room: float, most: int) -> list[str]:
    """Return the heading's lines: everything; else what is not as desired; else the count of that."""
    stale = f"{why}." if why else ""
    calm = [said for well, said in all_of_it if well]
    rest = [said for well, said in all_of_it if not well]
    also = [f"{len(calm)} more: complete."] if calm else []
    count = f"{len(calm)} of {len(calm) + len(rest)} as desired." if calm else f"{len(rest)} not as desired yet."
    candidates: tuple[list[str], ...] = ([said for _, said in all_of_it], [*rest, *also], [count], [])
    for candidate in candidates:
        lines = wrap(" ".join([stale, *candidate]), "said", room)
        if len(lines) <= most:
            return lines
    return [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), "said", room)]


def requests_height(w: float) -> float:
    """Return how tall the strip of requests is: in a narrow picture the count has a line of its own."""
    return 58 + (0 if w >= _ONE_LINE else _LINE)


#: From this width on the longest count stands beside the word "Requests".
_ONE_LINE = 470


def requests(
    canvas: Canvas,
    view: View,
    where: tuple[float, float, float],
    ticks: Sequence[Tick],
    *,
    url: str = "",
    counts: Counts | None = None,
    now: float | None = None,
    waiting: Sequence[float] = (),
) -> None:
    """Draw the requests of a steady client: a tick each, coloured by the version that answered.

    One that was answered after a retry has a ring at its head; a lost one is a cross; one that waits is short and grey.

    Parameters
    ----------
    canvas, view
        Where to, and what else there is to see.
    where
        Left edge, top and width.
    ticks
        The requests, oldest first.
    url
        Where they go.
    counts
        What became of all requests; by default these ticks are counted.
    now
        The right end of the strip, in seconds since the epoch: by default when the last of all this became known.
    waiting
        When each request was due that still waits for its answer, in seconds since the epoch.
    """
    x, y, w = where
    end = max([view.snapshot.at, now or 0.0, *(t.at + t.latency for t in ticks[-1:])])
    said, longer, lost = _counted(ticks, counts)
    base = 42.0
    parts = [text(0, 12, "Requests", "strong", "dim")]
    tone = "bad" if lost else "fg"
    if w >= _ONE_LINE:
        said = longer if width(longer, "strong") < w - 80 else said
        parts.append(text(w, 12, said, "strong", tone, "end"))
        if url and width(url, "mono") < w - width(said, "strong") - 12 - 78:
            parts.append(text(72, 12, url, "mono", "dim"))
    else:
        parts += [
            text(0, 12 + _LINE * (i + 1), line, "strong", tone) for i, line in enumerate(wrap(said, "strong", w)[:1])
        ]
        base += _LINE
    parts.append(path(f"M0 {base + 1.5}H{w:.1f}", "rule"))
    parts.append(text(0, base + 13, f"{WINDOW:.0f} s ago", "tiny", "dim"))
    parts.append(text(w, base + 13, "now", "tiny", "dim", "end"))
    series: dict[str, list[str]] = {}
    colours = _colours(view)
    for tick in reversed(ticks):
        place = w - (end - tick.at) / WINDOW * w
        if place < -w:
            break  # they come in the order of their start, or nearly so
        if place < 0:
            continue
        place = min(place, w - 1.5)
        if tick.outcome == "lost":
            series.setdefault("lost", []).append(
                f"M{place - 3:.1f} {base - 15}l6 6m0-6l-6 6M{place:.1f} {base - 7}V{base}"
            )
            continue
        # The height is the latency on a root scale: 5 ms and 50 ms differ, and 500 ms still fits.
        tall = min(20.0, 6 + (tick.latency * 1000) ** 0.5)
        if tick.outcome == "retried":
            tall = min(tall, 16.0)
            series.setdefault("retried", []).append(
                f"M{place - 2.5:.1f} {base - tall - 2.5:.1f}a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1 -5 0"
            )
        # the Pod's own colour; where its ReplicaSet is gone, that of its version
        index = colours.get(tick.pod.rpartition("-")[0], colours.get(tick.version or "", NO_COLOUR))
        key = f"ticks {pods.colour(index)}"
        series.setdefault(key, []).append(f"M{place:.1f} {base}v{-tall:.1f}")
    places = [w - (end - due) / WINDOW * w for due in waiting]
    if due := "".join(f"M{min(place, w - 1.5):.1f} {base}v-4" for place in places if place >= 0):
        series["open"] = [due]
    drawn = sum(len(d) for key, d in series.items() if key.startswith("ticks"))
    thick = round(min(2.6, max(0.8, 0.65 * w / max(1, drawn))), 1)
    for key, d in sorted(series.items()):
        strokes = path("".join(d), key)
        ticking = key.startswith("ticks")
        parts.append(Part("path", {**strokes.attributes, "stroke-width": thick}) if ticking else strokes)
    canvas.put("requests", x, y, parts, "requests", title=f"{url} {said}".strip())


def _counted(ticks: Sequence[Tick], counts: Counts | None) -> tuple[str, str, int]:
    """Return what became of the requests in words, short and with the latencies, and how many were lost."""
    if counts is not None:
        first, retried, lost, p50, p95 = counts.first_try, counts.retried, counts.lost, counts.p50, counts.p95
    else:
        outcomes = [t.outcome for t in ticks]
        first, retried, lost = (outcomes.count(o) for o in ("first", "retried", "lost"))
        latencies = sorted(t.latency for t in ticks if t.outcome != "lost")
        p50, p95 = (latencies[int(len(latencies) * q)] if len(latencies) > 1 else None for q in (0.5, 0.95))
    said = f"{first} answered at the first try, {retried} after a retry, {lost} lost"
    if p50 is None or p95 is None:
        return said, said, lost
    return said, f"{said} · p50 {p50 * 1000:.0f} ms · p95 {p95 * 1000:.0f} ms", lost


def _colours(view: View) -> dict[str, int]:
    """Return the colour of each ReplicaSet by its name, and of each version by its tag.

    Where several ReplicaSets have one version, the youngest of the Deployment with most of them counts.
    """
    sets = [r for r in view.snapshot.replica_sets() if r.uid in view.colours]
    siblings = Counter(r.owner_uid for r in sets)
    found: dict[str, int] = {}
    for each in sorted(sets, key=lambda r: (siblings[r.owner_uid], r.created)):
        found |= {i.rpartition(":")[2]: view.colours[each.uid] for i in each.images}
    return found | {r.name: view.colours[r.uid] for r in sets}


#: What the glyphs mean, in two columns where there is room for no more.
_LEGEND = (
    (PodState.PENDING, "Pending"),
    (PodState.STARTING, "ContainerCreating"),
    (PodState.READY, "Ready"),
    (PodState.RUNNING, "Running, not Ready"),
    (PodState.TERMINATING, "Terminating"),
    (PodState.FAILING, "Error, BackOff"),
    (PodState.UNKNOWN, "Unknown"),
)


def legend(canvas: Canvas, x: float, y: float, w: float) -> float:
    """Draw what the glyphs mean, in as many columns as fit, and return the height."""
    row = 17.0
    columns = next(c for n in range(len(_LEGEND), 0, -1) if sum(c := _legend_columns(n)) <= w + 8 or n == 1)
    for i, (state, words) in enumerate(_LEGEND):
        parts = [
            path(shape(0, 14), "body"),
            path(glyph(state, 14), "glyph thin"),
            text(13, 3.5, words, "tiny", "dim"),
        ]
        place = x + sum(columns[: i % len(columns)]) + 8, y + i // len(columns) * row + 9
        canvas.put(f"legend:{state.value}", *place, parts, f"pod legend s-{state.value} r0")
    return -(-len(_LEGEND) // len(columns)) * row


def _legend_columns(count: int) -> list[float]:
    """Return how wide each of that many columns is."""
    return [max(22 + width(words, "tiny") + 8 for _, words in _LEGEND[i::count]) for i in range(count)]


def nothing(canvas: Canvas, x: float, y: float, w: float) -> None:
    """Say that there is nothing yet."""
    parts = [rect(0, 0, w, 60, "card", 8), text(12, 34, fit("no Deployments yet", "body", w - 24), "body", "dim")]
    canvas.put("nothing", x, y, parts)
