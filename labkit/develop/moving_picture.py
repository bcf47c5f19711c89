"""Make README's moving picture from the recorded run of notebook 05: ``python -m labkit.develop.moving_picture``.

It is one SVG file. The board's elements have keys, so an element is written once for as long as it stays the same, and
a rule says from when to when it is seen: that is all that moves, and a page that shows the file needs no script. Who
wants no movement sees one moment of it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from labkit import paths
from labkit.board.excerpt import excerpt
from labkit.board.filmstrip import filmstrip
from labkit.board.picture.svg import document, element
from labkit.board.replay_data import scene
from labkit.recording import file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from labkit.board.picture.scene import Element, Scene
    from labkit.board.replay_data import Shown

#: The notebook whose run it shows, the Deployment that is rolled out in it, and where the picture stands.
NOTEBOOK, APP = "05-rolling-update", "hello"
PICTURE = paths.REPO / "docs" / "rollout-moving.svg"

_WIDTH = 760
#: Seconds before the rollout begins and after it is complete, how much quicker than it was it is shown, and for how
#: many seconds its end stands still before it begins anew.
_BEFORE, _AFTER, _SPEED, _HOLD = 1.5, 7.0, 2.0, 2.5
#: So many pictures are shown in a second, at most: the file is read before it moves.
_A_SECOND = 8
#: What comes in softly, by its key, and for how many seconds.
_FADING, _FADE = ("pod:", "link:"), 0.3


def draw(recording: Path) -> str:
    """Return the first rollout of hello in a recording as an SVG document that moves.

    Raises
    ------
    LabError
        If the recording cannot be read, or has no rollout of hello.
    """
    source = file.load(recording)
    strip = filmstrip(source, "rollout", APP, since=source.span[0])
    shown = excerpt(source, strip.frames[0].at - _BEFORE, strip.frames[-1].at + _AFTER)
    begin = shown[0].at
    shown = _thinned(shown)
    frames = [((each.at - begin) / _SPEED, scene(each, _WIDTH, APP)) for each in shown]
    # what is seen without movement: new Pods receive requests, old ones are still there
    still = min(range(len(frames)), key=lambda i: abs(shown[i].at - strip.frames[len(strip.frames) // 2].at))
    return _document(frames, still, strip.title, strip.description)


def _thinned(shown: Sequence[Shown]) -> list[Shown]:
    """Return as many frames as one can tell apart, with the last one."""
    kept = [shown[0]]
    for each in shown[1:-1]:
        if each.at - kept[-1].at >= _SPEED / _A_SECOND:
            kept.append(each)
    return [*kept, shown[-1]]


def _document(frames: Sequence[tuple[float, Scene]], still: int, title: str, description: str) -> str:
    times = [at for at, _ in frames] + [frames[-1][0] + _HOLD]
    rules: dict[tuple[int, int, bool], str] = {}
    drawn: list[tuple[int, str]] = []
    for first, last, one in _lives([each for _, each in frames]):
        text = element(one)
        if (first, last) != (0, len(frames)):
            fades = one.key.startswith(_FADING) and first > 0
            name = rules.setdefault((first, last, fades), f"m{len(rules)}")
            text = f'<g class="{name} {"still" if first <= still < last else "moves"}">{text}</g>'
        drawn.append((one.layer, text))
    moving = "\n".join(
        _rule(name, times[first], times[last], times[-1], fades=fades) for (first, last, fades), name in rules.items()
    )
    height = max(each.height for _, each in frames)
    body = "\n".join(text for _, text in sorted(drawn, key=lambda pair: pair[0]))
    # who wants no movement sees one moment
    quiet = ".still, .moves { animation: none; } .moves { visibility: hidden; }"
    style = f"<style>\n{moving}\n@media (prefers-reduced-motion: reduce) {{ {quiet} }}\n</style>"
    return document(f"{style}\n{body}", (_WIDTH, height), title, description)


def _lives(scenes: Sequence[Scene]) -> Iterator[tuple[int, int, Element]]:
    """Yield each element with the frames at which it is first seen as it is, and no longer."""
    seen: dict[str, tuple[int, Element]] = {}
    for at, scene_ in enumerate(scenes):
        for key in [key for key, (_, one) in seen.items() if scene_.elements.get(key) != one]:
            first, one = seen.pop(key)
            yield first, at, one
        for key, one in scene_.elements.items():
            seen.setdefault(key, (at, one))
    for first, one in seen.values():
        yield first, len(scenes), one


def _rule(name: str, begin: float, end: float, total: float, *, fades: bool) -> str:
    """Return the rules by which something is seen from one time to another, in seconds, again and again."""
    on, off = (f"{100 * at / total:.2f}%" for at in (begin, end))
    before = "" if begin <= 0 else "0% { visibility: hidden } "
    after = "" if end >= total else f"{off} {{ visibility: hidden }} "
    seen = f"{'0%' if begin <= 0 else on} {{ visibility: visible }}"
    last = f"100% {{ visibility: {'visible' if end >= total else 'hidden'} }}"
    steps = f"@keyframes {name} {{ {before}{seen} {after}{last} }}"
    fading = ""
    if fades:
        full = f"{100 * min(begin + _FADE, end) / total:.2f}%"
        steps += f" @keyframes {name}f {{ 0%, {on} {{ opacity: 0 }} {full}, 100% {{ opacity: 1 }} }}"
        fading = f", {name}f {total:.2f}s linear infinite"
    return f"{steps} .{name} {{ animation: {name} {total:.2f}s step-end infinite{fading}; }}"


def write(recording: Path, picture: Path = PICTURE) -> None:
    """Write the picture of a recording.

    Raises
    ------
    LabError
        As :func:`draw`.
    """
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(draw(recording), encoding="utf-8")


if __name__ == "__main__":
    write(paths.RECORDINGS / f"{NOTEBOOK}.rec")
    sys.stdout.write(f"{PICTURE}\n")
