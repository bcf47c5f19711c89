"""Pods that no Deployment made, by what made them: a StatefulSet, a DaemonSet, a Job, or nobody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labkit.state import Pod

#: The order of the kinds on the picture; others follow by name, and Pods without a controller come last.
_ORDER = ("StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")
#: A CronJob names its Jobs after itself and the minute that each was due, in minutes since the epoch.
_RUN = re.compile(r"(.+)-\d{8,}")


class Workload(NamedTuple):
    """What made some Pods: its kind and name, as in their ``ownerReferences``; both empty where nothing did.

    The Jobs of one CronJob are one: its name, and a star for the minute.
    """

    kind: str
    name: str

    @property
    def title(self) -> str:
        """How it is called on the board."""
        return f"{self.kind} {self.name}" if self.kind else "Pods without a controller"

    def label(self, pod: Pod) -> str:
        """Return what tells one of its Pods from the others: of a StatefulSet's the whole name, as it stays."""
        if self.kind in {"", "StatefulSet"}:
            return pod.name
        return pod.name.removeprefix(self.name.removesuffix("*").removesuffix("-") + "-")


def workload(pod: Pod) -> Workload:
    """Return what made a Pod, as it says itself."""
    if pod.owner_kind == "Job" and (found := _RUN.fullmatch(pod.owner_name)):
        return Workload("Job", f"{found[1]}-*")
    return Workload(pod.owner_kind, pod.owner_name)


def by_workload(pods: Iterable[Pod]) -> dict[Workload, list[Pod]]:
    """Return Pods by what made them, in the order of the picture; those of one workload keep theirs."""
    found: dict[Workload, list[Pod]] = {}
    for pod in pods:
        found.setdefault(workload(pod), []).append(pod)
    return {each: found[each] for each in sorted(found, key=_rank)}


def _rank(each: Workload) -> tuple[bool, int, str, str]:
    known = _ORDER.index(each.kind) if each.kind in _ORDER else len(_ORDER)
    return not each.kind, known, each.kind, each.name
