"""Emptying the learner's namespace: of every kind that the API knows, but for what set-up put there."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from labkit import in_class
from labkit.api.client import Api, ApiError
from labkit.errors import ClusterError, WaitTimeoutError
from labkit.lesson.kinds import MAKERS, PODS, SERVED, Kind, Left, kinds, left

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The whole of the API's kinds in one answer (Kubernetes documentation, "The Kubernetes API: aggregated discovery").
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#: Objects without their bodies ("API concepts: alternate representations").
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE = "500"

#: Seconds after which a Pod that is Terminating is no longer waited for on the kit's own cluster: kubelet keeps to the
#: first grace that it was given, and a learner may have deleted a Pod a moment ago that takes a minute to end.
FORCE_SECONDS = 6.0
#: Seconds after which a finalizer that nobody serves is taken away on the kit's own cluster.
HELD_SECONDS = 3.0


def silently(_: str) -> None:
    """Say nothing of what is waited for."""


def empty(
    api: Api, namespace: str, *, own: bool, timeout: float = 90.0, say: Callable[[str], None] = silently
) -> list[str]:
    """Empty a namespace of everything but what set-up put there.

    Parameters
    ----------
    api
        The cluster.
    namespace
        The namespace; whether it is the kit's was looked at before.
    own
        Whether the cluster is the kit's own.
    timeout
        Seconds that the objects may take to go.
    say
        Is told what is waited for.

    Returns
    -------
    list[str]
        What a learner should know of it, a sentence each: what had to be torn loose, and what could not be deleted.

    Raises
    ------
    WaitTimeoutError
        If objects are still there after `timeout`; the message names them.
    """
    work = _Emptying(api, namespace, own)
    deadline = time.monotonic() + timeout
    with ThreadPoolExecutor(4, thread_name_prefix="labkit-emptying") as pool:
        chosen = kinds(_discover(api), own=own)
        look = chosen
        while True:
            rest = [each for found in pool.map(work.look, look) for each in found]
            if not rest:
                if look is chosen:
                    break
                look = chosen  # once more at everything: one that made others may have been quicker than we were
                continue
            if time.monotonic() > deadline:
                raise _too_late(rest, work.said, timeout)
            for kind in look:  # kind by kind, so that what makes others is told before what it made
                list(pool.map(work.delete, [each for each in rest if each.kind == kind]))
            say(f"waiting for {_some(rest, 2)} to go …")  # one line of a cell
            look = [kind for kind in chosen if any(each.kind == kind for each in rest)]
            time.sleep(0.1)
    work.forget_events()
    return work.notes


@dataclass(slots=True)
class _Emptying:
    """One emptying of one namespace: what it knows from one look to the next."""

    api: Api
    namespace: str
    own: bool
    notes: list[str] = field(default_factory=list)
    #: uid → why the last request about it failed
    said: dict[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _terminating_since: dict[str, float] = field(default_factory=dict)

    def look(self, kind: Kind) -> list[Left]:
        """Return what is left of a kind and may be deleted."""
        items: list[dict[str, Any]] = []
        query = {"limit": _PAGE}
        while True:
            try:
                page = self.api.send("GET", kind.path(self.namespace), query=query, accept=_METADATA)
            except ApiError as error:
                # not ours to see, gone with its definition, or a kind that another server serves which is away
                if error.code in {
                    HTTPStatus.FORBIDDEN,
                    HTTPStatus.NOT_FOUND,
                    HTTPStatus.METHOD_NOT_ALLOWED,
                    HTTPStatus.SERVICE_UNAVAILABLE,
                }:
                    return []
                raise
            items += page.get("items") or ()
            if not (rest := page["metadata"].get("continue")):
                return [each for each in left(kind, items) if each.uid not in self._refused]
            query["continue"] = rest

    def delete(self, each: Left) -> None:
        """Tell an object to go, or look what holds it."""
        path = f"{each.kind.path(self.namespace)}/{each.name}"
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": each.uid}}
        # What a maker made is ours to delete: the garbage collector would give Pods their whole grace.
        options["propagationPolicy"] = "Orphan" if each.kind.name in MAKERS else "Background"
        if each.kind.name == PODS:
            options["gracePeriodSeconds"] = 1  # nobody waits for their last answers now
        try:
            if not each.terminating:
                self.api.send("DELETE", path, options)
            elif not self.own:
                return
            elif each.kind.name == PODS and not each.held_by and self._since(each) >= FORCE_SECONDS:
                self.api.send("DELETE", path, {**options, "gracePeriodSeconds": 0})
            elif each.held_by and self._since(each) >= HELD_SECONDS:
                kept = [name for name in each.finalizers if name in SERVED]
                metadata = {"resourceVersion": each.version, "finalizers": kept}
                self.api.send("PATCH", path, {"metadata": metadata})
                names = ", ".join(each.held_by)
                self.notes.append(f"{each} waited for its finalizer {names}, which nobody takes away here: taken away")
        except ApiError as error:
            if error.code in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                return  # it is gone already, or has changed since: the next look tells
            self.said[each.uid] = str(error)
            if error.code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}:
                self._refused.add(each.uid)
                self.notes.append(f"{each} stays: {error}")

    def _since(self, each: Left) -> float:
        """Return for how many seconds it has been seen Terminating."""
        return time.monotonic() - self._terminating_since.setdefault(each.uid, time.monotonic())

    def forget_events(self) -> None:
        """Delete the events, which tell of what was there before."""
        try:
            self.api.send("DELETE", Kind("", "v1", "events").path(self.namespace))
        except ApiError as error:
            if error.code not in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}:
                raise


def _discover(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for path in ("/api", "/apis"):
        found = api.send("GET", path, accept=_DISCOVERY)
        if found.get("kind") != "APIGroupDiscoveryList":
            raise ClusterError(
                f"The cluster at {api.host} is older than Kubernetes 1.30: it does not list its kinds in one answer.",
                remedy=f"a newer cluster: {in_class.repair()}",
            )
        items += found["items"]
    return items


def _some(rest: list[Left], most: int = 5) -> str:
    names = [str(each) for each in rest]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _too_late(rest: list[Left], said: Mapping[str, str], timeout: float) -> WaitTimeoutError:
    held = next((each for each in rest if each.held_by), None)
    remedy = f"{in_class.repair()}: a Node that was lost has to come back; then try again"
    if held is not None:
        patch = json.dumps({"metadata": {"finalizers": None}}, separators=(",", ":"))
        remedy = f"kubectl patch {held.kind.name} {held.name} --type=merge -p '{patch}', then try again"
    lines = [f"{each}: waits for its finalizer {', '.join(each.held_by)}" for each in rest if each.held_by]
    lines += [f"{each}: {said[each.uid]}" for each in rest if each.uid in said]
    return WaitTimeoutError(
        f"{len(rest)} object{'' if len(rest) == 1 else 's'} did not go within {timeout:.0f} s: {_some(rest)}.",
        remedy=remedy,
        detail="\n".join(lines),
    )
