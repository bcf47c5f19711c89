"""The pages of the site, as text: what is read becomes one file after the other. Pure, but for the templates."""

from __future__ import annotations

import base64
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from labkit import __version__
from labkit.board import replay_html
from labkit.board.excerpt import excerpt, told
from labkit.board.filmstrip import filmstrip
from labkit.handouts import page, page_markdown, pictures
from labkit.handouts.words import TITLE
from labkit.site import documents, downloads, intro

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labkit.handouts.source import Chapter
    from labkit.recording.source import Source
    from labkit.site.documents import Document
    from labkit.site.reference import Described

HERE = Path(__file__).parent

#: The run that the first page replays, and the Deployment that is rolled out in it.
_SHOWN, _APP = "05-rolling-update", "hello"
#: Seconds before the rollout begins, and after it is complete: until its old Pods are gone.
_BEFORE, _AFTER = 2.0, 7.0

#: Sections of README that are pages of the site, or part of one.
_TRY = ("Two commands", "What it does to your machine")
_COMPARED = "How it compares"


@dataclass(frozen=True, slots=True)
class Content:
    """What the site shows.

    Attributes
    ----------
    chapters
        The notebooks.
    runs
        The recordings, by their chapters' names.
    documents
        Markdown files that become pages.
    readme
        README's text: what it says of trying the kit stands on the site too.
    api
        labkit's public classes.
    commands
        The command line's help, as Markdown.
    root
        The checkout, in which the pictures of the Markdown files stand.
    """

    chapters: Sequence[Chapter]
    runs: Mapping[str, Source]
    documents: Sequence[Document]
    readme: str
    api: Sequence[Described]
    commands: str
    root: Path = field(default_factory=Path)


def site(content: Content, handouts: Mapping[str, int]) -> dict[str, str]:
    """Return the site: each file's path and its text.

    Parameters
    ----------
    content
        What it shows.
    handouts
        The handouts that there are beside it, in ``handouts/``: their names and sizes in bytes.
    """
    writer = _Writer(content)
    return {name: f"{text.rstrip()}\n" for name, text in writer.files(handouts)}


