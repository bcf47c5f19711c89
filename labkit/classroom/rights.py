"""What a learner may do: a narrow Role in their own namespace, and next to nothing outside of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import names
from labkit.classroom.objects import Object, binding, role, rule
from labkit.lesson.namespace import LEASE, SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What every learner may read of the whole cluster: its Nodes, for the board.
NODES = "labkit-class-nodes"

_READ = ("get", "list", "watch")
_ALL = (*_READ, "create", "patch", "update", "delete")


def rules(*, evictions: bool) -> list[Object]:
    """Return what a learner may do in their own namespace.

    It is what the notebooks and the kit were seen to ask for (the API server's audit log), and what a learner tries
    beside it. No Pods of their own making, no Roles, no quotas, no other Secrets than the lesson's two.

    Parameters
    ----------
    evictions
        Whether they may evict their own Pods.
    """
    found = [
        rule("apps", ["deployments"], _ALL),
        rule("apps", ["deployments/scale", "replicasets/scale"], ["get", "patch", "update"]),
        rule("apps", ["replicasets"], [*_READ, "delete"]),
        rule("", ["services", "configmaps"], _ALL),
        # patch: labels, by which a Pod is taken out of its Service and its ReplicaSet
        rule("", ["pods"], [*_READ, "patch", "delete"]),
        rule("", ["pods/log"], ["get"]),
        # get too: kubectl asks by a WebSocket, which is a GET
        rule("", ["pods/exec"], ["get", "create"]),
        rule("", ["events"], [*_READ, "deletecollection"]),
        # delete: a reset may meet one before the controller has taken it away
        rule("discovery.k8s.io", ["endpointslices"], [*_READ, "delete"]),
        rule("policy", ["poddisruptionbudgets"], _ALL),
        # By name, so creating one takes a server-side apply, in whose request the name stands.
        rule("", ["secrets"], ["get", "create", "patch", "delete"], only=SECRETS),
        rule("coordination.k8s.io", ["leases"], [*_READ, "create", "patch"], only=[LEASE]),
    ]
    if evictions:
        found.append(rule("", ["pods/eviction"], ["create"]))
    return found


#: What the board watches, by API group: what an instructor may look at.
_WATCHED = {
    "": ["pods", "services", "events"],
    "apps": ["deployments", "replicasets"],
    "discovery.k8s.io": ["endpointslices"],
}


def of_the_class() -> list[Object]:
    """Return the roles that all learners have in common."""
    return [role(NODES, "", [rule("", ["nodes"], _READ)])]


def of_learner(learner: str, instructors: Sequence[str], *, evictions: bool) -> list[Object]:
    """Return one learner's roles, given to the account of their notebook; and who else may see what of theirs.

    The board watches the learner's own namespace; only lists can be watched, and a list of namespaces, even of one, is
    asked of the whole cluster: so that takes a ClusterRole, for one name.
    """
    lab, account, labels = names.lab(learner), names.account(learner), {names.LEARNER_LABEL: learner}
    own = f"labkit-class-namespace-{learner}"
    return [
        role("learner", lab, rules(evictions=evictions), labels=labels),
        binding("learner", lab, "learner", account, labels=labels),
        binding(f"{NODES}-{learner}", "", NODES, account, labels=labels),
        role(own, "", [rule("", ["namespaces"], _READ, only=[lab])], labels=labels),
        binding(own, "", own, account, labels=labels),
        # the page for instructors reads one Lease in each lab, by its name, and nothing else
        role("status", lab, [rule("coordination.k8s.io", ["leases"], ["get"], only=[LEASE])], labels=labels),
        binding("status", lab, "status", names.HUB, labels=labels),
        *_looked_at(learner, [each for each in instructors if each != learner]),
    ]


def _looked_at(learner: str, instructors: Sequence[str]) -> list[Object]:
    """Return what lets instructors see a learner's board, and change nothing."""
    if not instructors:
        return []
    lab, labels = names.lab(learner), {names.LEARNER_LABEL: learner}
    watched = [rule(group, kinds, _READ) for group, kinds in _WATCHED.items()]
    looks = [binding(f"look-{each}", lab, "look", names.account(each), labels=labels) for each in instructors]
    return [role("look", lab, watched, labels=labels), *looks]
