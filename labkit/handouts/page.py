"""The HTML: the lesson as one file that needs nothing else. Style, pictures and the runs that it replays are inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from labkit.board import reading, replay_html
from labkit.board.excerpt import snapshots
from labkit.handouts import page_cells, page_markdown, source
from labkit.handouts.page_parts import Parts
from labkit.handouts.page_words import Rewording
from labkit.handouts.source import Prose
from labkit.handouts.words import SUBTITLE, TITLE
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labkit.handouts.page_markdown import Links
    from labkit.handouts.source import Chapter
    from labkit.recording.source import Source

TEMPLATES = REPO / "handouts"
NOTEBOOKS = REPO / "notebooks"

#: What a page without scripts may: nothing but be styled.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

#: Beside the notebooks: words, and what is another today.
_APPENDICES = ("glossary", "since-2016")

NOTE = (
    "Every command, every output and every picture comes from a real run on a real cluster: one control plane and "
    "three workers. Names that Kubernetes makes up, such as a Pod's last letters, will be others on yours."
)


def html(chapters: Sequence[Chapter], runs: Mapping[str, Source] | None = None) -> str:
    """Return the lesson as one HTML document, for readers who have no cluster.

    Parameters
    ----------
    chapters
        The notebooks.
    runs
        The recording of a chapter's run, by its name: it plays where the chapter shows its board, and the picture stays
        for who has no scripts, and on paper. Without a recording there are only pictures, and no script.
    """
    runs = runs or {}
    all_of_it = [*chapters, *appendices(chapters)]
    names = {chapter.name for chapter in all_of_it}
    rendered = [Rendered(each, _within(names), runs.get(each.name)) for each in all_of_it]
    replayed = any(chapter.replays for chapter in rendered)
    script = replay_html.script() if replayed else ""
    text = (
        environment(TEMPLATES)
        .get_template("page.html")
        .render(
            title=TITLE,
            subtitle=SUBTITLE.removeprefix("Handouts to the lab: "),
            note=NOTE,
            style=style(),
            chapters=rendered,
            legend=legend([runs[name] for name in sorted(names & runs.keys())]),
            policy=replay_html.policy(script) if replayed else POLICY,
            script=Markup(script),  # noqa: S704 - our own script
        )
    )
    return text.rstrip() + "\n"


def appendices(chapters: Sequence[Chapter]) -> list[Chapter]:
    """Return what the chapters look words up in, as chapters: the Markdown beside the notebooks."""
    prose = "\n".join(part.text for chapter in chapters for part in chapter.parts if isinstance(part, Prose))
    return [source.appendix(NOTEBOOKS / f"{name}.md") for name in _APPENDICES if f"]({name}.md" in prose]


class Rendered:
    """A chapter as a template sees it.

    Attributes
    ----------
    id, title, number
        As the chapter has them.
    sections
        Its headings of the second level: id and words.
    body
        Its HTML.
    replays
        Whether a run plays in it.

    Parameters
    ----------
    chapter
        What to write.
    links
        Where a link of its text leads.
    run
        The recording of its run.
    own_page
        Whether it has a page of its own: its ids need not say then which chapter they belong to.
    """

    def __init__(self, chapter: Chapter, links: Links, run: Source | None, *, own_page: bool = False) -> None:
        self.id, self.title, self.number = chapter.name, chapter.title, chapter.number
        sections = page_markdown.Sections("" if own_page else f"{chapter.name}-")
        parts = Parts(chapter.name, chapter.title, links, sections, run)
        retold = page_cells.retell(chapter, Rewording(chapter.name))
        self.body = Markup("\n".join(map(parts.html, retold)))  # noqa: S704 - each part escapes its text
        self.sections = sections.found
        self.replays = parts.replays


def legend(runs: Sequence[Source]) -> Markup:
    """Return how to read the replays of these runs, folded; nothing where there are none."""
    if not runs:
        return Markup()
    shown = reading.legend((each for run in runs for each in snapshots(run)), requests=True)
    return Markup(  # noqa: S704 - our own words
        '<details class="legend">\n<summary>How to read the pictures</summary>\n'
        f'<div class="lk-reading">\n{shown}\n</div>\n</details>'
    )


def environment(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder, which write text as text."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style() -> Markup:
    """Return the rules for a chapter, its pictures, its code and its replay."""
    own = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return Markup(f"{replay_html.style()}{own}{page_markdown.colours()}")  # noqa: S704 - our own style sheets


def _within(names: set[str]) -> Links:
    """Return where links lead in a page that holds all chapters: to one of them, to a word, or nowhere."""

    def lead(target: str) -> str | None:
        path, _, anchor = target.partition("#")
        name = path.removeprefix("./").removesuffix(".ipynb").removesuffix(".md")
        if name not in names:
            return None
        return f"#{name}-{anchor}" if anchor and path.endswith(".md") else f"#{name}"

    return lead
