"""PodDisruptionBudgets, as kubectl lists them: the watch does not know them. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labkit.state.selector import matcher

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget, as Kubernetes has counted it.

    Attributes
    ----------
    name
        Its name.
    selector
        Which Pods it is for, as after ``-l``.
    says
        What it says of them, such as ``minAvailable: 2``.
    created
        When it was made, in seconds since the epoch.
    counted
        Whether Kubernetes has counted its Pods already.
    expected, healthy
        How many Pods it has found, and how many of them must stay healthy.
    """

    name: str
    selector: str
    says: str
    created: float
    counted: bool
    expected: int
    healthy: int

    def is_for(self, labels: Mapping[str, str]) -> bool:
        """Whether it is for a Pod with these labels."""
        return matcher(self.selector)(labels)


def budgets(text: str) -> list[Budget]:
    """Return the budgets that kubectl has listed as JSON.

    Raises
    ------
    ValueError
        If that is no such list.
    """
    try:
        return [_budget(each) for each in json.loads(text)["items"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no list of budgets: {error}") from error


def _budget(found: Mapping[str, Any]) -> Budget:
    spec, status, about = found["spec"], found.get("status", {}), found["metadata"]
    selector = spec.get("selector")
    says = next((f"{name}: {spec[name]}" for name in ("minAvailable", "maxUnavailable") if name in spec), "nothing")
    return Budget(
        about["name"],
        # without a selector it is for none, with an empty one for all
        "!app, app" if selector is None else _selector(selector),
        says,
        datetime.fromisoformat(about["creationTimestamp"]).timestamp(),
        status.get("observedGeneration", 0) >= about.get("generation", 1),
        status.get("expectedPods", 0),
        status.get("desiredHealthy", 0),
    )


def _selector(found: Mapping[str, Any]) -> str:
    """Return a selector as after ``-l``."""
    parts = [f"{key}={value}" for key, value in found.get("matchLabels", {}).items()]
    for each in found.get("matchExpressions", ()):
        key, values = each["key"], f"({','.join(each.get('values', ()))})"
        words = {"In": f"{key} in {values}", "NotIn": f"{key} notin {values}", "Exists": key, "DoesNotExist": f"!{key}"}
        parts.append(words[each["operator"]])
    return ",".join(parts)
