"""A recording as one HTML file: it plays in any browser, without kernel, network or cluster."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from labkit.board import reading, replay_html
from labkit.board.bundle import BROWSER
from labkit.board.excerpt import excerpt, told
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labkit.board.replay_data import Shown
    from labkit.recording.source import Source

#: What a page of ours says of itself, within its first bytes: no other file is written over.
_OURS = '<meta name="generator" content="labkit replay">'
_HEAD = 4096


def page(
    source: Source,
    *,
    title: str = "",
    widths: Sequence[float] = replay_html.WIDTHS,
    begin: float | None = None,
    end: float | None = None,
    focus: str | None = None,
) -> str:
    """Return a recording as an HTML document that needs nothing else. The same recording gives the same bytes.

    Parameters
    ----------
    source
        The recording.
    title
        What the page shows; by default what was recorded.
    widths
        For how wide windows it is laid out, in pixels.
    begin, end
        From when to when, in seconds since the epoch; by default all of it.
    focus
        The Deployment to show alone and large; all of them when None.

    Raises
    ------
    LabError
        If there is nothing in that time, or no such Deployment.
    """
    shown = excerpt(source, begin, end)
    apps = {d.name for each in shown for d in each.snapshot.deployments()}
    if focus is not None and focus not in apps:
        raise LabError(
            f"Nobody recorded a Deployment {focus!r} in that time.",
            remedy=f"one of: {', '.join(sorted(apps))}" if apps else "leave the focus out",
        )
    facts = source.facts
    where = f"namespace {facts.namespace}" if facts.namespace else "a cluster"
    title = title or f"Replay of {f'Deployment {focus}' if focus else where}"
    body = replay_html.section(shown, told(source, shown, focus), title, widths=widths, focus=focus)
    script = replay_html.script()
    style = replay_html.style() + (BROWSER / "page.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{_OURS}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{escape(replay_html.policy(script))}">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<button type="button" data-theme-switch hidden></button>
<h1>{escape(title)}</h1>
<p>{_about(source, shown)}</p>
</header>
<main class="lk-alone">
{body}
<section class="lk-reading" aria-labelledby="reading">
<h2 id="reading">How to read the picture</h2>
{reading.legend((each.snapshot for each in shown), requests=bool(shown[-1].requests))}
</section>
</main>
<footer>
<p class="keys">Keys: <kbd>space</kbd> plays and pauses, <kbd>,</kbd> and <kbd>.</kbd> go to the moment before and to
the next one; in the replay, <kbd>Home</kbd> and <kbd>End</kbd> go to the beginning and to the end.</p>
<p>{_made(source)}</p>
</footer>
<script type="module">{script}</script>
</body>
</html>
"""


class Options(TypedDict, total=False):
    """What else :func:`page` is told."""

    title: str
    widths: Sequence[float]
    begin: float | None
    end: float | None
    focus: str | None


def write(source: Source, path: str | Path, **options: Unpack[Options]) -> Path:
    """Write a recording as an HTML file, and return where it is.

    Parameters
    ----------
    source
        The recording.
    path
        The file. Its folder is made where it is missing; a page of ours is written over, any other file is not.
    options
        As of :func:`page`.

    Raises
    ------
    LabError
        If there is nothing to show, the file is something else, or it cannot be written.
    """
    file = Path(path).expanduser()
    remedy = f"another name, such as {file.with_name(file.stem + '-replay.html').name}"
    try:
        if file.is_dir():
            raise LabError(f"{file} is a folder.", remedy=f"a file in it, such as {file / 'replay.html'}")
        if file.exists() and _OURS not in file.read_bytes()[:_HEAD].decode("utf-8", "replace"):
            raise LabError(f"{file} is there already, and is no page of a replay: it is left as it is.", remedy=remedy)
        file.parent.mkdir(parents=True, exist_ok=True)  # before there is much to be written to it
        text = page(source, **options)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise LabError(f"{file} cannot be written: {error.strerror or error}", remedy=remedy) from error
    return file


def _about(source: Source, shown: Sequence[Shown]) -> str:
    """Return what the page is, for somebody who comes upon it."""
    facts, begin = source.facts, shown[0].at
    version = f" {facts.kubernetes}" if facts.kubernetes else ""
    when = time.strftime("%-d %B %Y, %H:%M:%S", time.localtime(begin))
    return escape(
        f"What a Kubernetes{version} cluster did on {when}, in {_long(shown[-1].at - begin)}, as its API told it: "
        "a recording, not a drawing. Press Play."
    )


def _made(source: Source) -> str:
    facts = source.facts
    by = f" by labkit {facts.labkit}" if facts.labkit else ""
    of = ", ".join(word for word in (facts.context, f"namespace {facts.namespace}" if facts.namespace else "") if word)
    return escape(f"Recorded{by}{f' from {of}' if of else ''}. This page holds all of it and fetches nothing.")


def _long(seconds: float) -> str:
    """Return a length of time in words."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole} seconds"
    return f"{whole // 60} min {whole % 60} s"
