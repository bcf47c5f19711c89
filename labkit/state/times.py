"""Kubernetes' timestamps, and its way to write an age."""

from __future__ import annotations

from datetime import datetime

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 31536000


def seconds(timestamp: str | None) -> float:
    """Return an RFC 3339 timestamp as seconds since the epoch (0.0 for none)."""
    return datetime.fromisoformat(timestamp).timestamp() if timestamp else 0.0


def age(duration: float) -> str:  # noqa: PLR0911 - one line per row of the rule
    """Return a duration in seconds as kubectl's AGE column has it.

    Two units while the first is small, one after. Clocks may differ by less than two seconds; what lies further in
    the future is ``<invalid>``.
    Source: ``HumanDuration`` of ``k8s.io/apimachinery/pkg/util/duration`` (0.37).

    Examples
    --------
    >>> age(119), age(120), age(605), age(26 * 3600)
    ('119s', '2m', '10m', '26h')
    """
    if int(duration) < -1:
        return "<invalid>"
    whole = max(0, int(duration))
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    if whole < 10 * _MINUTE:
        return _two(whole, _MINUTE, "m", 1, "s")
    if whole < 3 * _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 8 * _HOUR:
        return _two(whole, _HOUR, "h", _MINUTE, "m")
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    if whole < 8 * _DAY:
        return _two(whole, _DAY, "d", _HOUR, "h")
    if whole < 2 * _YEAR:
        return f"{whole // _DAY}d"
    return _two(whole, _YEAR, "y", _DAY, "d") if whole < 8 * _YEAR else f"{whole // _YEAR}y"


def since(moment: float, now: float) -> str:
    """Return how long ago a moment was, as kubectl's AGE column has it; both in seconds since the epoch.

    Source: ``translateTimestampSince`` in Kubernetes' ``pkg/printers/internalversion/printers.go`` (1.37).
    """
    return age(now - moment) if moment else "<unknown>"


def _two(whole: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    """Write a duration in two units, leaving out a second that is zero."""
    rest = whole % big // small
    return f"{whole // big}{big_unit}" + (f"{rest}{small_unit}" if rest else "")
