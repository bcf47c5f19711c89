"""A file's checksum, as ``sha256sum`` says it."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sha256(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; a file that stays as it is, is read once."""
    now = file.stat()
    return _sha256(file, now.st_mtime_ns, now.st_size)


@functools.lru_cache(maxsize=1000)
def _sha256(file: Path, _changed: int, _size: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
