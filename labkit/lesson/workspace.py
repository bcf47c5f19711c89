"""The learner's working copy of ``manifests/`` and ``nginx/``: theirs to edit, easy to take back, never lost."""

from __future__ import annotations

import contextlib
import difflib
import fnmatch
import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import in_class, paths
from labkit.errors import LabError
from labkit.lesson import committed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: The folders that a learner gets a copy of, and what in them is theirs to edit.
FOLDERS = ("manifests", "nginx")
_FILES = ("manifests/*.yaml", "manifests/services/*.yaml", "nginx/frontend.conf")
#: Copies of what a learner changed and a reset took back, by time.
KEPT = ".kept"
#: What editors leave beside a person's files: nobody's work.
_LITTER = (".ipynb_checkpoints", "__pycache__", "*.swp", "*.swo", "*~", ".#*", "#*#", ".~*", ".DS_Store")
#: Edits of the lesson that a cell filled in, such as a node's address: they are known once the cell has run.
_FILLED_IN = ".lesson-edits.json"


class Workspace:
    """One working copy.

    Parameters
    ----------
    root
        The folder that holds the copy; made when it is missing.
    source
        The folder that holds the originals.
    edits
        What the lesson itself changes in the copy; the committed notebooks' edits when not given.
    """

    def __init__(
        self, root: Path | None = None, source: Path | None = None, edits: Collection[committed.Edit] | None = None
    ) -> None:
        self.root = root or paths.WORK
        self.source = source or paths.LESSON
        self._edits = tuple(map(_here, committed.read().edits) if edits is None else edits)

    def originals(self) -> dict[str, str]:
        """Return the originals: path below the folder → text.

        Raises
        ------
        LabError
            If there are none: then all that a learner has would be taken for their own.
        """
        found = sorted(path for pattern in _FILES for path in self.source.glob(pattern))
        if not found:
            raise LabError(
                f"There are no originals of the lesson's files in {self.source}.",
                remedy="unset LABKIT_LESSON, or let it name a folder that holds manifests/*.yaml",
            )
        with _told("read the lesson's files"):
            return {path.relative_to(self.source).as_posix(): path.read_text(encoding="utf-8") for path in found}

    def files(self) -> list[str]:
        """Return the paths of all files in the copy, sorted, without what editors leave beside them."""
        return sorted(
            path.relative_to(self.root).as_posix()
            for folder in FOLDERS
            for path in _files_in(self.root / folder)
            if not _is_litter(path.relative_to(self.root))
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

        Raises
        ------
        LabError
            If a file can be neither read nor moved aside.
        """
        originals = self.originals()
        with _told("bring the working copy to the notebook's start"):
            theirs = [path for path in self.files() if not self._is_lessons(path, originals.get(path))]
            kept = self._keep(theirs)
            for path, original in originals.items():
                text = original
                for old, new in (edits or {}).get(path, {}).items():
                    text = _replaced(path, text, old, new)
                self._write(path, text)
            (self.root / _FILLED_IN).unlink(missing_ok=True)
        return kept

    def clean(self) -> bool:
        """Remove the copy; what the learner wrote stays aside, and whatever else is in its folder stays too.

        Returns
        -------
        bool
            Whether the folder is gone.
        """
        if not self.root.is_dir():
            return True
        self.reset()
        with _told("remove the working copy"):
            for folder in FOLDERS:
                shutil.rmtree(self.root / folder)
            with contextlib.suppress(OSError):  # it is not empty
                self.root.rmdir()
        return not self.root.exists()

    def read(self, path: str) -> str:
        """Return the text of one file of the copy.

        Raises
        ------
        LabError
            If there is no such file, or it holds no text.
        """
        target = self._inside(path)
        with _told(f"read {path}"):
            return target.read_text(encoding="utf-8")

    def restore(self, path: str) -> Path | None:
        """Take one file's original back.

        Returns
        -------
        Path | None
            Where the learner's version is kept; None when it held nothing of theirs.

        Raises
        ------
        LabError
            If the lesson has no such file.
        """
        originals = self.originals()
        if not isinstance(path, str) or path not in originals:
            raise LabError(f"The lesson has no file {path}.", remedy=f"one of: {', '.join(originals)}")
        with _told(f"take the original of {path} back"):
            there = os.path.lexists(self.root / path)
            kept = self._keep([path] if there and not self._is_lessons(path, originals[path]) else [])
            self._write(path, originals[path])
        return kept / path if kept else None

    def write_new(self, path: str, text: str) -> Path | None:
        """Write a file that the lesson does not have; one that stands there with another text is kept aside.

        Returns
        -------
        Path | None
            Where the version that stood there is kept, if there was one.

        Raises
        ------
        LabError
            If it can't be written.
        """
        with _told(f"write {path}"):
            target = self.root / path
            there = target.is_file() and target.read_bytes() != text.encode()
            kept = self._keep([path] if there else [])
            self._write(path, text)
        return kept / path if kept else None

    def edit(self, path: str, old: str, new: str) -> str:
        """Replace `old` by `new` in one file and return the difference, as ``diff -u`` marks it.

        Raises
        ------
        LabError
            If there is no such file, or `old` does not stand in it exactly once.
        """
        for text in (old, new):
            if not isinstance(text, str):
                raise LabError(f"{text!r} is no text.", remedy=f'in quotation marks: lab.edit("{path}", "old", "new")')
        before = self.read(path)
        if old not in before and before.count(new) == 1:
            return f"{path} says so already: {new}"
        after = _replaced(path, before, old, new)
        with _told(f"write {path}"):
            if any(edit.covers(path, old, new) and not edit.exact for edit in self._edits):
                self._note(committed.Edit(path, (old,), (new,)))
            self._inside(path).write_text(after, encoding="utf-8")
        return difference(path, before, after)

    def _inside(self, path: str) -> Path:
        # a number or a NUL is no path at all, and a loop of links never ends
        with contextlib.suppress(TypeError, ValueError, OSError, RuntimeError):
            target = (self.root / path).resolve()
            if target.is_relative_to(self.root.resolve()) and target.is_file():
                return target
        raise LabError(
            f"There is no file {path} in your working copy.",
            remedy=f"one of: {', '.join(self.files()) or 'none yet: run the first cell of the notebook'}",
        )

    def _is_lessons(self, path: str, original: str | None) -> bool:
        """Tell whether a file holds nothing but the lesson's own text."""
        target = self.root / path
        if original is None or target.is_symlink() or not target.is_file():
            return False
        text = target.read_bytes().decode("utf-8", errors="surrogateescape")
        known = [edit for edit in (*self._edits, *self._noted()) if edit.exact and edit.path == path]
        return committed.is_lessons(text, original, [(edit.old[0], edit.new[0]) for edit in known])

    def _keep(self, files: Iterable[str]) -> Path | None:
        """Move files aside, into a folder that nothing else was kept in, and return that."""
        kept: Path | None = None
        for path in files:
            kept = kept or _new_folder(self.root / KEPT, time.strftime("%Y-%m-%d-%H%M%S"))
            (kept / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.root / path, kept / path)
        return kept

    def _write(self, path: str, text: str) -> None:
        target = self.root / path
        if target.is_file() and target.read_bytes() == text.encode():
            return
        # a learner may have made a file where a folder belongs, or a folder or a link where a file does
        above = [folder for folder in target.parents if folder.is_relative_to(self.root) and folder != self.root]
        wrong = [folder for folder in above if os.path.lexists(folder) and not folder.is_dir()]
        if os.path.lexists(target) and (target.is_symlink() or not target.is_file()):
            wrong.append(target)
        self._keep(one.relative_to(self.root).as_posix() for one in wrong)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _noted(self) -> list[committed.Edit]:
        """Return the edits that the lesson's cells filled in."""
        try:
            kept = json.loads((self.root / _FILLED_IN).read_text(encoding="utf-8"))
            return [committed.Edit(str(path), (str(old),), (str(new),)) for path, old, new in kept]
        except (OSError, ValueError, TypeError):
            return []

    def _note(self, edit: committed.Edit) -> None:
        known = {*self._noted(), edit}
        text = json.dumps([[one.path, one.old[0], one.new[0]] for one in sorted(known)], indent=2)
        (self.root / _FILLED_IN).write_text(text + "\n", encoding="utf-8")


def difference(path: str, before: str, after: str) -> str:
    """Return the lines that differ: the file's name, then ``-`` old and ``+`` new lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join([path, *changed])


def _replaced(path: str, text: str, old: str, new: str) -> str:
    times = text.count(old) if old else 0
    if times != 1:
        raise LabError(
            f"{path} holds {old!r} {times} times; to replace it, it must stand there exactly once.",
            remedy=f'look at the file, or take the original back with lab.restore("{path}")',
        )
    return text.replace(old, new)


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield whatever stands in a folder and is no folder itself; where it is none itself, that."""
    if os.path.lexists(folder) and not folder.is_dir():
        yield folder
        return
    for where, folders, files in os.walk(folder):
        yield from (Path(where, name) for name in files)
        yield from (Path(where, name) for name in folders if Path(where, name).is_symlink())


def _is_litter(path: Path) -> bool:
    return any(fnmatch.fnmatch(part, pattern) for part in path.parts for pattern in _LITTER)


def _new_folder(parent: Path, name: str) -> Path:
    """Make a folder that was not there, and return it: ``name``, or ``name-2`` and so on."""
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what the file system refuses into a message."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise LabError(
            f"The kit can't {what}: it is no text in UTF-8.",
            remedy="save it as UTF-8, or take the original back with lab.restore(path)",
            detail=str(error),
        ) from error
    except (OSError, shutil.Error) as error:
        raise LabError(
            f"The kit can't {what}: {error.strerror or error} ({error.filename or 'no file named'}).",
            remedy="see who owns that file (ls -l in a terminal) and whether the disk is full (df -h)",
        ) from error


def _here(edit: committed.Edit) -> committed.Edit:
    """Return one of the lesson's edits with the names that its images have here."""
    old, new = (tuple(map(in_class.with_images, pieces)) for pieces in (edit.old, edit.new))
    return replace(edit, old=old, new=new)
