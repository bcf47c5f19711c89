"""The learner's working copy of ``manifests/`` and ``nginx/``: theirs to edit, easy to take back, never lost."""

from __future__ import annotations

import difflib
import shutil
import time
from typing import TYPE_CHECKING

from labkit import paths
from labkit.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

#: The folders that a learner gets a copy of, and what in them is theirs to edit.
FOLDERS = ("manifests", "nginx")
_FILES = ("manifests/*.yaml", "manifests/services/*.yaml", "nginx/frontend.conf")
#: Copies of what a learner changed and a reset took back, by time.
KEPT = ".kept"


class Workspace:
    """One working copy.

    Parameters
    ----------
    root
        The folder that holds the copy; made when it is missing.
    source
        The folder that holds the originals.
    """

    def __init__(self, root: Path | None = None, source: Path | None = None) -> None:
        self.root = root or paths.WORK
        self.source = source or paths.LESSON

    def originals(self) -> dict[str, str]:
        """Return the originals: path below the folder → text."""
        paths_found = sorted(path for pattern in _FILES for path in self.source.glob(pattern))
        return {path.relative_to(self.source).as_posix(): path.read_text(encoding="utf-8") for path in paths_found}

    def files(self) -> list[str]:
        """Return the paths of all files in the copy, sorted."""
        return sorted(
            path.relative_to(self.root).as_posix()
            for folder in FOLDERS
            for path in (self.root / folder).rglob("*")
            if path.is_file() and KEPT not in path.parts
        )

    def reset(self, edits: dict[str, dict[str, str]] | None = None) -> Path | None:
        """Bring the copy to a notebook's start; what the learner wrote themselves is kept aside, never lost.

        Parameters
        ----------
        edits
            Path → {old text: new text} that a notebook's start has already changed (``replicas: 3``, say).

        Returns
        -------
        Path | None
            The folder with the learner's own versions, or None when there was nothing of theirs to keep.
        """
        kept: Path | None = None
        originals = self.originals()
        for path in self.files():
            text = (self.root / path).read_text(encoding="utf-8", errors="replace")
            if path not in originals or not _is_lesson_text(text, originals[path]):
                kept = kept or self.root / KEPT / time.strftime("%Y-%m-%d-%H%M%S")
                (kept / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(self.root / path, kept / path)
        for path, original in originals.items():
            text = original
            for old, new in (edits or {}).get(path, {}).items():
                text = _replaced(path, text, old, new)
            target = self.root / path
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        return kept

    def read(self, path: str) -> str:
        """Return the text of one file of the copy."""
        return self._inside(path).read_text(encoding="utf-8")

    def restore(self, path: str) -> None:
        """Take one file's original back; the learner's version is kept aside.

        Raises
        ------
        LabError
            If the lesson has no such file.
        """
        originals = self.originals()
        if path not in originals:
            raise LabError(f"The lesson has no file {path}.", remedy=f"one of: {', '.join(originals)}")
        target = self.root / path
        if target.exists():
            kept = self.root / KEPT / time.strftime("%Y-%m-%d-%H%M%S") / path
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(target, kept)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(originals[path], encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> str:
        """Replace `old` by `new` in one file and return the difference, as ``diff -u`` marks it.

        Raises
        ------
        LabError
            If there is no such file, or `old` does not stand in it exactly once.
        """
        target = self._inside(path)
        before = target.read_text(encoding="utf-8")
        if old not in before and new in before:
            return f"{path} says so already: {new}"
        after = _replaced(path, before, old, new)
        target.write_text(after, encoding="utf-8")
        return difference(path, before, after)

    def _inside(self, path: str) -> Path:
        target = (self.root / path).resolve()
        if not target.is_relative_to(self.root.resolve()) or not target.is_file():
            raise LabError(
                f"There is no file {path} in your working copy.",
                remedy=f"one of: {', '.join(self.files()) or 'none yet: run the first cell of the notebook'}",
            )
        return target


def difference(path: str, before: str, after: str) -> str:
    """Return the lines that differ: the file's name, then ``-`` old and ``+`` new lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join([path, *changed])


def _replaced(path: str, text: str, old: str, new: str) -> str:
    times = text.count(old)
    if times != 1:
        raise LabError(
            f"{path} holds {old!r} {times} times; to replace it, it must stand there exactly once.",
            remedy=f'look at the file, or take the original back with lab.restore("{path}")',
        )
    return text.replace(old, new)


def _is_lesson_text(text: str, original: str) -> bool:
    """Tell whether `text` is the original or differs only where the lesson itself changes it."""
    return _without_the_lessons_edits(text) == _without_the_lessons_edits(original)


def _without_the_lessons_edits(text: str) -> list[str]:
    keys = ("replicas", "image", "externalIPs")
    lines = [(line, line.strip(" #-").split(":")[0]) for line in text.splitlines()]
    return [key if key in keys else line for line, key in lines]
