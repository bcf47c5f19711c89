"""The HTML of each part of a chapter that a reader gets."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from labkit.board import replay_html
from labkit.board.excerpt import excerpt, told
from labkit.handouts import page_markdown, pictures
from labkit.handouts.page_cells import (
    Answer,
    Board,
    Commands,
    Exercise,
    Facts,
    File,
    Question,
    Told,
    Try,
)
from labkit.handouts.source import Output, Picture, Prose, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.handouts.page_markdown import Links, Sections
    from labkit.recording.source import Source

#: For how wide windows a run is laid out, in pixels: a chapter is at most 54 rem wide.
_WIDTHS = (400, 760)

#: Of what a command says so many lines are seen at once, and of a file; the rest opens by a click.
_SAID, _SHOWN = 12, 16
#: So few more are not folded: the button would take as much room.
_FEW = 4

#: What is true now, among what commands have said.
_FACT = re.compile(r"^[\w-]+: (?:\d+/\d+ ready|the old Pods|three new Pods|/)|^Service [\w-]+: |^node [\w-]+: |^→ ")

#: A command or a call, in a sentence that does not mark it as code.
_VERBS = "get|describe|explain|logs|exec|rollout|scale|apply|create|delete|diff|label|drain|wait"
_COMMAND = re.compile(
    rf"kubectl (?:{_VERBS})\b.*?(?=: |\. |\? |, | say | and | \(|\n|$)|\b\w+\.\w+\((?:[^()\n]|\([^()]*\))*\)"
)


class Parts:
    """Writes the parts of one chapter.

    Parameters
    ----------
    name, title
        The chapter's.
    links
        Where a link of its text leads.
    sections
        Keeps its headings.
    run
        The recording of its run, which plays where the chapter shows its board.
    """

    def __init__(self, name: str, title: str, links: Links, sections: Sections, run: Source | None) -> None:
        self._name, self._title = name, title
        self._links, self._sections = links, sections
        self._run = run
        self._pictures = 0
        self.replays = False

    def html(self, part: Told) -> str:
        """Return a part as HTML."""
        match part:
            case Prose(text):
                return page_markdown.html(text, self._links, self._sections)
            case Question():
                return self._question(part)
            case Answer():
                return self._answer(part)
            case Exercise():
                return self._exercise(part)
            case Board(shown, focus):
                return self._board(shown, focus)
            case _:
                return self._figure(part) if isinstance(part, Picture) else _plain(part)

    def _figure(self, picture: Picture) -> str:
        self._pictures += 1
        drawn = pictures.for_screen(picture.svg, f"pic-{self._name}-{self._pictures}-", picture.alt)
        # what a picture looks like stands in the page once, for all of them
        drawn = replay_html.bare(drawn)
        below = f"<figcaption>{escape(picture.caption)}</figcaption>" if picture.caption else ""
        return f'<figure tabindex="0">{drawn}{below}</figure>'

    def _board(self, shown: tuple[Picture, ...], focus: str) -> str:
        still = "\n".join(map(self._figure, shown))
        if self._run is None:
            return still
        self.replays = True
        return _replayed(self._run, f"{self._title}: the run, replayed", still, focus or None)

    def _question(self, asked: Question) -> str:
        key = f"{self._name}-{asked.key}"
        choices = "\n".join(
            f'<label><input type="radio" name="p-{key}" id="p-{key}-{choice}"> <span>{page_markdown.line(words)}</span>'
            "</label>"
            for choice, words in asked.choices
        )
        return (
            f'<fieldset class="predict" id="predict-{key}">\n<legend>Predict</legend>\n'
            f"<p>{page_markdown.line(asked.asked)}</p>\n{choices}\n"
            f'<p class="onward"><a href="#answer-{key}">Where it is answered</a></p>\n</fieldset>'
        )

    def _answer(self, answer: Answer) -> str:
        asked = answer.question
        key = f"{self._name}-{asked.key}"
        rows = []
        for choice, words in asked.choices:
            right = choice == answer.choice
            mark = '<span class="mark">what happened</span>' if right else ""
            yours = '<span class="mark yours">your prediction</span>'
            rows.append(
                f'<li class="a-{choice}{" right" if right else ""}">{page_markdown.line(words)} {mark}{yours}</li>'
            )
        # a choice that was made is named in the answer, by style alone: the page runs no script for it
        chosen = "".join(
            f"body:has(#p-{key}-{choice}:checked) #answer-{key} .a-{choice} .yours {{ display: inline; }}\n"
            for choice, _ in asked.choices
        )
        why = f"<p>{page_markdown.line(answer.why)}</p>" if answer.why else ""
        seen = "\n".join(map(self._figure, answer.pictures))
        return (
            f'<style>{chosen}</style>\n<details class="answer" id="answer-{key}">\n'
            f"<summary><span>What happened</span> {page_markdown.line(asked.asked)}</summary>\n<div>\n"
            f"<p><strong>{page_markdown.line(answer.happened)}</strong></p>\n{why}\n"
            f"<ul>\n{''.join(rows)}\n</ul>\n{seen}\n</div></details>"
        )

    def _exercise(self, exercise: Exercise) -> str:
        key = f"{self._name}-{exercise.key}"
        hints = [
            f"<details><summary>Hint {number}</summary><p>{_hint(hint)}</p></details>"
            for number, hint in enumerate(exercise.hints, start=1)
        ]
        question = f"<p>{page_markdown.line(exercise.question)}</p>" if exercise.question else ""
        why = f"<p>{page_markdown.line(exercise.why)}</p>" if exercise.why else ""
        way = page_markdown.code(exercise.way, "bash") if exercise.way else ""
        solved = f'<details class="way"><summary>One way</summary>\n{way}\n{why}</details>' if way or why else ""
        return (
            f'<section class="exercise" aria-labelledby="do-{key}">\n'
            f'<p class="label">Exercise</p>\n<h3 id="do-{key}">{page_markdown.line(exercise.title)}</h3>\n'
            f"<p>{page_markdown.line(exercise.goal)}</p>\n{question}\n"
            f"<p><strong>Expected:</strong> {page_markdown.line(exercise.expected)}.</p>\n"
            f"{''.join(hints)}\n{solved}\n</section>"
        )


@lru_cache(maxsize=8)
def _replayed(run: Source, name: str, still: str, focus: str | None) -> str:
    """Return a run that plays, with a line above it. It is laid out once for the page and the site that show it."""
    seen = excerpt(run)
    played = replay_html.section(seen, told(run, seen, focus), name, fallback=still, widths=_WIDTHS, focus=focus)
    return (
        '<p class="replay-note"><strong>The run of this chapter, replayed.</strong> '
        f"{seen[-1].at - seen[0].at:.0f} seconds, as the cluster told them; what stands below is what was typed "
        f"meanwhile.</p>\n{played}"
    )


# -- one by one --------------------------------------------------------------------------------------------------------


def _plain(part: Commands | File | Facts | Try | Table | Output) -> str:
    match part:
        case Commands():
            return _commands(part)
        case File():
            return _file(part)
        case Facts(lines, start):
            return _facts(lines, start=start)
        case Try(text):
            return f'<div class="try"><p class="label">To try, with a cluster</p>\n<p>{_hint(text)}</p></div>'
        case Table(header, rows):
            return table(header, rows)
        case Output(text, kind, language):
            label = '<p class="label">Error</p>' if kind == "error" else ""
            return f'<div class="output {kind}">{label}{page_markdown.code(text, language)}</div>'


def _commands(part: Commands) -> str:
    typed = "".join(map(_typed, part.lines))
    said = f'<div class="said">{_folded(part.said, _SAID, _said)}</div>' if part.said else ""
    warned = f'<div class="said warned">{_folded(part.warned, _SAID, escape)}</div>' if part.warned else ""
    return f'<div class="terminal">\n<pre class="typed" tabindex="0">{typed}</pre>\n{said}{warned}</div>'


def _typed(text: str) -> str:
    if text.startswith("# "):
        return f'<span class="act">{escape(text[2:])}</span>'
    return f'<span class="command"><span class="prompt" aria-hidden="true">$ </span>{escape(text)}</span>'


def _file(part: File) -> str:
    return (
        f'<div class="file">\n<p class="name">{escape(part.name)}</p>\n'
        f"{_folded(part.text, _SHOWN, lambda text: page_markdown.fence(text, part.language))}</div>"
    )


def _folded(text: str, most: int, write: Callable[[str], str]) -> str:
    """Return lines of text; of many the first are seen, and the rest opens."""
    lines = text.splitlines()
    if len(lines) <= most + _FEW:
        return f'<pre tabindex="0">{write(text)}</pre>'
    head, rest = "\n".join(lines[:most]), "\n".join(lines[most:])
    return (
        f'<pre tabindex="0">{write(head)}</pre>\n<details class="more"><summary>{len(lines) - most} more lines'
        f'</summary><pre tabindex="0">{write(rest)}</pre></details>'
    )


def _said(text: str) -> str:
    return "\n".join(map(_said_line, text.splitlines()))


def _said_line(text: str) -> str:
    kind = "plus" if text.startswith("+") else "minus" if re.match(r"-(?!-- )", text) else ""
    kind = "fact" if _FACT.match(text) else kind
    return f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text)


def _facts(lines: tuple[str, ...], *, start: bool) -> str:
    head = '<p class="label">At the beginning</p>' if start else ""
    told_ = "".join(f"<li>{escape(each)}</li>" for each in lines)
    return f'<div class="facts">{head}<ul>{told_}</ul></div>'


def _hint(text: str) -> str:
    """Return a hint: its commands as code, also where it does not say that they are some."""
    if "`" not in text:
        text = _COMMAND.sub(lambda at: f"`{at[0]}`", text)
    text = text[:1].upper() + text[1:]
    return page_markdown.line(text).replace("\n", "<br>\n")


def table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a table as a cell has put it out."""
    # pandas writes nothing above its index: that corner heads no column, and what stands below it heads the rows
    head = "".join(f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in header)
    first = '<th scope="row">{}</th>' if header and not header[0] else "<td>{}</td>"
    templates = (first, *["<td>{}</td>"] * (len(header) - 1))
    cells = ("".join(map(str.format, templates, map(escape, row))) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    rows_of_it = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="output wide" {page_markdown.SCROLLS}><table class="data">{rows_of_it}</table></div>'
