"""Files that the kit adds to the system's folders: written down with their hashes, to be removed again."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def record_file() -> Path:
    """Return where it is written down; in the cache folder, because the files are the machine's, not one checkout's."""
    return paths.cache() / "system-files.json"


def add(file: Path, text: str) -> None:
    """Write a file of ours, and write down that it is ours.

    Nothing happens where it holds just that already.

    Parameters
    ----------
    file
        Where; its folder must be there.
    text
        What it holds.
    """
    known = _read()
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    # first the record: whoever is interrupted in between has written down a file that is not there, which harms nobody
    _write({**known, str(file): _hash(text.encode())})
    file.write_text(text, encoding="utf-8")


def remove(also: Mapping[Path, str] | None = None) -> Iterator[str]:
    """Remove what was added, if it is still as it was added, and yield a sentence about each file.

    Parameters
    ----------
    also
        Files of ours → the text that an earlier version of the kit gave them without writing it down: they go as well
        if they hold just that.

    Yields
    ------
    str
        What was done with a file, and why.
    """
    known = {**{str(file): _hash(text.encode()) for file, text in (also or {}).items()}, **_read()}
    written = set(_read())
    left: dict[str, str] = {}
    for name, wanted in known.items():
        file = Path(name)
        try:
            found = _hash(file.read_bytes())
            if found != wanted:
                if name in written:
                    yield f"{name} stays: the kit added it, and somebody has changed it since"
                continue
            file.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            left[name] = wanted
            yield f"{name} stays, though the kit added it: {error.strerror}. Next: sudo rm {name}"
        else:
            yield f"removed {name}, which the kit had added"
    _write(left)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read() -> dict[str, str]:
    try:
        return {str(name): str(value) for name, value in json.loads(record_file().read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write(known: dict[str, str]) -> None:
    file = record_file()
    if not known:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    part.replace(file)
