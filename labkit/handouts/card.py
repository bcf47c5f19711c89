"""The command card: what the lesson does by kubectl, in groups, each with one line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.paths import REPO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = REPO / "handouts" / "commands.toml"


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it stands on the card, what it does, and the pattern that finds it in the notebooks."""

    form: str
    says: str
    find: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that belong together."""

    title: str
    commands: tuple[Command, ...]


def read(file: Path = FILE) -> tuple[Group, ...]:
    """Return the card's groups."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))["group"]
    return tuple(
        Group(group["title"], tuple(Command(c["form"], c["says"], re.compile(c["find"])) for c in group["commands"]))
        for group in found
    )


def missing(groups: Iterable[Group], commands: Iterable[str]) -> list[str]:
    """Return the commands that no line of the card is about."""
    known = [command for group in groups for command in group.commands]
    return [each for each in commands if not any(command.find.search(each) for command in known)]


def check(groups: Iterable[Group], commands: Iterable[str]) -> None:
    """Refuse a card that lacks what a cell runs.

    Raises
    ------
    LabError
        If it does; it names the commands.
    """
    if left := missing(groups, commands):
        raise LabError(
            f"The command card has no line for {left[0]!r}.", remedy=f"add it to {FILE}", detail="\n".join(left[1:])
        )
