"""The instructor's notes of a notebook, taken apart: what to say, what to ask, what to expect, one way to do it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = "**For the instructor.**"
_CODE = re.compile(r"```\n(.*?)\n?```", re.DOTALL)
_LABEL = re.compile(
    r"\*(Say|Ask|Expect|Misconception|The sentence(?: that meets it)?|Minutes|If late|Have ready)\*([^:*]*): "
)
_WAY = "One way"


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes
    ----------
    said
        Label and text, in their order: ``("Ask", "who makes the Pod?")``.
    one_way
        One way to do the exercise, as it would be typed; empty where the note is about none.
    """

    said: tuple[tuple[str, str], ...] = ()
    one_way: str = ""


NONE = Note()


def read(text: str) -> Note:
    """Return a note, from the Markdown of its cell.

    Raises
    ------
    ValueError
        If something in it has no label: paper would lose it.
    """
    plain = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
    code = _CODE.search(plain)
    plain = _CODE.sub("", plain).replace(_HEAD, "")
    plain = re.sub(rf"\*{_WAY}\*:\s*", "", plain)
    found = list(_LABEL.finditer(plain))
    if plain[: found[0].start() if found else None].strip():
        raise ValueError(f"no label before {plain.strip()[:60]!r}")
    ends = [each.start() for each in found[1:]] + [len(plain)]
    said = tuple(
        (f"{each[1]}{each[2]}", " ".join(plain[each.end() : end].split()))
        for each, end in zip(found, ends, strict=True)
    )
    return Note(said, code[1] if code else "")
