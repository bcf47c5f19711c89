"""What "show me", "start over" and a notebook's own start do: data, shown as a learner would type it. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.steps.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Run:
    """Run kubectl.

    Attributes
    ----------
    words
        What stands behind ``kubectl``.
    stdin
        Its standard input, for ``-f -``.
    may_fail
        Whether it may be refused: what is to be deleted may be gone.
    """

    words: tuple[str, ...]
    stdin: str | None = None
    may_fail: bool = False

    @property
    def typed(self) -> str:
        """How a learner would type it in a cell."""
        line = f"kubectl {shlex.join(self.words)}"
        return f"%{line}" if self.stdin is None else f"%%{line}\n{self.stdin.rstrip()}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a text in a file of the working copy; where the new one stands there already, nothing is done."""

    path: str
    old: str
    new: str

    @property
    def typed(self) -> str:
        """How a learner would type it in a cell."""
        return f'lab.edit("{self.path}", {_quoted(self.old)}, {_quoted(self.new)})'


@dataclass(frozen=True, slots=True)
class Restore:
    """Take a file's original back."""

    path: str

    @property
    def typed(self) -> str:
        """How a learner would type it in a cell."""
        return f'lab.restore("{self.path}")'


@dataclass(frozen=True, slots=True)
class Write:
    """Write a new file into the working copy."""

    path: str
    text: str

    @property
    def typed(self) -> str:
        """How a learner would type it in a cell, by Jupyter's own magic; a cell runs beside the folder ``work``."""
        return f"%%writefile ../work/{self.path}\n{self.text.rstrip()}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Write an answer into the step's box."""

    text: str

    @property
    def typed(self) -> str:
        """The answer itself."""
        return self.text


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until something holds.

    Attributes
    ----------
    what
        The key of its words, among the step's ``waits``.
    holds
        Whether it does.
    seconds
        For how long at most.
    """

    what: str
    holds: Callable[[Evidence], bool]
    seconds: float = 90.0


Act = Run | Edit | Restore | Write | Answer | Until


def kubectl(line: str, *, stdin: str | None = None, may_fail: bool = False) -> Run:
    """Return the act for a command line without its ``kubectl``."""
    return Run(tuple(shlex.split(line)), stdin=stdin, may_fail=may_fail)


def typed(acts: tuple[Act, ...]) -> tuple[str, ...]:
    """Return what a learner would type, act by act; waits are nothing that one types."""
    return tuple(act.typed for act in acts if not isinstance(act, Until))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
