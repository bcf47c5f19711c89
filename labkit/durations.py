"""Durations as people say them."""

from __future__ import annotations


def elapsed(seconds: float) -> str:
    """Return a duration as people say it.

    Parameters
    ----------
    seconds
        The duration in seconds.

    Returns
    -------
    str
        ``0.4 s``, ``12 s`` or ``3 min 05 s``.
    """
    if seconds < 10:  # noqa: PLR2004 - below ten seconds a tenth tells something
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
