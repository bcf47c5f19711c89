"""The hub, which starts and ends notebooks; its configuration is the file in ``classroom/hub``. Pure but for that."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from labkit import jupyter
from labkit.classroom import names
from labkit.classroom.desk import NOTEBOOK, closed, deployment, service
from labkit.classroom.objects import Object, binding, image, made, role, rule
from labkit.classroom.values import FOLDER
from labkit.classroom.volumes import volume

if TYPE_CHECKING:
    from labkit.classroom.values import Values

#: JupyterHub's configuration, the very file; and the values that it reads, where it looks for them.
CONFIG = FOLDER / "hub" / "jupyterhub_config.py"
CONFIG_FOLDER = "/etc/labkit-class"
VALUES = "class.json"
#: The page for instructors, a service that the hub starts.
STATUS = FOLDER / "hub" / "status.py"
#: Where the passwords are that were handed out, a file for each learner.
PASSWORDS_FOLDER = "/etc/labkit-passwords"
#: Where the hub keeps its database and what learners made of their passwords; the chart's folder too.
STATE_FOLDER = "/srv/jupyterhub"
#: Where a learner's volume is in their Pod.
HOME = "/home/learner"
#: What the kit makes for them, in it.
STATE = f"{HOME}/.labkit"

#: Seconds that a hub may take to end. It takes three; one that is told to as soon as it has begun sometimes never does
#: (seen), and until it is gone it goes on answering beside the next one, since its Service names also who is not Ready.
_GRACE = 10

#: Where JupyterLab keeps what ends with it.
RUNTIME = "/tmp/jupyter"  # noqa: S108 - a Pod's own, in which there is nobody else

#: KubeSpawner puts a learner's name there as it is (``{username}`` is another name where it begins with a digit).
_WHO = "{unescaped_username}"


def values_of(values: Values) -> Object:
    """Return what the hub's configuration reads: the class's values, and the names that it shares with the kit."""
    said = values.settings
    return {
        "namespace": names.NAMESPACE,
        "state": STATE_FOLDER,
        "home": HOME,
        "kit": STATE,
        # a kernel's connection file is its Pod's: a home that is full must not keep kernels from starting
        "jupyter": {**jupyter.variables(PurePosixPath(STATE) / "jupyter"), "JUPYTER_RUNTIME_DIR": RUNTIME},
        "label": names.LEARNER_LABEL,
        "names": {
            "learner": _WHO,
            "lab": names.lab(_WHO),
            "account": names.account(_WHO),
            "home": names.home(_WHO),
            "pod": f"{names.NOTEBOOK}{_WHO}",
        },
        "addresses": {
            "bind": f"http://0.0.0.0:{names.HUB_PORT}",
            "hub": f"http://{names.HUB}:{names.HUB_PORT}",
            "proxyApi": f"http://{names.PROXY_API}:{names.PROXY_API_PORT}",
        },
        "hubService": names.HUB,
        "statusPort": names.STATUS_PORT,
        "learners": list(values.learners),
        "instructors": list(values.instructors),
        "image": image(said["lessonImages"]["prefix"], said["singleuser"]["image"], "labkit-notebook"),
        "lessonImages": said["lessonImages"]["prefix"],
        "priority": names.PRIORITY if said["scheduling"]["podPriority"]["enabled"] else "",
        "hub": {key: said["hub"][key] for key in ("config", "concurrentSpawnLimit", "activeServerLimit")},
        **{key: said[key] for key in ("singleuser", "cull", "scheduling", "nodeLoss")},
    }


def as_json(values: Object) -> str:
    """Return it as a file."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def config() -> str:
    """Return JupyterHub's configuration."""
    return CONFIG.read_text(encoding="utf-8")


def status() -> str:
    """Return the page for instructors."""
    return STATUS.read_text(encoding="utf-8")


def variables(said: Object) -> list[Object]:
    """Return environment variables as a Pod has them, out of those of the values."""
    return [{"name": name, **(value if isinstance(value, dict) else {"value": value})} for name, value in said.items()]


