"""How many pods a rollout may have too many, and how many too few."""

from __future__ import annotations

from typing import Any


def rolling_limits(strategy: dict[str, Any], desired: int) -> tuple[int, int]:
    """Return how many pods a rollout may have too many, and how many too few.

    A percentage of ``desired`` is rounded up for the surge and down for the unavailable, 25 % is the default of both,
    and where both come to zero one pod may be unavailable, because nothing could move otherwise. A Recreate strategy
    has no surge and takes all pods away. Source: the API reference of ``RollingUpdateDeployment`` (apps/v1) and
    ``ResolveFenceposts`` in ``k8s.io/kubectl/pkg/util/deployment``.
    """
    if strategy.get("type") == "Recreate":
        return 0, desired
    limits = strategy.get("rollingUpdate") or {}
    surge = _pods(limits.get("maxSurge", "25%"), desired, up=True)
    unavailable = _pods(limits.get("maxUnavailable", "25%"), desired, up=False)
    return surge, unavailable if surge or unavailable else 1


def _pods(value: int | str, desired: int, *, up: bool) -> int:
    """Resolve a number or a percentage, in whole numbers so that no float rounds it wrong."""
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%")) * desired
    return -(-percent // 100) if up else percent // 100
