"""Hashes of texts: the same text has the same hash, another text another one. Pure."""

from __future__ import annotations

import hashlib

#: So many digits tell texts apart; a value of fewer than :data:`_LEAST` may be anything.
_DIGITS, _LEAST = 12, 8


def hash_of(text: str) -> str:
    """Return the first twelve digits of a text's SHA-256."""
    return _sha256(text)[:_DIGITS]


def is_hash_of(value: str, text: str) -> bool:
    """Return whether a value is the SHA-256 of a text, or enough of its first digits."""
    return len(value) >= _LEAST and _sha256(text).startswith(value)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