def from_secret(variable: str, key: str) -> Object:
    """Return an environment variable whose value stands in the hub's Secret."""
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": names.HUB_SECRET, "key": key}}}


def manifests(values: Values) -> list[Object]:
    """Return the hub's objects. Its two Secrets are named, not rendered: they are made where the class is set up."""
    said = values.settings["hub"]
    files = {"jupyterhub_config.py": config(), STATUS.name: status(), VALUES: as_json(values_of(values))}
    storage = values.settings["singleuser"]["storage"]
    return [
        made("v1", "ServiceAccount", names.HUB, names.NAMESPACE),
        # all that KubeSpawner needs where namespaces, accounts and volumes are made beforehand
        role(
            names.HUB,
            names.NAMESPACE,
            [
                rule("", ["pods"], ["get", "list", "watch", "create", "delete"]),
                rule("", ["events"], ["get", "list", "watch"]),
            ],
        ),
        binding(names.HUB, names.NAMESPACE, names.HUB, names.HUB),
        made("v1", "ConfigMap", names.HUB_CONFIG, names.NAMESPACE, data=files),
        *volume(
            names.HUB_VOLUME,
            said["db"]["pvc"]["storage"],
            local=storage["type"] == "local",
            storage_class=said["db"]["pvc"]["storageClassName"],
            desk=said["nodeSelector"],
        ),
        _deployment(values, files),
        # not ready yet, it is asked already: the culler's first question comes before the hub's first answer
        service(
            names.HUB,
            names.HUB,
            [
                {"name": "http", "port": names.HUB_PORT, "targetPort": "http"},
                {"name": "status", "port": names.STATUS_PORT, "targetPort": "status"},
            ],
            publishNotReadyAddresses=True,
        ),
        closed(names.HUB, {"http": (names.PROXY, NOTEBOOK), "status": (names.PROXY,)}),
        closed(NOTEBOOK, {names.NOTEBOOK_PORT: (names.HUB, names.PROXY)}),
    ]


def _deployment(values: Values, files: dict[str, str]) -> Object:
    said = values.settings["hub"]
    container: dict[str, Any] = {
        "image": image(values.settings["lessonImages"]["prefix"], said["image"], "labkit-hub"),
        "imagePullPolicy": said["image"]["pullPolicy"],
        "command": ["jupyterhub", f"--config={CONFIG_FOLDER}/jupyterhub_config.py"],
        "env": [
            from_secret("CONFIGPROXY_AUTH_TOKEN", names.PROXY_TOKEN),
            from_secret("JPY_COOKIE_SECRET", names.COOKIE_SECRET),
            # by which `labkit class` asks the hub, from inside its own Pod
            from_secret("LABKIT_INSTRUCTOR_TOKEN", names.INSTRUCTOR_TOKEN),
            *variables(said["extraEnv"]),
        ],
        "ports": [
            {"name": "http", "containerPort": names.HUB_PORT},
            {"name": "status", "containerPort": names.STATUS_PORT},
        ],
        "readinessProbe": {"httpGet": {"path": "/hub/health", "port": "http"}, "periodSeconds": 2},
        "resources": said["resources"],
        "volumeMounts": [
            {"name": "config", "mountPath": CONFIG_FOLDER, "readOnly": True},
            {"name": "passwords", "mountPath": PASSWORDS_FOLDER, "readOnly": True},
            {"name": "state", "mountPath": STATE_FOLDER},
        ],
    }
    # a hub reads its configuration once: another one has to start
    digest = hashlib.sha256("\0".join(files.values()).encode()).hexdigest()[:16]
    return deployment(
        values,
        names.HUB,
        container,
        annotations={"labkit.dev/config": digest},
        serviceAccountName=names.HUB,
        terminationGracePeriodSeconds=_GRACE,
        volumes=[
            {"name": "config", "configMap": {"name": names.HUB_CONFIG}},
            {"name": "passwords", "secret": {"secretName": names.PASSWORDS_SECRET}},
            {"name": "state", "persistentVolumeClaim": {"claimName": names.HUB_VOLUME}},
        ],
    )
