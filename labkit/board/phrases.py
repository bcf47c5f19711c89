"""What happened, as the pages get it: each sentence once, with a gap for the Pod's name, and where it was said of whom.

A thousand Pods that are rolled make thousands of moments, and a dozen sentences.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labkit.recording.moment_words import label, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.recording.moment import Moment

#: Stands in a phrase where the last part of a Pod's name belongs: no name has it, and no text of the API's.
GAP = "\0"

_POD = "Pod"


class Phrases:
    """All phrases there are so far; each has a number. Not safe for threads."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        #: by number: what happened, to which Deployment, and in words
        self.all: list[tuple[str, str, str]] = []

    def number(self, moment: Moment) -> int:
        """Return the number of a moment's phrase: a new one, where nothing like it was ever said."""
        kind, name, _ = moment.subject
        begin = name.removesuffix(label(name)) if kind == _POD else name
        known = (moment.kind, kind, begin, moment.app, *moment.data.items())
        number = self._numbers.get(known)
        if number is None:
            told = replace(moment, subject=(kind, begin + GAP, "")) if kind == _POD else moment
            number = self._numbers[known] = len(self.all)
            self.all.append((moment.kind.value, moment.app, sentence(told)))
        return number

    def packed(self, moments: Iterable[Moment], since: int) -> list[list[int | str]]:
        """Return moments as a page gets them.

        Parameters
        ----------
        moments
            Oldest first.
        since
            Seconds since the epoch, from which their times are counted.

        Returns
        -------
        list
            Of each the microseconds since then (rounded up: at that time it has happened), its phrase's number, and of
            a Pod the last part of its name.
        """
        found: list[list[int | str]] = []
        for moment in moments:
            told: list[int | str] = [math.ceil((moment.at - since) * 1e6), self.number(moment)]
            if moment.subject[0] == _POD:
                told.append(label(moment.name))
            found.append(told)
        return found
