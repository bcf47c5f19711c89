"""Which notebook has the lab. Two that change it at once would each see the other's doings as their own.

It is a Lease in the learner's namespace (Kubernetes docs, "Leases"): in the cluster, not in a file, because on a shared
cluster the other notebook may run on another machine; and not on the namespace itself, on which a learner of a class
has no rights.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.api.api_errors import told
from labkit.api.reflector import Reflector
from labkit.errors import TakenOverError
from labkit.lesson import namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from labkit.api.kubectl import Kubectl

#: The API of Leases.
VERSION = "coordination.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Holder:
    """One notebook's hold on the lab.

    Attributes
    ----------
    notebook
        The notebook's name.
    token
        Tells this hold from every other.
    at
        When it was taken, in UTC.
    """

    notebook: str
    token: str
    at: dt.datetime

    @property
    def since(self) -> str:
        """When it was taken, as a clock here shows it: HH:MM:SS."""
        return f"{self.at.astimezone():%H:%M:%S}"

    def lease(self) -> dict[str, Any]:
        """Return the Lease that says so."""
        said = {"holderIdentity": f"{self.notebook}/{self.token}", "acquireTime": f"{self.at:%Y-%m-%dT%H:%M:%S.%fZ}"}
        return {"apiVersion": VERSION, "kind": "Lease", "metadata": {"name": namespace.LEASE}, "spec": said}


def take(kubectl: Kubectl, notebook: str) -> Holder:
    """Take the lab for `notebook`, from whoever has it: the last first cell that was run wins."""
    mine = Holder(notebook, secrets.token_hex(4), dt.datetime.now(dt.UTC))
    with told("apply", "lease", namespace.LEASE):
        kubectl.api.apply(path(kubectl), mine.lease(), "labkit")
    return mine


def check(kubectl: Kubectl, mine: Holder) -> None:
    """Return if the lab is still ours.

    Raises
    ------
    TakenOverError
        If another notebook has taken it since.
    """
    with told("get", "lease", namespace.LEASE):
        theirs = parse(namespace.read(kubectl.api, path(kubectl)))
    if theirs is None or theirs.token != mine.token:
        who = f"notebook {theirs.notebook} took it at {theirs.since}" if theirs else "it was reset from outside"
        raise TakenOverError(
            f"This notebook ({mine.notebook}) does not have the lab any more: {who}.",
            remedy="go on in the other notebook, or run this notebook's first cell again to take the lab back",
        )


class Following:
    """Hears when another notebook takes the lab.

    Parameters
    ----------
    kubectl
        The cluster and namespace.
    mine
        Our own hold.
    taken
        Is told once who has the lab now, on a thread of this.
    """

    def __init__(self, kubectl: Kubectl, mine: Holder, taken: Callable[[Holder], None]) -> None:
        self._mine, self._taken, self._told = mine, taken, False
        # only a list can be watched: one of one
        only = {"fieldSelector": f"metadata.name={namespace.LEASE}"}
        self._reader = Reflector(kubectl.api, "Lease", _folder(kubectl), self, only)
        self._reader.start()

    def end(self) -> None:
        """Stop; may be called twice."""
        self._told = True
        self._reader.end()

    # -- what the reflector calls --------------------------------------------------------------------------------------

    def listed(self, _: str, objects: list[dict[str, Any]]) -> None:
        """Look who has the lab."""
        for each in objects:
            self._look(each)

    def changed(self, _: str, change: str, obj: dict[str, Any]) -> None:
        """Look who has the lab, unless the Lease is gone: that is told where the lab is used next."""
        if change != "DELETED":
            self._look(obj)

    def failed(self, _: str, reason: str) -> None:
        """Go on: it is read again, and whoever uses the lab meanwhile looks for themselves."""

    def denied(self, _: str, reason: str) -> None:
        """Go on, likewise."""

    def _look(self, obj: Mapping[str, Any]) -> None:
        theirs = parse(obj)
        # what is listed is never older than our own hold, which was written before
        if not self._told and theirs is not None and theirs.token != self._mine.token:
            self.end()
            self._taken(theirs)


def parse(lease: Mapping[str, Any] | None) -> Holder | None:
    """Return the hold that a Lease tells of, or None (pure)."""
    said = (lease or {}).get("spec") or {}
    notebook, slash, token = str(said.get("holderIdentity") or "").rpartition("/")
    try:
        at = dt.datetime.fromisoformat(said["acquireTime"])
    except (KeyError, TypeError, ValueError):
        return None
    return Holder(notebook, token, at) if slash and notebook and token and at.tzinfo else None


def _folder(kubectl: Kubectl) -> str:
    return f"/apis/{VERSION}/namespaces/{kubectl.connection.namespace}/leases"


def path(kubectl: Kubectl) -> str:
    """Return where the Lease is."""
    return f"{_folder(kubectl)}/{namespace.LEASE}"
