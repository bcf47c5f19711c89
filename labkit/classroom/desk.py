"""What hub, proxy and notebooks have in common: the class's namespace, and the Node, or Nodes, where they run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.classroom import names, rights
from labkit.classroom.learner import RESTRICTED
from labkit.classroom.objects import Object, container_security, made, pod_security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labkit.classroom.values import Values

#: KubeSpawner's own label on a notebook's Pod, and ours on hub and proxy: which part of the class it is.
COMPONENT = "component"
NOTEBOOK = "singleuser-server"


def manifests(values: Values) -> list[Object]:
    """Return what there must be before anything else of a class."""
    found = [made("v1", "Namespace", names.NAMESPACE, labels=RESTRICTED), *rights.of_the_class()]
    if values.settings["scheduling"]["podPriority"]["enabled"]:
        found.append(_priority(values))
    return found


def selector(values: Values) -> str:
    """Return what chooses the desk's Nodes, as a label selector."""
    return ",".join(f"{key}={value}" for key, value in values.settings["hub"]["nodeSelector"].items())


def _priority(values: Values) -> Object:
    return made(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        names.PRIORITY,
        value=values.settings["scheduling"]["podPriority"]["defaultPriority"],
        globalDefault=False,
        description="Hub, proxy and notebooks of the class: before the lesson's Pods.",
    )


def deployment(values: Values, name: str, container: Mapping[str, Any], **pod: object) -> Object:
    """Return a Deployment of one Pod on the desk.

    Parameters
    ----------
    values
        The class's.
    name
        Its name, and its component.
    container
        Its one container, but for what all have in common.
    pod
        What else the Pod's ``spec`` says; ``annotations`` go onto the Pod itself.
    """
    labels = {COMPONENT: name}
    annotations = pod.pop("annotations", None)
    spec: Object = {
        "enableServiceLinks": False,  # or the Services of the class land in the environment: HUB_PORT=tcp://…
        "nodeSelector": dict(values.settings["hub"]["nodeSelector"]),
        "tolerations": list(values.settings["scheduling"]["corePods"]["tolerations"]),
        "securityContext": pod_security(),
        **({"priorityClassName": names.PRIORITY} if values.settings["scheduling"]["podPriority"]["enabled"] else {}),
        "containers": [{"name": name, **container, "securityContext": container_security()}],
        **pod,
    }
    return made(
        "apps/v1",
        "Deployment",
        name,
        names.NAMESPACE,
        labels=labels,
        spec={
            "replicas": 1,
            "strategy": {"type": "Recreate"},  # two hubs on one database would fight; two proxies would each know half
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, **({"annotations": annotations} if annotations else {})},
                "spec": spec,
            },
        },
    )


def service(name: str, component: str, ports: list[Object], **spec: object) -> Object:
    """Return a Service of the class."""
    return made(
        "v1",
        "Service",
        name,
        names.NAMESPACE,
        labels={COMPONENT: component},
        spec={"selector": {COMPONENT: component}, "ports": ports, **spec},
    )


def closed(component: str, doors: Mapping[int | str, tuple[str, ...]]) -> Object:
    """Return who may connect to a part of the class.

    Parameters
    ----------
    component
        The part.
    doors
        Port, by number or name → the parts that may connect to it; everybody where there is none.
    """
    ingress = []
    for port, parts in doors.items():
        door: Object = {"ports": [{"port": port}]}
        if parts:
            door["from"] = [{"podSelector": {"matchLabels": {COMPONENT: part}}} for part in parts]
        ingress.append(door)
    spec = {"podSelector": {"matchLabels": {COMPONENT: component}}, "policyTypes": ["Ingress"], "ingress": ingress}
    return made("networking.k8s.io/v1", "NetworkPolicy", component, names.NAMESPACE, spec=spec)
