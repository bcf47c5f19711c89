"""Where files stay: claims, and on the kit's own cluster the volumes themselves, on the desk's disk. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.classroom import names
from labkit.classroom.objects import Object, made

if TYPE_CHECKING:
    from collections.abc import Mapping


def volume(
    name: str,
    size: str,
    *,
    local: bool,
    storage_class: str | None,
    desk: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
) -> list[Object]:
    """Return a volume of the class's namespace.

    Parameters
    ----------
    name
        Of the claim, and of the folder where it is local.
    size
        As Kubernetes writes it.
    local
        Whether it is a folder on the desk's disk, made by whoever sets the class up; not a storage class's.
    storage_class
        Where it is not local: which; the cluster's default when None.
    desk
        The labels of the desk's Nodes.
    """
    claim: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if not local:
        if storage_class is not None:
            claim["storageClassName"] = storage_class
        return [made("v1", "PersistentVolumeClaim", name, names.NAMESPACE, labels=labels, spec=claim)]
    whole = f"labkit-class-{name}"
    there = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(desk.items())]
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": names.LOCAL_STORAGE,
        # a claim that goes takes no files with it
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": names.NAMESPACE, "name": name},
        "local": {"path": f"{names.LOCAL_FOLDER}/{name}"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": there}]}},
    }
    claim |= {"storageClassName": names.LOCAL_STORAGE, "volumeName": whole}
    return [
        made("v1", "PersistentVolume", whole, labels=labels, spec=spec),
        made("v1", "PersistentVolumeClaim", name, names.NAMESPACE, labels=labels, spec=claim),
    ]
