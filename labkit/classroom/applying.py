"""Having objects on a cluster, and taking them away: by the API itself, as many at a time as do not need each other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Any

import urllib3
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from labkit.api.client import ApiError
from labkit.classroom.belonging import CLUSTER_WIDE
from labkit.errors import ClusterError, WaitTimeoutError
from labkit.lesson.namespace import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labkit.api.client import Api
    from labkit.classroom.objects import Object

#: Kinds of which a class has objects in namespaces: kind → where the API has them, and what it calls them there.
IN_NAMESPACES = {
    "ConfigMap": ("/api/v1", "configmaps"),
    "Deployment": ("/apis/apps/v1", "deployments"),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases"),
    "LimitRange": ("/api/v1", "limitranges"),
    "NetworkPolicy": ("/apis/networking.k8s.io/v1", "networkpolicies"),
    "PersistentVolumeClaim": ("/api/v1", "persistentvolumeclaims"),
    "Pod": ("/api/v1", "pods"),
    "ResourceQuota": ("/api/v1", "resourcequotas"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "Secret": ("/api/v1", "secrets"),
    "Service": ("/api/v1", "services"),
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
}
#: What needs others, after them: everything its namespace, a binding its role, a Deployment all that its Pods mount.
_RANK = {"Namespace": 0, "ClusterRoleBinding": 2, "RoleBinding": 2, "Deployment": 3}
_OTHERS = 1
#: So many requests are under way at a time.
_AT_ONCE = 8
#: A request that gets no answer in time is sent three times: to apply is the same the second time.
_PATIENTLY = Retrying(
    stop=stop_after_attempt(3), retry=retry_if_exception_type(urllib3.exceptions.TimeoutError), reraise=True
)
#: Seconds that objects may take to go, and between two looks.
_GONE_SECONDS, _LOOK_SECONDS = 110.0, 0.2


def path(kind: str, name: str, namespace: str = "") -> str:
    """Return where the API has an object (pure).

    Parameters
    ----------
    kind
        One of those of a class.
    name, namespace
        Its own; the namespace is empty for what belongs to the whole cluster.
    """
    if not namespace:
        return f"{CLUSTER_WIDE[kind]}/{name}"
    group, plural = IN_NAMESPACES[kind]
    return f"{group}/namespaces/{namespace}/{plural}/{name}"


def in_turn(objects: Iterable[Object]) -> list[list[Object]]:
    """Return objects in groups: none needs one of its own group, or of a later one (pure)."""
    ranked = sorted(objects, key=_rank)
    return [list(those) for _, those in groupby(ranked, key=_rank)]


def _rank(each: Object) -> int:
    return _RANK.get(each["kind"], _OTHERS)


def apply(api: Api, objects: Sequence[Object], manager: str, cluster: str) -> None:
    """Have objects, made or changed by a server-side apply each.

    Parameters
    ----------
    api
        The cluster.
    objects
        What is to be there.
    manager
        Who applies.
    cluster
        What the cluster is called.

    Raises
    ------
    ClusterError
        If the API server refuses one; those of its group may be there already.
    """

    def one(each: Object) -> None:
        metadata = each["metadata"]
        where = path(each["kind"], metadata["name"], metadata.get("namespace", ""))
        try:
            _PATIENTLY(api.apply, where, each, manager)
        except ApiError as error:
            raise _refused(each["kind"], metadata["name"], cluster, error) from error

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="labkit-class") as pool:
        for group in in_turn(objects):
            list(pool.map(one, group))


def delete(api: Api, objects: Iterable[tuple[str, str, str]], cluster: str, *, wait: bool = True) -> None:
    """Delete objects; one that is not there does not matter.

    Parameters
    ----------
    api
        The cluster.
    objects
        Kind, name and namespace (empty for the whole cluster's) of each.
    cluster
        What the cluster is called.
    wait
        Whether to wait until they are gone.

    Raises
    ------
    ClusterError
        If the API server refuses it.
    WaitTimeoutError
        If one does not go.
    """

    def one(each: tuple[str, str, str]) -> tuple[str, str] | None:
        """Delete one, and return where it is and its uid; None where it is gone."""
        where = path(*each)
        try:
            said = api.send("DELETE", where)
        except ApiError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise _refused(each[0], each[1], cluster, error) from error
        # an object that has something to end yet, or a Status that it is gone
        uid = said["metadata"].get("uid") if said.get("kind") != "Status" else None
        return (where, uid) if uid else None

    def left(each: tuple[str, str]) -> dict[str, Any] | None:
        found = read(api, each[0])
        return found if found and found["metadata"]["uid"] == each[1] else None

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="labkit-class") as pool:
        going = [each for each in pool.map(one, objects) if each]
        end = time.monotonic() + _GONE_SECONDS
        while wait and going:
            found = list(pool.map(left, going))
            going = [each for each, there in zip(going, found, strict=True) if there]
            if going and time.monotonic() > end:
                raise _still_there([each for each in found if each], cluster)
            if going:
                time.sleep(_LOOK_SECONDS)


def _refused(kind: str, name: str, cluster: str, error: ApiError) -> ClusterError:
    return ClusterError(
        f"Cluster {cluster} refuses {kind} {name}: {error}",
        remedy="see what it says above, then run the same command again: it goes on where it stopped",
    )


def _still_there(found: Sequence[dict[str, Any]], cluster: str) -> WaitTimeoutError:
    names = ", ".join(f"{each['kind']} {each['metadata']['name']}" for each in found)
    conditions = [each for one in found for each in one.get("status", {}).get("conditions", ()) or ()]
    why = [str(each.get("message", "")) for each in conditions if each.get("status") == "True"]
    return WaitTimeoutError(
        f"Not gone from cluster {cluster} within {_GONE_SECONDS:.0f} s: {names}.",
        detail="\n".join(filter(None, why))[:1200],
        remedy="see what it says above, then run the same command again: it goes on where it stopped",
    )
