"""The requests of a steady client along the top, each coloured by the version that answered it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, Protocol

from labkit.board.picture import pods, words
from labkit.board.picture.arrangement import NO_COLOUR
from labkit.board.picture.scene import Canvas, Part, path, text
from labkit.board.picture.text import width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.picture.arrangement import Arrangement

#: Seconds of requests that are shown.
WINDOW = 12.0
_LINE = 14
#: Seconds without a request after which the strip says so.
_QUIET = 3.0


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


def height(w: float) -> float:
    """Return how tall the strip of requests is: in a narrow picture the count has a line of its own."""
    return 58 + (0 if w >= _ONE_LINE else _LINE)


#: From this width on the longest count stands beside the word "Requests".
_ONE_LINE = 470


def draw(
    canvas: Canvas,
    seen: Arrangement,
    where: tuple[float, float, float],
    ticks: Sequence[Tick],
    *,
    url: str = "",
    counts: Counts | None = None,
    now: float | None = None,
    waiting: Sequence[float] = (),
    until: str = "now",
) -> None:
    """Draw the requests of a steady client: a tick each, coloured by the version that answered.

    One that was answered after a retry has a ring at its head; a lost one is a cross; one that waits is short and grey.

    Parameters
    ----------
    canvas, seen
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
    until
        What stands at the right end: a time of day, where that is not the present.
    """
    x, y, w = where
    end = max([seen.snapshot.at, now or 0.0, *(t.at + t.latency for t in ticks[-1:])])
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
    parts.append(text(0, base + 13, f"{WINDOW:.0f} s {'ago' if until == 'now' else 'before'}", "tiny", "dim"))
    parts.append(text(w, base + 13, until, "tiny", "dim", "end"))
    parts += _silence(ticks, waiting, end, (w, base))
    series: dict[str, list[str]] = {}
    styles = _Styles(_colours(seen))
    for tick in reversed(ticks):
        place = w - (end - tick.at) / WINDOW * w
        if place < -w:
            break  # they come in the order of their start, or nearly so
        if place < 0:
            continue
        place = min(place, w - 1.5)
        outcome = tick.outcome
        if outcome == "lost":
            series.setdefault("lost", []).append(
                f"M{place - 3:.1f} {base - 15}l6 6m0-6l-6 6M{place:.1f} {base - 7}V{base}"
            )
            continue
        # The height is the latency on a root scale: 5 ms and 50 ms differ, and 500 ms still fits.
        tall = min(20.0, 6 + (tick.latency * 1000) ** 0.5)
        if outcome == "retried":
            tall = min(tall, 16.0)
            series.setdefault("retried", []).append(
                f"M{place - 2.5:.1f} {base - tall - 2.5:.1f}a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1 -5 0"
            )
        key = styles[tick.pod, tick.version]
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


def _silence(ticks: Sequence[Tick], waiting: Sequence[float], end: float, where: tuple[float, float]) -> list[Part]:
    """Return since when there are no requests, in the room that they would have; nothing while one waits."""
    w, base = where
    last = ticks[-1].at if ticks else 0.0
    quiet = min(end - last, WINDOW)
    if waiting or quiet < _QUIET:
        return []
    candidates = (f"no requests since {words.clock(last)}", "no requests") if ticks else ("no requests yet",)
    room = quiet / WINDOW * w - 16
    said = next((each for each in candidates if width(each, "body") <= room), "")
    return [text(w - (room + 16) / 2, base - 6, said, "body", "dim", "middle")] if said else []


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


class _Styles(dict[tuple[str, str | None], str]):
    """The style classes of ticks, by Pod and version: those of most ticks are those of others.

    Parameters
    ----------
    colours
        What :func:`_colours` returns.
    """

    def __init__(self, colours: dict[str, int]) -> None:
        super().__init__()
        self._colours = colours

    def __missing__(self, about: tuple[str, str | None]) -> str:
        """Find the Pod's own colour; where its ReplicaSet is gone, that of its version."""
        pod, version = about
        index = self._colours.get(pod.rpartition("-")[0], self._colours.get(version or "", NO_COLOUR))
        self[about] = f"ticks {pods.colour(index)}"
        return self[about]


def _colours(seen: Arrangement) -> dict[str, int]:
    """Return the colour of each ReplicaSet by its name, and of each version by its tag.

    Where several ReplicaSets have one version, the youngest of the Deployment with most of them counts.
    """
    sets = [r for r in seen.snapshot.replica_sets() if r.uid in seen.colours]
    siblings = Counter(r.owner_uid for r in sets)
    found: dict[str, int] = {}
    for each in sorted(sets, key=lambda r: (siblings[r.owner_uid], r.created)):
        found |= {i.rpartition(":")[2]: seen.colours[each.uid] for i in each.images}
    return found | {r.name: seen.colours[r.uid] for r in sets}
