"""The predictions of 07-configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.lesson.predictions.prediction import Observed, Prediction
from labkit.lesson.steps import settings
from labkit.lesson.steps.settings import APP, FIRST, NOTEBOOK, OBJECTS, THREE

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit.lesson.steps.evidence import Evidence
    from labkit.lesson.steps.settings import Read, Settings
    from labkit.state import Pod, Snapshot


def _pods(snapshot: Snapshot) -> dict[str, Pod]:
    """Return reader's Pods by their uids."""
    deployment = snapshot.deployment(APP)
    return {pod.uid: pod for pod in snapshot.pods_of(deployment)} if deployment is not None else {}


def _same_pod(evidence: Evidence) -> Pod | None:
    """Return reader's only Pod, if it is the one that was there when the question was put, and Ready."""
    here, before = _pods(evidence.snapshot), _pods(evidence.before)
    pods = list(here.values())
    return pods[0] if len(pods) == 1 and set(here) == set(before) and pods[0].ready else None


def _word(seen: Settings) -> str:
    """Return what the first ConfigMap says now; empty where there is none."""
    kept = seen.configmaps.get(FIRST)
    return kept.word if kept is not None else ""


def _new(read: Read, word: str) -> tuple[str, ...]:
    """Return by which ways a Pod reads a word."""
    ways = {"volume": read.volume, "subpath": read.subpath, "environment": read.environment}
    return tuple(way for way, there in ways.items() if there == word)


def _two_minutes_later(evidence: Evidence) -> Observed | None:
    """Find that the folder in the Pod has the new word, and nothing else has."""
    seen = settings.of(evidence)
    word = _word(seen)
    if _same_pod(evidence) is None or seen.read is None or not word or _new(seen.read, word) != ("volume",):
        return None
    # both in whole seconds, and on one computer: the API server's clock is the kubelet's
    seconds = max(0, round(seen.read.written - seen.configmaps[FIRST].changed))
    return Observed("volume", evidence.snapshot.at, {"seconds": seconds})


def _a_container_restarts(evidence: Evidence) -> Observed | None:
    """Find what the same Pod reads once its container has been started again."""
    pod, seen = _same_pod(evidence), settings.of(evidence)
    word, before = _word(seen), _pods(evidence.before)
    if pod is None or seen.read is None or not word or pod.restarts <= before[pod.uid].restarts:
        return None
    return Observed("all", evidence.snapshot.at) if seen.read.words == {word} else None


def _undone(evidence: Evidence) -> bool:
    """Whether reader has a new revision since the question was put, and Pods of it alone."""
    before, deployment = evidence.before.deployment(APP), evidence.snapshot.deployment(APP)
    newer = before is not None and deployment is not None and deployment.revision > before.revision
    return newer and settings.settled(evidence)


def _undo_with_a_hash(evidence: Evidence) -> Observed | None:
    """Find that the Pods of the older template read what the ConfigMap says now."""
    seen = settings.of(evidence)
    word = _word(seen)
    if not _undone(evidence) or seen.read is None or seen.read.words != {word}:
        return None
    return Observed("new", evidence.snapshot.at, {"word": word})


def _undo_with_a_name(evidence: Evidence) -> Observed | None:
    """Find that the Pods of the older template read what the ConfigMaps say which that template mentions."""
    seen = settings.of(evidence)
    if not _undone(evidence) or seen.read is None or seen.template is None or not seen.older:
        return None
    there = {seen.configmaps[name].word for name in seen.template.mentions if name in seen.configmaps}
    if seen.template.mentions == seen.older[0].mentions or not seen.read.words <= there:
        return None
    return Observed("old", evidence.snapshot.at, {"word": seen.read.volume})


def _of_reader(key: str, choices: tuple[str, ...], observe: Callable[[Evidence], Observed | None]) -> Prediction:
    """Return a prediction that asks what reader's Pod reads, and what the ConfigMaps say."""
    return Prediction(key, NOTEBOOK, choices, observe, questions=(OBJECTS, THREE), focus=APP)


PREDICTIONS = (
    _of_reader("two-minutes-later", ("none", "volume", "files", "all"), _two_minutes_later),
    _of_reader("a-container-restarts", ("none", "environment", "all"), _a_container_restarts),
    _of_reader("undo-with-a-hash", ("old", "new", "refused"), _undo_with_a_hash),
    _of_reader("undo-with-a-name", ("old", "new", "refused"), _undo_with_a_name),
)
