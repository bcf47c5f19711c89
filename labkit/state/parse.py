"""From the API server's JSON to our records. Pure, and forgiving: a field that is not there has its API default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from labkit.in_class import LOST
from labkit.state.objects import (
    Condition,
    Container,
    Deployment,
    Endpoint,
    EndpointSlice,
    Event,
    Namespace,
    Node,
    Object,
    Pod,
    ReplicaSet,
    Service,
    Taint,
)
from labkit.state.rollout import rolling_limits
from labkit.state.status import columns
from labkit.state.times import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Raw: TypeAlias = dict[str, Any]

_REVISION = "deployment.kubernetes.io/revision"
_CAUSE = "kubernetes.io/change-cause"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def parse(kind: str, raw: Raw) -> Object:
    """Return the record of one object.

    Parameters
    ----------
    kind
        One of :data:`labkit.state.objects.KINDS`.
    raw
        The object as JSON gives it.

    Raises
    ------
    KeyError
        When the kind is none of ours.
    """
    return _PARSERS[kind](raw)


def _meta(raw: Raw) -> Raw:
    """Return the fields that every record has."""
    meta = raw["metadata"]
    owners = meta.get("ownerReferences") or ()
    owner: Raw = next((o for o in owners if o.get("controller")), {})
    return {
        "uid": meta["uid"],
        "name": meta["name"],
        "labels": meta.get("labels") or {},
        "created": seconds(meta.get("creationTimestamp")),
        "owner_uid": owner.get("uid"),
        "owner_kind": owner.get("kind") or "",
        "owner_name": owner.get("name") or "",
        "version": meta.get("resourceVersion", ""),
    }


def _conditions(raw: Raw) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            type=c["type"],
            status=c["status"],
            reason=c.get("reason") or "",
            message=c.get("message") or "",
            since=seconds(c.get("lastTransitionTime")),
        )
        for c in raw.get("status", {}).get("conditions") or ()
    )


def _is(conditions: Iterable[Condition], kind: str) -> bool:
    return any(c.type == kind and c.status == "True" for c in conditions)


def _images(raw: Raw) -> tuple[str, ...]:
    return tuple(c.get("image", "") for c in raw["spec"].get("template", {}).get("spec", {}).get("containers", ()))


def _pod(raw: Raw) -> Pod:
    spec, status = raw["spec"], raw.get("status", {})
    shown = columns(raw)
    states = {c["name"]: c for c in status.get("containerStatuses") or ()}
    conditions = _conditions(raw)
    containers = tuple(_container(c, states.get(c["name"], {})) for c in spec.get("containers", ()))
    return Pod(
        **_meta(raw),
        node=spec.get("nodeName") or None,
        phase=status.get("phase", "Unknown"),
        ready=_is(conditions, "Ready"),
        terminating="deletionTimestamp" in raw["metadata"],
        containers=containers,
        ip=status.get("podIP"),
        status=shown.status,
        waiting=_waiting(raw, conditions),
        ready_containers=shown.ready,
        total_containers=shown.total,
        restarts=shown.restarts,
        last_restart=shown.last_restart,
        conditions=conditions,
        deletes_at=seconds(raw["metadata"].get("deletionTimestamp")) or None,
        grace=raw["metadata"].get("deletionGracePeriodSeconds") or 0.0,
    )


def _container(spec: Raw, status: Raw) -> Container:
    states: Raw = status.get("state") or {"waiting": {}}
    state, about = next(iter(states.items()))
    return Container(
        name=spec["name"],
        image=spec.get("image", ""),
        state=state,
        ready=bool(status.get("ready")),
        restarts=status.get("restartCount", 0),
        reason=about.get("reason") or "",
        message=about.get("message") or "",
    )


def _waiting(raw: Raw, conditions: Iterable[Condition]) -> str:
    """Say what a pod waits for: the scheduler first, then its init containers, then the others."""
    for condition in conditions:
        if condition.type == "PodScheduled" and condition.status == "False":
            return f"{condition.reason}: {condition.message}".strip(": ")
    status = raw.get("status", {})
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") != "PodInitializing":
            return f"{waiting.get('reason', '')}: {waiting.get('message', '')}".strip(": ")
    return ""


def _replica_set(raw: Raw) -> ReplicaSet:
    status = raw.get("status", {})
    return ReplicaSet(
        **_meta(raw),
        desired=raw["spec"].get("replicas", 1),
        current=status.get("replicas", 0),
        ready=status.get("readyReplicas", 0),
        available=status.get("availableReplicas", 0),
        revision=_revision(raw),
        images=_images(raw),
        conditions=_conditions(raw),
        terminating=status.get("terminatingReplicas"),
        cause=(raw["metadata"].get("annotations") or {}).get(_CAUSE, ""),
    )


def _revision(raw: Raw) -> int:
    value = (raw["metadata"].get("annotations") or {}).get(_REVISION, "0")
    return int(value) if value.isdigit() else 0


def _deployment(raw: Raw) -> Deployment:
    spec, status = raw["spec"], raw.get("status", {})
    desired = spec.get("replicas", 1)
    surge, unavailable = rolling_limits(spec.get("strategy", {}), desired)
    return Deployment(
        **_meta(raw),
        selector=spec.get("selector", {}).get("matchLabels") or {},
        desired=desired,
        current=status.get("replicas", 0),
        updated=status.get("updatedReplicas", 0),
        ready=status.get("readyReplicas", 0),
        available=status.get("availableReplicas", 0),
        unavailable=status.get("unavailableReplicas", 0),
        max_surge=surge,
        max_unavailable=unavailable,
        generation=raw["metadata"].get("generation", 0),
        observed_generation=status.get("observedGeneration", 0),
        revision=_revision(raw),
        images=_images(raw),
        conditions=_conditions(raw),
        paused=bool(spec.get("paused")),
        terminating=status.get("terminatingReplicas"),
    )


def _node(raw: Raw) -> Node:
    conditions = _conditions(raw)
    status = raw.get("status", {})
    addresses = status.get("addresses") or ()
    return Node(
        **_meta(raw),
        ready=_is(conditions, "Ready"),
        control_plane=_CONTROL_PLANE in (raw["metadata"].get("labels") or {}),
        schedulable=not raw["spec"].get("unschedulable", False),
        kubernetes=status.get("nodeInfo", {}).get("kubeletVersion", ""),
        ip=next((a["address"] for a in addresses if a["type"] == "InternalIP"), None),
        conditions=conditions,
        taints=tuple(
            Taint(key=t["key"], value=t.get("value") or "", effect=t.get("effect") or "")
            for t in raw["spec"].get("taints") or ()
        ),
        ready_reason=next((c.reason for c in conditions if c.type == "Ready"), ""),
        taken=_taken(raw, conditions),
    )


def _taken(raw: Raw, conditions: Iterable[Condition]) -> bool:
    """Whether a class's Node is taken away; one that is Ready since then has come back by itself."""
    try:
        at = seconds((raw["metadata"].get("annotations") or {}).get(LOST))
    except ValueError:  # somebody else's words
        return False
    return bool(at) and not any(c.type == "Ready" and c.status == "True" and c.since > at for c in conditions)


