"""The same class for those who run the chart of Zero to JupyterHub: its values. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.classroom import hub, names, proxy

if TYPE_CHECKING:
    from labkit.classroom.objects import Object
    from labkit.classroom.values import Values

#: Files in this folder of the chart's hub are run after its own configuration, by their names.
_CONFIG_FOLDER = "/usr/local/etc/jupyterhub/jupyterhub_config.d"


def values_of(values: Values) -> Object:
    """Return the chart's values.

    Hub and proxy are the chart's own; learners, guards and limits are the kit's manifests. The hub's configuration is
    the very file that the kit's own hub reads, and decides about all that both could say.
    """
    said = values.settings
    scheduling, storage = said["scheduling"], said["singleuser"]["storage"]
    read = {key: value for key, value in hub.values_of(values).items() if key != "addresses"}
    read["priority"] = ""  # the chart's own class of priority takes its place
    chosen = said["singleuser"]["image"]
    image, _, tag = str(read["image"]).rpartition(":")
    service = said["proxy"]["service"]
    return {
        "hub": {
            "concurrentSpawnLimit": said["hub"]["concurrentSpawnLimit"],
            "activeServerLimit": said["hub"]["activeServerLimit"],
            "db": {"type": "sqlite-pvc", "pvc": dict(said["hub"]["db"]["pvc"])},
            "nodeSelector": dict(said["hub"]["nodeSelector"]),
            "resources": said["hub"]["resources"],
            "extraEnv": said["hub"]["extraEnv"],
            "extraFiles": {
                hub.VALUES: {"mountPath": f"{hub.CONFIG_FOLDER}/{hub.VALUES}", "data": read},
                hub.STATUS.name: {"mountPath": f"{hub.CONFIG_FOLDER}/{hub.STATUS.name}", "stringData": hub.status()},
                "labkit.py": {"mountPath": f"{_CONFIG_FOLDER}/labkit.py", "stringData": hub.config()},
            },
            # the page for instructors: the proxy asks it by the hub's Service (the chart's docs, "JupyterHub services")
            "service": {"extraPorts": [{"name": "status", "port": names.STATUS_PORT, "targetPort": names.STATUS_PORT}]},
            "networkPolicy": {
                "ingress": [
                    {
                        "ports": [{"port": names.STATUS_PORT}],
                        "from": [{"podSelector": {"matchLabels": {"hub.jupyter.org/network-access-hub": "true"}}}],
                    }
                ]
            },
            "extraVolumes": [{"name": "passwords", "secret": {"secretName": names.PASSWORDS_SECRET}}],
            "extraVolumeMounts": [{"name": "passwords", "mountPath": hub.PASSWORDS_FOLDER, "readOnly": True}],
        },
        "proxy": {
            "service": {
                "type": service["type"],
                "nodePorts": dict(service["nodePorts"]),
                "loadBalancerIP": service["loadBalancerIP"],
            },
            "https": {
                "enabled": said["proxy"]["https"]["enabled"],
                "hosts": proxy.hosts_of(values),
                # what an authority of the class's own has signed is in a Secret like any other
                "type": "offload" if said["proxy"]["https"]["type"] == "offload" else "secret",
                "secret": dict(zip(("name", "key", "crt"), proxy.secret_of(values), strict=True)),
            },
            "chp": {"nodeSelector": dict(said["hub"]["nodeSelector"]), "resources": said["proxy"]["chp"]["resources"]},
        },
        "singleuser": {
            "image": {"name": image, "tag": tag, "pullPolicy": chosen["pullPolicy"]},
            # the volume is made beforehand, and named by the hub's configuration
            "storage": {"type": "none", "capacity": storage["capacity"]},
            "nodeSelector": dict(said["singleuser"]["nodeSelector"]),
            # it takes a privileged container, which Pod Security refuses
            "cloudMetadata": {"blockWithIptables": False},
            # the notebook asks the API server and the lesson's front door, which have addresses inside
            "networkPolicy": {"egressAllowRules": {"privateIPs": True}},
        },
        "cull": {"enabled": False},  # the hub's configuration has it
        "scheduling": {
            "podPriority": {
                "enabled": scheduling["podPriority"]["enabled"],
                "defaultPriority": scheduling["podPriority"]["defaultPriority"],
            },
            "userScheduler": {"enabled": False},
            "userPlaceholder": {"enabled": False},
            "corePods": {"tolerations": list(scheduling["corePods"]["tolerations"])},
            "userPods": {"tolerations": list(scheduling["userPods"]["tolerations"])},
        },
        "prePuller": {"hook": {"enabled": False}, "continuous": {"enabled": False}},
    }
