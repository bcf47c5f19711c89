"""A moment: a time in a recording that means something. Pure data; its words are in :mod:`.moment_words`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class MomentKind(StrEnum):
    """What happened. The order is that of causes and what comes of them: it orders what is heard in one instant."""

    NODE_LOST = "node lost"
    NODE_BACK = "node back"
    CORDONED = "cordoned"
    UNCORDONED = "uncordoned"
    CREATED = "created"
    SCALED = "scaled"
    PAUSED = "paused"
    RESUMED = "resumed"
    ROLLOUT_BEGAN = "rollout began"
    POD_SCHEDULED = "pod scheduled"
    POD_STARTED = "pod started"
    POD_READY = "pod ready"
    POD_JOINED = "pod joined"
    POD_TERMINATING = "pod terminating"
    POD_NOT_READY = "pod not ready"
    POD_LEFT = "pod left"
    POD_GONE = "pod gone"
    FIRST_REQUEST = "first request"
    REQUEST_LOST = "request lost"
    ROLLOUT_STUCK = "rollout stuck"
    ROLLOUT_COMPLETE = "rollout complete"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened.

    Parameters
    ----------
    at
        When it was heard, in seconds since the epoch; of a request, when its answer was there or it was given up.
    kind
        What happened.
    subject
        Kind, name and uid of the object that it happened to; a lost request is ``("Request", "", "")``.
    app
        The Deployment that it belongs to, empty where it belongs to none.
    data
        What else is known. Of a Pod: ``revision`` (0: not known), ``version`` (its image's tag), ``node``, ``service``
        where it joined or left one. Of a Deployment that was scaled: ``from`` and ``to`` (replicas). Of a rollout:
        ``revision``, ``from`` and ``to`` (images' tags), ``why`` where it is stuck, ``took`` (seconds) where it is
        complete. Of a lost Node: ``why``. Of a request: ``version``, ``due``, ``why``.
    """

    at: float
    kind: MomentKind
    subject: tuple[str, str, str]
    app: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The name of the object that it happened to."""
        return self.subject[1]


_RANK = {kind: rank for rank, kind in enumerate(MomentKind)}


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    """Return moments by time; of those of one instant, causes come before what comes of them."""
    return sorted(moments, key=lambda moment: (moment.at, _RANK[moment.kind]))


def tag(images: Sequence[str]) -> str:
    """Return the version of an app: the tag of its first container's image.

    Examples
    --------
    >>> tag(["registry:5000/hello:1.0.0"]), tag(["registry:5000/hello"]), tag([])
    ('1.0.0', 'latest', '')
    """
    if not images:
        return ""
    name, _, digest = images[0].partition("@")
    _, colon, version = name.rpartition("/")[2].partition(":")
    return version if colon else digest.rpartition(":")[2][:12] or "latest"