def _namespace(raw: Raw) -> Namespace:
    return Namespace(**_meta(raw), annotations=raw["metadata"].get("annotations") or {})


def _service(raw: Raw) -> Service:
    spec = raw["spec"]
    return Service(
        **_meta(raw),
        type=spec.get("type", "ClusterIP"),
        selector=spec.get("selector") or {},
        cluster_ip=spec.get("clusterIP"),
        ports=tuple((p.get("name", ""), p["port"], p.get("nodePort", 0)) for p in spec.get("ports") or ()),
    )


def _endpoint_slice(raw: Raw) -> EndpointSlice:
    endpoints = [_endpoint(each) for each in raw.get("endpoints") or ()]
    service = (raw["metadata"].get("labels") or {}).get("kubernetes.io/service-name", "")
    return EndpointSlice(
        **_meta(raw),
        service=service,
        endpoints=tuple(e for e in endpoints if e.pod_uid),
        others=tuple(e for e in endpoints if not e.pod_uid),
    )


def _endpoint(raw: Raw) -> Endpoint:
    target = raw.get("targetRef") or {}
    conditions = raw.get("conditions") or {}
    pod = target if target.get("kind") == "Pod" else {}
    # "A nil value should be interpreted as true" (discovery.k8s.io/v1, EndpointConditions.ready).
    ready = _flag(conditions, "ready", default=True)
    return Endpoint(
        pod_uid=pod.get("uid") or "",
        pod_name=pod.get("name") or "",
        ready=ready,
        serving=_flag(conditions, "serving", default=ready),
        terminating=_flag(conditions, "terminating", default=False),
        node=raw.get("nodeName"),
        addresses=tuple(raw.get("addresses") or ()),
    )


def _flag(conditions: Raw, name: str, *, default: bool) -> bool:
    value = conditions.get(name)
    return default if value is None else bool(value)


def _event(raw: Raw) -> Event:
    about, series = raw.get("involvedObject") or {}, raw.get("series") or {}
    first = seconds(raw.get("firstTimestamp") or raw.get("eventTime") or raw["metadata"].get("creationTimestamp"))
    last = seconds(series.get("lastObservedTime") or raw.get("lastTimestamp"))
    return Event(
        **_meta(raw),
        type=raw.get("type", "Normal"),
        reason=raw.get("reason", ""),
        message=(raw.get("message") or "").strip(),
        count=series.get("count") or raw.get("count") or 1,
        object_kind=about.get("kind", ""),
        object_name=about.get("name", ""),
        object_uid=about.get("uid", ""),
        first=first,
        last=last or first,
        source=(raw.get("source") or {}).get("component") or raw.get("reportingComponent") or "",
    )


_PARSERS: dict[str, Callable[[Raw], Object]] = {
    "Namespace": _namespace,
    "Node": _node,
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "Pod": _pod,
    "Service": _service,
    "EndpointSlice": _endpoint_slice,
    "Event": _event,
}
