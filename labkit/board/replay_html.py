"""A recording as a piece of HTML that plays: it stands in a page of its own, or in a handout beside others."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from labkit.board import picture
from labkit.board.bundle import BROWSER, bundle
from labkit.board.picture.svg import stylesheet, variables
from labkit.board.replay_data import lay_out, scene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from labkit.board.replay_data import Shown, Told

#: For how wide pages a recording is laid out, in pixels: a phone, a tablet or a window, and a large window.
WIDTHS = (400, 760, 960)


_NOTE = (
    '<p class="lk-note">These are stills of a recording, and what happened in words. '
    "It plays in a browser in which scripts are on.</p>"
)


def section(
    shown: Sequence[Shown],
    told: Sequence[Told],
    name: str,
    *,
    fallback: str = "",
    widths: Sequence[float] = WIDTHS,
    focus: str | None = None,
) -> str:
    """Return the HTML of a recording that plays, and what stands for it without scripts and on paper.

    The page needs :func:`style`, :func:`script` and :func:`policy`.

    Parameters
    ----------
    shown, told
        What there is to draw, and what is told of it (:mod:`labkit.board.excerpt`).
    name
        What it is, for those who do not see it.
    fallback
        HTML that stands there without scripts and on paper; by default a few stills, and the moments in words.
    widths
        For how wide pages it is laid out, in pixels.
    focus
        The Deployment to show alone and large; all of them when None.
    """
    replay = lay_out(shown, told, widths, focus)
    parts = [_part("story", replay.story), _part("details", replay.details)]
    parts += [_part("layout", each, f' data-width="{each["width"]:g}"') for each in replay.layouts]
    still = fallback or f"{_NOTE}\n{filmstrip(shown, told, widths[0], focus)}\n{_words(shown, told)}"
    return (
        f'<section class="lk-board lk-replay" aria-label="{escape(name)}">\n'
        f'<div class="lk-fallback">\n{still}\n</div>\n' + "\n".join(parts) + "\n</section>"
    )


def _part(name: str, content: Mapping[str, Any], more: str = "") -> str:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    # without the time, so that the same recording gives the same bytes
    packed = base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()
    return f'<script type="application/gzip" data-part="{name}"{more}>{packed}</script>'


# -- without scripts, and on paper -------------------------------------------------------------------------------------


def filmstrip(shown: Sequence[Shown], told: Sequence[Told], width: float, focus: str | None, count: int = 6) -> str:
    """Return stills of a recording: its beginning, its end, and moments between them, each with its words."""
    times = sorted({moment.at for moment in told} - {shown[0].at})
    chosen = sorted({times[round((i + 1) * (len(times) - 1) / (count - 1))] for i in range(count - 1)}) if times else []
    begin = shown[0].at
    figures = []
    for at in (begin, *chosen):
        frame = next(each for each in reversed(shown) if each.at <= at + 0.0005)
        words = " · ".join(m.words for m in told if m.at == at) or "The beginning"
        drawn = bare(picture.svg(scene(frame, width, focus), theme="light"))
        when = f"{at - begin:.1f} s"
        figures.append(f"<figure>{drawn}<figcaption><strong>{when}</strong> {escape(words)}</figcaption></figure>")
    return f'<div class="lk-film">\n{"".join(figures)}\n</div>'


def bare(svg: str) -> str:
    """Return a picture without rules of its own: in the page it has those of :func:`style`."""
    return re.sub(r"<style>.*?</style>\n?", "", svg, flags=re.DOTALL)


def _words(shown: Sequence[Shown], told: Sequence[Told]) -> str:
    begin = shown[0].at
    lines = "\n".join(f"<li><span>{m.at - begin:.1f} s</span> {escape(m.words)}</li>" for m in told)
    return f'<p class="lk-heading">What happened</p>\n<ol class="lk-moments">\n{lines}\n</ol>' if told else ""


# -- what all replays of a page share ----------------------------------------------------------------------------------


@cache
def script() -> str:
    """Return the module that makes all replays of a page play."""
    return bundle("replay.js")


@cache
def style() -> str:
    """Return the rules of the picture and of what is around it; colours are the reader's, light or dark."""

    def values(theme: str) -> str:
        pairs = variables("dark" if theme == "dark" else "light").items()
        return " ".join(f"--lk-{name}: {value};" for name, value in pairs)

    rules = "".join(
        (BROWSER / name).read_text(encoding="utf-8") for name in ("board.css", "timeline.css", "replay.css")
    )
    return (
        f":root {{ {values('light')} }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f':root:not([data-theme="light"]) {{ {values("dark")} }}\n}}\n'
        f'@media screen {{\n:root[data-theme="dark"] {{ {values("dark")} }}\n}}\n{stylesheet()}{rules}'
    )


def policy(*scripts: str) -> str:
    """Return a Content-Security-Policy: the page gets nothing from anywhere, and runs these scripts and no others."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
