"""The filmstrips of the handouts: chosen from the recordings, and laid out for paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from labkit.board import paper_requests, paper_strip, picture, strip_layout
from labkit.board.filmstrip import Filmstrip, filmstrip
from labkit.errors import LabError
from labkit.handouts import pictures
from labkit.recording import figures
from labkit.recording.figures import FigureKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.board.picture import Scene
    from labkit.recording.source import Source

APP = "hello"
#: In which order a rollout goes: an old Pod first, or a new one.
OLD_FIRST, NEW_FIRST = "old-first", "new-first"
#: Pictures that paper does without: each of them shows nothing that its neighbours do not show as well. Of a rollout
#: those four are kept off which it is read what goes first, so that both orders stand on one page.
_LEFT_OUT: Mapping[str, frozenset[FigureKind]] = {
    "scale": frozenset({FigureKind.BEFORE}),
    "rollout": frozenset({FigureKind.BEFORE, FigureKind.HALF, FigureKind.AFTER}),
    "node-loss": frozenset({FigureKind.BEFORE, FigureKind.ALL_JOINED}),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture: SVG as Typst takes it, its size in pixels, and the words that stand for it."""

    svg: str
    width: float
    height: float
    alt: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a strip: when, and what happens."""

    when: str
    sentence: str
    drawn: Drawn


class Film(NamedTuple):
    """A filmstrip that was chosen, the recording that it is out of, and which order it shows: of a rollout."""

    told: Filmstrip
    run: Source
    order: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """A filmstrip on paper.

    Attributes
    ----------
    title
        Its heading.
    order
        In which order a rollout goes: :data:`OLD_FIRST`, :data:`NEW_FIRST`; empty where it is none.
    shots
        Its pictures.
    requests, requests_large
        What became of requests meanwhile, if some were sent; the second in large print.
    """

    title: str
    order: str
    shots: tuple[Shot, ...]
    requests: Drawn | None
    requests_large: Drawn | None


def films(runs: Mapping[str, Source]) -> dict[str, tuple[Film, ...]]:
    """Choose the filmstrips, by the notebooks that they belong to.

    03 has its scaling, 04 the loss of a Node, and 05 the rollout in both orders: an old Pod first, and a new Pod first.

    Parameters
    ----------
    runs
        The recordings, by the notebooks' names.

    Raises
    ------
    LabError
        If a recording holds no such thing.
    """
    found: dict[str, tuple[Film, ...]] = {}
    for name, run in runs.items():
        if name.startswith("03"):
            found[name] = (Film(_first(run, "scale"), run),)
        elif name.startswith("04"):
            found[name] = (Film(_first(run, "node-loss"), run),)
        elif name.startswith("05"):
            found[name] = tuple(_both_orders(name, run))
    return found


def legend(chosen: Mapping[str, tuple[Film, ...]], across: float) -> Drawn:
    """Return what signs and lines mean, of all filmstrips, so many pixels wide."""
    snapshots = [frame.snapshot for several in chosen.values() for film in several for frame in film.told.frames]
    return drawn(paper_strip.key(snapshots, across))


def _first(run: Source, what: str) -> Filmstrip:
    begin = figures.beginnings(run.moments, what, APP)
    return filmstrip(run, what, APP, since=begin[0].at if begin else None)


def _both_orders(name: str, run: Source) -> list[Film]:
    """Return the first rollout in which an old Pod goes first, and the first in which a new one comes first."""
    found: dict[bool, Filmstrip] = {}
    for moment in figures.beginnings(run.moments, "rollout", APP):
        kinds = [figure.kind for figure in figures.rollout(run.moments, moment).figures]
        if not {FigureKind.NEW_JOINED, FigureKind.OLD_LEFT, FigureKind.AFTER} <= set(kinds):
            continue
        new_first = kinds.index(FigureKind.NEW_JOINED) < kinds.index(FigureKind.OLD_LEFT)
        found.setdefault(new_first, filmstrip(run, "rollout", APP, since=moment.at))
    if len(found) < 2:  # noqa: PLR2004 - both orders
        raise LabError(
            f"The recording of {name} does not have a rollout in both orders.", remedy=f"labkit notebooks {name}"
        )
    return [Film(found[False], run, OLD_FIRST), Film(found[True], run, NEW_FIRST)]


def strip(chosen: Film) -> Strip:
    """Lay a filmstrip out for paper, without pictures that tell nothing beside the others."""
    told, run, order = chosen
    frames = [frame for frame in told.frames if frame.kind not in _LEFT_OUT[told.what]]
    snapshots = [frame.snapshot for frame in frames]
    room = paper_strip.lane_room(snapshots, APP)
    shots = tuple(Shot(f.when, f.sentence, drawn(paper_strip.frame(f.snapshot, APP, room, f.sentence))) for f in frames)
    colours = {each.said.rpartition(":")[2]: each.colour for each in strip_layout.versions(snapshots, APP)}
    times = [frame.at for frame in frames]
    asked = run.requests.between(times[0] - paper_requests.FAR, times[-1] + paper_requests.AFTER)
    scenes = [
        paper_requests.draw(asked, colours, told.begin, times, f"Requests: {told.title}", across=across)
        for across in (paper_requests.WIDTH, paper_requests.LARGE)
    ]
    requests, requests_large = (None if scene is None else drawn(scene) for scene in scenes)
    return Strip(told.title, order, shots, requests, requests_large)


def drawn(scene: Scene) -> Drawn:
    """Return a scene as Typst takes it."""
    words = scene.description or scene.title
    return Drawn(pictures.for_paper(picture.svg(scene, theme="print")), scene.width, scene.height, words)
