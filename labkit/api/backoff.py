"""Longer and longer pauses between attempts, and no longer than a limit."""

from __future__ import annotations

import random


class Backoff:
    """Pauses that double, with some chance in them so that not all who wait come back at once.

    Parameters
    ----------
    first, longest
        Seconds.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._next = first

    def next(self, least: float = 0.0) -> float:
        """Return the next pause in seconds: at least `least`, which is what a server may have asked for."""
        pause = self._next * random.uniform(0.75, 1.25)  # noqa: S311 - spreads retries, hides no secret
        self._next = min(self._next * 2, self._longest)
        return max(pause, least)

    def reset(self) -> None:
        """Begin with the first pause again: something has worked."""
        self._next = self._first
