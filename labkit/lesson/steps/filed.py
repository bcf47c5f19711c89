"""What a file of the working copy desires: its Deployments, as far as a check looks at them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Filed:
    """A Deployment as a file has it; what the file does not say, or says in an odd way, is None or empty.

    Attributes
    ----------
    name
        ``metadata.name``.
    replicas
        ``spec.replicas``.
    image
        The first container's image.
    strategy
        ``spec.strategy``, as it stands there.
    track
        The label ``track`` of its selector or, without one there, of its Pods.
    """

    name: str
    replicas: int | None
    image: str
    strategy: dict[str, Any]
    track: str


@lru_cache(64)
def deployments(text: str) -> tuple[Filed, ...]:
    """Return the Deployments of a file; none where it is no YAML."""
    try:
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return ()
    return tuple(_filed(each) for each in found if isinstance(each, dict) and each.get("kind") == "Deployment")


def deployment(text: str, name: str) -> Filed | None:
    """Return the Deployment of that name in a file, or None."""
    return next((each for each in deployments(text) if each.name == name), None)


@lru_cache(64)
def container(text: str, name: str) -> dict[str, Any]:
    """Return the first container of the Deployment of that name in a file; empty where there is none."""
    try:
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return {}
    mine = next((each for each in found if _at(each, "metadata", "name") == name), None)
    inside = _at(mine, "spec", "template", "spec", "containers", 0)
    return inside if isinstance(inside, dict) else {}


def _filed(each: dict[str, Any]) -> Filed:
    replicas = _at(each, "spec", "replicas")
    strategy = _at(each, "spec", "strategy")
    pods = _at(each, "spec", "template", "metadata", "labels", "track")
    return Filed(
        name=str(_at(each, "metadata", "name") or ""),
        replicas=replicas if isinstance(replicas, int) else None,
        image=str(_at(each, "spec", "template", "spec", "containers", 0, "image") or ""),
        strategy=strategy if isinstance(strategy, dict) else {},
        track=str(_at(each, "spec", "selector", "matchLabels", "track") or pods or ""),
    )


def _at(value: Any, *path: str | int) -> Any:  # noqa: ANN401 - YAML is anything
    """Return what stands at a path; None where there is nothing."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
