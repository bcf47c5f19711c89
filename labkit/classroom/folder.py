"""A folder of rendered files: written anew as often as one likes, and never over what somebody else has put there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: In it stands which files of the folder were rendered.
LIST = "rendered.json"
_BY = "labkit class render"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Written:
    """What has come of the files: how many are new or changed, as they were, and gone."""

    changed: int
    same: int
    gone: int


def write(folder: Path, files: Mapping[str, str]) -> Written:
    """Write files into a folder; those that were rendered before and are none of them now go.

    Parameters
    ----------
    folder
        Made where there is none.
    files
        Path in the folder → text.

    Raises
    ------
    LabError
        If it is no folder, holds other files, or can't be written to. Then nothing is changed.
    """
    try:
        before = _rendered_before(folder)
        _refuse_others(folder, before)
        found = _write(folder, {**files, LIST: _list(files)})
        gone = [folder / name for name in sorted(before - set(files)) if (folder / name).is_file()]
        for file in gone:
            file.unlink()
            _remove_empty(file.parent, folder)
    except OSError as error:
        raise LabError(
            f"{error.filename or folder} can't be written: {error.strerror}.",
            remedy="labkit class render ANOTHER-FOLDER",
        ) from error
    return Written(found, len(files) + 1 - found, len(gone))


def _list(files: Mapping[str, str]) -> str:
    return json.dumps({"by": _BY, "files": sorted(files)}, indent=2) + "\n"


def _rendered_before(folder: Path) -> set[str]:
    """Return the files that an earlier rendering has left; a list that is not ours counts for nothing."""
    try:
        said = json.loads((folder / LIST).read_text(encoding="utf-8"))
        listed = [PurePosixPath(name) for name in said["files"]] if said["by"] == _BY else []
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return set()
    # a path that leads out of the folder is none that was rendered
    return {str(path) for path in listed if not path.is_absolute() and ".." not in path.parts}


def _refuse_others(folder: Path, before: set[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise LabError(f"{folder} is a file, and no folder.", remedy="labkit class render ANOTHER-FOLDER")
    ours = {*before, LIST} if before else set()
    there = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*"))
    # a link is never ours: what it leads to would be written over
    others = sorted(name for name, path in there if path.is_symlink() or not (path.is_dir() or name in ours))
    if others:
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        raise LabError(
            f"{folder} holds files that were not rendered: {', '.join(others[:_MOST_NAMED])}{more}.",
            remedy=f"labkit class render {folder / 'class'}, or another folder of its own",
        )


def _write(folder: Path, files: Mapping[str, str]) -> int:
    """Write what is not there already, and return how many that were."""
    changed = 0
    for name, text in files.items():
        file, content = folder / name, text.encode()
        if file.is_file() and file.read_bytes() == content:
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        changed += 1
    return changed


def _remove_empty(inner: Path, folder: Path) -> None:
    while inner != folder and not any(inner.iterdir()):
        inner.rmdir()
        inner = inner.parent