class _Writer:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._environment = page.environment(HERE / "templates")
        # as plain text first: what is added to Markup is escaped
        self._style = Markup(str(page.style()) + _read("site.css") + _read("drawing.css"))  # noqa: S704 - our own
        #: what of the repository has a page: path → page
        self._places = {f"notebooks/{each.name}.ipynb": f"lesson/{each.name}.html" for each in content.chapters}
        self._places |= {each.path: each.name for each in content.documents}

    def files(self, handouts: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield each page with its path."""
        content = self._content
        chapters = [intro.of(chapter) for chapter in content.chapters]
        yield self._page("index.html", "home.html", "", chapters=chapters, **self._shown())
        yield self._page("lesson/index.html", "lesson.html", "The lesson", chapters=chapters)
        for chapter in content.chapters:
            yield self._chapter(chapter)
        tried = "\n\n".join(f"## {name}\n\n{documents.section(content.readme, name)}" for name in _TRY)
        yield self._text("try.html", "Try it", tried, "README.md")
        compared = documents.section(content.readme, _COMPARED)
        yield self._text("compared.html", _COMPARED, compared, "README.md")
        yield self._page("handouts/index.html", "handouts.html", "Handouts", groups=downloads.groups(handouts))
        for each in content.documents:
            yield self._text(each.name, each.title, each.text, each.path)
        yield self._page("reference/index.html", "reference.html", "Reference", classes=content.api)
        for described in content.api:
            yield self._page(
                f"reference/{described.name.lower()}.html", "class.html", described.name, described=described
            )
        yield self._text("reference/commands.html", "The command labkit", content.commands, "labkit/cli.py")

    # -- kinds of pages ------------------------------------------------------------------------------------------------

    def _page(self, name: str, template: str, title: str, *, replays: bool = False, **more: Any) -> tuple[str, str]:  # noqa: ANN401 - what a template wants
        # a page that plays nothing runs nothing
        script = replay_html.script() if replays else ""

        def to(path: str) -> str:
            return posixpath.relpath(path, posixpath.dirname(name) or ".")

        text = self._environment.get_template(template).render(
            name=name,
            to=to,
            title=title,
            site=TITLE,
            version=__version__,
            documents=self._content.documents,
            style=self._style,
            script=Markup(script),  # noqa: S704 - our own script
            policy=replay_html.policy(script) if replays else page.POLICY,
            line=lambda words: Markup(page_markdown.line(words)),  # noqa: S704 - HTML in it is text
            prose=lambda words: Markup(page_markdown.html(words, lambda _: None, page_markdown.Sections())),  # noqa: S704 - likewise
            **more,
        )
        return name, text

    def _chapter(self, chapter: Chapter) -> tuple[str, str]:
        name = self._places[f"notebooks/{chapter.name}.ipynb"]
        run = self._content.runs.get(chapter.name)
        links = self._links(f"notebooks/{chapter.name}.ipynb", name)
        rendered = page.Rendered(chapter, links, run, own_page=True)
        others = [
            (each.number, each.title, self._places[f"notebooks/{each.name}.ipynb"]) for each in self._content.chapters
        ]
        at = [path for _, _, path in others].index(name)
        return self._page(
            name,
            "chapter.html",
            chapter.title,
            chapter=rendered,
            others=others,
            before=others[at - 1] if at else None,
            after=others[at + 1] if at + 1 < len(others) else None,
            legend=page.legend([run]) if run is not None else "",
            replays=rendered.replays,
        )

    def _text(self, name: str, title: str, text: str, path: str) -> tuple[str, str]:
        """Return a page of Markdown; ``path`` is where its links and pictures begin."""
        sections = page_markdown.Sections()
        body = page_markdown.html(text, self._links(path, name), sections, self._images(path))
        # a long list of words is not a list of contents
        return self._page(
            name,
            "text.html",
            title,
            body=Markup(body),  # noqa: S704 - HTML in it is text
            sections=sections.found if path != "notebooks/glossary.md" else [],
        )

    def _shown(self) -> dict[str, Any]:
        """Return the rollout that plays on the first page, where there is a recording of it."""
        run = self._content.runs.get(_SHOWN)
        if run is None:
            return {"replay": "", "replays": False}
        strip = filmstrip(run, "rollout", _APP, since=run.span[0])
        frames = excerpt(run, strip.frames[0].at - _BEFORE, strip.frames[-1].at + _AFTER)
        played = replay_html.section(frames, told(run, frames, _APP), strip.title, focus=_APP)
        return {"replay": Markup(played), "replays": True}  # noqa: S704 - our own HTML

    # -- where things are ----------------------------------------------------------------------------------------------

    def _links(self, path: str, name: str) -> page_markdown.Links:
        """Return where a link in a file of the repository leads on its page; what has no page is named, not linked."""

        def lead(target: str) -> str | None:
            wanted, _, anchor = target.partition("#")
            if not wanted:
                return target
            there = posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))
            if there not in self._places:
                return None
            to = posixpath.relpath(self._places[there], posixpath.dirname(name) or ".")
            return f"{to}#{anchor}" if anchor else to

        return lead

    def _images(self, path: str) -> page_markdown.Images:
        """Return the pictures of a Markdown file, to stand inside its page."""

        def image(target: str, words: str) -> str | None:
            file = self._content.root / posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if not file.is_file():
                return None
            if file.suffix == ".svg":
                # without rules of its own: on the page it has the reader's colours (drawing.css)
                drawn = replay_html.bare(
                    pictures.for_screen(file.read_text(encoding="utf-8"), f"pic-{file.stem}-", words)
                )
                return f'<span class="drawn" tabindex="0" role="group" aria-label="drawing">{drawn}</span>'
            packed = base64.b64encode(file.read_bytes()).decode()
            kind = re.sub(r"^\.", "", file.suffix)
            return f'<img src="data:image/{kind};base64,{packed}" alt="{Markup.escape(words)}">'

        return image


def _read(name: str) -> str:
    """Return a file that stands beside this module."""
    return (HERE / name).read_text(encoding="utf-8")
