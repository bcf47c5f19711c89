"""What Typst gets: all that is on paper as one tree of plain data, its texts as Typst markup. Pure.

The templates (``handouts/*.typ``) lay it out. Text of the lesson reaches Typst as strings only (see
:mod:`labkit.handouts.typst_markdown`), so nothing in it can mean anything to Typst.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from labkit.handouts.typst_markdown import inline, inline_code
from labkit.handouts.words import TITLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from labkit.handouts.card import Group
    from labkit.handouts.course import Exercise, Prediction, Session
    from labkit.handouts.figures import Drawn, Strip
    from labkit.handouts.notes import Note
    from labkit.handouts.ways_figure import Ways
    from labkit.lesson.wording import Cause

_CODE_SPAN = re.compile(r"(`[^`]*`)")
_FACT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Content:
    """The tree, as JSON takes it, and the pictures that it names: file name → SVG."""

    tree: dict[str, Any]
    pictures: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures: filmstrips by notebook, what their signs mean (in large print, too), and one notebook's ways."""

    strips: Mapping[str, tuple[Strip, ...]]
    legend: Drawn
    legend_large: Drawn
    ways: Mapping[str, Ways]


def content(sessions: Sequence[Session], shown: Shown, card: Sequence[Group], words: Mapping[str, Any]) -> Content:
    """Return all that is on paper.

    Parameters
    ----------
    sessions
        The notebooks, in their order.
    shown
        Their figures.
    card
        The command card's groups.
    words
        What stands on paper and in no notebook (``handouts/words.toml``).
    """
    kept = _Kept()
    names = {each.name for each in sessions}
    tree = {
        "title": TITLE,
        "words": _marked(words, names),
        "legend": kept.picture("legend", shown.legend),
        "legend-large": kept.picture("legend-large", shown.legend_large),
        "sessions": [_session(each, shown, kept, names, card) for each in sessions],
        "card": [
            {
                "title": group.title,
                "commands": [{"form": inline_code(c.form), "says": inline(c.says)} for c in group.commands],
            }
            for group in card
        ],
    }
    return Content(tree, kept.files)


class _Kept:
    """Keeps pictures by the names of their files."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def picture(self, name: str, drawn: Drawn) -> dict[str, Any]:
        self.files[f"{name}.svg"] = drawn.svg
        return {"file": f"{name}.svg", "width": drawn.width, "height": drawn.height, "alt": drawn.alt}


def _session(each: Session, shown: Shown, kept: _Kept, names: set[str], card: Sequence[Group]) -> dict[str, Any]:
    def text(markdown: str) -> str:
        return inline(markdown, lambda target: _link(names, target))

    strips = [
        {
            "title": strip.title,
            "order": strip.order,
            "shots": [
                {
                    "when": shot.when,
                    "sentence": shot.sentence,
                    "picture": kept.picture(f"{each.name}-{n}-{i}", shot.drawn),
                }
                for i, shot in enumerate(strip.shots, 1)
            ],
            "requests": kept.picture(f"{each.name}-{n}-requests", strip.requests) if strip.requests else None,
            "requests-large": kept.picture(f"{each.name}-{n}-requests-large", strip.requests_large)
            if strip.requests_large
            else None,
        }
        for n, strip in enumerate(shown.strips.get(each.name, ()), 1)
    ]
    found = shown.ways.get(each.name)
    return {
        "name": each.name,
        "number": each.number,
        "title": each.title,
        "about": text(each.about),
        "needs": text(each.needs),
        "minutes": asdict(each.minutes),
        "questions": [text(q) for q in each.questions],
        "commands": [{"text": inline_code(c), "says": inline(_says(card, c))} for c in each.commands],
        "predictions": [_prediction(p) for p in each.predictions],
        "exercises": [_exercise(e, text) for e in each.exercises],
        "notes": [{"where": where, "said": _note(note, text)} for where, note in each.notes],
        "points": [text(point) for point in each.points],
        "strips": strips,
        "ways": _ways(found, kept) if found else None,
    }


def _says(card: Sequence[Group], command: str) -> str:
    """Return the card's line about a command: the last that fits, since what is more particular stands further down."""
    fitting = [c for group in card for c in group.commands if c.find.search(command)]
    return fitting[-1].says if fitting else ""


def _prediction(each: Prediction) -> dict[str, Any]:
    return {
        "question": inline(each.question),
        "choices": [{"said": inline(c.said), "happened": c.happened} for c in each.choices],
        "happened": inline(each.happened),
        "why": inline(each.why),
        "optional": each.optional,
    }


def _exercise(each: Exercise, text: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of this module
    return {
        "key": each.key,
        "title": inline(each.title),
        "goal": inline(each.goal),
        "expected": inline(each.expected),
        "question": inline(each.question),
        "optional": each.optional,
        "note": _note(each.note, text),
        "way": [inline_code(line) for line in each.note.one_way.splitlines()],
        "wrong": [_cause(cause) for cause in each.wrong],
    }


def _note(note: Note, text: Any) -> list[dict[str, str]]:  # noqa: ANN401 - likewise
    return [{"label": label, "text": text(said)} for label, said in note.said if label != "Minutes"]


def _cause(cause: Cause) -> dict[str, str]:
    return {"seen": inline(general(cause.seen)), "why": inline(general(cause.why)), "do": inline(general(cause.remedy))}


def general(text: str) -> str:
    """Return what a box says, whatever it is filled with: names of facts in italics, in code in capitals."""
    parts = _CODE_SPAN.split(text)
    return (
        "".join(
            _FACT.sub(lambda fact: fact[1].upper(), part) if part.startswith("`") else _FACT.sub(r"*\1*", part)
            for part in parts
        )
        .replace("{{", "{")
        .replace("}}", "}")
    )


def _ways(ways: Ways, kept: _Kept) -> dict[str, Any]:
    return {
        "axis": kept.picture("ways-axis", ways.axis),
        "key": kept.picture("ways-key", ways.key),
        "key-large": kept.picture("ways-key-large", ways.key_large),
        "lanes": [
            {
                "title": lane.title,
                "what": lane.what,
                "facts": list(lane.facts),
                "picture": kept.picture(f"ways-{i}", lane.drawn),
            }
            for i, lane in enumerate(ways.lanes, 1)
        ],
    }


def _marked(words: Any, names: set[str]) -> Any:  # noqa: ANN401 - a tree of TOML
    """Return a tree of texts with each of them as markup."""
    if isinstance(words, str):
        return inline(words, lambda target: _link(names, target))
    if isinstance(words, list):
        return [_marked(each, names) for each in words]
    # by which notebooks are found is no text
    return {key: each if key == "notebooks" else _marked(each, names) for key, each in words.items()}


def _link(names: set[str], target: str) -> str | None:
    """Lead a link to another notebook to its page; other links mean nothing on paper."""
    name = target.partition("#")[0].removeprefix("./").removesuffix(".ipynb")
    return f"<{label(name)}>" if name in names else None


def label(name: str) -> str:
    """Return the label of a notebook's heading."""
    return f"session-{name}"


def texts(tree: Any) -> Iterator[str]:  # noqa: ANN401 - a tree of JSON
    """Yield all strings of a tree."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for each in tree:
            yield from texts(each)
    elif isinstance(tree, dict):
        for each in tree.values():
            yield from texts(each)
