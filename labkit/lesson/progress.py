"""How far a learner is in the whole lesson: a small file in the working copy, which survives kernels and resets."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import paths
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Its name, below the working copy.
NAME = ".progress.json"
#: How a step came to be done.
BY_LEARNER = "done"
BY_SHOWING = "shown"

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is.

    Attributes
    ----------
    steps
        Step → ``done`` (by the learner) or ``shown`` (by "show me").
    predictions
        Prediction → the choice that was made.
    observed
        Prediction → the choice that happened.
    """

    steps: Mapping[str, str] = field(default_factory=dict)
    predictions: Mapping[str, str] = field(default_factory=dict)
    observed: Mapping[str, str] = field(default_factory=dict)


def read(root: Path | None = None) -> Progress:
    """Return how far somebody is; nothing is done where there is no file, or none that can be understood."""
    try:
        found = json.loads(_path(root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Progress()
    if not isinstance(found, dict):
        return Progress()
    return Progress(*(_texts(found.get(name)) for name in ("steps", "predictions", "observed")))


def note_step(key: str, how: str, root: Path | None = None) -> None:
    """Note that a step was done; what a learner did stays theirs when it is shown later."""
    _change("steps", key, how, root, keep=BY_LEARNER)


def note_prediction(key: str, choice: str, root: Path | None = None) -> None:
    """Note what was predicted."""
    _change("predictions", key, choice, root)


def note_observed(key: str, choice: str, root: Path | None = None) -> None:
    """Note what happened."""
    _change("observed", key, choice, root)


def reset(root: Path | None = None) -> None:
    """Begin anew.

    Raises
    ------
    LabError
        If the file can't be removed.
    """
    path = _path(root)
    try:
        path.unlink(missing_ok=True)
    except OSError as wrong:
        raise LabError(f"Your progress can't be reset: {wrong.strerror}.", remedy=f"see who owns {path}") from wrong


def _change(group: str, key: str, value: str, root: Path | None, *, keep: str | None = None) -> None:
    with _lock:
        now = read(root)
        groups: dict[str, dict[str, str]] = {
            "steps": dict(now.steps),
            "predictions": dict(now.predictions),
            "observed": dict(now.observed),
        }
        if groups[group].get(key) in {value, keep} - {None}:
            return
        groups[group][key] = value
        # progress is no reason for a cell to fail
        with contextlib.suppress(OSError):
            _write(_path(root), json.dumps(groups, indent=2, sort_keys=True) + "\n")


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all: two notebooks may do it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=NAME)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        # where the disk is full, one more with each step would not help
        Path(name).unlink(missing_ok=True)
        raise


def _texts(found: Any) -> dict[str, str]:  # noqa: ANN401 - a file may hold anything
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)}


def _path(root: Path | None) -> Path:
    return (root or paths.WORK) / NAME
