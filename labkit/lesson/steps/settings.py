"""What is known of reader and its settings: ConfigMaps, templates that mention them, and what a Pod reads. Pure.

reader is the Deployment of 07-configuration. Its Pod has one key of one ConfigMap by a volume, by a subPath of that
volume, and by an environment variable.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from labkit.explain.diagnosis import fulfilled
from labkit.lesson.steps.acts import Edit, Restore, Until, kubectl
from labkit.lesson.steps.evidence import AskKubectl, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labkit.lesson.steps.acts import Act
    from labkit.lesson.steps.evidence import Evidence

NOTEBOOK = "07-configuration"
APP = "reader"
#: The two files that a learner edits.
SETTINGS, READER = "manifests/settings.yaml", "manifests/reader.yaml"
#: The name of the ConfigMap at first, and once it is one that cannot be changed.
FIRST, SECOND = "settings", "settings-2"
KEY = "greeting"
#: What the lesson itself writes there: at first, and when it is changed for the first time.
MORNING, EVENING = "Good morning", "Good evening"
#: What "show me" writes there.
NIGHT = "Good night"
#: The template's annotation that holds a hash, as Helm's documentation calls it.
CHECKSUM = "checksum/config"

_SHOW = 'grep "" /by-*/greeting; env | grep ^GREETING=; readlink /by-volume/..data'
#: What a Pod reads, by all three ways, and when its kubelet has last written the folder.
THREE = AskKubectl("three", ("exec", f"deployment/{APP}", "--pod-running-timeout=1s", "--", "sh", "-c", _SHOW))
#: The ConfigMaps, and the templates that mention them.
OBJECTS = AskKubectl(
    "objects",
    ("get", "configmaps,replicasets,deployments", "-o", "json", "--show-managed-fields", "--ignore-not-found"),
)
#: ``..2026_11_29_16_20_33.1234567890``: how the kubelet names what is in a volume (its ``atomic_writer.go``).
_WRITTEN = re.compile(r"^\.\.(\d{4}(?:_\d\d){5})\.", re.MULTILINE)
#: Another ConfigMap that Kubernetes puts into every namespace.
_STANDING = "kube-root-ca.crt"


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap, in the cluster or in a file.

    Attributes
    ----------
    name
        Its own.
    word
        What stands at the key; empty where nothing does.
    immutable
        Whether its data cannot be changed.
    changed
        When it last changed, in seconds since the epoch; 0 in a file.
    """

    name: str
    word: str
    immutable: bool = False
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class Template:
    """A Pod template of reader.

    Attributes
    ----------
    revision
        Its number.
    mentions
        The names of all ConfigMaps that it mentions.
    checksum
        Its annotation ``checksum/config``; empty where it has none.
    """

    revision: int
    mentions: frozenset[str]
    checksum: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a Pod reads: a word for each of the three ways.

    Attributes
    ----------
    volume, subpath, environment
        The words; empty where there is none.
    written
        When the kubelet last wrote the volume's folder, in seconds since the epoch; 0 when that is not known.
    """

    volume: str
    subpath: str
    environment: str
    written: float = 0.0

    @property
    def words(self) -> frozenset[str]:
        """All three: one, when they agree."""
        return frozenset({self.volume, self.subpath, self.environment})


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it.

    Attributes
    ----------
    configmaps
        Name → ConfigMap.
    template
        The Deployment's, or None where there is no Deployment.
    older
        Those of the other revisions that Kubernetes keeps, the newest first.
    read
        What the Pod reads, or None where no Pod could be asked.
    filed
        The ConfigMap as the working copy has it, or None where the file makes no sense.
    """

    configmaps: Mapping[str, ConfigMap] = field(hash=False)
    template: Template | None
    older: tuple[Template, ...]
    read: Read | None
    filed: ConfigMap | None


def of(evidence: Evidence) -> Settings:
    """Return what is known of reader and its settings."""
    items = _items(evidence.replies.get(OBJECTS.key, Reply(-1)))
    maps = [_configmap(each) for each in items if each.get("kind") == "ConfigMap"]
    owned = [each for each in items if each.get("kind") == "ReplicaSet" and _owner(each) == APP]
    templates = sorted((_template(each) for each in owned), key=lambda each: each.revision, reverse=True)
    here = next((_template(each) for each in items if _is(each, "Deployment", APP)), None)
    return Settings(
        {each.name: each for each in maps if each.name != _STANDING},
        here,
        tuple(each for each in templates if here is None or each.revision < here.revision),
        read(evidence.replies.get(THREE.key, Reply(-1))),
        filed(evidence.files.get(SETTINGS, "")),
    )


def settled(evidence: Evidence) -> bool:
    """Return whether reader has the Pods that it desires, and no others are left to be asked."""
    deployment = evidence.snapshot.deployment(APP)
    return (
        deployment is not None
        and deployment.complete
        and fulfilled(evidence.snapshot, deployment)
        and not any(pod.terminating for pod in evidence.snapshot.pods_of(deployment))
    )


def read(reply: Reply) -> Read | None:
    """Return what a Pod reads, from its answer to :data:`THREE`; None where it gave none."""
    lines = reply.text.splitlines()

    def behind(start: str) -> str:
        return next((line.removeprefix(start) for line in lines if line.startswith(start)), "")

    found = Read(behind(f"/by-volume/{KEY}:"), behind(f"/by-subpath/{KEY}:"), behind("GREETING="), _written(reply.text))
    return found if found.words != {""} else None


def filed(text: str) -> ConfigMap | None:
    """Return the first ConfigMap of a manifest; None where there is none."""
    try:
        found = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return None
    for each in found:
        if isinstance(each, dict) and each.get("kind") == "ConfigMap" and isinstance(each.get("metadata"), dict):
            return _configmap(each)
    return None


def annotated(checksum: str) -> Edit:
    """Return the act that writes a hash into the template of the original manifest."""
    labels = "      labels:"
    return Edit(READER, labels, f'      annotations: {{{CHECKSUM}: "{checksum}"}}\n{labels}')


def afresh(evidence: Evidence, *edits: Act) -> tuple[Act, ...]:
    """Return the acts that make reader and its ConfigMap anew, from the originals with some edits."""
    gone = sorted({FIRST, SECOND} | {name for name in of(evidence).configmaps if name.startswith(FIRST)})
    return (
        Restore(SETTINGS),
        Restore(READER),
        *edits,
        kubectl(f"delete deployment {APP} --ignore-not-found --cascade=foreground"),
        kubectl(f"delete configmap {' '.join(gone)} --ignore-not-found"),
        kubectl(f"apply -f {SETTINGS} -f {READER}"),
        Until(
            "reader", lambda seen: settled(seen) and (there := of(seen).read) is not None and there.words == {EVENING}
        ),
    )


def _items(reply: Reply) -> list[dict[str, Any]]:
    try:
        found = json.loads(reply.text)
    except ValueError:
        return []
    items = found.get("items") if isinstance(found, dict) else None
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _is(item: Mapping[str, Any], kind: str, name: str) -> bool:
    return item.get("kind") == kind and item["metadata"]["name"] == name


def _owner(item: Mapping[str, Any]) -> str:
    return next((str(each.get("name")) for each in item["metadata"].get("ownerReferences") or ()), "")


def _configmap(item: Mapping[str, Any]) -> ConfigMap:
    meta, data = item["metadata"], item.get("data")
    times = [meta.get("creationTimestamp"), *(each.get("time") for each in meta.get("managedFields") or ())]
    word = data.get(KEY, "") if isinstance(data, dict) else ""
    return ConfigMap(
        str(meta.get("name") or ""),
        str(word),
        immutable=item.get("immutable") is True,
        changed=max((datetime.fromisoformat(str(time)).timestamp() for time in times if time), default=0.0),
    )


def _template(item: Mapping[str, Any]) -> Template:
    revision = (item["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "0")
    template = item["spec"]["template"]
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return Template(
        int(revision) if str(revision).isdigit() else 0,
        frozenset(_mentions(template.get("spec") or {})),
        str(annotations.get(CHECKSUM, "")),
    )


def _mentions(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the ConfigMaps that a Pod's volumes and its containers' environments take something from."""
    for volume in spec.get("volumes") or ():
        if source := volume.get("configMap"):
            yield str(source.get("name"))
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        for each in container.get("env") or ():
            if source := (each.get("valueFrom") or {}).get("configMapKeyRef"):
                yield str(source.get("name"))
        for each in container.get("envFrom") or ():
            if source := each.get("configMapRef"):
                yield str(source.get("name"))


def _written(text: str) -> float:
    found = _WRITTEN.search(text)
    if found is None:
        return 0.0
    return datetime.strptime(found.group(1), "%Y_%m_%d_%H_%M_%S").replace(tzinfo=UTC).timestamp()
